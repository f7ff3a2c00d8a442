"""Makes labelled clips of people who exercise, drawn skeletons seen by a camera that errs, to judge the counting.

Everybody has their own build, reach, rhythm and place before the camera; landmarks jitter, are lost for a while, are
hidden or out of the picture; some pause in the middle, some do halves that must not count. All is left to a seed.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dolbom.exercise.exercises import Exercise, exercises
from dolbom.exercise.mannequin import Build
from dolbom.exercise.measures import Floats, Sight
from dolbom.perception.pose import HIPS, Pose

FOCAL = 0.87
"""Of the camera, in picture widths: 60° across."""
ASPECT = 4 / 3
KINDS = ("plain", "noisy", "drop_outs", "halves", "pause", "legs_hidden", "small", "slow_camera")
LEGS = tuple(range(25, 33))
TOGETHER = (list(range(11)), [15, 17, 19, 21], [16, 18, 20, 22], [27, 29, 31], [28, 30, 32])


SLOW, ROUGH = np.ones((33, 3)) * (1, 1, 1.6), np.ones((33, 3)) * (1, 1, 2.0)
SLOW[list(LEGS)] *= 1.5
"""How joints and directions differ: in depth, and of the legs, the network errs by more."""
WANDER_S = 0.7


@dataclass(frozen=True)
class Manner:
    """How somebody does an exercise, and how well they are seen.

    Attributes:
        reach: of the whole movement.
        tempo: seconds a repetition takes (of `each`: a round of both sides).
        uneven: how much reach and tempo change from one to the next, as a share.
        halves: how many halves are among them.
        pause_s: how long they stop in the middle.
        jitter_m, wander_m: standard deviation of a landmark from frame to frame, and slowly to and fro, metres; of
            MediaPipe on people who sit still (`docs/exercise.md`) 1.5 to 8 mm and 3 to 15 mm.
        lost: share of the time for which they are not found at all.
        hidden: legs that cannot be seen.
        distance, height, facing, pitch: of the camera, metres and degrees.
        rate: frames a second.
    """

    reach: float = 1.0
    tempo: float = 3.0
    uneven: float = 0.08
    halves: int = 0
    pause_s: float = 0.0
    jitter_m: float = 0.006
    wander_m: float = 0.006
    lost: float = 0.0
    hidden: bool = False
    distance: float = 2.4
    height: float = 1.0
    facing: float = 0.0
    pitch: float = 0.0
    rate: float = 15.0
    build: Build = field(default_factory=Build)
    size: float = 1.0


@dataclass(frozen=True)
class Clip:
    """What a camera saw of somebody who exercised.

    Attributes:
        stamps: (n,), seconds.
        landmarks, world: (n, 33, 3), as of `perception.pose.Pose`; nan where nobody was found.
    """

    stamps: Floats
    landmarks: Floats
    world: Floats
    aspect: float = ASPECT

    def sights(self) -> Iterator[Sight]:
        """Frame by frame."""
        for stamp, marks, world in zip(self.stamps, self.landmarks, self.world, strict=True):
            pose = None if np.isnan(marks).any() else Pose(marks.astype(np.float32), world.astype(np.float32))
            yield Sight(float(stamp), pose, self.aspect)

    def save(self, path: Path) -> None:
        """Writes it; `read` reads it."""
        np.savez_compressed(
            path, stamps=self.stamps.astype(np.float32), landmarks=self.landmarks.astype(np.float16),
            world=self.world.astype(np.float16), aspect=np.float32(self.aspect),
        )  # fmt: skip


def read(path: Path) -> Clip:
    """A clip that `Clip.save` wrote.

    Raises:
        OSError, ValueError, KeyError: if it is none.
    """
    with np.load(path) as kept:
        parts = [kept[name].astype(float) for name in ("stamps", "landmarks", "world")]
        if parts[1].shape != (len(parts[0]), 33, 3) or parts[2].shape != parts[1].shape:
            raise ValueError(f"landmarks of shape {parts[1].shape}")
        return Clip(parts[0], parts[1], parts[2], float(kept["aspect"]))


def manner(kind: str, exercise: Exercise, rng: np.random.Generator) -> Manner:
    """Somebody of a kind."""
    tempo = exercise.tempo_s * float(rng.uniform(0.6, 1.7))
    made = Manner(
        reach=float(rng.uniform(0.55, 1.1)),
        tempo=tempo,
        uneven=float(rng.uniform(0.03, 0.12)),
        jitter_m=float(rng.uniform(0.002, 0.009)),
        wander_m=float(rng.uniform(0.004, 0.011)),
        distance=float(rng.uniform(1.9, 3.0)),
        height=float(rng.uniform(0.8, 1.3)),
        facing=float(rng.uniform(-30, 30)),
        pitch=float(rng.uniform(-4, 8)),
        rate=float(rng.uniform(10, 15)),
        build=Build(float(rng.uniform(1.45, 1.78)), float(rng.uniform(0.92, 1.1))),
        size=float(rng.uniform(0.9, 1.1)),
    )
    changes: dict[str, dict[str, float | int | bool]] = {
        "noisy": {"jitter_m": float(rng.uniform(0.014, 0.022)), "wander_m": float(rng.uniform(0.01, 0.014))},
        "drop_outs": {"lost": float(rng.uniform(0.04, 0.12))},
        "halves": {"halves": int(rng.integers(1, 4)), "reach": float(rng.uniform(0.75, 1.1))},
        "pause": {"pause_s": float(rng.uniform(3, 9))},
        "legs_hidden": {"hidden": True},
        "small": {"reach": float(rng.uniform(0.42, 0.55))},
        "slow_camera": {"rate": float(rng.uniform(6, 9))},
    }
    given: dict[str, Any] = {**vars(made), **changes.get(kind, {})}
    if not _without_legs(exercise) or exercise.stands:
        # The robot stands back and looks down a little where legs matter.
        given |= {"distance": float(rng.uniform(2.5, 3.4)), "height": float(rng.uniform(0.8, 1.1)),
                  "pitch": float(rng.uniform(3, 9))}  # fmt: skip
    if exercise.measures[0] == "rising_thigh":
        # Who does not come up to nearly straight has not stood up.
        given["reach"] = 0.75 + 0.25 * (given["reach"] - 0.42) / 0.68
    return Manner(**given)


def render(exercise: Exercise, repetitions: int, how: Manner, rng: np.random.Generator) -> Clip:
    """A clip of so many repetitions (of `each`: so many of both sides together)."""
    shares, reaches = _course(exercise, repetitions, how, rng)
    mannequin = exercise.mannequin(how.build)
    swayed = _sway(len(shares), how.rate, rng)
    camera = Seen(how)
    marks, worlds = [], []
    still: tuple[float, float] | None = None
    points = np.empty((33, 3))
    for i, (share, reach) in enumerate(zip(shares, reaches, strict=True)):
        if (share, reach) != still:
            points, still = mannequin.landmarks(exercise.at(share, reach)), (share, reach)
        seen, world = camera.look(points + swayed[i], rng)
        marks.append(seen)
        worlds.append(world)
    landmarks, world = np.array(marks), np.array(worlds)
    _lose(landmarks, world, how, rng)
    stamps = np.arange(len(shares)) / how.rate + rng.normal(0, 0.004, len(shares))
    return Clip(np.maximum.accumulate(stamps + 1e-4 * np.arange(len(shares))), landmarks, world)


def _course(
    exercise: Exercise, repetitions: int, how: Manner, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Share of a round and reach, for every frame."""
    rounds = [(1.0 / exercise.sides * (i % exercise.sides), 1.0) for i in range(repetitions)]
    # A half comes between two wholes: before one, nothing would tell it from somebody who cannot reach farther.
    for place in sorted(rng.choice(np.arange(1, max(2, repetitions)), min(how.halves, max(0, repetitions - 1)), False)):
        rounds.insert(int(place) + sum(1 for one in rounds if one[1] < 1), (rounds[int(place)][0], 0.0))
    pause = int(rng.integers(1, len(rounds))) if how.pause_s and len(rounds) > 1 else -1
    shares: list[float] = [0.0] * int(rng.uniform(0.8, 2.5) * how.rate)
    reaches = [how.reach] * len(shares)
    for number, (begin, whole) in enumerate(rounds):
        if number == pause:
            middle = bool(rng.random() < 0.5)
            frames = int(how.pause_s * how.rate)
            if not middle:
                shares += [0.0] * frames
                reaches += [how.reach] * frames
        reach = how.reach * float(np.clip(rng.normal(1, how.uneven), 0.8, 1.2))
        if not whole:
            reach = how.reach * float(rng.uniform(0.2, 0.42))
        tempo = how.tempo / exercise.sides * float(np.clip(rng.normal(1, how.uneven), 0.7, 1.4)) * (1 if whole else 0.6)
        count = max(6, round(tempo * how.rate))
        course = begin + np.arange(1, count + 1) / count / exercise.sides
        if number == pause and middle:
            stop = int(count * rng.uniform(0.15, 0.85))
            course = np.concatenate([course[:stop], np.full(frames, course[stop]), course[stop:]])
        shares += [min(1.0, float(one)) for one in course]
        reaches += [reach] * len(course)
        if rng.random() < 0.4:
            rest = int(rng.uniform(0.1, 0.8) * how.rate)
            shares += [begin + 1 / exercise.sides] * rest
            reaches += [reach] * rest
    end = int(rng.uniform(0.8, 2.0) * how.rate)
    return shares + [shares[-1]] * end, reaches + [reaches[-1]] * end


def _sway(count: int, rate: float, rng: np.random.Generator) -> Floats:
    """Nobody sits quite still: a slow sway of about a centimetre, (count, 1, 3)."""
    steps = rng.normal(0, 0.012, (count, 3)) * math.sqrt(1 / rate)
    out = np.zeros((count, 3))
    for i in range(1, count):
        out[i] = out[i - 1] * (1 - 0.5 / rate) + steps[i]
    return (out * (1, 1, 0.2))[:, None]


def _drawn_together(rng: np.random.Generator) -> Floats:
    """Every joint errs by itself, and the points of one head, hand or foot mostly together, as a network's do."""
    alone = rng.normal(0, 1, (33, 3))
    for group in TOGETHER:
        alone[group] = 0.85 * rng.normal(0, 1, 3) + 0.53 * alone[group]
    return alone


class Seen:
    """How a camera that errs sees a figure that stands at the origin."""

    def __init__(self, how: Manner) -> None:
        turned = math.radians(how.facing)
        self._turn = np.array([[math.cos(turned), -math.sin(turned), 0], [math.sin(turned), math.cos(turned), 0],
                               [0, 0, 1.0]])  # fmt: skip
        pitch = math.radians(how.pitch)
        self._pitch = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)],
                                [0, math.sin(pitch), math.cos(pitch)]])  # fmt: skip
        self._how = how
        self._wander: Floats = np.zeros((33, 3))

    def _errors(self, rng: np.random.Generator) -> Floats:
        """What each joint errs by in the next frame: from frame to frame, and slowly to and fro."""
        how = self._how
        keep = math.exp(-1 / (how.rate * WANDER_S))
        self._wander = keep * self._wander + math.sqrt(1 - keep * keep) * _drawn_together(rng) * how.wander_m * SLOW
        return np.asarray(self._wander + _drawn_together(rng) * how.jitter_m * ROUGH)

    def look(self, points: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Landmarks in the picture with their visibility, and in metres; as MediaPipe's, with its errors."""
        how = self._how
        turned = points @ self._turn.T
        # The figure looks towards the camera: its left is on the right of the picture.
        local = np.stack([turned[:, 1], how.height - turned[:, 2], how.distance - turned[:, 0]], axis=1)
        local = local @ self._pitch.T
        local = local + self._errors(rng)
        depth = np.maximum(local[:, 2], 0.2)
        seen = np.empty((33, 3))
        seen[:, 0] = 0.5 + FOCAL * local[:, 0] / depth
        seen[:, 1] = 0.5 + FOCAL * ASPECT * local[:, 1] / depth
        inside = (seen[:, :2] > 0).all(1) & (seen[:, :2] < 1).all(1)
        seen[:, 2] = np.where(inside, np.clip(rng.normal(0.95, 0.04, 33), 0.6, 1.0), 0.2)
        if how.hidden:
            seen[LEGS, 2] = np.clip(rng.normal(0.2, 0.08, len(LEGS)), 0, 0.45)
        # A joint is taken for a guess now and then.
        seen[rng.random(33) < 0.01, 2] = 0.3
        world = (local - local[HIPS].mean(0)) * how.size
        return seen, world


def _lose(landmarks: Floats, world: Floats, how: Manner, rng: np.random.Generator) -> None:
    """Takes them out of sight for up to a second, now and then, for a share of the time."""
    left, tries = int(how.lost * len(landmarks)), 0
    while left > 0 and tries < 200:
        tries += 1
        long = min(left, max(1, int(rng.exponential(0.35) * how.rate), 1))
        long = min(long, int(how.rate))
        at = int(rng.integers(0, max(1, len(landmarks) - long)))
        landmarks[at : at + long] = np.nan
        world[at : at + long] = np.nan
        left -= long


def make(folder: Path, seed: int, each: int = 3, only: Collection[str] = ()) -> int:
    """Writes clips of every exercise and kind, and their labels.csv.

    Args:
        each: so many of each exercise and kind.
        only: of these exercises; of all, if none is named.

    Returns:
        How many clips.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["clip", "exercise", "repetitions", "kind", "seen"])
        for exercise in (one for one in exercises().values() if not only or one.name in only):
            for kind in KINDS:
                for _ in range(each):
                    rng = np.random.default_rng([seed, number, 41])
                    repetitions = int(rng.integers(3, 11))
                    how = manner(kind, exercise, rng)
                    name = f"{number:04}_{exercise.name}_{kind}.npz"
                    render(exercise, repetitions, how, rng).save(folder / name)
                    legs = kind == "legs_hidden" and not _without_legs(exercise)
                    table.writerow([name, exercise.name, repetitions, kind, "no" if legs else "yes"])
                    number += 1
    return number


def _without_legs(exercise: Exercise) -> bool:
    return any(measure in ("arm", "upper_arm", "head_turn", "head_tilt", "rise") for measure in exercise.measures)
