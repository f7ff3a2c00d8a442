"""Who has not been noticed for long, and who is up at night, of every home: the stages as the robots told them, and how
each ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.district.models import Event
from dolbom.events import (
    ActivityLeftAtNight,
    ActivityNotBack,
    ActivityWandering,
    ActivityWanderingOver,
    ActivityWanderingUpdate,
    InactivityAttention,
    InactivityCaution,
    InactivityDanger,
    InactivityOver,
    InactivityUnknown,
    Severity,
)

STAGES: dict[str, str] = {
    InactivityAttention.kind: "attention",
    InactivityCaution.kind: "caution",
    InactivityDanger.kind: "danger",
    InactivityUnknown.kind: "unknown",
    ActivityNotBack.kind: "away",
}
NIGHT = (
    ActivityWandering.kind, ActivityWanderingUpdate.kind, ActivityWanderingOver.kind, ActivityLeftAtNight.kind,
)  # fmt: skip
KINDS = (*STAGES, InactivityOver.kind, *NIGHT)
SHOWN = timedelta(days=3)
OPEN = timedelta(days=2)
"""What nobody ended by then is shown, but no longer counted."""
_RANK = {"danger": 5, "caution": 4, "gone": 4, "opened": 3, "unknown": 2, "attention": 2, "away": 2, "night": 1}


@dataclass
class Episode:
    """One silence, or one night, and all that was told of it, the newest last.

    Attributes:
        person_id: the robot's opaque id; "" where it is not known whose it is.
    """

    home_id: str
    person_id: str
    events: list[Event] = field(default_factory=list)

    @property
    def newest(self) -> Event:
        """What was told last."""
        return self.events[-1]

    @property
    def told(self) -> list[Event]:
        """The stages of it, without its end."""
        return [event for event in self.events if event.kind in STAGES or event.kind in NIGHT]

    @property
    def state(self) -> str:
        """How it stands: a stage of silence, or of the night: opened, gone, night; "" when it is over."""
        kind = self.newest.kind
        if kind in (InactivityOver.kind, ActivityWanderingOver.kind):
            # Who is gone at night is so until they are seen again, whatever ends in bed.
            return "gone" if self._door() == "gone" else ""
        if kind in STAGES:
            return STAGES[kind]
        return {"opened": "opened", "gone": "gone"}.get(self._door(), "night")

    def _door(self) -> str:
        found = [str(event.data.get("state")) for event in self.events if event.kind == ActivityLeftAtNight.kind]
        return found[-1] if found else ""

    @property
    def group(self) -> Literal["quiet", "night"]:
        """Whether nothing moves, or somebody does at night."""
        return "night" if self.events[0].kind in NIGHT else "quiet"

    @property
    def severity(self) -> Severity:
        """How urgent the most urgent that was told of it is."""
        return max((Severity(event.severity) for event in self.events), key=lambda one: one.rank)


def newest(session: Session, now: datetime) -> list[Episode]:
    """Every episode of the last days: those that go on first, the gravest of them first, then the newest."""
    query = select(Event).where(Event.kind.in_(KINDS), Event.time >= now - SHOWN).order_by(Event.time, Event.id)
    found: dict[tuple[str, str], Episode] = {}
    for event in session.scalars(query):
        key = event.home_id, str(event.data.get("episode_id"))
        one = found.setdefault(key, Episode(event.home_id, event.subject or ""))
        one.person_id = event.subject or one.person_id
        one.events.append(event)
    told = [one for one in found.values() if one.told]
    return sorted(told, key=lambda one: (not one.state, -_RANK.get(one.state, 0), -one.newest.time.timestamp()))


def to_look_after(session: Session, now: datetime) -> int:
    """How many go on that somebody should look at; who only is up at night is shown, and not counted."""
    return sum(one.state not in ("", "night") and now - one.newest.time < OPEN for one in newest(session, now))
