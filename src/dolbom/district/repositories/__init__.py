"""What the district knows and does, one file per idea; each function works in the caller's transaction."""
