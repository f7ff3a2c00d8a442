"""One exercise under way: what is seen is counted, what cannot be seen is counted by voice, and it is said which.

Fed with sights and the time, it says what should be told; how it is said is the coach's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dolbom.exercise.exercises import Exercise, Form
from dolbom.exercise.following import Follower
from dolbom.exercise.form import FormWatch
from dolbom.exercise.measures import Sight

LOOK_S = 4.0
"""So long it is looked for something to count in, before it is counted by voice."""
BLIND_S = 2.0
"""Without a frame for so long the robot sees nothing."""
STILL_S = 12.0
"""Without a repetition for so long somebody rests, or has had enough."""

How = Literal["looking", "seen", "voice"]


@dataclass(frozen=True)
class Counted:
    """One more; `number` is how many that are."""

    number: int


@dataclass(frozen=True)
class Hint:
    """Something about the form that should be said once."""

    form: Form


@dataclass(frozen=True)
class ByVoice:
    """From now on it is counted by voice; `legs`: they are seen, only not the joints of this exercise."""

    legs: bool


@dataclass(frozen=True)
class Still:
    """Nothing was counted for long; the so-and-so-many time in a row."""

    times: int


@dataclass(frozen=True)
class Reached:
    """As often as was meant."""


Signal = Counted | Hint | ByVoice | Still | Reached


class Doing:
    """One exercise of one person.

    Attributes:
        follower: what is seen of it.
        voiced: repetitions that were counted by voice, and that nobody saw.

    Args:
        exercise: which.
        of: how often; 0: as often as they like.
        tempo_s: how long a repetition takes by voice, seconds (of one side).
        now: the time, seconds.
        before: repetitions that were counted before an interruption.
        timed: it is never counted by voice.
    """

    def __init__(
        self, exercise: Exercise, of: int, tempo_s: float, now: float, before: int = 0, *, timed: bool = False
    ) -> None:
        self.exercise, self.of = exercise, of
        self.follower = Follower(exercise)
        self.voiced = 0
        self._form = FormWatch(exercise)
        self._tempo, self._before, self._timed = tempo_s, before, timed
        self._how: How = "looking"
        self._begun = self._lately = self._framed = self._found = now
        self._in_view = self._known = False
        self._still = 0
        self._over = False

    @property
    def how(self) -> How:
        """How it is counted now."""
        return self._how

    @property
    def count(self) -> int:
        """How many so far."""
        return self._before + self.follower.count + self.voiced

    def see(self, sight: Sight, now: float) -> list[Signal]:
        """Takes a frame."""
        self._framed = now
        self._in_view = sight.pose is not None
        self._known = self._known or self._in_view
        if self._how == "voice":
            return []
        done = self.follower.see(sight)
        if self.follower.measure is not None:
            self._how, self._found = "seen", now
        out: list[Signal] = []
        for _ in done:
            self._lately, self._still = now, 0
            out.append(Counted(self.count))
        if (form := self._form.see(sight, self.follower.shares, done)) is not None:
            out.append(Hint(form))
        return [*out, *self._reached()]

    def tick(self, now: float) -> list[Signal]:
        """Time passed."""
        if self._over:
            return []
        if self._how == "voice":
            if now - self._lately < self._tempo:
                return []
            self._lately = now
            self.voiced += 1
            return [Counted(self.count), *self._reached()]
        blind = now - self._framed > BLIND_S
        # Who was in view and is not any more is looked after, not counted on.
        if not self._timed and now - self._found > LOOK_S and (blind or self._in_view or not self._known):
            self._how, self._lately = "voice", now
            return [ByVoice(legs=self._in_view and not blind)]
        if self.follower.moving:
            self._lately = max(self._lately, now - STILL_S / 2)
        if now - self._lately >= STILL_S and self._in_view and not blind and not self._timed:
            if self.exercise.faint and not self.follower.count:
                # More likely it is not seen than not done.
                self._how, self._lately = "voice", now
                return [ByVoice(legs=False)]
            self._lately, self._still = now, self._still + 1
            return [Still(self._still)]
        return []

    def wait(self, now: float) -> None:
        """The robot spoke, or they rested: what time passed in it does not count."""
        self._lately = self._found = now

    def _reached(self) -> list[Signal]:
        if self.of and self.count >= self.of and not self._over:
            self._over = True
            return [Reached()]
        return []
