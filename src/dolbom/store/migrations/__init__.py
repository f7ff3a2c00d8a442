"""How home.db came to its present tables, one step a file, oldest first."""
