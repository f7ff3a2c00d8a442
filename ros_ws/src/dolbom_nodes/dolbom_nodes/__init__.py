"""The ROS 2 nodes of dolbom: each one thin, adapting a part of the core to the graph."""
