"""The bank of recorded skeletons: every motion of a resident as landmarks in metres, small enough to be kept here.

`record` makes the bank from the people of the simulator (`simulation.person`): each motion is done in an empty room by
a few people who move differently, and where their joints are is written down ten times a second. Whoever plays it back
needs neither the simulator nor its figure.

python -m dolbom.simulation.day.skeletons     writes bank.npz anew; needs `dolbom sim install`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dolbom.simulation.body import Body, Pose
    from dolbom.simulation.person import Person

BANK = Path(__file__).with_name("bank.npz")
RATE = 10.0
"""Skeletons a second."""
PEOPLE = 4
"""How many people did each motion."""
SCALE = 1000.0
"""Whole millimetres are kept."""

Floats = NDArray[np.float64]

JOINTS = (
    "Head", "LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
    "LeftHandIndex1", "RightHandIndex1", "LeftUpLeg", "RightUpLeg", "LeftLeg", "RightLeg", "LeftFoot", "RightFoot",
    "LeftToeBase", "RightToeBase",
)  # fmt: skip
"""Bones whose origins are kept, with two points of the head more: its front and its top."""
POINTS = len(JOINTS) + 2
HIPS = (JOINTS.index("LeftUpLeg"), JOINTS.index("RightUpLeg"))
NOSE, CROWN = len(JOINTS), len(JOINTS) + 1


@dataclass(frozen=True)
class Clip:
    """One motion of one person.

    Attributes:
        points: (frames, POINTS, 3), metres; it begins with the pelvis over the origin, facing +x, on the floor z = 0.
        walked: metres that one cycle carries ahead, of what is repeated on the spot.
    """

    points: Floats
    walked: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.points) / RATE


class Bank:
    """All motions by name, each by several people."""

    def __init__(self, clips: Mapping[str, list[Clip]]) -> None:
        self.clips = dict(clips)

    def clip(self, motion: str, person: int) -> Clip:
        """A motion as one of the people did it."""
        done = self.clips[motion]
        return done[person % len(done)]


@lru_cache(maxsize=1)
def bank(path: Path = BANK) -> Bank:
    """The shipped bank."""
    with np.load(path) as kept:
        motions = sorted({name.partition("/")[0] for name in kept.files if "/" in name})
        clips = {
            motion: [
                Clip(kept[f"{motion}/{who}"] / SCALE, float(kept["walked"][who]) if motion == "walk" else 0.0)
                for who in range(PEOPLE)
            ]
            for motion in motions
        }
    return Bank(clips)


def landmarks(points: Floats) -> Floats:
    """MediaPipe's 33 landmarks (33, 3) of one skeleton (POINTS, 3); what a skeleton lacks is put where it belongs."""
    at = {name: points[i] for i, name in enumerate(JOINTS)}
    nose, crown = points[NOSE], points[CROWN]
    middle = at["Head"] + 0.45 * (crown - at["Head"])
    ahead = nose - middle
    up = crown - at["Head"]
    left = np.cross(up, ahead)
    left = 0.075 * left / max(float(np.linalg.norm(left)), 1e-6)
    out = np.empty((33, 3))
    out[0] = nose
    eyes = middle + 0.85 * ahead + 0.12 * up
    for first, side in ((1, 1.0), (4, -1.0)):
        for i in range(3):
            out[first + i] = eyes + side * left * (0.3 + 0.2 * i)
    out[7], out[8] = middle + left, middle - left
    mouth = middle + 0.9 * ahead - 0.2 * up
    out[9], out[10] = mouth + 0.3 * left, mouth - 0.3 * left
    for i, name in ((0, "Left"), (1, "Right")):
        out[11 + i], out[13 + i], out[15 + i] = at[f"{name}Arm"], at[f"{name}ForeArm"], at[f"{name}Hand"]
        out[17 + i] = out[19 + i] = out[21 + i] = at[f"{name}HandIndex1"]
        out[23 + i], out[25 + i], out[27 + i] = at[f"{name}UpLeg"], at[f"{name}Leg"], at[f"{name}Foot"]
        toe = at[f"{name}ToeBase"]
        out[29 + i] = at[f"{name}Foot"] - 0.3 * (toe - at[f"{name}Foot"])
        out[31 + i] = toe
    return out


# --- how the bank is made --------------------------------------------------------------------------------------------

EMPTY = {
    "name": "empty",
    "height": 2.3,
    "outline": [20.0, 20.0],
    "rooms": {"room": [0.0, 0.0, 20.0, 20.0]},
    "walls": [],
    "doors": [],
    "furniture": [],
    "appliances": [],
    "switches": [],
    "places": {
        "middle": {"at": [10.0, 10.0]},
        "chair": {"at": [10.0, 10.0], "seat": 0.45},
        "bed": {"at": [10.0, 10.0], "heading": 180, "seat": 0.45, "lie": 0.45, "lying": [10.68, 9.85], "head": 270},
        "ahead": {"at": [16.0, 10.0]},
    },
    "robot": {"dock": {"at": [1.0, 1.0]}, "look": {"at": [1.0, 1.0]}},
}
"""A room with nothing in it but places to sit and lie at."""

Orders = tuple[Callable[["Person"], None], ...]
MOTIONS: dict[str, tuple[str, Orders]] = {
    "sit_down": ("chair", (lambda p: p.sit(),)),
    "sit_hard": ("chair", (lambda p: p.sit(hard=True),)),
    "stand_up": ("chair", (lambda p: p.sit(), lambda p: p.stand_up())),
    "to_bed": ("bed", (lambda p: p.sit(), lambda p: p.lie_in_bed())),
    "from_bed": ("bed", (lambda p: p.lie_in_bed(), lambda p: p.stand_up())),
    "out_of_bed": ("bed", (lambda p: p.lie_in_bed(), lambda p: p.fall("out_of_bed"))),
    "kneel": ("middle", (lambda p: p.kneel(),)),
    "up_from_knees": ("middle", (lambda p: p.kneel(), lambda p: p.stand_up())),
    "pick_up": ("middle", (lambda p: p.pick_up(),)),
    "lie_on_floor": ("middle", (lambda p: p.lie_on_floor(),)),
    "get_up": ("middle", (lambda p: p.lie_on_floor(), lambda p: p.stand_up())),
    "eat": ("middle", (lambda p: p.eat(1),)),
    "eat_sitting": ("chair", (lambda p: p.sit(), lambda p: p.eat(1))),
    "from_chair": ("chair", (lambda p: p.sit(), lambda p: p.fall("from_chair"))),
    "crawl": ("middle", (lambda p: p.lie_on_floor(), lambda p: p.crawl(1.0))),
    "fall_left": ("middle", (lambda p: p.fall("left"),)),
    "fall_right": ("middle", (lambda p: p.fall("right"),)),
    "fall_forward": ("middle", (lambda p: p.fall("forward"),)),
    "fall_backward": ("middle", (lambda p: p.fall("backward"),)),
    "fall_slump": ("middle", (lambda p: p.fall("slump"),)),
}
"""Each motion: where it begins, and what is done; the last order is what is recorded."""

CARRIES = {"crawl": 1.0}
"""Metres, of motions in which the simulator's people slide on the floor."""


def record(media: Path, progress: Callable[[str], None] = lambda _motion: None) -> dict[str, NDArray[np.int16]]:
    """Has every motion done and writes down where the joints are.

    Args:
        media: gazebo-common's models, of which the figure is.
    """
    from dolbom.simulation.body import Body
    from dolbom.simulation.home import Home
    from dolbom.simulation.person import Manner, Person
    from dolbom.simulation.ways import Ways

    home = Home.model_validate(EMPTY)
    ways, body = Ways(home), Body(media)
    kept: dict[str, NDArray[np.int16]] = {}
    walked = []

    def person(who: int, at: str) -> Person:
        return Person(f"p{who}", body, home, ways, who, Manner.of(who), at)

    for who in range(PEOPLE):
        for motion, (at, orders) in MOTIONS.items():
            progress(f"{motion} {who}")
            one = person(who, at)
            for order in orders[:-1]:
                order(one)
                while one.busy:
                    one.advance(1.0)
            points = _filmed(one, orders[-1], body)
            if motion in CARRIES:
                points = _carried(points, CARRIES[motion])
            kept[f"{motion}/{who}"] = _packed(points)
        progress(f"walk {who}")
        cycle, metres = _gait(person(who, "middle"), body)
        kept[f"walk/{who}"] = _packed(cycle)
        walked.append(metres)
    return {**kept, "walked": np.array(walked)}


def _carried(points: Floats, metres: float) -> Floats:
    """The same motion, which carries the hips so far and no farther."""
    hips = points[:, list(HIPS), :2].mean(1)
    gone = hips - hips[0]
    length = float(np.linalg.norm(gone[-1]))
    return np.asarray(points - np.pad(gone * (1 - metres / max(length, metres, 1e-6)), ((0, 0), (0, 1)))[:, None])


def _filmed(one: Person, order: Callable[[Person], None], body: Body) -> Floats:
    """The joints during one order, moved to where a clip begins."""
    begin, heading = one.pose.hips.copy(), one.heading
    frames = [_points(body, one.pose)]
    order(one)
    while one.busy:
        frames.append(_points(body, one.advance(1 / RATE)))
    return _placed(np.array(frames), begin, heading)


def _gait(one: Person, body: Body, steps: int = 12) -> tuple[Floats, float]:
    """One cycle of two steps at the person's own speed, on the spot, in `steps` frames; and how far it carries."""
    frames, share = [], one.manner.stride
    for i in range(steps):
        pose = one._placed(one._step(i / steps, share), one.at, one.heading)
        frames.append(_points(body, pose))
    return _placed(np.array(frames), np.array([*one.at, 0.0]), one.heading), share * one._stride


def _points(body: Body, pose: Pose) -> Floats:
    joints = body.joints(pose)
    head = joints["Head"]
    turned = pose.turns[0]
    for name in ("LowerBack", "Spine", "Spine1", "Neck", "Neck1", "Head"):
        turned = turned @ pose.turns[body.names.index(name)]
    front = head + turned @ np.array([0.115, 0.0, 0.07])
    crown = head + turned @ np.array([0.02, 0.0, 0.19])
    return np.array([*(joints[name] for name in JOINTS), front, crown])


def _placed(points: Floats, begin: Floats, heading: float) -> Floats:
    angle = np.radians(-heading)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    return np.asarray((points - [begin[0], begin[1], 0.0]) @ turn.T)


def _packed(points: Floats) -> NDArray[np.int16]:
    return np.round(points * SCALE).astype(np.int16)


def main() -> None:
    """Writes the bank."""
    from dolbom.simulation.installation import installation

    kept = record(installation().demand().media, lambda motion: print(motion, flush=True))
    np.savez_compressed(BANK, **kept)  # type: ignore[arg-type]
    print(f"{BANK}: {BANK.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
