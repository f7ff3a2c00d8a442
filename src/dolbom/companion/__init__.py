"""The companion: what the robot talks about now, why, and when it hands over to something more urgent."""
