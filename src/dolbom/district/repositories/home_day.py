"""How the day of a home goes, as far as its robot has told: what became of doses, how people said they are, alarms.

Nothing is asked of the robot for it: only what it tells by itself leaves the home.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dolbom.district.models import Event
from dolbom.events import DistressUpdated, Severity
from dolbom.routines.recurrence import instant

FAMILIES = (
    "dose", "routine", "checkin", "distress", "campaign", "talk", "privacy", "visitor", "inactivity", "activity",
    "game", "exercise",
)  # fmt: skip
"""What is told of a day; of other families only what asks for somebody."""
LEFT_OUT = (DistressUpdated.kind,)


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a day of the district begins and ends."""
    first, last = (datetime(one.year, one.month, one.day) for one in (day, day + timedelta(days=1)))  # noqa: DTZ001
    return instant(first, zone), instant(last, zone)


def told(session: Session, home_id: str, first: datetime, last: datetime) -> list[Event]:
    """What the robots of a home told from `first` until before `last`, the oldest first: of each dose the newest."""
    family = or_(*(Event.kind.startswith(f"{one}.") for one in FAMILIES))
    grave = Event.severity.in_((Severity.WARNING.value, Severity.ALARM.value))
    query = select(Event).where(
        Event.home_id == home_id, Event.time >= first, Event.time < last, or_(family, grave),
        Event.kind.not_in(LEFT_OUT),
    )  # fmt: skip
    newest: dict[str, Event] = {}
    for event in session.scalars(query.order_by(Event.time, Event.id)):
        newest[f"{event.data['dose_id']}" if event.data.get("dose_id") else str(event.id)] = event
    return sorted(newest.values(), key=lambda event: (event.time, str(event.id)))
