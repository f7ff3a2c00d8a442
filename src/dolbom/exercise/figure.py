"""Draws the figure that shows an exercise: from the same poses that it is counted by, moving and as a still.

python -m dolbom.exercise.figure     draws the pictures of all exercises anew, where the robot's page has them
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dolbom.exercise.exercises import Exercise, exercises
from dolbom.exercise.mannequin import Mannequin
from dolbom.exercise.measures import Floats
from dolbom.simulation.day.skeletons import CROWN, JOINTS, NOSE

FOLDER = Path(__file__).parents[1] / "web" / "static" / "pictures"
FRAMES = 36
SIZE = 480
MARGIN = 46
SHIRT, TROUSERS, SKIN, SHOES, HAIR, WOOD, BACK = (
    "#2f7d74", "#3f4a63", "#e8b690", "#2b2b2b", "#a9a9a4", "#b58a5a", "#eef4ee",
)  # fmt: skip
_AT = {name: index for index, name in enumerate(JOINTS)}

Line = tuple[str, str, float, Floats]
"""Class, colour, width in metres, and the points (frames, n, 2)."""


def name_of(exercise: str, still: bool = False) -> str:
    """The name of the picture that shows an exercise."""
    return f"exercise-{exercise}-still" if still else f"exercise-{exercise}"


def moving(exercise: Exercise) -> str:
    """The drawing that does the exercise again and again."""
    shares = np.arange(FRAMES) / FRAMES
    return _drawn(exercise, [float(share) for share in shares], exercise.tempo_s)


def still(exercise: Exercise) -> str:
    """The drawing for paper and for whom nothing may move: the rest faintly, and the end of the movement."""
    mannequin = exercise.mannequin()
    rest = mannequin.points(exercise.at(0.0))
    shares = np.linspace(0, 1, 41)
    ends = [float(np.abs(mannequin.points(exercise.at(float(share))) - rest).sum()) for share in shares]
    return _drawn(exercise, [0.0, float(shares[int(np.argmax(ends))])], 0.0)


def _drawn(exercise: Exercise, shares: Sequence[float], seconds: float) -> str:
    mannequin = exercise.mannequin()
    poses = np.array([mannequin.points(exercise.at(share)) for share in shares])
    view = _View(exercise.view, poses, _chair(exercise, mannequin))
    parts = [f'<rect width="{SIZE}" height="{SIZE}" rx="40" fill="{BACK}"/>']
    chair = [f'<path d="{_path(view.flat(line))}"/>' for line in view.chair]
    wood = f'<g fill="none" stroke="{WOOD}" stroke-width="{view.wide(0.035)}" stroke-linecap="round">'
    chair_drawn = f"{wood}{''.join(chair)}</g>" if chair else ""
    behind = exercise.base == "sitting"
    if behind:
        parts.append(chair_drawn)
    if seconds:
        parts.append(_body(view, poses, seconds))
    else:
        parts.append(f'<g opacity="0.28">{_body(view, poses[:1], 0.0)}</g>')
        parts.append(_body(view, poses[1:], 0.0))
    if not behind:
        parts.append(chair_drawn)
    inside = "\n".join(part for part in parts if part)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">\n{inside}\n</svg>\n'


class _View:
    """From where it is looked at: a little from above, and so far aside.

    Args:
        degrees: from the front; the figure's left side is then seen.
    """

    def __init__(self, degrees: float, poses: Floats, chair: list[Floats]) -> None:
        turned, above = math.radians(degrees), math.radians(8)
        self._right = np.array([-math.sin(turned), math.cos(turned), 0.0])
        ahead = np.array([math.cos(turned), math.sin(turned), 0.0])
        self._up = np.array([0, 0, math.cos(above)]) - ahead * math.sin(above)
        self._near = ahead * math.cos(above) + np.array([0, 0, math.sin(above)])
        self.chair = chair
        every = np.concatenate([poses.reshape(-1, 3), *chair])
        flat = np.stack([every @ self._right, -(every @ self._up)], axis=1)
        low, high = flat.min(0) - 0.06, flat.max(0) + 0.06
        self._scale = (SIZE - 2 * MARGIN) / float((high - low).max())
        self._shift = SIZE / 2 - self._scale * (low + high) / 2

    def flat(self, points: Floats) -> Floats:
        """In the drawing: x to the right, y down."""
        return np.asarray(np.stack([points @ self._right, -(points @ self._up)], axis=-1) * self._scale + self._shift)

    def near(self, points: Floats) -> float:
        """How near they are, on the whole."""
        return float((points @ self._near).mean())

    def wide(self, metres: float) -> str:
        """A width in the drawing."""
        return f"{metres * self._scale:.1f}"


def _body(view: _View, poses: Floats, seconds: float) -> str:
    def joints(*names: str) -> Floats:
        return poses[:, [_AT[name] for name in names]]

    pieces: list[tuple[float, str]] = []
    for side in ("Left", "Right"):
        leg = joints(f"{side}UpLeg", f"{side}Leg", f"{side}Foot")
        pieces.append((view.near(leg), _line(view, leg, TROUSERS, 0.115, seconds)))
        foot = joints(f"{side}Foot", f"{side}ToeBase")
        pieces.append((view.near(leg) + 1e-3, _line(view, foot, SHOES, 0.085, seconds)))
        arm = joints(f"{side}Arm", f"{side}ForeArm", f"{side}Hand")
        hand = joints(f"{side}Hand", f"{side}HandIndex1")
        near = view.near(arm) + 0.05
        pieces.append((near, _line(view, hand, SKIN, 0.07, seconds)))
        pieces.append((near + 1e-3, _line(view, arm, SHIRT, 0.085, seconds)))
    trunk = joints("LeftArm", "RightArm", "RightUpLeg", "LeftUpLeg")
    pieces.append((view.near(trunk), _line(view, trunk, SHIRT, 0.1, seconds, closed=True)))
    head, face = _head(view, poses, seconds)
    neck = np.stack([(poses[:, _AT["LeftArm"]] + poses[:, _AT["RightArm"]]) / 2, poses[:, _AT["Head"]]], axis=1)
    pieces.append((view.near(trunk) + 1e-3, _line(view, neck, SKIN, 0.075, seconds)))
    pieces.append((view.near(trunk) + 0.02, head + face))
    return "".join(piece for _, piece in sorted(pieces, key=lambda one: one[0]))


def _head(view: _View, poses: Floats, seconds: float) -> tuple[str, str]:
    """The head as a ball with hair, and a face that shows where it looks."""
    base, nose, crown = poses[:, _AT["Head"]], poses[:, NOSE], poses[:, CROWN]
    middle = base + 0.5 * (crown - base)
    ahead = nose - (base + 0.42 * (crown - base))
    up = crown - base
    left = np.cross(up, ahead)
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    hair = middle - 0.25 * ahead + 0.12 * up
    ball = _ball(view, hair, HAIR, 0.108, seconds) + _ball(view, middle + 0.12 * ahead, SKIN, 0.1, seconds)
    eyes = [middle + 0.75 * ahead + 0.08 * up + side * 0.036 * left for side in (1, -1)]
    mouth = np.stack([middle + 0.72 * ahead - 0.26 * up + side * 0.03 * left for side in (1, 0, -1)], axis=1)
    mouth[:, 1] -= 0.05 * up
    face = "".join(_ball(view, eye, "#3a2a20", 0.011, seconds) for eye in eyes)
    face += _ball(view, middle + 1.0 * ahead - 0.06 * up, "#d99c74", 0.014, seconds)
    return ball, face + _line(view, mouth, "#a8543c", 0.012, seconds)


def _line(view: _View, points: Floats, colour: str, metres: float, seconds: float, closed: bool = False) -> str:
    paths = [_path(one, closed) for one in view.flat(points)]
    fill = colour if closed else "none"
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    look = f'fill="{fill}" stroke="{colour}" stroke-width="{view.wide(metres)}" {ends}'
    return f'<path d="{paths[0]}" {look}>{_over(("d", paths), seconds)}</path>'


def _ball(view: _View, points: Floats, colour: str, metres: float, seconds: float) -> str:
    flat = view.flat(points)
    xs, ys = ([f"{value:.1f}" for value in flat[:, axis]] for axis in (0, 1))
    moved = _over(("cx", xs), seconds) + _over(("cy", ys), seconds)
    return f'<circle cx="{xs[0]}" cy="{ys[0]}" r="{view.wide(metres)}" fill="{colour}">{moved}</circle>'


def _over(what: tuple[str, list[str]], seconds: float) -> str:
    attribute, values = what
    if not seconds or len(set(values)) == 1:
        return ""
    listed = ";".join([*values, values[0]])
    return f'<animate attributeName="{attribute}" dur="{seconds:g}s" repeatCount="indefinite" values="{listed}"/>'


def _path(points: Floats, closed: bool = False) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def _chair(exercise: Exercise, mannequin: Mannequin) -> list[Floats]:
    """The chair that somebody sits on, or whose back they hold."""
    if exercise.base != "sitting" and not exercise.chair:
        return []
    rest = mannequin.points(exercise.resting())
    if exercise.base == "sitting":
        hips = rest[[_AT["LeftUpLeg"], _AT["RightUpLeg"]]].mean(0)
        seat, back, turned = hips[2] - 0.08, hips[0] - 0.17, 1.0
    else:
        hands = rest[[_AT["LeftHand"], _AT["RightHand"]]].mean(0)
        seat, back, turned = 0.45, hands[0] + 0.03, 1.0
    front, wide, top = back + 0.42 * turned, 0.21, seat + 0.48
    lines = [[(back, -wide, top), (back, -wide, 0)], [(back, wide, top), (back, wide, 0)],
             [(front, -wide, seat), (front, -wide, 0)], [(front, wide, seat), (front, wide, 0)],
             [(back, -wide, seat), (back, wide, seat), (front, wide, seat), (front, -wide, seat), (back, -wide, seat)],
             [(back, -wide, top), (back, wide, top)],
             [(back, -wide, top - 0.16), (back, wide, top - 0.16)]]  # fmt: skip
    return [np.array(line, float) for line in lines]


def main(folder: Path = FOLDER) -> None:
    """Draws all of them."""
    for name, exercise in exercises().items():
        (folder / f"{name_of(name)}.svg").write_text(moving(exercise), encoding="utf-8")
        (folder / f"{name_of(name, still=True)}.svg").write_text(still(exercise), encoding="utf-8")


if __name__ == "__main__":
    main()
