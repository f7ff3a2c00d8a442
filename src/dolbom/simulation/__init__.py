"""The simulated home: Gazebo 11 as a managed program, the flat, the robot's body and the people who live there."""
