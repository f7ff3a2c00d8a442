"""Doses and other things due that a person should look at, of every home: what was not taken, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.district.models import Event
from dolbom.events import (
    DoseAgain,
    DoseCorrected,
    DoseMissed,
    DoseRefill,
    DoseRefused,
    DoseTaken,
    DoseUnanswered,
    DoseUnknown,
    RoutineUnanswered,
    Severity,
)

KINDS = tuple(
    model.kind
    for model in (
        DoseUnanswered, DoseRefused, DoseMissed, DoseUnknown, DoseTaken, DoseCorrected, DoseAgain, DoseRefill,
        RoutineUnanswered,
    )
)  # fmt: skip
SHOWN = timedelta(days=7)
FRESH = timedelta(days=1)
"""What is older is still shown, but no longer counted."""
_RANK = {Severity.INFO: 0, Severity.NOTICE: 1, Severity.WARNING: 2, Severity.ALARM: 3}


@dataclass
class Concern:
    """One dose, or one other thing, and all that was told of it, the newest last.

    Attributes:
        person_id: the robot's opaque id; "" for whoever was at home.
    """

    home_id: str
    person_id: str
    events: list[Event] = field(default_factory=list)

    @property
    def newest(self) -> Event:
        """What is known now."""
        return self.events[-1]

    @property
    def settled(self) -> bool:
        """It turned out to be taken, or more was learnt of it."""
        return self.newest.kind in (DoseTaken.kind, DoseCorrected.kind)

    @property
    def severity(self) -> Severity:
        """How urgent the most urgent that was told of it is."""
        return max((Severity(event.severity) for event in self.events), key=_RANK.__getitem__)


def newest(session: Session, now: datetime) -> list[Concern]:
    """Whatever was told with more than "info" lately: first what is not settled, the most urgent and newest first."""
    query = select(Event).where(Event.kind.in_(KINDS), Event.time >= now - SHOWN).order_by(Event.time, Event.id)
    found: dict[tuple[str, ...], Concern] = {}
    for event in session.scalars(query):
        key = event.home_id, event.subject or "", *_about(event)
        found.setdefault(key, Concern(event.home_id, event.subject or "")).events.append(event)
    wanted = [one for one in found.values() if one.severity is not Severity.INFO]
    order = lambda one: (one.settled, -_RANK[one.severity], -one.newest.time.timestamp())  # noqa: E731
    return sorted(wanted, key=order)


def to_look_after(session: Session, now: datetime) -> int:
    """How many of the last day are not settled."""
    return sum(not one.settled and now - one.newest.time < FRESH for one in newest(session, now))


def _about(event: Event) -> tuple[str, ...]:
    data = event.data
    if event.kind == DoseAgain.kind:
        return ("again", str(event.id))
    if event.kind == DoseRefill.kind:
        return ("refill", str(data.get("medicine")))
    return (str(data.get("dose_id") or data.get("routine")), str(data.get("local")))
