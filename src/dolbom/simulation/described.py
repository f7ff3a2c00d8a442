"""The files made from the descriptions of robot, home and contract, kept beside them for ROS and for Harmonic."""

from __future__ import annotations

from pathlib import Path

from dolbom.places import ROOT
from dolbom.simulation.contract import read_contract
from dolbom.simulation.home import read_home
from dolbom.simulation.robot import FOLDER, read_robot, sdf, sdf_model, urdf
from dolbom.simulation.world import world

SYSTEMS = "\n".join(
    f'    <plugin filename="gz-sim-{file}-system" name="gz::sim::systems::{name}">{more}</plugin>'
    for file, name, more in (
        ("physics", "Physics", ""),
        ("user-commands", "UserCommands", ""),
        ("scene-broadcaster", "SceneBroadcaster", ""),
        ("sensors", "Sensors", "<render_engine>ogre2</render_engine>"),
        ("imu", "Imu", ""),
        ("contact", "Contact", ""),
    )
)
"""The systems that Gazebo Harmonic wants named in its world."""

HARMONIC_STEP = 0.004


def made() -> dict[Path, str]:
    """Every such file and what it must hold."""
    robot, home = read_robot(), read_home()
    look = home.robot["look"]
    at = (*look.at, look.heading * 3.141592653589793 / 180)
    return {
        FOLDER / "urdf" / "companion.urdf": urdf(robot),
        FOLDER / "sdf" / "model.sdf": sdf(robot, "harmonic"),
        ROOT / "sim" / "worlds" / "home.sdf": world(home, HARMONIC_STEP, [sdf_model(robot, "harmonic", at)], [SYSTEMS]),
        ROOT / "ros_ws/src/dolbom_bringup/config/ros_gz_bridge.yaml": read_contract().bridge(),
    }


def outdated() -> list[Path]:
    """The files that are missing or hold something else."""
    return [path for path, text in made().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def describe() -> list[Path]:
    """Writes those that are outdated; returns them."""
    wrong, texts = outdated(), made()
    for path in wrong:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    return wrong
