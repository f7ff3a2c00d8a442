"""What the robot answers to each intent that it can answer now, kindly and honestly where it cannot yet.

Other parts put their own answers in place of these: memory, the district's weather, a home's devices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dolbom.companion.decisions import (
    Approach,
    Decision,
    Emit,
    Say,
    SetSpeech,
    Suspect,
    SwitchCamera,
    TellHappened,
    TellOfMedicine,
)
from dolbom.companion.observations import Moment
from dolbom.dialog.intents import Understood
from dolbom.events import RequestMade
from dolbom.i18n import catalogue, phrase


@dataclass(frozen=True)
class Turn:
    """One utterance that is to be answered.

    Attributes:
        at: now.
        understood: what it means; already confirmed where that is asked for.
        person: who said it, if known.
        last: what the robot said last, or "".
        name: the robot's.
        count: how many turns were answered before; alternates between kind sentences.
    """

    at: Moment
    understood: Understood
    person: str | None = None
    last: str = ""
    name: str = ""
    count: int = 0

    @property
    def lang(self) -> str:
        """The language of the words."""
        return self.understood.lang


Reply = Callable[[Turn], Sequence[Decision]]

REQUESTS = frozenset({
    "time", "date", "weather", "call_family", "call_centre", "play_game", "music", "turn_on", "turn_off", "camera_off",
    "camera_on", "forget_that", "what_remembered", "remember_this", "schedule", "slower", "louder", "quieter",
    "who_are_you", "medicine_what", "medicine_unsure", "come_here",
})  # fmt: skip
"""Wishes that may be said in the place of an answer: they come first."""
UNCONFIRMED = frozenset({"turn_on", "turn_off", "play_game", "exercise", "music", "schedule", "weather", "grief"})
"""Nothing comes of these yet, or nothing bad can: to ask "did you say …?" before the answer would only tire."""
UNADDRESSED = frozenset({
    "later", "repeat", "slower", "louder", "quieter", "greeting", "thanks", "goodbye", "small_talk", "who_are_you",
    "coming_home", "lonely",
})  # fmt: skip
"""Asked about only because nobody called the robot: where a familiar face is in view, it just answers."""


def reply_to(turn: Turn) -> Sequence[Decision]:
    """The built-in answer."""
    intent = turn.understood.intent
    known = _REPLIES.get(intent)
    return known(turn) if known is not None else _say(turn, intent)


def _say(turn: Turn, key: str, **values: object) -> list[Decision]:
    replies = catalogue(turn.lang, "companion")["reply"]
    if key not in replies:
        key = "other"
    return [Say(phrase(turn.lang, f"companion.reply.{key}", **values), person=turn.person, lang=turn.lang)]


def clock_words(at: datetime, lang: str) -> str:
    """The time of day as it is said: 오후 3시 5분, 3:05 in the afternoon."""
    part = catalogue(lang, "companion")["part_of_day"][_part(at.hour)]
    hour = at.hour % 12 or 12
    key = "companion.clock" if at.minute else "companion.clock_full"
    return phrase(lang, key, part=part, hour=hour, minute=at.minute)


def date_words(at: datetime, lang: str) -> str:
    """The date as it is said: 11월 22일 일요일."""
    words = catalogue(lang, "companion")
    weekday, month = words["weekday"][at.weekday()], words["month"][at.month - 1]
    return phrase(lang, "companion.date", month=month, day=at.day, weekday=weekday)


def _part(hour: int) -> Literal["small_hours", "night", "morning", "noon", "afternoon", "evening"]:
    if hour < 6:
        return "small_hours" if hour else "night"
    if hour == 12:
        return "noon"
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening" if hour < 21 else "night"


def _time(turn: Turn) -> list[Decision]:
    return _say(turn, "time", time=clock_words(turn.at.civil, turn.lang))


def _date(turn: Turn) -> list[Decision]:
    days = turn.understood.slots.get("day", 0)
    days = days if isinstance(days, int) else 0
    day = turn.at.civil + timedelta(days=days)
    key = {0: "date", 1: "date_tomorrow", -1: "date_yesterday"}.get(days, "date_other")
    return _say(turn, key, date=date_words(day, turn.lang))


def _greeting(turn: Turn) -> list[Decision]:
    part = _part(turn.at.civil.hour)
    return _say(turn, f"greeting_{part}" if part in ("morning", "evening") else "greeting")


def _repeat(turn: Turn) -> list[Decision]:
    return [Say(turn.last, person=turn.person, lang=turn.lang)] if turn.last else _say(turn, "nothing_said")


def _speech(what: Literal["slower", "louder", "quieter"]) -> Reply:
    return lambda turn: [SetSpeech(what, turn.person), *_say(turn, what)]


def _camera(on: bool) -> Reply:
    return lambda turn: [SwitchCamera(on), *_say(turn, "camera_on" if on else "camera_off")]


def _request(what: Literal["call_centre", "call_family", "pain"]) -> Reply:
    def tell(turn: Turn) -> list[Decision]:
        return [Emit(RequestMade(what=what, words=turn.understood.text[:200]), turn.person), *_say(turn, what)]

    return tell


def _medicine(what: Literal["taken", "not_taken", "refused", "unsure"]) -> Reply:
    def tell(turn: Turn) -> list[Decision]:
        told = TellOfMedicine(what, turn.person, turn.understood.text[:200], turn.lang)
        return [told, *_say(turn, turn.understood.intent)]

    return tell


def _eaten(turn: Turn) -> list[Decision]:
    meal = turn.understood.slots.get("meal")
    # Which meal it was is not guessed from the clock.
    happened: list[Decision] = [TellHappened(f"meal.{meal}")] if isinstance(meal, str) else []
    return [*happened, *_say(turn, "meal_eaten")]


def _goes(event: str) -> Reply:
    return lambda turn: [TellHappened(event), *_say(turn, turn.understood.intent)]


def _come(turn: Turn) -> list[Decision]:
    return [Approach(turn.person, "called", called=True)]


def _device(turn: Turn) -> list[Decision]:
    if turn.understood.slots.get("device") == "camera":
        return list(_camera(turn.understood.intent == "turn_on")(turn))
    return _say(turn, turn.understood.intent)


def _listening(turn: Turn) -> list[Decision]:
    lines = catalogue(turn.lang, "companion")["listening"]
    return [Say(lines[turn.count % len(lines)], person=turn.person, lang=turn.lang)]


def _who(turn: Turn) -> list[Decision]:
    return _say(turn, "who_are_you", name=turn.name)


def _emergency(turn: Turn) -> list[Decision]:
    return [Suspect(turn.understood.text, turn.understood.confidence, turn.person)]


_REPLIES: dict[str, Reply] = {
    "time": _time,
    "date": _date,
    "greeting": _greeting,
    "repeat": _repeat,
    "slower": _speech("slower"),
    "louder": _speech("louder"),
    "quieter": _speech("quieter"),
    "camera_on": _camera(True),
    "camera_off": _camera(False),
    "call_centre": _request("call_centre"),
    "call_family": _request("call_family"),
    "pain": _request("pain"),
    "meal_eaten": _eaten,
    "going_out": _goes("home.left"),
    "coming_home": _goes("home.back"),
    "medicine_taken": _medicine("taken"),
    "medicine_not_taken": _medicine("not_taken"),
    "medicine_refused": _medicine("refused"),
    "medicine_unsure": _medicine("unsure"),
    "come_here": _come,
    "turn_on": _device,
    "turn_off": _device,
    "small_talk": _listening,
    "who_are_you": _who,
    "emergency": _emergency,
}
