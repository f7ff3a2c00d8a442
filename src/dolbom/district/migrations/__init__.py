"""The steps by which a district's database comes to this version."""
