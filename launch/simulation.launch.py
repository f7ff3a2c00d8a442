"""Starts the robot on a simulator: its pictures and its clock, by sim/contract.yaml.

ros2 launch dolbom_bringup simulation.launch.py                          a simulator that runs already, such as
                                                                         `dolbom sim home` (Gazebo 11)
ros2 launch dolbom_bringup simulation.launch.py simulator:=harmonic      Gazebo Harmonic with the flat, and ros_gz
"""

import sys
from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription
from launch.conditions import LaunchConfigurationEquals
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from dolbom.places import ROOT

COMPANION = Path(__file__).resolve().parent / "companion.launch.py"
WORLD = ROOT / "sim" / "worlds" / "home.sdf"
BRIDGE = ROOT / "ros_ws" / "src" / "dolbom_bringup" / "config" / "ros_gz_bridge.yaml"
URDF = ROOT / "ros_ws" / "src" / "dolbom_description" / "urdf" / "companion.urdf"

HARMONIC = LaunchConfigurationEquals("simulator", "harmonic")
# Not tried: no Gazebo Harmonic was at hand.
PROGRAMS = (
    ("gz", "sim", "-s", "-r", "--headless-rendering", str(WORLD)),
    ("ros2", "run", "ros_gz_bridge", "parameter_bridge", "--ros-args", "-p", f"config_file:={BRIDGE}"),
    (sys.executable, "-m", "dolbom_nodes.harmonic_bumper", "--ros-args", "-p", "use_sim_time:=true"),
    (
        "ros2",
        "run",
        "robot_state_publisher",
        "robot_state_publisher",
        str(URDF),
        "--ros-args",
        "-p",
        "use_sim_time:=true",
    ),
)


def generate_launch_description() -> LaunchDescription:
    """Entry point of ROS 2 launch."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "simulator", default_value="running", description="running, or harmonic: started too"
            ),
            DeclareLaunchArgument("image", default_value="/camera/image_raw", description="the simulated camera"),
            DeclareLaunchArgument("parameters", default_value="", description="ROS parameter file"),
            *(ExecuteProcess(cmd=list(program), condition=HARMONIC, output="screen") for program in PROGRAMS),
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
