"""A day as it was and as it will be: what became of what was due, and what is still to come, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dolbom.routines.day import first_of_each
from dolbom.routines.due import OPEN, State
from dolbom.routines.telling import tell
from dolbom.web.care.home import CareHome

PLANNED = "planned"


@dataclass(frozen=True)
class Line:
    """One thing of a day.

    Attributes:
        at: when it is or was due, in the home's zone.
        due: its id, to note something of it.
        state: one of `dolbom.routines.due.State`, or "planned".
        what: what the robot will do and say, for what is still to come.
        settled: when it was settled.
        past: it was settled, or its time is over.
    """

    at: datetime
    due: str
    routine: str
    kind: str
    title: str
    person: str
    name: str
    state: str
    reason: str = ""
    corrected: bool = False
    settled: datetime | None = None
    what: tuple[str, ...] = ()
    past: bool = False


def timeline(home: CareHome, on: date, lang: str, person: str = "") -> list[Line]:
    """The lines of a day, in the order of their times.

    Args:
        lang: in which the robot's own acts are told; what it says is said in the home's language.
        person: only what is for them, or for whoever is at home.
    """
    names, zone, now = home.names(), home.clock.zone, home.now()
    titles = {one.id: one.routine for one in home.listed(removed=True)}
    lines = []
    opened = set()
    for due in home.ledger.dues(*home.bounds(on)):
        if due.state is State.VOID:
            continue
        opened.add(due.id)
        routine = titles.get(due.routine)
        lines.append(
            Line(
                due.at.astimezone(zone), due.id, due.routine, due.kind, routine.title if routine else due.routine,
                due.person or "", names.get(due.person or "", ""), due.known.value, due.reason,
                due.corrected is not None, due.settled.astimezone(zone) if due.settled else None,
                past=due.known not in OPEN,
            )
        )  # fmt: skip
    for one in first_of_each(home.plan(on)):
        told = tell(one, names, lang, whole=False)
        if one.due.id in opened or told is None:
            continue
        lines.append(
            Line(
                one.due.at.astimezone(zone), one.due.id, one.routine.id, one.routine.kind, one.routine.title,
                one.due.person or "", told.name, PLANNED if one.act is not None else one.due.state.value,
                one.due.reason, what=told.what, past=one.due.until < now,
            )
        )  # fmt: skip
    shown = [line for line in lines if not person or line.person in ("", person)]
    return sorted(shown, key=lambda line: (line.at, line.due))


def upcoming(lines: list[Line], now: datetime) -> Line | None:
    """What comes next of a day."""
    return next((line for line in lines if line.state == PLANNED and line.at >= now), None)
