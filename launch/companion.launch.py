"""Starts the robot with ROS 2 launch: the same processes as `dolbom up`, from the same table of nodes.

ros2 launch dolbom_bringup companion.launch.py parameters:=home.yaml source:=/dev/video0
"""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.substitutions import LaunchConfiguration

from dolbom.runtime.launching import companion

ARGUMENTS = {
    "parameters": "ROS parameter file; checked before anything starts",
    "only": "only these processes or nodes, comma-separated",
    "namespace": "of all nodes, such as /robot1",
    "source": "camera number, device, video file or topic:NAME",
    "use_sim_time": "true: take the time from /clock",
}


def start(context: LaunchContext) -> list[ExecuteProcess]:
    """The processes for the arguments that were given."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    return [
        ExecuteProcess(
            name=one.name,
            cmd=one.cmd,
            additional_env=one.additional_env,
            respawn=one.respawn,
            respawn_delay=one.respawn_delay,
            output="screen",
        )
        for one in companion(given)
    ]


def generate_launch_description() -> LaunchDescription:
    """Entry point of ROS 2 launch."""
    declared = [DeclareLaunchArgument(name, default_value="", description=what) for name, what in ARGUMENTS.items()]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
