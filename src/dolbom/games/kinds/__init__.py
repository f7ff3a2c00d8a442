"""The games, one a file; whoever adds one adds a file here and its items in `locale/<lang>/games`."""
