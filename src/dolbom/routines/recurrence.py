"""RFC 5545 recurrence in the home's civil zone: the local times of a schedule, and the instants that they fall on.

A local time that the change of the clocks leaves out falls on the instant it would have had without the change (02:30
becomes 03:30); one that comes twice, on its first. Both as RFC 5545 3.3.5 says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

LAST_YEARS = 9999 - 29
"""The calendar repeats every 28 years; dateutil follows a rule that never comes to the year 9999."""
_PARTS = re.compile(r"^[A-Z]+=[A-Z0-9,+\-]+(;[A-Z]+=[A-Z0-9,+\-]+)*$")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule that was read.

    Attributes:
        days: it is the same from a beginning that is so many days later; 0 if that cannot be said.
        hourly: it makes the times of day as well.
    """

    times: rrule
    days: int
    hourly: bool


@lru_cache(maxsize=1024)
def parse(rule: str, start: datetime) -> Rule:
    """A recurrence rule from its RFC 5545 text.

    Args:
        rule: as "FREQ=WEEKLY;BYDAY=MO,WE"; UNTIL in local time.
        start: DTSTART, naive local.

    Raises:
        ValueError: says in plain words what is wrong.
    """
    parts = _parts(rule)
    step = {"DAILY": 1, "WEEKLY": 7, "HOURLY": 1}.get(parts["FREQ"], 0)
    days = 0 if "COUNT" in parts else step * int(parts.get("INTERVAL", "1") or 1)
    return Rule(_made(rule, parts, start), days, parts["FREQ"] == "HOURLY")


def _parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:")
    if not _PARTS.match(text):
        raise ValueError(f"‘{rule}’ is no recurrence rule: write FREQ=DAILY, FREQ=WEEKLY;BYDAY=MO,WE and the like")
    parts = dict(part.split("=", 1) for part in text.split(";"))
    if parts.get("FREQ", "") not in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"):
        raise ValueError(f"‘{rule}’: FREQ is one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY")
    if "UNTIL" in parts:
        parts["UNTIL"] = _until(rule, parts["UNTIL"])
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError(f"‘{rule}’: either COUNT or UNTIL, not both")
    for name in ("COUNT", "INTERVAL"):
        if not parts.get(name, "1").isdigit() or int(parts.get(name, "1")) < 1:
            raise ValueError(f"‘{rule}’: {name} is a number from 1 on")
    return parts


def _made(rule: str, parts: dict[str, str], start: datetime) -> rrule:
    try:
        made = rrulestr(";".join(f"{key}={value}" for key, value in parts.items()), dtstart=start)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"‘{rule}’ cannot be read as a recurrence rule ({error})") from None
    assert isinstance(made, rrule)
    return made


def _until(rule: str, until: str) -> str:
    if not re.fullmatch(r"\d{8}(T\d{6})?", until):
        raise ValueError(f"‘{rule}’: UNTIL is a local date or time, as 20271231 or 20271231T235959")
    return until if "T" in until else until + "T235959"


def comes_at_all(rule: str, start: datetime) -> bool:
    """Whether a rule has any time at all."""
    parts = _parts(rule)
    parts.pop("COUNT", None)
    until = parts.pop("UNTIL", None)
    if until is not None and until < f"{start:%Y%m%dT%H%M%S}":
        return False
    # Tried in the last years that there are, so that it does not take long to find none; in a leap year if it is one.
    late = start.replace(year=LAST_YEARS + (start.year - LAST_YEARS) % 4)
    return next(iter(_made(rule, parts, late)), None) is not None


def between(rule: str, start: datetime, first: datetime, last: datetime) -> Iterator[datetime]:
    """The local times of a rule from `first` to `last`, both included, all naive."""
    made = parse(rule, start)
    if made.days and first > start:
        # Years need not be walked through.
        later = start + timedelta(days=((first - start).days // made.days - 1) * made.days)
        if later > start:
            made = parse(rule, later)
    for local in made.times.xafter(first, inc=True):
        if local > last:
            return
        yield local


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone ever show this local time."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a naive local time, in UTC; see the module for times that come twice or never."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def clock(text: str) -> time:
    """The time of day "HH:MM"."""
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def on(day: date, text: str) -> datetime:
    """A day's time "HH:MM", naive."""
    return datetime.combine(day, clock(text))
