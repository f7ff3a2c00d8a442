"""Draws faces that the real face models find and tell apart: no photograph of anybody is needed in the tests."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SCALE = 4  # drawn larger and shrunk, so that edges are smooth


@dataclass(frozen=True)
class Drawn:
    """What one drawn person looks like; colours are BGR."""

    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    eyes: float = 34  # distance
    brow: float = 1.0  # thickness
    nose: float = 9  # width
    mouth: float = 48  # width
    lips: float = 5  # thickness
    cheeks: float = 48  # half the face's width
    beard: bool = False
    glasses: bool = False


MOTHER = Drawn(skin=(175, 195, 230), hair=(165, 165, 170), eyes=31, mouth=38, brow=0.4, cheeks=50)
SON = Drawn(skin=(85, 115, 160), hair=(20, 20, 25), eyes=38, nose=15, mouth=56, lips=9, brow=2.2, beard=True)
STRANGER = Drawn(skin=(120, 160, 225), hair=(40, 90, 170), eyes=33, mouth=40, lips=7, cheeks=42, glasses=True)


def draw(
    person: Drawn,
    size: tuple[int, int] = (320, 240),
    at: tuple[float, float] = (160, 120),
    width: float = 90,
    turn: float = 0.0,
    light: float = 1.0,
    seed: int = 0,
) -> np.ndarray:
    """One person in a picture (height, width, 3) uint8 BGR.

    Args:
        size: width and height of the picture.
        at: the middle of the face.
        width: of the face, about, in pixels.
        turn: shifts the features sideways as a turned head does; 11 is about 13°, positive to the person's left.
        light: 1 as drawn.
        seed: of the picture's noise.
    """
    image = np.full((size[1], size[0], 3), (120, 110, 100), np.uint8)
    put(image, person, at, width, turn)
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image * light + noise, 0, 255).astype(np.uint8)


def put(image: np.ndarray, person: Drawn, at: tuple[float, float], width: float, turn: float = 0.0) -> None:
    """Draws a person into a picture."""
    unit = width / 100 * SCALE
    half = int(width * 1.5)
    canvas = np.zeros((2 * half * SCALE, 2 * half * SCALE, 3), np.uint8)
    mask = np.zeros(canvas.shape[:2], np.uint8)
    middle = half * SCALE

    def ellipse(x, y, a, b, colour, shift=turn, begin=0, end=360, thick=-1.0):
        where = (int(middle + (x + shift) * unit), int(middle + y * unit))
        thickness = -1 if thick < 0 else max(1, int(thick * unit))
        axes = (int(a * unit), int(b * unit))
        cv2.ellipse(canvas, where, axes, 0, begin, end, colour, thickness, cv2.LINE_AA)
        cv2.ellipse(mask, where, axes, 0, begin, end, 255, thickness)

    dark = tuple(int(v * 0.75) for v in person.skin)
    light = tuple(min(255, int(v * 1.12)) for v in person.skin)
    neck = [(int(middle - 26 * unit), int(middle + 45 * unit)), (int(middle + 26 * unit), int(middle + 90 * unit))]
    cv2.rectangle(canvas, *neck, dark, -1)
    cv2.rectangle(mask, *neck, 255, -1)
    ellipse(0, 118, 92, 48, (90, 60, 40), 0, 180, 360)
    ellipse(0, -14, person.cheeks + 12, 66, person.hair, 0)
    ellipse(0, 0, person.cheeks, 62, person.skin, 0)
    ellipse(0, -52, person.cheeks - 2, 22, person.hair, 0)
    for side in (-1, 1):
        ellipse(side * (person.cheeks + 2), 2, 7, 14, dark, 0)
    if person.beard:
        ellipse(0, 44, 30, 22, person.hair)
        ellipse(0, 30, 26, 4, person.hair)
    for side in (-1, 1):
        x = side * person.eyes / 2 * 1.15
        ellipse(x, -8, 13, 8, dark)
        ellipse(x, -7, 10.5, 5.5, (240, 240, 240))
        ellipse(x, -7, 5.2, 5.4, (40, 60, 80))
        ellipse(x, -7, 2.6, 2.8, (10, 10, 10))
        ellipse(x + 1.2, -9, 1.2, 1.2, (255, 255, 255))
        ellipse(x, -8, 11, 7, (40, 40, 50), begin=180, end=360, thick=1.6)
        ellipse(x, -22, 13, 6, person.hair, begin=190, end=350, thick=2.6 * person.brow)
        if person.glasses:
            ellipse(x, -7, 16, 13, (25, 25, 30), thick=2.6)
    ellipse(-1.5, 8, 3.2, 17, light)
    ellipse(0, 20, person.nose, 6, dark)
    ellipse(0, 18.5, person.nose - 1, 5.5, light)
    for side in (-1, 1):
        ellipse(side * person.nose * 0.55, 22, 2.4, 1.6, (60, 70, 100))
    ellipse(0, 38, person.mouth * 0.38, person.lips, (90, 90, 180))
    ellipse(0, 37, person.mouth * 0.36, 1.4, (50, 40, 90))
    canvas = cv2.GaussianBlur(canvas, (0, 0), SCALE)
    small = cv2.resize(canvas, (2 * half, 2 * half), interpolation=cv2.INTER_AREA)
    share = cv2.resize(mask, (2 * half, 2 * half), interpolation=cv2.INTER_AREA)[..., None] / 255
    x0, y0 = int(at[0]) - half, int(at[1]) - half
    left, top = max(0, -x0), max(0, -y0)
    right, bottom = min(2 * half, image.shape[1] - x0), min(2 * half, image.shape[0] - y0)
    if right <= left or bottom <= top:
        return
    window = image[y0 + top : y0 + bottom, x0 + left : x0 + right]
    part = share[top:bottom, left:right]
    window[:] = (window * (1 - part) + small[top:bottom, left:right] * part).astype(np.uint8)
