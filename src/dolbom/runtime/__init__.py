"""Which nodes run in which process, with which parameters, and who restarts them."""
