"""Starts the reference district platform (broker, desk, enrolment) with ROS 2 launch.

ros2 launch dolbom_bringup district.launch.py data:=/srv/district
"""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.substitutions import LaunchConfiguration

from dolbom.runtime.launching import district

ARGUMENTS = {"data": "the district's folder", "web_port": "port of the desk"}


def start(context: LaunchContext) -> list[ExecuteProcess]:
    """The processes for the arguments that were given."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    return [
        ExecuteProcess(
            name=one.name, cmd=one.cmd, respawn=one.respawn, respawn_delay=one.respawn_delay, output="screen"
        )
        for one in district(given)
    ]


def generate_launch_description() -> LaunchDescription:
    """Entry point of ROS 2 launch."""
    declared = [DeclareLaunchArgument(name, default_value="", description=what) for name, what in ARGUMENTS.items()]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
