"""Pictures that show why a clip was judged wrongly: moments side by side, with skeletons and events drawn in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dolbom.errors import UserError
from dolbom.perception.bodies import Bodies
from dolbom.perception.falls import FallEvent

BONES = (
    (11, 12), (11, 23), (12, 24), (23, 24), (23, 25), (25, 27), (24, 26), (26, 28),
    (11, 13), (13, 15), (12, 14), (14, 16), (7, 8), (7, 11), (8, 12),
)  # fmt: skip
WIDTH = 320
GREEN, MAGENTA, YELLOW = (80, 220, 80), (220, 80, 220), (60, 220, 255)


def save_strip(
    path: Path,
    frames: Iterable[np.ndarray[Any, Any]],
    fps: float,
    seen: Sequence[Bodies],
    moments: Sequence[float],
    events: Sequence[FallEvent],
) -> None:
    """Writes the frames nearest to `moments` (seconds), four in a row; turned finds are magenta.

    Raises:
        UserError: if the picture cannot be written.
    """
    wanted = [min(range(len(seen)), key=lambda i, t=t: abs(seen[i].stamp - t)) for t in moments]  # type: ignore[misc]
    numbers = {round(seen[i].stamp * fps): i for i in wanted}
    tiles = [_tile(image, seen[numbers[n]], events) for n, image in enumerate(frames) if n in numbers]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 4)
    strip = np.vstack([np.hstack(tiles[i : i + 4]) for i in range(0, len(tiles), 4)])
    if not cv2.imwrite(str(path), strip):
        raise UserError(f"cannot write {path}", "is there room, and may it be written?")


def _tile(image: np.ndarray[Any, Any], bodies: Bodies, events: Sequence[FallEvent]) -> np.ndarray[Any, Any]:
    size = (WIDTH, round(WIDTH * bodies.height / bodies.width))
    tile = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    for body in bodies.bodies:
        points = (body.pose.landmarks[:, :2] * size).clip(-9999, 9999).astype(int)
        colour = MAGENTA if body.pose.turned else GREEN
        for a, b in BONES:
            cv2.line(tile, tuple(points[a].tolist()), tuple(points[b].tolist()), colour, 1, cv2.LINE_AA)
        at = (int(np.clip(points[0][0], 0, WIDTH - 60)), int(np.clip(points[0][1], 24, size[1] - 4)))
        cv2.putText(tile, body.posture, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
    said = [f"{e.kind} {e.stamp:.1f}" for e in events if e.stamp <= bodies.stamp]
    text = f"{bodies.stamp:.1f} s  " + " ".join(said[-2:])
    cv2.putText(tile, text, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, YELLOW, 1, cv2.LINE_AA)
    return tile
