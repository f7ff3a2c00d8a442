"""A drawn person who does what the coach shows, in their own way: for the terminal, golden conversations and tests.

They are happy (do all of it), tired (do a few, and say so), in pain (hold the chest), leaving (walk out of view),
silent (sit still and say nothing), sinking (slide from the chair), or hurried.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dolbom.exercise.at_home import bodies_of
from dolbom.exercise.clips import ASPECT, Manner, Seen
from dolbom.exercise.coach import Coach
from dolbom.exercise.exercises import Exercise, exercise
from dolbom.exercise.measures import Sight
from dolbom.perception.bodies import Bodies
from dolbom.perception.pose import Pose

PERSONAS = ("happy", "tired", "pain", "leaves", "silent", "sinks", "hurried")
CHEST = {"right_upper_up": 25.0, "right_upper_ahead": 35.0, "right_fore_up": 125.0, "right_fore_ahead": 150.0}
"""The right arm bent, with the hand at the breastbone."""
AFTER = 3
"""So many repetitions are done before something happens."""
WORDS = {"ko": {"tired": "아이고 힘들어", "rate": "좋았어"}, "en": {"tired": "I am tired", "rate": "it was good"}}


class DrawnPerson:
    """What a camera shows of them, and what they say.

    Args:
        coach: whom they follow.
        persona: how they are.
    """

    def __init__(self, coach: Coach, persona: str = "happy", seed: int = 0, manner: Manner | None = None) -> None:
        self._coach, self._persona = coach, persona
        self._rng = np.random.default_rng([seed, 77])
        self._how = manner or Manner(reach=0.85, tempo=0.0, distance=2.9, height=0.9, pitch=5.0)
        self._seen = Seen(self._how)
        self._begun: float | None = None
        self._doing = ""
        self._since: float | None = None

    def camera(self, now: float) -> Bodies:
        """The frame of a time, seconds."""
        one = exercise(self._coach.screen.exercise) if self._coach.screen.exercise else None
        if one is None or self._coach.phase != "doing":
            self._begun = None
        elif self._begun is None:
            self._begun = now + float(self._rng.uniform(0.5, 1.2))
        return bodies_of(self._sight(one, now), now)

    def says(self, now: float) -> str | None:
        """What they say of their own accord at a time."""
        if self._persona == "tired" and self._turned(now) and self._since == now:
            return WORDS[self._coach.session.lang]["tired"]
        return None

    def reply(self, question: str) -> str | None:  # noqa: ARG002
        """What they answer to a question of the robot."""
        troubled = self._persona in ("leaves", "sinks", "pain") and self._since is not None
        if troubled or (self._persona == "silent" and self._coach.phase != "invite"):
            return None
        lang = self._coach.session.lang
        return WORDS[lang]["rate"] if self._coach.phase == "rate" else {"ko": "네", "en": "yes"}[lang]

    def _rounds(self, one: Exercise, now: float) -> float:
        """How many rounds of the keys are done by now."""
        if self._begun is None or now < self._begun or self._persona == "silent":
            return 0.0
        tempo = one.tempo_s * (0.25 if self._persona == "hurried" else 0.9)
        return (now - self._begun) / tempo

    def _turned(self, now: float) -> bool:
        """Whether what happens to them has happened."""
        if self._since is not None:
            return True
        one = exercise(self._coach.screen.exercise) if self._coach.screen.exercise else None
        if one is not None and self._rounds(one, now) * one.sides >= AFTER:
            self._since = now
        return self._since is not None

    def _sight(self, one: Exercise | None, now: float) -> Sight:
        turned = self._persona not in ("happy", "silent", "hurried") and self._turned(now)
        moving = one or exercise("arms_up")
        share = 0.0 if one is None or (turned and self._persona != "tired") else self._rounds(one, now) % 1.0
        angles = moving.at(share, self._how.reach)
        lower = aside = 0.0
        if turned and self._since is not None:
            gone = now - self._since
            if self._persona == "pain":
                angles = angles | CHEST
            elif self._persona == "sinks":
                lower = min(0.5, 0.25 * gone)
            elif self._persona == "leaves":
                aside = 0.7 * gone
        points = moving.mannequin(self._how.build).landmarks(angles) + np.array([0.0, aside, -lower])
        marks, world = self._seen.look(points, self._rng)
        if (marks[:, 0] > 1).mean() > 0.5:
            return Sight(now, None, ASPECT)
        return Sight(now, Pose(marks.astype(np.float32), world.astype(np.float32)), ASPECT)


def hidden(manner: Manner | None = None) -> Manner:
    """Somebody whose legs are behind a table."""
    return replace(manner or Manner(reach=0.85, distance=2.9, height=0.9, pitch=5.0), hidden=True)
