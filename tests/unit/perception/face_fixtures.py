"""Looks made by hand, and the real networks where their weights are."""

from __future__ import annotations

import dataclasses

import numpy as np

from dolbom.perception.faces import Face, Look, Quality, View

CLEAR = Quality(size=120, brightness=130, contrast=45, sharpness=0.3, yaw=0, pitch=0, score=0.93)
AXES = np.eye(128, dtype=np.float32)
TURNS = {View.FRONT: 0, View.LEFT: 25, View.RIGHT: -25}


def face(x: float = 100, y: float = 80, width: float = 60) -> Face:
    points = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]]) * (width, width * 1.25)
    box = np.array([x, y, width, width * 1.25], np.float32)
    return Face(box, np.add(points, (x, y)).astype(np.float32), 0.93)


def template(person: int, view: int = 60, cosine: float = 0.8) -> np.ndarray:
    return np.asarray(cosine * AXES[person] + np.sqrt(1 - cosine**2) * AXES[view], np.float32)


def look(person: int, view: View = View.FRONT, number: int = 60, **quality: float) -> Look:
    return Look(face(), dataclasses.replace(CLEAR, yaw=TURNS[view], **quality), template(person, number))
