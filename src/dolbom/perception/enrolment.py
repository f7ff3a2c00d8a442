"""Learning a face: which views are there, which is missing, and what to ask of the person next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from dolbom.perception.faces import Flaw, Look, Vector, View

WANTED: Mapping[View, int] = {View.FRONT: 2, View.LEFT: 1, View.RIGHT: 1}
"""Views that a good enrolment has. Three of any side are enough to be recognised at all."""
FEWEST = 3
MOST = 8
"""More templates than this make the mean no better."""
SAME_PERSON = 0.35
"""Cosine to the views so far below which a picture shows somebody else (of one person's, 2 in 1000 lie below)."""
SAME_VIEW = 0.97
"""Cosine above which a view teaches next to nothing new: another is waited for, but not for long."""
WAIT_FOR_NEW_S = 1.5
SPEAK_EVERY_S = 4.0
"""Shortest time between two spoken hints: a slow speaker needs three seconds for the longest."""


class Guidance(StrEnum):
    """What the person, or whoever helps, is asked next; the words are in `locale/<lang>/faces.yaml`."""

    NOBODY = "nobody"
    ONE_AT_A_TIME = "one_at_a_time"
    CLOSER = "closer"
    LIGHT = "light"
    STILL = "still"
    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"
    SOMEBODY_ELSE = "somebody_else"
    DONE = "done"
    TOO_LATE = "too_late"


class Enrolment:
    """Collects views of one person's face. Fed with time-stamped looks; says what is missing.

    Args:
        begun: seconds.
        timeout_s: after which what is there must do.
        wanted: how many of which view.
    """

    def __init__(self, begun: float, timeout_s: float = 60.0, wanted: Mapping[View, int] = WANTED) -> None:
        self.begun, self._timeout, self._wanted = begun, timeout_s, wanted
        self.views: list[Look] = []
        self._taken = begun
        self.guidance = Guidance.NOBODY

    @property
    def missing(self) -> list[View]:
        """Views that are still wanted, in the order in which they are asked for."""
        have = Counter(look.quality.view for look in self.views)
        return [view for view, number in self._wanted.items() for _ in range(number - have[view])]

    @property
    def progress(self) -> float:
        """0..1 of the wanted views."""
        return 1 - len(self.missing) / sum(self._wanted.values())

    @property
    def enough(self) -> bool:
        """Whether what is there can be stored."""
        return len(self.views) >= FEWEST

    @property
    def over(self) -> bool:
        """Whether no more is to come."""
        return self.guidance in (Guidance.DONE, Guidance.TOO_LATE)

    def observe(self, stamp: float, looks: Sequence[Look]) -> Guidance:
        """Takes all faces of one frame.

        Args:
            stamp: seconds.
            looks: of every face in the frame, in any order.

        Returns:
            What to ask next.
        """
        if not self.over:
            self.guidance = self._next(stamp, looks)
            if not self.missing:
                self.guidance = Guidance.DONE
            elif stamp - self.begun > self._timeout:
                self.guidance = Guidance.DONE if self.enough else Guidance.TOO_LATE
        return self.guidance

    def _next(self, stamp: float, looks: Sequence[Look]) -> Guidance:
        if not looks:
            return Guidance.NOBODY
        look, *others = sorted(looks, key=lambda one: -one.quality.size)
        if others and others[0].quality.size > 0.6 * look.quality.size:
            return Guidance.ONE_AT_A_TIME
        if (wrong := complaint(look)) is not None:
            return wrong
        if not is_same_person(look, self.views):
            return Guidance.SOMEBODY_ELSE
        fresh = all(float(look.template @ seen.template) < SAME_VIEW for seen in self.views)
        if look.quality.view in self.missing and (fresh or stamp - self._taken > WAIT_FOR_NEW_S):
            self.views.append(look)
            self._taken = stamp
        return Guidance(self.missing[0].value) if self.missing else Guidance.DONE


class SpokenGuidance:
    """Which hint is spoken when: each once until it changes, and never one upon the other.

    Frames come faster than words: a hint that has changed again before its turn is not spoken at all.

    Args:
        begun: seconds; the greeting, which asks the person to look, is spoken then.
        pause_s: shortest time between the beginnings of two hints.
    """

    def __init__(self, begun: float, pause_s: float = SPEAK_EVERY_S) -> None:
        self._spoken, self._at, self._pause = Guidance.NOBODY, begun, pause_s

    def next(self, stamp: float, guidance: Guidance) -> Guidance | None:
        """The hint to speak now, or None. How it ended is not a hint: whoever knows it says it.

        Args:
            stamp: seconds.
            guidance: what is wanted now.
        """
        ended = guidance in (Guidance.DONE, Guidance.TOO_LATE)
        if ended or guidance is self._spoken or stamp - self._at < self._pause:
            return None
        self._spoken, self._at = guidance, stamp
        return guidance


def complaint(look: Look) -> Guidance | None:
    """Why a face cannot be learnt from, as what to ask for, or None if it can."""
    quality = look.quality
    if quality.clear:
        return None
    if Flaw.SMALL in quality.flaws or quality.size < 50:
        return Guidance.CLOSER
    if quality.brightness < 40 or quality.brightness > 225 or quality.contrast < 15:
        return Guidance.LIGHT
    if abs(quality.yaw) > 40 or abs(quality.pitch) > 30:
        return Guidance.FRONT
    return Guidance.STILL


def is_same_person(look: Look, others: Sequence[Look]) -> bool:
    """Whether a face is the one of the other looks (True if there are none)."""
    if not others:
        return True
    mean: Vector = np.mean([other.template for other in others], axis=0)
    return float(look.template @ mean) / max(float(np.linalg.norm(mean)), 1e-6) >= SAME_PERSON
