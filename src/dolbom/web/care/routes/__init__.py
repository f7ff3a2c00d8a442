"""HTTP: each route asks for one action of `dolbom.web.care.access`; pages call what the JSON API calls."""
