"""The flat's drawn textures: floor, wallpaper, rug, a picture, a photograph, a calendar; each drawn by this project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A texture (height, width, 3), BGR."""


def _floor() -> Image:
    """Laminate planks along x, darker towards the walls where less light comes."""
    rng = np.random.default_rng(1)
    height, width = 2520, 2048
    image = np.zeros((height, width, 3))
    plank = 42
    for row in range(0, height, plank):
        start = -int(rng.integers(0, 600))
        while start < width:
            length = int(rng.integers(420, 620))
            tone = np.array([92, 138, 182]) * rng.uniform(0.88, 1.08)
            left, right = max(0, start), min(width, start + length)
            if right > left:
                grain = cv2.GaussianBlur(rng.normal(0, 1, (plank, right - left)), (0, 0), sigmaX=26, sigmaY=0.9)
                grain *= 7 / max(grain.std(), 1e-6)
                image[row : row + plank, left:right] = tone + grain[..., None] * [0.8, 1.0, 1.1]
                image[row : row + plank, left : left + 2] *= 0.72
            start += length
        image[row : row + 2] *= 0.74
    return np.clip(image, 0, 255).astype(np.uint8)


def _wallpaper() -> Image:
    """Warm paper with a faint woven pattern."""
    rng = np.random.default_rng(2)
    weave = cv2.GaussianBlur(rng.normal(0, 1, (1024, 1024)), (0, 0), sigmaX=0.7, sigmaY=6)
    weave = weave + cv2.GaussianBlur(rng.normal(0, 1, (1024, 1024)), (0, 0), sigmaX=6, sigmaY=0.7)
    shade = np.linspace(1.03, 0.90, 1024)[:, None, None]
    paper: NDArray[np.float64] = np.array([186, 206, 218]) + 4.0 * (weave / weave.std())[..., None]
    return np.clip(paper * shade, 0, 255).astype(np.uint8)


def _rug() -> Image:
    """A woven rug: a field with a border of small lozenges."""
    rng = np.random.default_rng(3)
    height, width = 720, 1024
    image: NDArray[np.float64] = np.full((height, width, 3), (128, 150, 168), dtype=np.float64)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), (70, 74, 120), 40)
    cv2.rectangle(image, (46, 46), (width - 47, height - 47), (196, 208, 214), 5)
    cv2.rectangle(image, (84, 84), (width - 85, height - 85), (92, 84, 112), 4)
    for x in range(64, width - 40, 36):
        for y in (65, height - 66):
            cv2.drawMarker(image, (x, y), (206, 214, 220), cv2.MARKER_DIAMOND, 16, 3)
    for y in range(64, height - 40, 36):
        for x in (65, width - 66):
            cv2.drawMarker(image, (x, y), (206, 214, 220), cv2.MARKER_DIAMOND, 16, 3)
    image = image + rng.normal(0, 6, (height, width, 1)) + 5 * np.sin(np.arange(height) * 1.6)[:, None, None]
    return np.clip(image, 0, 255).astype(np.uint8)


def _landscape() -> Image:
    """An ink painting of hills under a red sun."""
    image: Image = np.full((380, 540, 3), (206, 222, 230), dtype=np.uint8)
    cv2.circle(image, (400, 90), 34, (70, 80, 190), -1, cv2.LINE_AA)
    x = np.arange(0, 541)
    for level, shade, seed in ((190, 176, 1), (235, 140, 2), (285, 100, 3), (330, 66, 4)):
        hills = level - 34 * np.sin(x / (48 + 14 * seed) + seed) - 16 * np.sin(x / 21 + 2 * seed)
        outline = np.r_[np.c_[x, hills], [[540, 380], [0, 380]]].astype(np.int32)
        cv2.fillPoly(image, [outline], (shade + 8, shade + 4, shade), cv2.LINE_AA)
    return image


def _photo() -> Image:
    """A family photograph, three heads and shoulders too small to be anybody's."""
    image = np.full((350, 270, 3), (176, 190, 196), dtype=np.uint8)
    people = [(75, 150, 34, (110, 80, 70)), (195, 150, 34, (80, 70, 130)), (135, 215, 26, (90, 140, 190))]
    for x, y, size, coat in people:
        shoulders = (int(1.7 * size), int(1.7 * size))
        cv2.ellipse(image, (x, y + int(2.6 * size)), shoulders, 0, 180, 360, coat, -1, cv2.LINE_AA)
        cv2.circle(image, (x, y), size, (150, 180, 210), -1, cv2.LINE_AA)
        cv2.ellipse(image, (x, y - size // 3), (size, int(0.8 * size)), 0, 180, 360, (40, 40, 44), -1, cv2.LINE_AA)
    return image


def _calendar() -> Image:
    """A wall calendar with large digits."""
    image = np.full((520, 360, 3), 244, dtype=np.uint8)
    cv2.rectangle(image, (0, 0), (360, 96), (70, 60, 170), -1)
    cv2.putText(image, "11", (128, 76), cv2.FONT_HERSHEY_DUPLEX, 2.4, (255, 255, 255), 5, cv2.LINE_AA)
    for day in range(1, 31):
        column, row = (day + 6) % 7, (day + 6) // 7 - 1
        colour = (60, 60, 200) if column == 0 else (60, 60, 60)
        at = (14 + 49 * column, 170 + 76 * row)
        cv2.putText(image, str(day), at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, colour, 2, cv2.LINE_AA)
    return image


PAINTERS: dict[str, Callable[[], Image]] = {
    "floor": _floor,
    "wallpaper": _wallpaper,
    "rug": _rug,
    "picture": _landscape,
    "photo": _photo,
    "calendar": _calendar,
}


LONGEST = 600
"""Pixels; a texture that is longer is kept in the repository at half its size."""


def file_of(name: str) -> str:
    """The file of a texture, in whatever folder a simulator looks for it."""
    return f"dolbom_{name}.png"


def paint(name: str, to: Path) -> None:
    """Draws one texture into a PNG file."""
    cv2.imwrite(str(to), PAINTERS[name]())


def kept(name: str) -> Image:
    """A texture as it is kept in the repository."""
    image = PAINTERS[name]()
    half = (image.shape[1] // 2, image.shape[0] // 2)
    if max(image.shape[:2]) <= LONGEST:
        return image
    return np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)


def keep(name: str, to: Path) -> None:
    """Writes such a texture."""
    cv2.imwrite(str(to), kept(name), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def is_kept(name: str, at: Path) -> bool:
    """Whether a file shows what would be drawn now; another processor may round a step otherwise."""
    found, wanted = cv2.imread(str(at)) if at.exists() else None, kept(name)
    return found is not None and found.shape == wanted.shape and float(np.mean(cv2.absdiff(found, wanted))) < 0.5
