"""The demo's home: a small Korean living room as an SDF 1.6 world, built from boxes, cylinders and painted planes.

The robot's camera stands at x = 0, y = 0 and looks along +x; y is left, z up; metres. Only simple shapes: nothing here
has an author but this project.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from dolbom.simulation.textures import PAINTERS
from dolbom.simulation.textures import paint as draw

Box = tuple[str, tuple[float, float, float], tuple[float, float, float], str]
"""Name, size (x, y, z), centre (x, y, z), material."""

CAMERA_HEIGHT = 1.10
CAMERA_PITCH = 0.18
CAMERA_FOV = math.radians(75.0)
"""Horizontal field of view, radians."""

DEPTH, HALF_WIDTH, HEIGHT = 5.0, 2.6, 2.4
DOOR = (3.55, 4.45, 2.05)
"""The opening in the left wall: from x, to x, height."""

COLOURS: dict[str, tuple[float, float, float]] = {
    "Wood": (0.45, 0.27, 0.14),
    "DarkWood": (0.25, 0.14, 0.08),
    "PaleWood": (0.66, 0.47, 0.28),
    "Frame": (0.80, 0.75, 0.66),
    "Ceiling": (0.92, 0.90, 0.86),
    "Hall": (0.62, 0.56, 0.48),
    "Sofa": (0.33, 0.42, 0.40),
    "SofaDark": (0.27, 0.35, 0.34),
    "Cushion": (0.78, 0.50, 0.22),
    "CushionRed": (0.62, 0.22, 0.20),
    "Brass": (0.72, 0.55, 0.22),
    "Screen": (0.05, 0.05, 0.06),
    "White": (0.90, 0.89, 0.86),
    "Leaf": (0.20, 0.40, 0.18),
    "LeafLight": (0.34, 0.52, 0.22),
    "Pot": (0.56, 0.30, 0.20),
    "Celadon": (0.52, 0.66, 0.58),
    "Ink": (0.16, 0.18, 0.22),
    "Medicine": (0.90, 0.90, 0.94),
    "MedicineBlue": (0.20, 0.42, 0.68),
}
GLOWS: dict[str, tuple[float, float, float]] = {"Paper": (0.98, 0.93, 0.80), "Shade": (1.0, 0.86, 0.60)}


def furniture() -> list[Box]:
    """Return every box of the room."""
    boxes: list[Box] = [
        # the wall with the door on the left, in three pieces, and what is behind the door
        ("skirting_back", (0.02, 5.2, 0.09), (4.99, 0, 0.045), "PaleWood"),
        ("skirting_right", (5.6, 0.02, 0.09), (2.2, -2.59, 0.045), "PaleWood"),
        ("skirting_left", (4.15, 0.02, 0.09), (1.475, 2.59, 0.045), "PaleWood"),
        ("skirting_left_end", (0.55, 0.02, 0.09), (4.725, 2.59, 0.045), "PaleWood"),
        ("door_post_near", (0.08, 0.16, 2.09), (3.52, 2.60, 1.045), "Wood"),
        ("door_post_far", (0.08, 0.16, 2.09), (4.48, 2.60, 1.045), "Wood"),
        ("door_lintel", (1.04, 0.16, 0.08), (4.0, 2.60, 2.08), "Wood"),
        ("hall_back", (0.04, 2.0, 2.4), (4.62, 3.62, 1.2), "Hall"),
        ("hall_front", (0.04, 2.0, 2.4), (3.38, 3.62, 1.2), "Hall"),
        ("hall_end", (1.3, 0.04, 2.4), (4.0, 4.6, 1.2), "Hall"),
        # sofa, at the height at which the recorded motion sits
        ("sofa_base", (0.80, 1.90, 0.30), (4.50, -0.85, 0.21), "SofaDark"),
        ("sofa_seat_l", (0.66, 0.80, 0.14), (4.36, -0.45, 0.41), "Sofa"),
        ("sofa_seat_r", (0.66, 0.80, 0.14), (4.36, -1.26, 0.41), "Sofa"),
        ("sofa_back_l", (0.20, 0.80, 0.48), (4.78, -0.45, 0.66), "Sofa"),
        ("sofa_back_r", (0.20, 0.80, 0.48), (4.78, -1.26, 0.66), "Sofa"),
        ("sofa_rear", (0.10, 1.90, 0.80), (4.92, -0.85, 0.46), "SofaDark"),
        ("sofa_arm_l", (0.82, 0.17, 0.58), (4.49, 0.04, 0.35), "SofaDark"),
        ("sofa_arm_r", (0.82, 0.17, 0.58), (4.49, -1.75, 0.35), "SofaDark"),
        ("sofa_foot_l", (0.70, 0.05, 0.06), (4.48, 0.02, 0.03), "DarkWood"),
        ("sofa_foot_r", (0.70, 0.05, 0.06), (4.48, -1.72, 0.03), "DarkWood"),
        # mungap: the long low cabinet under the papered window
        ("cabinet", (0.38, 1.70, 0.42), (4.80, 1.22, 0.26), "Wood"),
        ("cabinet_top", (0.42, 1.76, 0.03), (4.79, 1.22, 0.485), "DarkWood"),
        ("cabinet_leg_l", (0.36, 0.06, 0.06), (4.80, 2.00, 0.03), "DarkWood"),
        ("cabinet_leg_r", (0.36, 0.06, 0.06), (4.80, 0.44, 0.03), "DarkWood"),
        ("vase", (0.16, 0.16, 0.22), (4.80, 0.62, 0.61), "Celadon"),
        ("radio", (0.12, 0.30, 0.18), (4.76, 1.16, 0.59), "White"),
        ("radio_front", (0.01, 0.18, 0.12), (4.695, 1.20, 0.59), "Ink"),
        ("pills", (0.14, 0.30, 0.05), (4.74, 1.62, 0.525), "Medicine"),
        ("pills_lid", (0.13, 0.29, 0.012), (4.74, 1.62, 0.555), "MedicineBlue"),
        # the window: a wooden lattice over lit paper
        ("window_paper", (0.01, 1.56, 0.96), (4.985, 1.22, 1.42), "Paper"),
        ("picture_frame_a", (0.03, 0.62, 0.46), (4.985, -0.55, 1.62), "DarkWood"),
        ("picture_a", (0.01, 0.54, 0.38), (4.965, -0.55, 1.62), "Picture"),
        ("picture_frame_b", (0.03, 0.34, 0.42), (4.985, -1.22, 1.60), "Brass"),
        ("picture_b", (0.01, 0.27, 0.35), (4.965, -1.22, 1.60), "Photo"),
        ("calendar", (0.01, 0.36, 0.52), (4.985, -1.78, 1.55), "Calendar"),
        # side table, television, lamp
        ("side_top", (0.42, 0.42, 0.03), (4.62, -2.20, 0.48), "PaleWood"),
        ("side_shelf", (0.38, 0.38, 0.02), (4.62, -2.20, 0.20), "PaleWood"),
        ("cup", (0.07, 0.07, 0.09), (4.50, -2.28, 0.54), "White"),
        ("tv_stand", (1.20, 0.36, 0.40), (3.0, -2.38, 0.20), "Wood"),
        ("tv", (1.05, 0.05, 0.62), (3.0, -2.42, 0.80), "Screen"),
        # soban: the small low table
        ("soban_top", (0.52, 0.62, 0.035), (3.60, -1.72, 0.30), "DarkWood"),
        ("soban_rim", (0.46, 0.56, 0.01), (3.60, -1.72, 0.322), "Wood"),
        ("soban_bowl", (0.12, 0.12, 0.06), (3.58, -1.62, 0.35), "Celadon"),
        ("rug", (1.90, 2.70, 0.006), (2.70, -0.1, 0.001), "Rug"),
        ("cushion_a", (0.12, 0.40, 0.36), (4.60, -1.45, 0.64), "Cushion"),
        ("cushion_b", (0.12, 0.36, 0.32), (4.56, -1.18, 0.62), "CushionRed"),
    ]
    for x in (4.45, 4.79):
        for y in (-2.38, -2.02):
            boxes.append((f"side_leg_{x}_{y}", (0.03, 0.03, 0.48), (x, y, 0.24), "PaleWood"))
    for x in (3.40, 3.80):
        for y in (-1.96, -1.48):
            boxes.append((f"soban_leg_{x}_{y}", (0.04, 0.04, 0.29), (x, y, 0.145), "DarkWood"))
    for i, y in enumerate(np.linspace(0.44, 2.00, 5)):
        boxes.append((f"lattice_v{i}", (0.035, 0.05 if i in (0, 2, 4) else 0.022, 1.02), (4.975, y, 1.42), "Wood"))
    for i, y in enumerate(np.linspace(0.44, 2.00, 17)[1:-1]):
        boxes.append((f"lattice_f{i}", (0.02, 0.011, 0.96), (4.978, y, 1.42), "PaleWood"))
    for i, z in enumerate((0.92, 1.10, 1.24, 1.42, 1.60, 1.74, 1.92)):
        boxes.append((f"lattice_h{i}", (0.03, 1.60, 0.05 if i in (0, 6) else 0.014), (4.976, 1.22, z), "Wood"))
    for i, y in enumerate((0.66, 1.22, 1.78)):
        boxes.append((f"drawer_{i}", (0.012, 0.50, 0.32), (4.605, y, 0.27), "PaleWood"))
        boxes.append((f"handle_{i}", (0.02, 0.09, 0.05), (4.595, y, 0.29), "Brass"))
    return boxes


def _visual(name: str, shape: str, at: tuple[float, ...], material: str, casts: bool = True) -> str:
    pose = " ".join(f"{value:g}" for value in (*at, 0, 0, 0)[:6])
    return (
        f'<visual name="{name}"><pose>{pose}</pose><geometry>{shape}</geometry>'
        f"<cast_shadows>{int(casts)}</cast_shadows>"
        f"<material><script><name>Demo/{material}</name></script></material></visual>"
    )


def _box(size: tuple[float, ...]) -> str:
    return f"<box><size>{size[0]:g} {size[1]:g} {size[2]:g}</size></box>"


def _round(radius: float, length: float) -> str:
    return f"<cylinder><radius>{radius:g}</radius><length>{length:g}</length></cylinder>"


def _shell() -> list[str]:
    """Floor, walls and ceiling; the left wall leaves the door open."""
    near, far, top = DOOR
    left, over = HALF_WIDTH + 0.05, (HEIGHT + top) / 2
    walls = [
        ("floor", _box((6.6, 7.6, 0.02)), (2.3, 1.0, -0.01), "Floor"),
        ("ceiling", _box((6.6, 7.6, 0.02)), (2.3, 1.0, HEIGHT + 0.01), "Ceiling"),
        ("wall_back", _box((0.02, 5.2, HEIGHT)), (DEPTH + 0.01, 0, HEIGHT / 2), "Wallpaper"),
        ("wall_right", _box((6.4, 0.02, HEIGHT)), (1.8, -HALF_WIDTH - 0.01, HEIGHT / 2), "Wallpaper"),
        ("wall_left", _box((near + 1.4, 0.10, HEIGHT)), ((near - 1.4) / 2, left, HEIGHT / 2), "Wallpaper"),
        ("wall_left_end", _box((DEPTH - far, 0.10, HEIGHT)), ((DEPTH + far) / 2, left, HEIGHT / 2), "Wallpaper"),
        ("wall_over_door", _box((far - near, 0.10, HEIGHT - top)), ((near + far) / 2, left, over), "Wallpaper"),
    ]
    return [_visual(name, shape, at, material, casts=False) for name, shape, at, material in walls]


def _rounds() -> list[str]:
    """The lamp, the plant and the clock."""
    parts = [
        ("lamp_foot", _round(0.15, 0.03), (4.66, 2.34, 0.015), "Brass"),
        ("lamp_pole", _round(0.015, 1.45), (4.66, 2.34, 0.74), "Brass"),
        ("lamp_shade", _round(0.17, 0.26), (4.66, 2.34, 1.52), "Shade"),
        ("plant_pot", _round(0.16, 0.30), (4.66, 0.22, 0.15), "Pot"),
        ("clock", _round(0.15, 0.03), (4.985, 0.12, 1.98, 0, 1.5708, 0), "DarkWood"),
        ("clock_face", _round(0.13, 0.03), (4.975, 0.12, 1.98, 0, 1.5708, 0), "White"),
        ("clock_hour", _box((0.01, 0.012, 0.07)), (4.955, 0.135, 2.00, 0.5, 0, 0), "Ink"),
        ("clock_minute", _box((0.01, 0.008, 0.10)), (4.955, 0.09, 1.99, -1.2, 0, 0), "Ink"),
    ]
    rng = np.random.default_rng(7)
    for i in range(26):
        angle, lean, length = rng.uniform(0, 6.28), rng.uniform(0.15, 0.75), rng.uniform(0.30, 0.62)
        middle = 0.30 + 0.5 * length * np.cos(lean)
        reach = 0.5 * length * np.sin(lean)
        at = (4.66 + reach * np.cos(angle), 0.22 + reach * np.sin(angle), middle, 0, lean, angle)
        parts.append((f"leaf_{i}", _box((0.008, 0.05, length)), at, "Leaf" if i % 2 else "LeafLight"))
    return [_visual(name, shape, at, material) for name, shape, at, material in parts]


def world(actor_file: str, size: tuple[int, int], rate: float) -> str:
    """Return the world with the resident and the robot's camera.

    `actor_file`: path of the resident's COLLADA file as gzserver sees it. `size`: camera image in pixels; `rate`:
    images a second. One image is four physics steps, rounded up to the nanosecond so that neither the camera nor the
    actor, which moves at most every 1/30 s, is a rounding error too early and skips its turn.
    """
    room = _shell() + _rounds()
    room += [_visual(n, _box(s), at, m, casts=n not in {"rug", "window_paper"}) for n, s, at, m in furniture()]
    visuals = "\n        ".join(room)
    step = math.ceil(1e9 / (4 * rate)) / 1e9
    return f"""<?xml version="1.0"?>
<sdf version="1.6">
  <world name="demo">
    <physics type="ode">
      <max_step_size>{step:.9f}</max_step_size><real_time_update_rate>0</real_time_update_rate>
    </physics>
    <gravity>0 0 0</gravity>
    <scene><ambient>0.46 0.44 0.42 1</ambient><shadows>true</shadows></scene>
    <light name="daylight" type="directional">
      <cast_shadows>true</cast_shadows><pose>0 0 5 0 0 0</pose>
      <diffuse>0.62 0.59 0.53 1</diffuse><specular>0.10 0.10 0.10 1</specular><direction>0.42 -0.30 -0.86</direction>
    </light>
    <light name="window" type="point">
      <cast_shadows>false</cast_shadows><pose>4.2 1.2 1.6 0 0 0</pose>
      <diffuse>0.26 0.25 0.22 1</diffuse><specular>0 0 0 1</specular>
      <attenuation><range>8</range><constant>0.5</constant><linear>0.25</linear><quadratic>0.12</quadratic></attenuation>
    </light>
    <light name="lamp" type="point">
      <cast_shadows>false</cast_shadows><pose>4.45 2.2 1.55 0 0 0</pose>
      <diffuse>0.34 0.25 0.14 1</diffuse><specular>0 0 0 1</specular>
      <attenuation><range>6</range><constant>0.4</constant><linear>0.4</linear><quadratic>0.4</quadratic></attenuation>
    </light>
    <model name="home"><static>true</static>
      <link name="room">
        {visuals}
      </link>
    </model>
    <model name="robot"><static>true</static><pose>0 0 {CAMERA_HEIGHT} 0 {CAMERA_PITCH} 0</pose>
      <link name="head">
        <sensor name="camera" type="camera"><always_on>true</always_on><update_rate>{rate:g}</update_rate>
          <camera><horizontal_fov>{CAMERA_FOV:.6f}</horizontal_fov>
            <image><width>{size[0]}</width><height>{size[1]}</height><format>R8G8B8</format></image>
            <clip><near>0.1</near><far>12</far></clip></camera>
        </sensor>
      </link>
    </model>
    <actor name="resident"><pose>0 0 0 0 0 0</pose>
      <skin><filename>{actor_file}</filename><scale>1.0</scale></skin>
      <animation name="story"><filename>{actor_file}</filename><scale>1.0</scale></animation>
      <script><loop>false</loop><delay_start>0</delay_start><auto_start>true</auto_start>
        <trajectory id="0" type="story"/></script>
    </actor>
  </world>
</sdf>
"""


def paint(folder: Path) -> None:
    """Write the Ogre materials and the painted textures into `folder` (a Gazebo resource path)."""
    scripts, textures = folder / "media/materials/scripts", folder / "media/materials/textures"
    scripts.mkdir(parents=True, exist_ok=True)
    textures.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, (r, g, b) in COLOURS.items():
        lines.append(_material(name, f"ambient {r} {g} {b} 1\n diffuse {r} {g} {b} 1\n specular 0.04 0.04 0.04 1 8"))
    for name, (r, g, b) in GLOWS.items():
        lines.append(_material(name, f"ambient 0 0 0 1\n diffuse 0.1 0.1 0.1 1\n emissive {r} {g} {b} 1"))
    for name in (painter.capitalize() for painter in PAINTERS):
        draw(name.lower(), textures / f"demo_{name.lower()}.png")
        texture = f"texture_unit {{ texture demo_{name.lower()}.png\n filtering anisotropic\n max_anisotropy 8 }}"
        lines.append(_material(name, f"ambient 1 1 1 1\n diffuse 1 1 1 1\n specular 0 0 0 1 1\n {texture}"))
    (scripts / "demo.material").write_text("\n".join(lines))


def _material(name: str, body: str) -> str:
    return f"material Demo/{name}\n{{ technique {{ pass {{ {body}\n }} }} }}\n"
