"""The robot's own web page."""
