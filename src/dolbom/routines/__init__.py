"""Care routines: when what is due, how a dose is followed until it is settled, and the history of it."""
