"""Which occurrences of the home's routines fall between two instants, and what each is called for ever.

An occurrence is known by its routine, its civil local time and its person: neither a jump of the clock, nor a restart,
nor another time zone makes a second one of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dolbom.routines.recurrence import exists, instant, on
from dolbom.routines.routine import Routine

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a routine, for one person.

    Attributes:
        person: id; None: whoever is at home.
        local: its civil local time, naive: with the routine and the person its identity.
        at: the instant, UTC.
        latest: when it is due in any case, if it waits for something to happen; else `at`.
    """

    routine: Routine
    person: str | None
    local: datetime
    at: datetime
    latest: datetime

    @property
    def id(self) -> str:
        """The same for ever: "blood-pressure@2026-11-25T08:00@p1"."""
        return occurrence_id(self.routine.id, self.local, self.person)

    @property
    def until(self) -> datetime:
        """After this it is not begun any more."""
        return self.latest + self.routine.window


def occurrence_id(routine: str, local: datetime, person: str | None) -> str:
    """What an occurrence is called."""
    return f"{routine}@{local:%Y-%m-%dT%H:%M}" + (f"@{person}" if person else "")


def occurrences(routines: Iterable[Routine], first: datetime, last: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """Everything that falls from `first` to `last` (aware, both included), in the order of time and priority."""
    found: list[Occurrence] = []
    for routine in routines:
        # A day more on both sides: the local order and the order of instants differ by what the clocks are changed.
        begin = first.astimezone(zone).replace(tzinfo=None) - DAY
        end = last.astimezone(zone).replace(tzinfo=None) + DAY
        by_instant: dict[datetime, datetime] = {}
        for local in routine.schedule.local_times(begin, end):
            at = instant(local, zone)
            # Every hour, over a gap: 02:30 and 03:30 fall together, and only one of them is a time that is shown.
            if (
                not (first <= at <= last)
                or routine.is_off(local.date())
                or (at in by_instant and not exists(local, zone))
            ):
                continue
            by_instant[at] = local
        for at, local in by_instant.items():
            latest = at
            if routine.after is not None:
                latest = max(at, instant(on(local.date(), routine.after.at_the_latest), zone))
            for person in routine.persons or (None,):
                found.append(Occurrence(routine, person, local, at, latest))
    return sorted(found, key=lambda one: (one.at, -one.routine.priority, one.id))
