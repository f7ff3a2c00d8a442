"""How people said they are: the newest check-in of everybody, and whom somebody should look after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.district.models import Event
from dolbom.events import CheckInScreen, CheckInSummary, CheckInUnanswered, Severity

KINDS = (CheckInSummary.kind, CheckInUnanswered.kind, CheckInScreen.kind)
SHOWN = timedelta(days=14)
"""Older ones are not shown: how somebody was a month ago says little."""


@dataclass
class CheckedIn:
    """One person's newest check-in.

    Attributes:
        person_id: the robot's opaque id.
        summary, unanswered, screen: the newest event of each kind, if there was one lately.
    """

    home_id: str
    person_id: str
    summary: Event | None = None
    unanswered: Event | None = None
    screen: Event | None = None

    @property
    def silent(self) -> bool:
        """Nobody answered last time."""
        return self.unanswered is not None and (self.summary is None or self.unanswered.time > self.summary.time)

    @property
    def low(self) -> bool:
        """The answers to the two questions on mood should be looked at."""
        return self.screen is not None and self.screen.severity == Severity.WARNING

    @property
    def troubled(self) -> bool:
        """They said that something is not well."""
        return not self.silent and self.summary is not None and self.summary.severity != Severity.INFO

    @property
    def newest(self) -> datetime:
        """When they were asked last."""
        return max(event.time for event in (self.summary, self.unanswered, self.screen) if event is not None)


def newest(session: Session, now: datetime) -> list[CheckedIn]:
    """Everybody's newest check-in: first those whom somebody should look after, then the newest."""
    query = select(Event).where(Event.kind.in_(KINDS), Event.time >= now - SHOWN).order_by(Event.time, Event.id)
    found: dict[tuple[str, str], CheckedIn] = {}
    for event in session.scalars(query):
        key = event.home_id, event.subject or ""
        one = found.setdefault(key, CheckedIn(*key))
        if event.kind == CheckInSummary.kind:
            one.summary = event
        elif event.kind == CheckInUnanswered.kind:
            one.unanswered = event
        else:
            one.screen = event
    return sorted(found.values(), key=lambda one: (-_weight(one), -one.newest.timestamp()))


def to_look_after(session: Session, now: datetime) -> int:
    """How many people somebody should look after: who did not answer, or whose mood is low."""
    return sum(one.silent or one.low for one in newest(session, now))


def _weight(one: CheckedIn) -> int:
    return 2 if one.silent or one.low else 1 if one.troubled else 0
