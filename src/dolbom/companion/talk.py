"""Answering what somebody says: do it, ask whether it was meant, ask to say it again, or let it pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Approach, Ask, Chat, Decision, Finish, Say, Unhandled
from dolbom.companion.observations import Answered, Chatted, Heard, Moment, Outcome
from dolbom.companion.replies import UNADDRESSED, UNCONFIRMED, Reply, Turn, reply_to
from dolbom.dialog.intents import ACT, Context, Understanding, Understood
from dolbom.dialog.letters import words_of
from dolbom.dialog.understanding import understand
from dolbom.i18n import catalogue, phrase

__all__ = ["Reply", "Return", "Sentence", "Talk", "Turn", "Words"]

LONG = {"ko": 12, "en": 28}
"""From so many letters on, words that are not understood are somebody telling something, not a misheard request."""
TRIES = 1
"""How often somebody is asked to say it again."""
ASKED = 2
"""How often somebody is asked whether to go on."""


Remembered = Literal["", "heard", "noted"]
"""What came of somebody's words: nothing in them, something told, something new that the robot says it will keep."""


class Remembers(Protocol):
    """What takes in what people tell."""

    def told(self, turn: Turn, confidence: float) -> Remembered:
        """Takes in words that were said to the robot and understood, or confirmed."""
        ...

    def confirmation(self, turn: Turn) -> str | None:
        """What to ask before a wish is done; "": nothing need be asked; None: the usual question."""
        ...

    def declined(self, turn: Turn) -> str:
        """What to say when that question was answered with "no"."""
        ...


@dataclass
class Words:
    """What talking needs to know.

    Attributes:
        name: the robot's.
        chats: a server answers small talk.
        replies: answers that other parts give to their intents.
        memory: takes in what people tell.
        last: what the robot said last.
        count: turns answered so far.
        turns: the last turns of small talk, as (person, robot).
    """

    name: str
    understanding: Understanding
    chats: bool = False
    replies: dict[str, Reply] = field(default_factory=dict)
    memory: Remembers | None = None
    last: str = ""
    count: int = 0
    turns: list[tuple[str, str]] = field(default_factory=list)


class Talk(Activity):
    """One request and its answer.

    Args:
        heard: what was said, without the robot's name.
        understood: what it means; the intent "called" for the name alone.
        words: what talking needs.
        priority: that of whatever goes on: the answer is given in its place.
        tries: how often the person was asked to say it again.
        near: it was surely said here: to the robot, or while somebody known is in view; else a television may have.
        addressed: it was said to the robot.
    """

    def __init__(
        self,
        heard: Heard,
        understood: Understood,
        words: Words,
        priority: Priority,
        tries: int = 0,
        *,
        near: bool = True,
        addressed: bool = True,
    ) -> None:
        self.priority = priority
        self.name = f"talk {heard.at.now}"
        self.person = heard.person
        self.tries = tries
        words.count += 1
        self._heard, self._understood, self._words = heard, understood, words
        self._near, self._addressed = near, addressed
        self._waits_for = ""
        self._own_question = False

    @property
    def wanted(self) -> bool:
        """Whether there is anything to answer."""
        understood = self._understood
        return understood.intent == "called" or understood.band in ("act", "confirm", "again")

    def start(self, at: Moment) -> Decisions:
        understood, lang = self._understood, self._understood.lang
        if understood.intent == "called":
            return [self._say("called"), Finish()]
        if understood.intent == "emergency":
            self._waits_for = "yes"
            # Who calls it to them may be in need or not: it asks, and comes.
            called = self._addressed and dict(understood.candidates).get("come_here", 0.0) >= ACT
            comes = [Approach(self.person, "called", called=True)] if called else []
            return [*comes, Ask(phrase(lang, "companion.need_help"), ("yes", "no", "help", "fine"), lang=lang)]
        if understood.intent in ("yes", "no", "fine") and understood.band != "again":
            return [*reply_to(self._turn(at)), Finish()]
        clear = understood.intent in UNADDRESSED and understood.confidence >= ACT
        if understood.band == "act" or (understood.band == "confirm" and (understood.intent in UNCONFIRMED or clear)):
            return self._reply(at)
        if understood.band == "confirm":
            self._waits_for = "yes"
            memory = self._words.memory
            asked = memory.confirmation(self._turn(at)) if memory is not None else None
            if asked == "":
                return self._reply(at)
            self._own_question = asked is not None
            question = asked or self._words.understanding.confirmation(understood)
            return [Ask(question, ("yes", "no"), person=self.person, lang=lang)]
        if understood.intent == "none" and (remembered := self._remember(at)):
            noted = remembered == "noted"
            return [self._say("noted"), Finish()] if noted else self._listen(at)
        if understood.intent == "none" and len("".join(words_of(self._heard.text))) >= LONG[lang]:
            return self._listen(at)
        if self.tries >= TRIES:
            return [self._say("not_understood"), Finish()]
        self._waits_for = "words"
        return [Ask(phrase(lang, "companion.again"), person=self.person, lang=lang)]

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002
        # A reply that something urgent cut off is not worth coming back to.
        return [Finish()]

    def answered(self, answered: Answered) -> Decisions:
        if answered.outcome in (Outcome.SILENCE, Outcome.FAILED) or not answered.heard:
            # Whoever speaks of danger here and then says nothing may be unable to: safety asks.
            worried = self._understood.intent == "emergency" and self._near
            return self._reply(answered.at) if worried else [Finish()]
        if self._waits_for == "words":
            return [Unhandled(answered.heard)]
        if answered.answer in ("yes", "help"):
            return self._reply(answered.at)
        if answered.answer == "fine":
            return [self._say("all_well"), Finish()]
        if answered.answer == "no" and self._own_question and self._words.memory is not None:
            text = self._words.memory.declined(self._turn(answered.at))
            return [Say(text, person=self.person, lang=self._understood.lang), Finish()]
        if answered.answer == "no":
            return [self._say("say_again" if self._understood.intent != "emergency" else "all_well"), Finish()]
        understood, lang = self._understood, self._understood.lang
        meant = self._words.understanding.of(answered.heard, lang, Context(addressed=True))
        # "Yes" in words that the safety path does not know, as in a dialect; and who says the same once more means it.
        again = meant.intent == understood.intent and meant.negated == understood.negated
        if meant.intent == "yes" or (again and dict(meant.slots) in ({}, dict(understood.slots))):
            return self._reply(answered.at)
        if again and not understood.slots:
            self._understood = meant  # the same, said more exactly: where it hurts
            return self._reply(answered.at)
        # "No, switch it on": the words correct what was asked.
        corrected = _without_no(answered.heard, lang)
        if meant.intent == "none":
            meant = self._words.understanding.of(corrected, lang, Context(addressed=True))
        if meant.intent == "no":
            return [self._say("say_again"), Finish()]
        if meant.intent != "none" or meant.emergency:
            return [Unhandled(corrected)]
        return [self._say("not_understood"), Finish()]

    def chatted(self, chatted: Chatted) -> Decisions:
        """What the small-talk server says."""
        self._words.turns = [*self._words.turns[-2:], (self._heard.text, chatted.text)]
        return [Say(chatted.text, person=self.person, lang=self._understood.lang), Finish()]

    def _reply(self, at: Moment) -> list[Decision]:
        self._remember(at)
        if self._understood.intent == "small_talk":
            return self._listen(at)
        turn = self._turn(at)
        known = self._words.replies.get(self._understood.intent, reply_to)
        return [*known(turn), Finish()]

    def _remember(self, at: Moment) -> Remembered:
        memory = self._words.memory
        return memory.told(self._turn(at), self._heard.confidence) if memory is not None else ""

    def _listen(self, at: Moment) -> list[Decision]:
        turn = self._turn(at)
        if self._words.chats:
            return [Chat(self._heard.text, turn.lang, tuple(self._words.turns))]
        return [*reply_to(replace(turn, understood=replace(self._understood, intent="small_talk"))), Finish()]

    def _turn(self, at: Moment) -> Turn:
        words = self._words
        return Turn(at, self._understood, self.person, words.last, words.name, words.count - 1)

    def _say(self, key: str) -> Say:
        lang = self._understood.lang
        return Say(phrase(lang, f"companion.{key}"), person=self.person, lang=lang)


def _without_no(text: str, lang: str) -> str:
    words = words_of(text)
    while len(words) > 1 and understand(words[0], lang) == "no":
        words.pop(0)
    return " ".join(words)


class Return(Activity):
    """Asks whether to go on with what was interrupted; at most twice, whatever is said between.

    Attributes:
        to: the interrupted activity.
        goes_on: the person said yes.
        refused: why it does not go on: the person wants it no more, or nobody answered; None while neither is known.
    """

    def __init__(self, to: Activity, lang: str, words: Words) -> None:
        self.to, self.goes_on = to, False
        self.refused: Why | None = None
        self.priority = to.priority
        self.person = to.person
        self.name = f"return to {to.name}"
        self._lang, self._words = lang, words
        self._asked = 0

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        if self._asked >= ASKED:
            return self._leave()
        key = "go_on_plainly" if self._asked else "go_on_with" if self.to.title else "go_on"
        self._asked += 1
        question = phrase(self._lang, f"companion.{key}", what=self.to.title)
        return [Ask(question, ("yes", "no"), person=self.person)]

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002
        self.refused = None if why is Why.PREEMPTED else Why.STOP_WORD
        return [Finish()]

    def answered(self, answered: Answered) -> Decisions:
        meant = answered.answer
        if meant not in ("yes", "no") and answered.heard:
            # In words that the closed grammar does not know, as in a dialect.
            understood = self._words.understanding.of(answered.heard, self._lang, Context(addressed=True))
            meant = understood.intent
            if meant not in ("yes", "no", "stop", "later", "fine") and self.to.takes_up(answered.heard, understood):
                meant = "yes"
        if meant == "yes" or (meant == "fine" and agrees(answered.heard, self._lang)):
            self.goes_on = True
            return [Finish()]
        if meant in ("no", "stop", "later"):
            self.refused = Why.STOP_WORD
            return [self._another_time(), Finish()]
        if meant == "fine":
            # Mostly a polite "no, thank you", but it may be a yes: it is asked plainly, and not urged.
            return self.start(answered.at)
        if answered.heard:
            return [Unhandled(answered.heard)]
        return self.start(answered.at) if self._asked < ASKED else self._leave(silently=True)

    def _leave(self, *, silently: bool = False) -> list[Decision]:
        """It was asked often enough: nobody has refused, and it can be taken up another time."""
        self.refused = Why.UNANSWERED
        return [Finish()] if silently else [self._another_time(), Finish()]

    def _another_time(self) -> Say:
        return Say(phrase(self._lang, "companion.another_time"), person=self.person)


def agrees(text: str, lang: str) -> bool:
    """Whether words that also mean "I am fine" agree to what was proposed: "okay then"."""
    return " ".join(words_of(text)) in catalogue(lang, "companion")["agrees"]


class Sentence(Activity):
    """One sentence, worth nothing later.

    Args:
        name: what it is.
        text: what is said.
        priority: that of whatever goes on: it is said in its place.
    """

    def __init__(self, name: str, text: str, priority: Priority = Priority.IDLE) -> None:
        self.name, self.priority = name, priority
        self._text = text

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        return [Say(self._text), Finish()]

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002
        return [Finish()]

    def answered(self, answered: Answered) -> Decisions:  # noqa: ARG002
        return [Finish()]
