"""A day beforehand in plain words, for the terminal and the pages: what the robot does, and what follows silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dolbom.i18n import phrase
from dolbom.routines.day import Happening
from dolbom.routines.decisions import Remind

_ANSWERS = {
    "silence": "silence",
    "told": "told",
    "medicine_taken": "taken",
    "meal_eaten": "yes",
    "yes": "yes",
    "medicine_refused": "refused",
    "meal_not_eaten": "refused",
    "no": "refused",
    "refused": "refused",
}


@dataclass(frozen=True)
class Told:
    """One happening in words.

    Attributes:
        clock: its time of day, with the date if that is another one than that of what is due.
        what: what is done and said, part after part.
        settled: what became of it, or "".
        then: what follows if nobody answers, step after step.
    """

    clock: str
    kind: str
    title: str
    name: str
    what: tuple[str, ...]
    settled: str
    then: tuple[str, ...]


def tell(one: Happening, names: Mapping[str, str], lang: str, *, whole: bool) -> Told | None:
    """A happening in words; None if there is nothing to be said of it.

    Args:
        names: of people by id.
        whole: the day was gone through with somebody's answers: those and what follows are told as well.
    """

    def say(key: str, **values: object) -> str:
        return phrase(lang, f"routines.day.{key}", **values)

    act, routine = one.act, one.routine
    what: list[str] = []
    if isinstance(act, Remind):
        what += [say("comes")] if act.come else []
        what += [say("song", file=act.song)] if act.song else []
        what += [say("plays", file=act.recording)] if act.recording else [say("says", text=act.text)]
        what += [say("shows", file=act.picture)] if act.picture else []
        what += [say("asks", text=act.question)] if act.question else []
    elif act is not None:
        what.append(say("begins", text=act.text))
    if whole:
        what += [say(f"held.{one.held}")] if one.held else []
        if one.answer:
            known = _ANSWERS.get(one.answer)
            what.append(say(f"answer.{known}") if known else f"({one.answer})")
        for event in one.events:
            if event.severity.value != "info":
                severity = phrase(lang, f"desk.severity.{event.severity.value}")
                what.append(say("event", what=phrase(lang, f"desk.event.{event.kind}"), severity=severity))
    settled = say(f"state.{one.settled.value}") if one.settled is not None and (whole or act is None) else ""
    if not what and not settled:
        return None
    then: list[str] = []
    if not whole and act is not None:
        if routine.after is not None:
            after = routine.after
            then.append(say("waits", event=after.event, minutes=f"{after.delay_min:g}", latest=after.at_the_latest))
        asked = not isinstance(act, Remind) or act.question
        for step in routine.rungs.steps[1:] if asked else ():
            done = ", ".join(say(f"do.{do}") for do in step.do)
            then.append(say("then", minutes=f"{step.at_min:g}", what=done))
    kind, name = say(f"kind.{routine.kind}"), names.get(one.due.person or "", "")
    return Told(_clock(one.at, one.due.local), kind, routine.title, name, tuple(what), settled, tuple(then))


def row(one: Happening, names: Mapping[str, str], *, whole: bool) -> dict[str, Any]:
    """A happening for programs; the arguments are those of `tell`."""
    act, routine = one.act, one.routine
    found: dict[str, Any] = {
        "at": one.at.isoformat(timespec="seconds"),
        "due": one.due.id,
        "routine": routine.id,
        "kind": routine.kind,
        "title": routine.title,
        "person": one.due.person,
        "name": names.get(one.due.person or ""),
    }
    if act is not None:
        found |= {"text": act.text}
    if isinstance(act, Remind):
        found |= {
            "question": act.question,
            "picture": act.picture,
            "recording": act.recording,
            "song": act.song,
            "come_to_person": act.come,
        }
    if whole:
        found |= {
            "answer": one.answer,
            "held": one.held,
            "state": one.settled.value if one.settled is not None else None,
            "events": [{"kind": event.kind, "severity": event.severity.value} for event in one.events],
        }
    else:
        found["then"] = [{"after_min": step.at_min, "do": list(step.do)} for step in routine.rungs.steps[1:]]
    return found


def _clock(at: datetime, due: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == due.date() else f"{at:%m-%d %H:%M}"
