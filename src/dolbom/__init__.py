"""dolbom (돌봄, "care"): the core of a companion runtime for a dementia-care robot; nothing in it imports ROS."""

__version__ = "0.1.0"
