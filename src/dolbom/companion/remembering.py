"""What people tell is remembered, used in the next talk, told back when they ask, and forgotten when they wish.

What a fact is and how long it is kept: `dolbom.dialog.memory`. Here is when the talk reaches for it: words become facts
only when the robot was meant and after whatever had to be confirmed was; "forget that" names what it will forget before
it does, for that cannot be taken back; and once a day the robot asks after what troubled somebody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Ask, Decision, Finish, Say, Suspect, Unhandled
from dolbom.companion.grading import grade_of
from dolbom.companion.observations import Answered, Moment, Observation, Seen, Tick
from dolbom.companion.replies import REQUESTS, Reply, Turn
from dolbom.companion.talk import Remembered
from dolbom.dialog.answers import AnswerSchema
from dolbom.dialog.intents import Context, Understanding
from dolbom.dialog.memory import HOW, Memory, Operation, Topic, follow_up
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.errors import UserError
from dolbom.i18n import phrase
from dolbom.log import get_log
from dolbom.store.memory import Kept
from dolbom.store.people import Purpose

log = get_log(__name__)

WORTH_SAYING = frozenset({Topic.FAMILY, Topic.PLACES, Topic.PETS, Topic.LIKES})
"""Of these the robot says that it will remember them; to the rest it listens like anybody."""
LOOK_S = 30.0
CONTEXTS = {"health": "health", "meals": "meal", "sleep": "sleep", "outings": "outing", "mood": "mood"}
"""The topic of understanding for each topic that is asked after."""
_OWN_WORDS = AnswerSchema(kind="words")


class Remembering:
    """The talk's memory, and a source of questions after what was told before.

    Args:
        memory: where facts are.
        understanding: gives the understanding that holds now.
        lang: of the home.
    """

    def __init__(self, memory: Memory, understanding: Callable[[], Understanding], lang: str) -> None:
        self._memory, self._understanding, self._lang = memory, understanding, lang
        self._talked: set[str] = set()
        self._asked: dict[str, date] = {}
        self._looked: dict[str, float] = {}

    # --- in a talk ----------------------------------------------------------------------------------------------

    def told(self, turn: Turn, confidence: float) -> Remembered:
        """Takes in what somebody said to the robot."""
        try:
            at = turn.at.civil
            if (whose := self._memory.whose(turn.person, at)) is not None:
                self._talked.add(whose)
            changes = self._memory.told(turn.understood, turn.person, at, confidence)
        except UserError as error:
            log.error("nothing can be remembered", trouble=str(error))
            return ""
        if not changes:
            return "heard" if self._memory.tells(turn.understood) else ""
        new = any(change.operation in (Operation.APPEND, Operation.REPLACE) for change in changes)
        return "noted" if new and any(change.fact.topic in WORTH_SAYING for change in changes) else "heard"

    def confirmation(self, turn: Turn) -> str | None:
        """What is asked before it is done: names what will be kept or forgotten; "" if there is nothing to name."""
        match turn.understood.intent:
            case "forget_that":
                return self._said(lambda: self._memory.ask_to_forget(turn.understood, turn.person, turn.at.civil))
            case "remember_this":
                return self._said(lambda: self._memory.ask_to_note(turn.understood, turn.person, turn.at.civil))
        return None

    def declined(self, turn: Turn) -> str:
        """What is said after a "no" to that."""
        return phrase(turn.lang, f"memory.declined.{turn.understood.intent}")

    def replies(self) -> dict[str, Reply]:
        """Answers to the intents that are about memory."""
        return {"what_remembered": self._tell, "forget_that": self._forget, "remember_this": self._note}

    def _tell(self, turn: Turn) -> list[Decision]:
        text = self._said(lambda: self._memory.tell(turn.person, turn.lang, turn.at.civil))
        return [_say(turn, text)]

    def _forget(self, turn: Turn) -> list[Decision]:
        text = self._said(lambda: self._memory.forget(turn.understood, turn.person, turn.at.civil))
        return [_say(turn, text)]

    def _note(self, turn: Turn) -> list[Decision]:
        return [_say(turn, self._said(lambda: self._memory.note(turn.understood, turn.person, turn.at.civil)))]

    def _said(self, what: Callable[[], str]) -> str:
        try:
            return what()
        except UserError as error:
            log.error("the memory cannot be read or written", trouble=str(error))
            return phrase(self._lang, "memory.broken")

    # --- asked after --------------------------------------------------------------------------------------------

    def __call__(self, observation: Observation) -> Activity | None:
        """A question after what somebody told before: once a day, when they are seen or have talked with the robot.

        Who has a daily check-in is asked there.
        """
        at = observation.at
        if isinstance(observation, Seen):
            who = observation.person
        elif isinstance(observation, Tick) and self._talked:
            who = self._talked.pop()
        else:
            return None
        if self._asked.get(who) == at.civil.date() or 0 <= at.now - self._looked.get(who, -1e9) < LOOK_S:
            return None
        self._looked[who] = at.now
        try:
            if who in self._memory.store.allowed(Purpose.CHECK_IN, at.civil):
                return None
            kept = self._memory.newest_to_follow_up(who, at.civil)
        except UserError as error:
            log.error("the memory cannot be read", trouble=str(error))
            return None
        if kept is None:
            return None
        self._asked[who] = at.civil.date()
        return FollowUp(kept, self._memory, self._understanding, self._lang)


def _say(turn: Turn, text: str) -> Say:
    return Say(text, person=turn.person, lang=turn.lang)


class FollowUp(Activity):
    """Asks after one thing, listens to the answer, and lets it be."""

    priority = Priority.IDLE
    needs_company = True

    def __init__(self, kept: Kept, memory: Memory, understanding: Callable[[], Understanding], lang: str) -> None:
        self.person = kept.person
        self.name = f"follow-up {kept.person}"
        self.topic = CONTEXTS.get(kept.fact.topic, "")
        self._kept, self._memory, self._understanding, self._lang = kept, memory, understanding, lang

    def start(self, at: Moment) -> Decisions:
        try:
            # It may have been told otherwise, or forgotten, while this waited for its moment.
            kept = self._memory.newest_to_follow_up(self._kept.person, at.civil)
            if kept is None or kept.id != self._kept.id:
                return [Finish()]
            self._memory.asked(kept, at.civil)
        except UserError as error:
            log.error("the memory cannot be read or written", trouble=str(error))
            return [Finish()]
        text = follow_up(self._kept.fact, self._lang)
        return [Ask(text, schema=_OWN_WORDS, person=self.person)]

    def resume(self, at: Moment) -> Decisions:  # noqa: ARG002
        return [Finish()]

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002
        # Not worth coming back to: there is another day.
        return [Finish()]

    def answered(self, answered: Answered) -> Decisions:
        heard, lang, kept = answered.heard.strip(), self._lang, self._kept
        if not heard:
            return [Finish()]
        understood = self._understanding().of(heard, lang, Context(topic=self.topic, addressed=True))
        if calls_for_help(heard, lang):
            return [Finish()]  # the hard-wired path has it already
        if understood.emergency:
            return [Suspect(heard, understood.confidence, self.person), Finish()]
        if understood.intent in REQUESTS and understood.band in ("act", "confirm"):
            return [Unhandled(heard)]
        if understand(heard, lang) == "stop" or (understood.intent in ("stop", "goodbye") and understood.band == "act"):
            return [Say(phrase(lang, "companion.another_time"), person=self.person), Finish()]
        grade = grade_of(kept.fact.topic, heard, lang, yes_is=None if kept.fact.kind in HOW else "good")
        try:
            self._memory.followed(kept, grade, understood, answered.at.civil, answered.confidence)
        except UserError as error:
            log.error("nothing can be remembered", trouble=str(error))
        key = grade if grade in ("good", "bad") else "other"
        return [Say(phrase(lang, f"memory.after.{key}"), person=self.person), Finish()]
