"""One activity of the companion: a reminder, a check-in, a campaign; one object, started, interrupted, resumed, ended.

The companion calls its methods one at a time and carries out what they return, in that order. At most one `Say` or
`Ask` of an activity is under way: return it last, and go on in `spoken` or `answered`. A `Say` beside `Finish` is
said. When something more urgent takes over, the companion silences what is under way and calls `stop`; later it
calls `resume`, in which the activity takes up the thread (short, at a sensible place). `stop` for the person's "그만"
is final unless the activity says otherwise by not returning `Finish`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import IntEnum, StrEnum

from dolbom.companion.decisions import Decision, Finish, Unhandled
from dolbom.companion.observations import Answered, BodiesSeen, Heard, Moment, Outcome, Spoken
from dolbom.dialog.intents import Understood


class Priority(IntEnum):
    """The higher takes over at once."""

    IDLE = 0
    GAME = 1
    CHECK_IN = 2
    APPOINTMENT = 3
    MEDICINE = 4
    CAMPAIGN = 5
    DISTRESS = 6


class Why(StrEnum):
    """Why an activity is stopped."""

    PREEMPTED = "preempted"
    STOP_WORD = "stop_word"
    UNANSWERED = "unanswered"  # nobody answered whether to go on
    WITHDRAWN = "withdrawn"


Decisions = Sequence[Decision]


class Activity(ABC):
    """What the companion can be busy with.

    Attributes:
        priority: against other activities; equals wait in the order in which they came.
        name: what it is, the same for two that are the same thing: the companion takes only one of a name.
        person: whom it is with, if with somebody.
        asks_to_return: after an interruption the companion first asks "아까 하던 이야기를 계속할까요?" and ends the
            activity on a "no" (`STOP_WORD`) and on silence (`UNANSWERED`); otherwise `resume` follows at once.
        needs_company: it is begun only while nobody speaks and, below APPOINTMENT, while somebody was seen or heard
            lately and it is not night; else at once.
        only_ends: nothing can come of it any more: it is stopped at once, also while something else has the word.
        watches: it wants to be told of the bodies that are seen.
        topic: for understanding what is said during it (`dolbom.dialog.intents.Context.topic`).
        title: how people call it, in the question whether to go on with it; "" for any talk.
    """

    priority: Priority = Priority.IDLE
    asks_to_return: bool = False
    needs_company: bool = False
    only_ends: bool = False
    watches: bool = False
    name: str = ""
    person: str | None = None
    topic: str = ""
    title: str = ""

    @abstractmethod
    def start(self, at: Moment) -> Decisions:
        """Begins."""

    def resume(self, at: Moment) -> Decisions:
        """Goes on after an interruption; begins again unless it knows better."""
        return self.start(at)

    def agreed(self, at: Moment) -> Decisions:
        """Goes on after the person said "yes" to going on; as after any interruption unless it knows better."""
        return self.resume(at)

    def takes_up(self, text: str, understood: Understood) -> bool:  # noqa: ARG002
        """Whether words say that they go on with it, without a "yes": "let's play", or what it had asked for; `agreed`
        follows if so, for which it may keep them."""
        return False

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002 (what subclasses are told)
        """Is interrupted (it will be resumed), or must end."""
        return [] if why is Why.PREEMPTED else [Finish()]

    def spoken(self, spoken: Spoken) -> Decisions:  # noqa: ARG002
        """What it said was said, or was cut off by the person."""
        return []

    @abstractmethod
    def answered(self, answered: Answered) -> Decisions:
        """Its question ended. Words that are none of its business: `unhandled(answered)`."""

    def heard(self, heard: Heard, understood: Understood) -> Decisions | None:  # noqa: ARG002
        """Somebody said something while it asked nothing; None: not for this activity.

        Of an activity that was put aside: anything but None takes it up again.
        """
        return None

    def watched(self, seen: BodiesSeen) -> Decisions:  # noqa: ARG002
        """A frame of the camera was looked at, while it has the word."""
        return []

    def tick(self, at: Moment) -> Decisions:  # noqa: ARG002
        """Time passed."""
        return []


def unhandled(answered: Answered) -> list[Decision]:
    """The decision for an answer that speaks of something else, if there were words at all."""
    return [Unhandled(answered.heard)] if answered.heard and answered.outcome is not Outcome.INTERRUPTED else []
