"""The virtual day: the robot's core alone, on scripted time, before people of recorded skeletons."""
