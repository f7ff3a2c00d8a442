"""Signs of trouble in somebody who exercises: a hand held to the chest, sinking down, and being gone from view.

None of them is proof: each is a reason to stop and to ask. Falls are found elsewhere (`perception.falls`); this looks
for what that leaves alone, because here somebody is known to be making an effort.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Literal

import numpy as np

from dolbom.exercise.measures import Sight, bend, seen
from dolbom.perception.pose import HIPS, SHOULDERS, Pose
from dolbom.perception.posture import measure, posture, scale

Sign = Literal["chest", "sinking", "gone", "sat"]
"""A hand held to the chest; going down to the floor; out of view; and, no trouble yet: sat down in the middle of
something that is done standing."""

HOLD_S = 2.5
"""A hand so long at the chest is held there."""
LET_GO = 0.3
"""A share of that time in which it may be drawn elsewhere."""
NEAR = 0.45
"""Fingers so near to the middle of the body, in widths of the shoulders, are before it."""
LOW = (0.03, 0.5)
"""Between the shoulders (0) and the hips (1) so far down is the chest."""
BENT = 110.0
"""The arm of a hand at the chest is bent more than this, degrees."""
SUNK_M, SUNK_S = 0.35, 1.0
"""Shoulders so much lower than they were, for so long: somebody sinks down."""
SAT_M = (0.25, 0.62)
"""Who stood and is lower by so much, not lying and not crouching, has sat down on the chair."""
LEVEL_S = 3.0
"""The usual height is that of the first so many seconds."""
GONE_S = 3.0
"""Frames without them, for so long: they are gone."""
SIGHTINGS = 8
BLIND_S = 1.5
"""A gap between frames that is longer says nothing of who was not seen in it."""


class TroubleWatch:
    """Watches one person while they exercise; the height of their shoulders in the first seconds is theirs.

    Args:
        standing: whether what is done is done standing.
        known: they were in view before: only of whom that is so can be said that they are gone.
    """

    def __init__(self, standing: bool = False, known: bool = False) -> None:
        self._standing = standing
        self._sightings = SIGHTINGS if known else 0
        self._hand: deque[tuple[float, bool]] = deque()
        self._first: list[float] = []
        self._level: float | None = None
        self._level_from: float | None = None
        self._low_since: float | None = None
        self._seen_at: float | None = None
        self._stamp: float | None = None

    def see(self, sight: Sight) -> Sign | None:
        """Takes a frame; returns a sign of trouble, if there is one now."""
        stamp, pose = sight.stamp, sight.pose
        blind = self._stamp is None or not 0 <= stamp - self._stamp <= BLIND_S
        self._stamp = stamp
        if blind:
            # Whatever was before is no run of anything.
            self._hand.clear()
            self._low_since = None
            self._seen_at = stamp
        if pose is None:
            assert self._seen_at is not None
            return "gone" if self.known and stamp - self._seen_at >= GONE_S else None
        self._seen_at = stamp
        self._sightings += 1
        if self._held(stamp, at_chest(pose)):
            return "chest"
        return self._lower(sight, pose)

    @property
    def known(self) -> bool:
        """Whether they were in view: one sighting may be a mistake of the network."""
        return self._sightings >= SIGHTINGS

    def _held(self, stamp: float, there: bool) -> bool:
        self._hand.append((stamp, there))
        while stamp - self._hand[0][0] > HOLD_S:
            self._hand.popleft()
        long = stamp - self._hand[0][0] >= 0.9 * HOLD_S
        share = sum(one for _, one in self._hand) / len(self._hand)
        return bool(long and len(self._hand) >= 5 and share >= 1 - LET_GO)

    def _lower(self, sight: Sight, pose: Pose) -> Sign | None:
        height = shoulders(pose, sight.aspect) if sight.steady else None
        if height is None:
            self._low_since = None
            return None
        if self._level_from is None:
            self._level_from = sight.stamp
        if self._level is None:
            self._first.append(height)
            if sight.stamp - self._level_from >= LEVEL_S and len(self._first) >= 5:
                self._level = median(self._first)
            return None
        drop, held = self._level - height, posture(measure(pose, sight.aspect))[0]
        if drop < (SAT_M[0] if self._standing else SUNK_M) and held != "lying":
            self._low_since = None
            return None
        if self._low_since is None:
            self._low_since = sight.stamp
        if sight.stamp - self._low_since < SUNK_S:
            return None
        return "sat" if self._standing and drop < SAT_M[1] and held in ("sitting", "upright") else "sinking"


def at_chest(pose: Pose) -> bool:
    """Whether a hand is at the chest, with the arm bent as who holds the chest bends it."""
    if not seen(pose, *SHOULDERS):
        return False
    left, right = pose.world[SHOULDERS[0]], pose.world[SHOULDERS[1]]
    middle, wide = (left + right) / 2, float(np.linalg.norm(left - right))
    hips = pose.world[HIPS].mean(0)
    down = float(np.linalg.norm(hips - middle))
    if down < 1e-3 or wide < 1e-3:
        return False
    for shoulder, elbow, wrist, *fingers in ((11, 13, 15, 17, 19), (12, 14, 16, 18, 20)):
        if not seen(pose, wrist):
            continue
        # The fingers tell a hand at the chest from one at the chin or the mouth, whose wrist is at the chest, too;
        # depth is too weak to say how far before the chest a hand is.
        away = pose.world[fingers].mean(0) - middle
        low = float(away[:2] @ (hips - middle)[:2]) / down**2
        angle = bend(pose, shoulder, elbow, wrist)
        if LOW[0] < low < LOW[1] and abs(float(away[0])) < NEAR * wide and angle is not None and angle < BENT:
            return True
    return False


def shoulders(pose: Pose, aspect: float) -> float | None:
    """How high the shoulders are in the picture, metres at their own scale; None if they are not seen."""
    if not seen(pose, *SHOULDERS):
        return None
    return float(-pose.landmarks[SHOULDERS, 1].mean() / max(scale(pose, aspect), 1e-3))
