"""The care worker's pages on the robot: a web application of its own, with a login, in the home's network."""
