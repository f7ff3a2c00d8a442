"""What the robot remembers on disk: one SQLite file per home."""
