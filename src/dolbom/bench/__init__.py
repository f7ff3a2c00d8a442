"""How fast the running system is, as a ratio to a bare baseline in the same run."""
