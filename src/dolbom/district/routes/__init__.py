"""HTTP: each route asks for one action of `dolbom.district.access` and calls a repository."""
