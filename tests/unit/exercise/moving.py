"""Made-up courses of a movement and drawn people, for the tests of exercise."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dolbom.exercise.clips import ASPECT, Clip, Manner, Seen, render
from dolbom.exercise.exercises import exercise
from dolbom.exercise.mannequin import Mannequin
from dolbom.exercise.measures import Sight
from dolbom.perception.pose import Pose

PLAIN = Manner(reach=0.9, tempo=3.0, distance=2.8, height=0.9, pitch=5.0)


def wave(times: int, seconds: float = 3.0, rate: float = 15.0, reach: float = 1.0, rest: float = 1.0) -> list[tuple]:
    """So many smooth repetitions between two rests, as (stamp, share)."""
    course = [0.0] * int(rest * rate)
    for _ in range(times):
        count = max(6, round(seconds * rate))
        course += [reach * (1 - math.cos(2 * math.pi * i / count)) / 2 for i in range(1, count + 1)]
    course += [0.0] * int(rest * rate)
    return [(i / rate, share) for i, share in enumerate(course)]


def clip(name: str, times: int, how: Manner = PLAIN, seed: int = 3) -> Clip:
    """Somebody who does an exercise so many times."""
    return render(exercise(name), times, how, np.random.default_rng(seed))


def sight(angles: Mapping[str, float], mannequin: Mannequin, stamp: float, down: float = 0.0, seed: int = 0) -> Sight:
    """One frame of a figure in a pose, `down` metres lower than it stands."""
    camera = Seen(PLAIN)
    marks, world = camera.look(
        mannequin.landmarks(angles) - [0, 0, down], np.random.default_rng([seed, int(stamp * 1e3)])
    )
    marks[:, 2] = np.maximum(marks[:, 2], 0.9)
    return Sight(stamp, Pose(marks.astype(np.float32), world.astype(np.float32)), ASPECT)
