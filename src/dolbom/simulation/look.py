"""How somebody looks: colours of clothes, skin and hair, height, and a face of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dolbom.simulation.body import Body

Colour = tuple[float, float, float]

TOPS: tuple[Colour, ...] = (
    (0.52, 0.13, 0.16),
    (0.20, 0.30, 0.46),
    (0.55, 0.45, 0.30),
    (0.36, 0.42, 0.30),
    (0.46, 0.30, 0.50),
)
TROUSERS: tuple[Colour, ...] = ((0.16, 0.17, 0.24), (0.24, 0.20, 0.17), (0.12, 0.13, 0.14), (0.28, 0.29, 0.31))
PALE: tuple[Colour, ...] = ((0.93, 0.72, 0.58), (0.90, 0.69, 0.55), (0.95, 0.76, 0.63))
TANNED: tuple[Colour, ...] = ((0.72, 0.50, 0.36), (0.76, 0.54, 0.40))
GREYS: tuple[Colour, ...] = ((0.56, 0.56, 0.58), (0.70, 0.70, 0.70), (0.36, 0.35, 0.36))
DARKS: tuple[Colour, ...] = ((0.07, 0.06, 0.06), (0.16, 0.10, 0.07))


@dataclass(frozen=True)
class Look:
    """Colours are RGB, 0…1; `height` is relative to 1.66 m; `face` numbers the features."""

    top: Colour = TOPS[0]
    trousers: Colour = TROUSERS[0]
    skin: Colour = PALE[0]
    hair: Colour = GREYS[0]
    height: float = 1.0
    face: int = 0
    old: bool = True

    @staticmethod
    def of(seed: int, old: bool = True) -> Look:
        """The look that goes with a seed."""
        rng = np.random.default_rng([seed, 3])

        def one(colours: tuple[Colour, ...]) -> Colour:
            return colours[int(rng.integers(len(colours)))]

        top, trousers, skin, hair = one(TOPS), one(TROUSERS), one(PALE if old else TANNED), one(GREYS if old else DARKS)
        height = float(rng.uniform(0.92, 1.0) if old else rng.uniform(0.98, 1.06))
        return Look(top, trousers, skin, hair, height, seed, old)


@dataclass(frozen=True)
class Face:
    """What tells one face from another: metres on a head 0.22 m high, or shares relative to the stock figure.

    `fringe`: how far hair hangs over the forehead; `shade`: how dark it is about the eyes.
    """

    width: float
    jaw: float
    length: float
    nose: float
    brow: float
    lips: float
    eyes: float
    beard: bool
    glasses: bool
    fringe: float = 0.0
    shade: float = 0.0

    @staticmethod
    def of(number: int, old: bool = True) -> Face:
        """The face of a number: near one of two that face recognition tells apart, an old one and a younger one.

        Heads of one mesh look alike to it: of faces drawn at random most pairs passed for one person.
        """
        base = OLD_FACE if old else YOUNG_FACE
        rng = np.random.default_rng([number, 5])
        near = {name: getattr(base, name) + float(rng.normal(0, spread)) for name, spread in FACE_SPREAD.items()}
        return replace(base, **near)


OLD_FACE = Face(
    width=0.266, jaw=0.455, length=-0.064, nose=0.016, brow=-0.002, lips=1.465, eyes=-0.309, beard=False, glasses=True,
    shade=0.5,
)  # fmt: skip
YOUNG_FACE = Face(
    width=-0.146, jaw=-0.375, length=-0.054, nose=-0.002, brow=0.004, lips=0.274, eyes=0.145, beard=True,
    glasses=False, fringe=0.055, shade=0.3,
)  # fmt: skip
FACE_SPREAD = {"width": 0.015, "jaw": 0.03, "length": 0.015, "nose": 0.002, "brow": 0.0008, "lips": 0.08, "eyes": 0.02}


def shape_face(body: Body, face: Face) -> None:
    """Reshapes the stock head: width, jaw, length, nose, distance of the eyes."""
    head = body.weights[:, body.names.index("Head")]
    x, y, z = body.t_pose.T / body.scale
    low = np.clip((0.53 - z) / 0.08, 0.0, 1.0)
    front = np.clip((x - 0.03) / 0.06, 0.0, 1.0)
    near_eyes = np.exp(-(((z - 0.556) / 0.022) ** 2)) * front
    beside = y * (face.width + face.jaw * low * front + face.eyes * near_eyes)
    above = (z - 0.56) * face.length * np.clip(front + 0.4, 0.0, 1.0)
    bridge = np.exp(-((y / 0.016) ** 2)) * np.exp(-(((z - 0.522) / 0.020) ** 2)) * (x > 0.10)
    moved = np.stack([face.nose * bridge, beside, above], axis=1)
    body.move_skin(moved * np.clip(2 * head - 1, 0.0, 1.0)[:, None] * body.scale)


def paint_face(body: Body, face: Face, look: Look) -> None:
    """Draws brows, lips, perhaps a beard and glasses on to the head."""
    head = body.weights[:, body.names.index("Head")] > 0.5
    x, y, z = (body.t_pose / body.scale).T
    z = 0.56 + (z - 0.56) / (1 + face.length)
    side = np.abs(y) / (1 + face.width)
    front = head & (x > 0.07)
    dark = (look.hair[0] * 0.7, look.hair[1] * 0.7, look.hair[2] * 0.7)
    if face.beard:
        jaw = head & (x > 0.02) & (z < 0.500) & (side + 0.9 * (z - 0.45) > 0.006)
        lips = (side < 0.026) & (z > 0.484)
        body.patch("beard", jaw & ~lips, dark)
    body.patch("brows", front & (np.abs(z - 0.580) < 0.004 + face.brow) & (side > 0.010) & (side < 0.052), dark)
    if face.fringe:
        body.patch("fringe", head & (x > 0.0) & (z > 0.640 - face.fringe) & (side < 0.075), look.hair)
    if face.shade:
        tired = np.hypot((side - 0.034) / 1.25, z - 0.552) < 0.020
        tone = tuple(part * (1 - face.shade) for part in look.skin)
        body.patch("shade", front & tired, (tone[0], tone[1], tone[2]))
    red = (0.72, 0.36, 0.34)
    body.patch("lips", front & (np.abs(z - 0.492) < 0.009 * face.lips) & (side < 0.024), red)
    if face.glasses:
        ring = np.hypot(side - 0.034, z - 0.556)
        frame = ((ring > 0.019) & (ring < 0.029)) | ((side > 0.055) & (np.abs(z - 0.562) < 0.005))
        body.patch("glasses", head & (x > 0.0) & frame, (0.08, 0.08, 0.10))


def dress(body: Body, look: Look, name: str, folder: Path) -> None:
    """Writes somebody's figure as `<name>.dae` into a folder."""
    face = Face.of(look.face, look.old)
    body.dress({"sweater-green": look.top, "jeans-blue": look.trousers, "skin-mat": look.skin}, look.hair)
    shape_face(body, face)
    paint_face(body, face, look)
    body.write(folder / f"{name}.dae", body.recorded("stand.dae")[:2], 30.0)
