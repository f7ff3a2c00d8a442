"""Starts the robot on a simulator's camera and clock: an image topic and /clock must be published by the simulator.

ros2 launch dolbom_bringup simulation.launch.py image:=/camera/image_raw
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

COMPANION = Path(__file__).resolve().parent / "companion.launch.py"


def generate_launch_description() -> LaunchDescription:
    """Entry point of ROS 2 launch."""
    return LaunchDescription(
        [
            DeclareLaunchArgument("image", default_value="/camera/image_raw", description="the simulated camera"),
            DeclareLaunchArgument("parameters", default_value="", description="ROS parameter file"),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(COMPANION)),
                launch_arguments={
                    "source": ["topic:", LaunchConfiguration("image")],
                    "parameters": LaunchConfiguration("parameters"),
                    "use_sim_time": "true",
                }.items(),
            ),
        ]
    )
