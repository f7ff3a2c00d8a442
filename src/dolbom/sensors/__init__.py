"""Home sensors and what is seen and heard, taken together: who is up and about, and whether anybody still is."""
