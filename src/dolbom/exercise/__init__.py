"""Exercise: routines that are shown, counted and coached, stopped at any sign of trouble."""
