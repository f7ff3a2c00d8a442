"""What the camera shows: frames become bodies, postures, falls, faces and people."""
