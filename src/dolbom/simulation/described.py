"""The files made from the descriptions of robot, home and contract, kept beside them for ROS and for Harmonic."""

from __future__ import annotations

from pathlib import Path

from dolbom.places import ROOT
from dolbom.simulation import textures
from dolbom.simulation.contract import read_contract
from dolbom.simulation.home import read_home
from dolbom.simulation.robot import FOLDER, read_robot, sdf, sdf_model, urdf
from dolbom.simulation.world import TEXTURES, textures_of, world

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
WORLD = ROOT / "sim" / "worlds" / "home.sdf"


def made() -> dict[Path, str]:
    """Every such file and what it must hold."""
    robot, home = read_robot(), read_home()
    look = home.robot["look"]
    at = (*look.at, look.heading * 3.141592653589793 / 180)
    return {
        FOLDER / "urdf" / "companion.urdf": urdf(robot),
        FOLDER / "sdf" / "model.sdf": sdf(robot, "harmonic"),
        WORLD: world(home, HARMONIC_STEP, [sdf_model(robot, "harmonic", at)], [SYSTEMS]),
        ROOT / "ros_ws/src/dolbom_bringup/config/ros_gz_bridge.yaml": read_contract().bridge(),
    }


def drawn() -> dict[Path, str]:
    """The pictures that the world's file asks for, and the texture that each must show."""
    folder = WORLD.parent / TEXTURES
    return {folder / textures.file_of(name): name for name in textures_of(made()[WORLD])}


def outdated() -> list[Path]:
    """The files that are missing or hold something else."""
    wrong = [path for path, text in made().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return wrong + [path for path, name in drawn().items() if not textures.is_kept(name, path)]


def describe() -> list[Path]:
    """Writes those that are outdated; returns them."""
    wrong, texts, pictures = outdated(), made(), drawn()
    for path in wrong:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path in pictures:
            textures.keep(pictures[path], path)
        else:
            path.write_text(texts[path], encoding="utf-8")
    return wrong
