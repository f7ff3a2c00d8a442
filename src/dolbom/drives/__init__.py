"""The robot comes to people and goes to its dock: where it may drive, how fast, and when it stands still."""
