"""What the robot's screen shows of an exercise: the figure, the count in large print, the seconds that are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dolbom.exercise.exercises import Exercise
from dolbom.i18n import phrase

State = Literal["", "showing", "counting", "by_voice", "timed", "resting"]


@dataclass
class Screen:
    """As of the message `Exercise`; an empty state: nothing is done."""

    state: State = ""
    exercise: str = ""
    title: str = ""
    picture: str = ""
    number: int = 0
    of: int = 0
    left_s: int = 0

    def show(self, state: State, exercise: Exercise, lang: str, number: int, of: int) -> None:
        """An exercise, and how far it is."""
        self.state, self.exercise = state, exercise.name
        self.title, self.picture = phrase(lang, f"exercise.names.{exercise.name}"), f"exercise-{exercise.name}"
        self.number, self.of, self.left_s = number, of, 0

    def count(self, number: int) -> None:
        """One more."""
        self.number = number

    def left(self, seconds: float) -> None:
        """So much time is left."""
        self.left_s = max(0, round(seconds))

    def clear(self) -> None:
        """Nothing is done any more."""
        self.state, self.exercise, self.title, self.picture = "", "", "", ""
        self.number = self.of = self.left_s = 0
