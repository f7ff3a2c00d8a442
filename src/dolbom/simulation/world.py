"""The flat as an SDF 1.7 world that Gazebo 11 and Gazebo Harmonic load, with its drawn textures.

Every shape is a box of this project's own; nothing is fetched when it runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from dolbom.simulation import textures
from dolbom.simulation.home import Appliance, Door, Home, Size

COLOURS: dict[str, tuple[float, float, float]] = {
    "wood": (0.45, 0.27, 0.14),
    "dark_wood": (0.25, 0.14, 0.08),
    "pale_wood": (0.66, 0.47, 0.28),
    "sofa": (0.33, 0.42, 0.40),
    "sofa_dark": (0.27, 0.35, 0.34),
    "cushion": (0.78, 0.50, 0.22),
    "rug": (0.55, 0.42, 0.36),
    "brass": (0.72, 0.55, 0.22),
    "white": (0.88, 0.88, 0.86),
    "pale": (0.80, 0.79, 0.74),
    "stone": (0.34, 0.34, 0.36),
    "steel": (0.58, 0.60, 0.62),
    "tile": (0.50, 0.50, 0.52),
    "leaf": (0.22, 0.42, 0.19),
    "pot": (0.56, 0.30, 0.20),
    "celadon": (0.52, 0.66, 0.58),
    "ink": (0.10, 0.11, 0.13),
    "glass": (0.62, 0.70, 0.74),
    "quilt": (0.42, 0.34, 0.52),
    "medicine": (0.90, 0.90, 0.94),
    "medicine_blue": (0.20, 0.42, 0.68),
    "screen": (0.04, 0.04, 0.05),
    "ceiling": (0.90, 0.89, 0.86),
}
GLOWS: dict[str, tuple[float, float, float]] = {
    "glow": (1.0, 0.95, 0.82),
    "glow_red": (0.95, 0.18, 0.08),
    "screen_on": (0.35, 0.52, 0.85),
    "shade": (0.90, 0.78, 0.58),
    "day": (0.93, 0.96, 1.0),
    "dusk": (0.55, 0.36, 0.24),
    "night": (0.02, 0.03, 0.06),
}
"""Colours that shine by themselves."""

Hour = Literal["day", "evening", "night"]

HOURS: dict[Hour, tuple[tuple[float, float, float], tuple[float, float, float], str]] = {
    "day": ((0.58, 0.57, 0.55), (0.48, 0.46, 0.42), "day"),
    "evening": ((0.30, 0.27, 0.25), (0.20, 0.14, 0.09), "dusk"),
    "night": ((0.055, 0.06, 0.075), (0.02, 0.02, 0.03), "night"),
}
"""Ambient light, sun, and what the windows show."""

LOOPS = 2000
"""Most rounds a second of Gazebo's loop: without a limit it takes a whole core while it waits for orders."""

LAMP = (0.62, 0.58, 0.50)
"""What a lamp adds when it is on, RGB."""

TEXTURES = "materials/textures"
"""Where the world's file has its textures beside it; Gazebo 11 has them by its scripts."""

SUN_DIRECTION = (0.42, 0.30, -0.86)


def material(name: str) -> str:
    """The material of a colour as SDF."""
    if name in GLOWS:
        r, g, b = GLOWS[name]
        return (
            f"<material><ambient>0 0 0 1</ambient><diffuse>{r / 4:g} {g / 4:g} {b / 4:g} 1</diffuse>"
            f"<emissive>{r} {g} {b} 1</emissive></material>"
        )
    r, g, b = COLOURS[name]
    return (
        f"<material><ambient>{r} {g} {b} 1</ambient><diffuse>{r} {g} {b} 1</diffuse>"
        "<specular>0.04 0.04 0.04 1</specular></material>"
    )


def textured(name: str) -> str:
    """The material of a drawn texture: an Ogre script for Gazebo 11, an albedo map for Harmonic."""
    return (
        f"<material><script><name>Dolbom/{name}</name></script><diffuse>1 1 1 1</diffuse>"
        f"<pbr><metal><albedo_map>{TEXTURES}/{textures.file_of(name)}</albedo_map><metalness>0</metalness></metal></pbr></material>"
    )


def textures_of(sdf: str) -> list[str]:
    """The names of the textures that a world asks for."""
    return [name for name in textures.PAINTERS if f"{TEXTURES}/{textures.file_of(name)}<" in sdf]


def numbers(values: Iterable[float]) -> str:
    """Numbers as SDF writes them."""
    return " ".join(f"{0.0 if abs(value) < 5e-7 else value:.6g}" for value in values)


def box(size: Size) -> str:
    """A box's geometry."""
    return f"<geometry><box><size>{numbers(size)}</size></box></geometry>"


def visual(name: str, size: Size, centre: Iterable[float], look: str, turn: float = 0.0) -> str:
    """A box to be seen; `turn` about z in degrees."""
    pose = numbers((*centre, 0, 0, math.radians(turn)))
    return f'<visual name="{name}"><pose>{pose}</pose><cast_shadows>0</cast_shadows>{box(size)}{look}</visual>'


def collision(name: str, size: Size, centre: Iterable[float]) -> str:
    """A box to be bumped into."""
    return f'<collision name="{name}"><pose>{numbers((*centre, 0, 0, 0))}</pose>{box(size)}</collision>'


def model(name: str, parts: Iterable[str], at: Iterable[float] = (0, 0, 0, 0, 0, 0)) -> str:
    """A model that does not move by itself, with one link."""
    inside = "\n        ".join(parts)
    return (
        f'    <model name="{name}"><static>true</static><pose>{numbers(at)}</pose>\n'
        f'      <link name="link">\n        {inside}\n      </link>\n    </model>'
    )


def _structure(home: Home) -> str:
    width, depth = home.outline
    parts = [
        collision("ground", (width + 6, depth + 2, 0.1), (width / 2 + 1.5, depth / 2, -0.05)),
        visual("floor", (width + 0.2, depth + 0.2, 0.02), (width / 2, depth / 2, -0.01), textured("floor")),
        visual("corridor", (2.6, depth, 0.02), (width + 1.42, depth / 2, -0.012), material("tile")),
        # A plane is seen from one side only: the ceiling from below, and from above one looks in.
        f'<visual name="ceiling"><pose>{numbers((width / 2, depth / 2, home.height, math.pi, 0, 0))}</pose>'
        f"<cast_shadows>0</cast_shadows><geometry><plane><normal>0 0 1</normal>"
        f"<size>{width + 0.2:g} {depth + 0.2:g}</size></plane></geometry>{material('ceiling')}</visual>",
    ]
    for name, size, centre in home.pieces():
        parts += [visual(name, size, centre, textured("wallpaper")), collision(f"{name}_hit", size, centre)]
    for thing in home.furniture:
        centre = (*thing.at, thing.z + thing.size[2] / 2)
        look = textured(thing.texture) if thing.texture else material(thing.colour or "white")
        parts.append(visual(thing.name, thing.size, centre, look))
        if not thing.low:
            parts.append(collision(f"{thing.name}_hit", thing.size, centre))
    for switch in home.switches:
        parts.append(visual(switch.name, (0.02, 0.07, 0.12), (*switch.at, switch.z), material("white"), switch.faces))
    return model("flat", parts)


def _door(door: Door) -> str:
    size = (door.width, 0.04, door.height)
    centre = (door.width / 2, 0.0, door.height / 2)
    parts = [
        visual("visual", size, centre, material(door.colour)),
        visual("handle", (0.12, 0.10, 0.03), (door.width - 0.08, 0, 1.0), material("brass")),
        collision("hit", size, centre),
    ]
    return model(door.name, parts, door_pose(door, is_open=not door.shut))


def door_pose(door: Door, is_open: bool) -> tuple[float, float, float, float, float, float]:
    """Where a door's leaf is: x, y, z, roll, pitch, yaw."""
    return (*door.hinge, 0.0, 0.0, 0.0, math.radians(door.open if is_open else door.closed))


def _appliance(one: Appliance) -> str:
    centre = (0.0, 0.0, one.size[2] / 2)
    parts = [visual("visual", one.size, centre, material(one.dark))]
    if one.z < 1.9:
        parts.append(collision("hit", one.size, centre))
    return model(one.name, parts, (*one.at, one.z, 0, 0, 0))


def _windows(home: Home) -> str:
    parts = []
    for wall in home.walls:
        for number, (a, b, low, top) in enumerate(wall.windows):
            along, across = (a + b) / 2, wall.begin[1 - wall.axis]
            centre = (along, across) if wall.axis == 0 else (across, along)
            size = (b - a, 0.03) if wall.axis == 0 else (0.03, b - a)
            parts.append(
                visual(f"{wall.name}_{number}", (*size, top - low), (*centre, (low + top) / 2), material("day"))
            )
            for bar in (a, (a + b) / 2, b):
                at = (bar, across) if wall.axis == 0 else (across, bar)
                parts.append(
                    visual(
                        f"{wall.name}_{number}_{bar:g}",
                        (0.05, 0.06, top - low),
                        (*at, (low + top) / 2),
                        material("wood"),
                    )
                )
    return model("windows", parts)


def _light(name: str, kind: str, at: Iterable[float], colour: Iterable[float], more: str) -> str:
    return (
        f'    <light name="{name}" type="{kind}"><cast_shadows>false</cast_shadows>'
        f"<pose>{numbers((*at, 0, 0, 0))}</pose>"
        f"<diffuse>{numbers(colour)} 1</diffuse><specular>0 0 0 1</specular>{more}</light>"
    )


ATTENUATION = (4.5, 0.55, 0.25, 0.18)
"""Of a lamp: range (m), constant, linear, quadratic."""


def lights(home: Home) -> list[str]:
    """The sun, and a lamp in each room that has one; by day the lamps are off."""
    reach, constant, linear, quadratic = ATTENUATION
    fade = (
        f"<attenuation><range>{reach}</range><constant>{constant}</constant><linear>{linear}</linear>"
        f"<quadratic>{quadratic}</quadratic></attenuation>"
    )
    sun = _light("sun", "directional", (0, 0, 5), HOURS["day"][1], f"<direction>{numbers(SUN_DIRECTION)}</direction>")
    lamps = [one for one in home.appliances if one.kind == "lamp"]
    return [sun, *(_light(f"{one.name}_bulb", "point", (*one.at, one.z - 0.25), (0, 0, 0), fade) for one in lamps)]


def world(home: Home, step: float, more: Iterable[str] = (), plugins: Iterable[str] = ()) -> str:
    """The flat as an SDF world.

    Args:
        home: what it shows.
        step: seconds of one step of the physics.
        more: models and actors as SDF.
        plugins: the world's plugins as SDF (Harmonic needs its systems named).
    """
    parts = [
        *plugins,
        *lights(home),
        _structure(home),
        _windows(home),
        *(_door(door) for door in home.doors),
        *(_appliance(one) for one in home.appliances),
        *more,
    ]
    inside = "\n".join(parts)
    return f"""<?xml version="1.0"?>
<sdf version="1.7">
  <world name="{home.name}">
    <physics type="ode">
      <max_step_size>{step:.9f}</max_step_size>
      <real_time_update_rate>{LOOPS:g}</real_time_update_rate>
      <ode><solver><type>quick</type><iters>40</iters></solver></ode>
    </physics>
    <scene>
      <ambient>{numbers(HOURS["day"][0])} 1</ambient><background>0.5 0.6 0.7 1</background><shadows>false</shadows>
    </scene>
{inside}
  </world>
</sdf>
"""


def write_media(folder: Path) -> None:
    """Draws the textures and writes Gazebo 11's materials into `folder`, a Gazebo resource path."""
    scripts, pictures = folder / "media/materials/scripts", folder / "media/materials/textures"
    for made in (scripts, pictures):
        made.mkdir(parents=True, exist_ok=True)
    lines = []
    for name in textures.PAINTERS:
        textures.paint(name, pictures / textures.file_of(name))
        unit = f"texture_unit {{ texture {textures.file_of(name)}\n filtering trilinear }}"
        lines.append(
            f"material Dolbom/{name}\n{{ technique {{ pass {{ ambient 1 1 1 1\n diffuse 1 1 1 1\n"
            f" specular 0 0 0 1 1\n {unit} }} }} }}\n"
        )
    (scripts / "dolbom.material").write_text("".join(lines), encoding="utf-8")
