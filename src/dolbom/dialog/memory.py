"""What the robot remembers of what people tell it: which facts, how a new one changes an old one, and for how long.

A fact comes out of an utterance by its intent and slots, or by the patterns of `locale/<lang>/facts.yaml`. Against
what is known it is one of four operations: pass (known already), replace (the same thing, told anew), append, delete.
Nothing is kept without a consent, and nothing longer than its topic allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dolbom.dialog.intents import ACT, Understanding, Understood
from dolbom.dialog.letters import words_of
from dolbom.i18n import catalogue, phrase
from dolbom.store.memory import Fact, Kept, MemoryStore
from dolbom.store.people import Purpose

Valence = Literal["good", "bad", ""]


class Topic(StrEnum):
    """What facts are about."""

    HEALTH = "health"
    MEALS = "meals"
    SLEEP = "sleep"
    EXERCISE = "exercise"
    OUTINGS = "outings"
    MOOD = "mood"
    FAMILY = "family"
    PLACES = "places"
    PETS = "pets"
    LIKES = "likes"
    NOTES = "notes"


@dataclass(frozen=True)
class Kind:
    """One thing that a fact can say.

    Attributes:
        key: what it is about, with `{value}` and `{relation}`; of one key the newest is kept.
        valence: how the person is, for the check-in.
        deletes: it is kept itself no more than what it ends.
        passing: it speaks of one day: told of another day it is something else.
    """

    topic: Topic
    key: str
    valence: Valence = ""
    deletes: bool = False
    passing: bool = False


KINDS: Mapping[str, Kind] = {
    "pain": Kind(Topic.HEALTH, "health:{value}", "bad", passing=True),
    "better": Kind(Topic.HEALTH, "health:{value}", "good", passing=True),
    "meal_eaten": Kind(Topic.MEALS, "meals:{value}", "good", passing=True),
    "meal_not_eaten": Kind(Topic.MEALS, "meals:{value}", "bad", passing=True),
    "slept_well": Kind(Topic.SLEEP, "sleep", "good", passing=True),
    "slept_badly": Kind(Topic.SLEEP, "sleep", "bad", passing=True),
    "exercised": Kind(Topic.EXERCISE, "exercise", "good", passing=True),
    "going_out": Kind(Topic.OUTINGS, "outings:{value}", "", passing=True),
    "been_out": Kind(Topic.OUTINGS, "outings:{value}", "good", passing=True),
    "staying_in": Kind(Topic.OUTINGS, "outings:home", "", passing=True),
    "mood_good": Kind(Topic.MOOD, "mood", "good", passing=True),
    "mood_bad": Kind(Topic.MOOD, "mood", "bad", passing=True),
    "lonely": Kind(Topic.MOOD, "mood", "bad", passing=True),
    "name_of": Kind(Topic.FAMILY, "name:{relation}"),
    "not_name": Kind(Topic.FAMILY, "name:{relation}", deletes=True),
    "visit": Kind(Topic.FAMILY, "visit:{value}", passing=True),
    "pet": Kind(Topic.PETS, "pet:{value}"),
    "pet_name": Kind(Topic.PETS, "pet_name"),
    "pet_gone": Kind(Topic.PETS, "pet:{value}", deletes=True),
    "likes": Kind(Topic.LIKES, "taste:{value}"),
    "dislikes": Kind(Topic.LIKES, "taste:{value}"),
    "lives": Kind(Topic.PLACES, "lives"),
    "born": Kind(Topic.PLACES, "born"),
    "note": Kind(Topic.NOTES, "note:{value}"),
}
"""Every kind of fact."""

_BY_INTENT = ("pain", "meal_eaten", "meal_not_eaten", "slept_well", "slept_badly", "mood_good", "mood_bad", "lonely",
              "going_out", "staying_in", "coming_home")  # fmt: skip
_SLOT = {"pain": "body_part", "better": "body_part", "meal_eaten": "meal", "meal_not_eaten": "meal",
         "going_out": "place", "been_out": "place"}  # fmt: skip
_NAMELESS = {"body_part": "body", "meal": "", "place": "somewhere"}
_BY_PATTERN = ("better", "pain", "exercised", "pet_name", "not_name", "name_of", "visit", "pet_gone", "pet", "dislikes",
               "likes", "lives", "born")  # fmt: skip
"""In this order: the first that fits is taken."""
_OF_OTHERS = {"visit", "name_of", "not_name", "pet_name", "pet", "pet_gone"}
"""What is worth remembering of others, too."""
_EXCLUDES = {"better": {"pain", "mood_good", "mood_bad"}, "dislikes": {"mood_bad"}, "likes": {"mood_good"}}
HOW = frozenset({"pain", "mood_bad", "lonely"})
"""Of these it asks how they are now: to that a plain "yes" says nothing."""
_WELL = {"pain": "better", "slept_badly": "slept_well", "mood_bad": "mood_good", "lonely": "mood_good",
         "going_out": "been_out"}  # fmt: skip
"""What a fact is when it is well."""
_NAMES = frozenset({"name_of", "not_name", "pet_name", "lives", "born"})
"""What is written with a capital letter in English."""
FOLLOWED = ("pain", "slept_badly", "mood_bad", "lonely", "going_out")
"""What the robot asks after the next time."""
WITHOUT_KNOWING_WHO = 0.7
"""What is left of the confidence of words whose speaker is taken to be the one who lives here."""
LAST_S = 900
"""What was told or told back within this time is "that", when somebody says "forget that", seconds."""


class MemoryParameters(BaseModel):
    """How long what is remembered, and of whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    health_days: int = Field(90, ge=1, le=730, description="Keep what was told about health, days.")
    daily_days: int = Field(30, ge=1, le=730, description="Keep meals, sleep, exercise and outings, days.")
    mood_days: int = Field(90, ge=1, le=730, description="Keep what was told about mood, days.")
    person_days: int = Field(730, ge=1, le=3650, description="Keep family, places, pets and likes, days.")
    note_days: int = Field(365, ge=1, le=3650, description="Keep what the robot was asked to note, days.")
    follow_up_days: int = Field(14, ge=1, le=90, description="Ask after what was told within this time, days.")
    lives_alone: bool = Field(True, description="Words of somebody not recognised are those of the one who lives here.")
    least_confidence: float = Field(0.5, ge=0, le=1, description="Keep nothing that is less sure than this.")

    def days(self, topic: Topic) -> int:
        """How long facts of a topic are kept."""
        match topic:
            case Topic.HEALTH:
                return self.health_days
            case Topic.MEALS | Topic.SLEEP | Topic.EXERCISE | Topic.OUTINGS:
                return self.daily_days
            case Topic.MOOD:
                return self.mood_days
            case Topic.NOTES:
                return self.note_days
            case _:
                return self.person_days


class Operation(StrEnum):
    """What a fact that was told does to what is known."""

    PASS = "pass"  # noqa: S105
    REPLACE = "replace"
    APPEND = "append"
    DELETE = "delete"


@dataclass(frozen=True)
class Told:
    """A fact in an utterance, before it is held against what is known."""

    kind: str
    key: str
    value: str = ""
    days: int = 0
    """The day that it speaks of, in days from today."""


def facts_in(understood: Understood, understanding: Understanding) -> list[Told]:
    """The facts that somebody's words tell of themselves; empty for questions, hearsay and talk about the robot.

    Args:
        understood: the words and what they mean.
        understanding: finds slots in them.
    """
    lang = understood.lang
    words = " ".join(words_of(understood.text))
    rules = _rules(lang)
    if "?" in understood.text or any(rule.search(words) for rule in rules.unless):
        return []
    others = any(rule.search(words) for rule in (*rules.hearsay, *rules.others))
    slots = understanding.slots(("body_part", "meal", "place", "day", "person"), understood.text, lang)
    day = slots.get("day", 0)
    found: list[Told] = []
    excluded: set[str] = set()
    for kind in _BY_PATTERN:
        if others and kind not in _OF_OTHERS:
            continue
        match = next((m for pattern in rules.patterns[kind] if (m := pattern.search(words))), None)
        told = _told(kind, slots, match, rules) if match else None
        if told is not None and kind not in excluded:
            found.append(told)
            excluded |= _EXCLUDES.get(kind, set())
            break
    by_intent = _kind_of(understood, slots)
    if by_intent and by_intent not in excluded and not others and by_intent not in {one.kind for one in found}:
        found.append(_told(by_intent, slots, None, rules) or Told(by_intent, KINDS[by_intent].key))
    plan = any(told.kind == "going_out" for told in found)
    days = day if isinstance(day, int) and (day <= 0 or plan) else 0
    return [Told(one.kind, one.key, one.value, days) for one in found]


@dataclass(frozen=True)
class _Rules:
    patterns: Mapping[str, Sequence[re.Pattern[str]]]
    unless: Sequence[re.Pattern[str]]
    hearsay: Sequence[re.Pattern[str]]
    others: Sequence[re.Pattern[str]]
    no_value: frozenset[str]


@cache
def _rules(lang: str) -> _Rules:
    data = catalogue(lang, "facts")
    patterns = {kind: [re.compile(one) for one in data["patterns"][kind]] for kind in data["patterns"]}
    unless, hearsay, others = ([re.compile(one) for one in data[name]] for name in ("unless", "hearsay", "others"))
    return _Rules(patterns, unless, hearsay, others, frozenset(data["no_value"]))


def _kind_of(understood: Understood, slots: Mapping[str, Any]) -> str:
    if understood.intent not in _BY_INTENT or understood.confidence < ACT:
        return ""
    if understood.intent == "coming_home":
        return "been_out" if "place" in slots else ""
    if understood.intent == "pain" and understood.negated:
        return ""
    return understood.intent


def _told(kind: str, slots: Mapping[str, Any], match: re.Match[str] | None, rules: _Rules) -> Told | None:
    captured = match.groupdict() if match else {}
    value = (captured.get("value") or "").strip()
    if slot := _SLOT.get(kind):
        value = str(slots.get(slot, "" if kind == "better" else _NAMELESS[slot]))
    elif match and "value" in match.re.groupindex and (not value or value in rules.no_value):
        return None
    relation = ""
    if "relation" in captured:
        relation = str(slots.get("person", ""))
        if not relation:
            return None
        value = f"{captured['relation'].strip()}|{value}"
    return Told(kind, KINDS[kind].key.format(value=value, relation=relation), value)


@dataclass(frozen=True)
class Change:
    """What an utterance did to the memory."""

    operation: Operation
    fact: Fact


class Memory:
    """Remembers, tells, and forgets.

    Args:
        store: where facts are kept.
        understanding: of what people say.
    """

    def __init__(
        self, store: MemoryStore, understanding: Understanding, parameters: MemoryParameters | None = None
    ) -> None:
        self.store = store
        self.parameters = parameters or MemoryParameters()
        self._understanding = understanding
        self._last: dict[str, tuple[datetime, list[str]]] = {}

    def whose(self, person: str | None, at: datetime) -> str | None:
        """Whose memory words belong to: who spoke, or the one who lives here, if that one consents; else None."""
        allowed = self.store.allowed(Purpose.MEMORY, at)
        if person:
            return person if person in allowed else None
        everybody = self.store.people.ids()
        alone = self.parameters.lives_alone and len(everybody) == 1 and everybody == allowed
        return everybody[0] if alone else None

    def told(self, understood: Understood, person: str | None, at: datetime, heard: float = 1.0) -> list[Change]:
        """Takes in what somebody said.

        Args:
            understood: their words and what these mean.
            person: who said it, if known.
            at: now, in the home's zone.
            heard: confidence of the recognition.

        Returns:
            What changed or was known; empty if nothing was told, or may be kept.
        """
        if understood.emergency or (found := facts_in(understood, self._understanding)) == []:
            return []
        whose = self.whose(person, at)
        surely = understood.confidence if understood.intent in _BY_INTENT else 0.9
        confidence = round(surely * heard * (1.0 if person else WITHOUT_KNOWING_WHO), 3)
        if whose is None or confidence < self.parameters.least_confidence:
            return []
        return [self._take(whose, one, understood, at, confidence) for one in found]

    def tells(self, understood: Understood) -> bool:
        """Whether the words tell something that could be remembered."""
        return bool(facts_in(understood, self._understanding))

    def ask_to_note(self, understood: Understood, person: str | None, at: datetime) -> str:
        """The question before something is noted; "" if it is clear without: nothing can be, or what is not said."""
        said = _to_note(understood)
        return phrase(understood.lang, "memory.ask_note", said=said) if said and self.whose(person, at) else ""

    def note(self, understood: Understood, person: str | None, at: datetime) -> str:
        """Notes what the robot was asked to remember; what the robot says about it."""
        lang = understood.lang
        whose = self.whose(person, at)
        if whose is None:
            return self._why_not(lang, at)
        said = _to_note(understood)
        if not said:
            return phrase(lang, "memory.note_what")
        plain = Understood(understood.text, lang)
        # "Remember that my daughter's name is Mary" is a fact as if it had been said without the wish.
        found = facts_in(plain, self._understanding) or [Told("note", f"note:{said}", said)]
        self._take(whose, found[0], plain, at, 1.0)
        return phrase(lang, "memory.noted")

    def followed(self, kept: Kept, grade: str | None, understood: Understood, at: datetime, heard: float = 1.0) -> None:
        """Takes in the answer to the question after a fact: told anew in its own words, well now, or still as it was.

        Args:
            kept: what was asked after.
            grade: "good" or "bad" if the answer has one.
            understood: the answer.
            at, heard: as of `told`.
        """
        found = facts_in(understood, self._understanding)
        if any(one.key == kept.fact.key or one.value not in _NAMELESS.values() for one in found):
            self.told(understood, kept.person, at, heard)
            return
        kind = _WELL.get(kept.fact.kind) if grade == "good" else kept.fact.kind if grade == "bad" else None
        confidence = round(heard * kept.fact.confidence, 3)
        allowed = kept.person in self.store.allowed(Purpose.MEMORY, at)
        if kind and allowed and confidence >= self.parameters.least_confidence:
            self._take(kept.person, Told(kind, kept.fact.key, kept.fact.value), understood, at, confidence)

    def _take(self, whose: str, told: Told, understood: Understood, at: datetime, confidence: float) -> Change:
        known = self.store.facts(whose, at)
        if told.kind == "better" and not told.value:
            # "It no longer hurts" is about what hurt last.
            pains = [kept for kept in known if kept.fact.kind == "pain"]
            if pains:
                told = Told("better", pains[-1].fact.key, pains[-1].fact.value, told.days)
            else:
                told = Told("better", "health:body", "body", told.days)
        kind = KINDS[told.kind]
        fact = Fact(
            kind=told.kind,
            topic=kind.topic,
            key=told.key,
            value=told.value,
            utterance=understood.text[:300],
            lang=understood.lang,
            day=at.date() + timedelta(days=told.days),
            confidence=confidence,
        )
        same = [kept for kept in known if kept.fact.key == told.key]
        if kind.deletes:
            gone = [kept for kept in same if told.kind != "not_name" or kept.fact.value == told.value]
            if told.kind == "pet_gone":
                gone += [kept for kept in known if kept.fact.kind == "pet_name"]
            self.store.erase([kept.id for kept in gone], at, "told otherwise", wipe=False)
            return Change(Operation.DELETE if gone else Operation.PASS, fact)
        if same and _says_the_same(same[-1].fact, fact):
            self._touch(whose, at, [fact.key])
            return Change(Operation.PASS, fact)
        expires = at + timedelta(days=self.parameters.days(kind.topic))
        self.store.put(whose, fact, at, expires, [kept.id for kept in same])
        self._touch(whose, at, [fact.key])
        return Change(Operation.REPLACE if same else Operation.APPEND, fact)

    # --- using it -----------------------------------------------------------------------------------------------

    def of_day(self, person: str, topic: Topic, day: date, at: datetime) -> Fact | None:
        """The newest fact on a topic that says how somebody was on a day, if they told one by themselves."""
        facts = [kept.fact for kept in self.store.facts(person, at) if kept.fact.topic == topic]
        return next((fact for fact in reversed(facts) if fact.day == day and KINDS[fact.kind].valence), None)

    def to_follow_up(self, person: str, topic: Topic, at: datetime) -> Kept | None:
        """What was told of a topic on an earlier day and should be asked after, the newest; None if nothing."""
        return next((kept for kept in reversed(self._waiting(person, at)) if kept.fact.topic == topic), None)

    def newest_to_follow_up(self, person: str, at: datetime) -> Kept | None:
        """As `to_follow_up`, whatever the topic."""
        return next(reversed(self._waiting(person, at)), None)

    def _waiting(self, person: str, at: datetime) -> list[Kept]:
        oldest, today = at.date() - timedelta(days=self.parameters.follow_up_days), at.date()
        return [
            kept
            for kept in self.store.facts(person, at)
            if kept.fact.kind in FOLLOWED
            and oldest <= kept.fact.day < today
            and kept.at.astimezone(at.tzinfo).date() < today
            and (kept.fact.asked is None or _again(kept.fact, at))
        ]

    def asked(self, kept: Kept, at: datetime) -> None:
        """The robot asked after it."""
        self.store.change(kept, kept.fact.model_copy(update={"asked": at}))

    def tell(self, person: str | None, lang: str, at: datetime, most: int = 4) -> str:
        """What is remembered of somebody, as the robot says it: the newest first, `most` sentences."""
        whose = self.whose(person, at)
        if whose is None:
            return self._why_not(lang, at)
        known = self.store.facts(whose, at)
        if not known:
            return phrase(lang, "memory.nothing")
        told = known[::-1][:most]
        self._touch(whose, at, [told[-1].fact.key] if len(told) == 1 else [])
        said = [sentence(kept.fact, lang, at.date()) for kept in told]
        if len(known) > most:
            said.append(phrase(lang, "memory.more", count=len(known) - most))
        return " ".join(said)

    # --- forgetting ---------------------------------------------------------------------------------------------

    def ask_to_forget(self, understood: Understood, person: str | None, at: datetime) -> str:
        """The question before something is forgotten: says what it is, for that cannot be taken back."""
        lang = understood.lang
        named, everything = self._named(understood, person, at)
        if everything and named:
            return phrase(lang, "memory.ask_forget.all")
        if len(named) == 1:
            said = sentence(named[0].fact, lang, at.date())
            return phrase(lang, "memory.ask_forget.one", said=said)
        return phrase(lang, "memory.ask_forget.some", count=len(named)) if named else ""

    def forget(self, understood: Understood, person: str | None, at: datetime) -> str:
        """Forgets what somebody names, or what was told last; what the robot says about it.

        "Everything" forgets all; a body part, a place, a relative in the words, what is about that; else "that" is what
        was told or told back last.
        """
        lang = understood.lang
        if (whose := self.whose(person, at)) is None:
            return self._why_not(lang, at)
        named, everything = self._named(understood, person, at)
        if not named:
            return phrase(lang, "memory.which" if self.store.facts(whose, at) else "memory.nothing")
        self.store.erase([kept.id for kept in named], at, "voice")
        return phrase(lang, "memory.forgotten_all" if everything else "memory.forgotten")

    def _named(self, understood: Understood, person: str | None, at: datetime) -> tuple[list[Kept], bool]:
        """What is meant by the words that ask to forget, and whether that is everything."""
        lang = understood.lang
        whose = self.whose(person, at)
        known = self.store.facts(whose, at) if whose else []
        words = " ".join(words_of(understood.text))
        if whose is None or re.search(catalogue(lang, "facts")["everything"], words):
            return known, True
        slots = self._understanding.slots(("body_part", "place", "person"), understood.text, lang)
        named = [
            kept for kept in known if _about(kept.fact, words) or kept.fact.key.partition(":")[2] in slots.values()
        ]
        if not named:
            when, keys = self._last.get(whose, (at, []))
            if 0 <= (at - when).total_seconds() <= LAST_S:
                named = [kept for kept in known if kept.fact.key in keys]
        return named, False

    def _why_not(self, lang: str, at: datetime) -> str:
        """Why nothing of whoever speaks is remembered."""
        return phrase(lang, "memory.who" if self.store.allowed(Purpose.MEMORY, at) else "memory.no_consent")

    def _touch(self, whose: str, at: datetime, keys: Sequence[str]) -> None:
        self._last[whose] = (at, list(keys))


def _to_note(understood: Understood) -> str:
    """What somebody asks to remember, in their words; "" if they do not say."""
    data = catalogue(understood.lang, "facts")
    words = re.sub(r"[.!?~]+$", "", " ".join(understood.text.split()))
    match = re.search(data["to_note"], words, re.IGNORECASE)
    said = (match["value"] if match else "").strip(" ,.")
    return "" if re.search(data["note_nothing"], said) else said


def sentence(fact: Fact, lang: str, today: date) -> str:
    """A fact as the robot says it."""
    about, _, value = fact.value.rpartition("|")
    if lang == "en" and fact.kind in _NAMES:
        value = value.title()
    words = catalogue(lang, "facts")["words"]
    ago = (today - fact.day).days
    key = {0: "today", 1: "yesterday", 2: "before"}.get(ago, "date")
    when = phrase(
        lang, f"memory.when.{key}", **({"month": fact.day.month, "day": fact.day.day} if key == "date" else {})
    )
    return phrase(lang, f"memory.tell.{fact.kind}", when=when, value=words.get(value, value), about=about)


def follow_up(fact: Fact, lang: str) -> str:
    """The question that asks after a fact."""
    words = catalogue(lang, "facts")["words"]
    return phrase(lang, f"memory.follow.{fact.kind}", value=words.get(fact.value, fact.value))


def _says_the_same(old: Fact, new: Fact) -> bool:
    if (old.kind, old.value) != (new.kind, new.value):
        return False
    return old.day == new.day or not KINDS[old.kind].passing


def _again(fact: Fact, at: datetime) -> bool:
    """What troubled somebody is asked after again, but not twice a day."""
    asked = fact.asked is not None and fact.asked.astimezone(at.tzinfo).date() >= at.date()
    return KINDS[fact.kind].valence == "bad" and not asked


def _about(fact: Fact, words: str) -> bool:
    value = fact.value.rpartition("|")[2]
    return len(value) > 1 and re.search(rf"(?:^| ){re.escape(value.lower())}", words) is not None
