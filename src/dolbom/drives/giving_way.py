"""Who walks towards the robot is given way to: it stands, and backs off where it knows the ground behind it."""

from __future__ import annotations

import math

import numpy as np

from dolbom.drives.people import Somebody
from dolbom.drives.world import World

COMES_M, COMES = 2.3, 0.2
"""Who comes towards it from this near, faster than this (m/s), is given way to …"""
PASSES_M = 0.8
"""… unless they pass at this distance."""
GIVES_WAY_S = 1.5
BACKS_M = 1.3
"""Who comes nearer than this is made room for."""
BACK_FREE_M, BACK_FREE_S = 0.35, 60.0
"""So much ground behind must have been seen or driven over, and so lately."""


def somebody_comes(world: World, now: float) -> Somebody | None:
    """Somebody who walks towards the robot."""
    pose = world.pose
    if pose is None:
        return None
    for one in world.people.in_view(now):
        to_us, pace = pose.xy - one.at, one.velocity
        away, fast = math.hypot(*to_us), math.hypot(*pace)
        if one.lying or away > COMES_M or fast < COMES or away < 1e-6:
            continue
        nearer = float(pace @ to_us) / away
        misses = abs(float(pace[0] * to_us[1] - pace[1] * to_us[0])) / fast
        if nearer > COMES and misses < PASSES_M:
            return one
    return None


def backs_off(world: World, comes: Somebody | None, now: float) -> float:
    """The speed to make room with, m/s: none or backwards."""
    pose, p = world.pose, world.parameters
    if comes is None or pose is None or comes.distance(pose.xy) > BACKS_M:
        return 0.0
    reach = np.arange(p.radius, p.radius + BACK_FREE_M, 0.05)
    along, across = np.meshgrid(reach, np.arange(-p.radius, p.radius + 0.01, 0.05))
    behind = pose.out(np.column_stack([-along.ravel(), across.ravel()]))
    return -p.back_speed if world.grid.free_since(behind, now - BACK_FREE_S) else 0.0
