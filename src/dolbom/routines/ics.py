"""Routines to and from iCalendar (.ics, RFC 5545), with nothing lost that dolbom needs.

Each time of day is an event of its own, with its rule and what is left out; the whole routine goes along in a property
that other programs keep. What was changed outside, in the times or the title, is taken over; what cannot be, is said.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Todo, vRecur

from dolbom.plain import plain
from dolbom.routines.recurrence import between, instant, on
from dolbom.routines.routine import Kind, Routine, routine_from
from dolbom.trouble import TroubleError, told

WHOLE = "X-DOLBOM-ROUTINE"
ALL_DAY_AT = "09:00"
"""An event of a whole day is reminded of at this time."""
_WEEKDAYS, _WEEKENDS = ("MO", "TU", "WE", "TH", "FR"), ("SA", "SU")
_KINDS: tuple[Kind, ...] = (
    "medicine", "meal", "water", "appointment", "bin_day", "check_in", "exercise", "game", "greeting", "reminder",
    "birthday",
)  # fmt: skip


def export(routines: Iterable[Routine], zone: ZoneInfo, at: datetime) -> bytes:
    """A calendar with all of the routines.

    Args:
        zone: of the home; the calendar's times are in it.
        at: now.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//dolbom//routines//EN")
    calendar.add("version", "2.0")
    for routine in routines:
        whole = base64.urlsafe_b64encode(routine.model_dump_json(exclude_defaults=True).encode()).decode()
        for number, entry in enumerate(_entries(routine, zone)):
            entry.add("uid", f"{routine.id}.{number}@dolbom")
            entry.add("dtstamp", at.astimezone(UTC))
            entry.add("summary", routine.title)
            entry.add("categories", [routine.kind])
            if not routine.enabled:
                entry.add("status", "CANCELLED")
            if number == 0:
                entry.add(WHOLE, whole)
            calendar.add_component(entry)
    calendar.add_missing_timezones()
    return cast(bytes, calendar.to_ical())


@dataclass(frozen=True)
class Note:
    """Something that had to be decided about an event: told with its values."""

    key: str
    values: dict[str, object]

    def told(self, lang: str) -> str:
        """The sentence in a language."""
        return told(lang, f"routines.ics.{self.key}", self.values)


def read(text: bytes, today: date, zone: ZoneInfo) -> tuple[list[Routine], list[Note]]:
    """The routines of a calendar of dolbom's or anybody's.

    Args:
        text: of the file.
        today: for what says no beginning.
        zone: of the home; times of other zones are turned into its own.

    Returns:
        The routines, and what had to be decided about some of them.

    Raises:
        TroubleError: if it is no calendar, or something in it cannot be done; names what.
    """
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as error:
        raise TroubleError("routines.ics.no_calendar", "export it again as .ics", error=error) from None
    groups: dict[str, list[Any]] = {}
    for entry in [*calendar.walk("VEVENT"), *calendar.walk("VTODO")]:
        uid = str(entry.get("UID", "")) or hashlib.sha256(entry.to_ical()).hexdigest()[:12]
        ours = re.fullmatch(r"([a-z0-9][a-z0-9_-]{0,47})\.\d+@dolbom", uid)
        groups.setdefault(ours[1] if ours else uid, []).append(entry)
    if not groups:
        raise TroubleError("routines.ics.no_event", "export it again as .ics")
    routines: list[Routine] = []
    notes: list[Note] = []
    for uid, entries in groups.items():
        whole = next((entry[WHOLE] for entry in entries if WHOLE in entry), None)
        try:
            if whole is None:
                routines.append(_foreign(uid, entries, today, zone, notes))
            else:
                routines.append(_own(uid, str(whole), entries, today, zone, notes))
        except TroubleError as error:
            raise TroubleError("routines.ics.event", error.cure, uid=uid, what=error) from None
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            cure = "mend it in the calendar program"
            raise TroubleError("routines.ics.unreadable", cure, uid=uid, error=error) from None
    return routines, notes


# --- to the calendar ---


def _entries(routine: Routine, zone: ZoneInfo) -> list[Any]:
    schedule, entries = routine.schedule, []
    slots: list[tuple[str, str]] = []
    if schedule.weekend_at is None:
        slots = [(at, schedule.rrule) for at in schedule.at]
    else:
        for times, days in ((schedule.at, _WEEKDAYS), (schedule.weekend_at, _WEEKENDS)):
            rule = _only_on(schedule.rrule, days, schedule.start)
            slots += [(at, rule) for at in times if rule]
    for at, rule in slots:
        start = on(schedule.start, at)
        first = next(between(rule, start, start, start + timedelta(days=366 * 9)), None)
        if first is None:
            continue
        entry = Event()
        entry.add("dtstart", first.replace(tzinfo=zone))
        entry.add("rrule", vRecur.from_ical(_ended(rule, start, schedule.end, zone)))
        out = [
            local
            for local in _left_out(routine, at)
            if next(between(rule, start, local, local), None) is not None and local >= first
        ]
        if out:
            entry.add("exdate", [local.replace(tzinfo=zone) for local in out])
        entries.append(entry)
    singles = sorted(schedule.rdate)
    if singles:
        entry = Event()
        entry.add("dtstart", singles[0].replace(tzinfo=zone))
        if len(singles) > 1:
            entry.add("rdate", [local.replace(tzinfo=zone) for local in singles[1:]])
        entries.append(entry)
    return entries or [Todo()]


def _only_on(rule: str, days: tuple[str, ...], start: date) -> str:
    """The same rule on these days of the week only; empty if it has none of them."""
    parts = dict(part.split("=", 1) for part in rule.upper().removeprefix("RRULE:").split(";"))
    if parts["FREQ"] == "WEEKLY" and "BYDAY" not in parts:
        parts["BYDAY"] = (*_WEEKDAYS, *_WEEKENDS)[start.weekday()]
    now = parts["BYDAY"].split(",") if "BYDAY" in parts else list(days)
    parts["BYDAY"] = ",".join(day for day in now if day[-2:] in days)
    return ";".join(f"{key}={value}" for key, value in parts.items()) if parts["BYDAY"] else ""


def _ended(rule: str, start: datetime, end: date | None, zone: ZoneInfo) -> str:
    """The rule as the calendar is given it: with an end in UTC, as RFC 5545 wants it beside a zone."""
    parts = dict(part.split("=", 1) for part in rule.upper().removeprefix("RRULE:").split(";"))
    until: datetime | None = None
    if "UNTIL" in parts:
        until = datetime.strptime((parts["UNTIL"] + "T235959")[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007
    if end is not None:
        last = datetime(end.year, end.month, end.day, 23, 59, 59)  # noqa: DTZ001
        if "COUNT" in parts:
            times = list(between(rule, start, start, last))
            if len(times) < int(parts["COUNT"]):
                parts.pop("COUNT")
                until = last
        else:
            until = min(until, last) if until is not None else last
    if until is not None:
        parts["UNTIL"] = f"{instant(until, zone):%Y%m%dT%H%M%SZ}"
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _left_out(routine: Routine, at: str) -> list[datetime]:
    found: set[datetime] = set()
    for out in routine.schedule.exdate:
        # A datetime is a date to Python: the types are told apart first.
        found.add(out if isinstance(out, datetime) else on(out, at))
    for off in routine.off:
        found.update(on(off.first + timedelta(days=n), at) for n in range(min((off.last - off.first).days + 1, 400)))
    return sorted(found)


# --- from the calendar ---


def _own(uid: str, whole: str, entries: list[Any], today: date, zone: ZoneInfo, notes: list[Note]) -> Routine:
    try:
        fields = json.loads(base64.urlsafe_b64decode(whole.encode()))
    except ValueError:
        raise TroubleError("routines.ics.damaged", f"take the property {WHOLE} out of the file") from None
    routine = routine_from(fields, today, uid)
    title = plain(str(entries[0].get("SUMMARY", ""))) or routine.title
    if title != routine.title:
        notes.append(Note("title_changed", {"uid": uid, "title": title}))
        routine = routine.model_copy(update={"title": title})
    if sorted(map(_timing, entries)) == sorted(map(_timing, _entries(routine, zone))):
        return routine
    rules = {_rule(entry, zone) for entry in entries if "RRULE" in entry}
    if len(rules) > 1 or routine.schedule.weekend_at is not None or routine.off or not rules:
        raise TroubleError("routines.ics.times_lost", f"change ‘{uid}’ with `dolbom routines add` instead")
    notes.append(Note("times_changed", {"uid": uid}))
    schedule = _schedule(entries, zone)
    if routine.schedule.end is not None:
        schedule["end"] = routine.schedule.end
    fields = routine.model_dump(mode="json", exclude_defaults=True) | {"schedule": schedule}
    return routine_from(fields, today, uid)


def _timing(entry: Any) -> str:
    """All that decides when an event is, comparable."""
    said = [str(entry["DTSTART"].dt.isoformat())] if "DTSTART" in entry else []
    if "RRULE" in entry:
        said.append(";".join(sorted(entry["RRULE"].to_ical().decode().split(";"))))
    for name in ("EXDATE", "RDATE"):
        said += [f"{name} {at.isoformat()}" for at in sorted(_dates(entry, name))]
    return " ".join(said)


def _foreign(uid: str, entries: list[Any], today: date, zone: ZoneInfo, notes: list[Note]) -> Routine:
    main = [entry for entry in entries if "RECURRENCE-ID" not in entry] or entries
    title = plain(str(main[0].get("SUMMARY", ""))) or "일정"
    categories = [str(one).lower() for one in getattr(main[0].get("CATEGORIES"), "cats", [])]
    kind = next((kind for kind in _KINDS if kind in categories and kind != "medicine"), "reminder")
    if "medicine" in categories:
        notes.append(Note("as_reminder", {"title": title}))
    if "DTSTART" not in main[0]:
        raise TroubleError("routines.ics.no_start", "give it one in the calendar program")
    schedule = _schedule(main, zone)
    for moved in entries:
        if "RECURRENCE-ID" in moved and moved not in main:
            schedule["exdate"].append(_local(moved["RECURRENCE-ID"].dt, zone))
            schedule["rdate"].append(_local(moved["DTSTART"].dt, zone))
    if not isinstance(main[0]["DTSTART"].dt, datetime):
        notes.append(Note("all_day", {"title": title, "at": ALL_DAY_AT}))
    elif getattr(main[0]["DTSTART"].dt.tzinfo, "key", None) not in (None, zone.key):
        notes.append(Note("other_zone", {"title": title}))
    slug = re.sub(r"[^a-z0-9]+", "-", uid.lower()).strip("-")[:30] or "event"
    id = f"{slug}-{hashlib.sha256(uid.encode()).hexdigest()[:6]}"
    fields: dict[str, Any] = {"id": id, "kind": kind, "title": title[:60], "schedule": schedule}
    if str(main[0].get("STATUS", "")).upper() == "CANCELLED":
        fields["enabled"] = False
    return routine_from(fields, today, title)


def _schedule(entries: list[Any], zone: ZoneInfo) -> dict[str, Any]:
    starts = [_local(entry["DTSTART"].dt, zone) for entry in entries if "RRULE" in entry]
    singles = [_local(entry["DTSTART"].dt, zone) for entry in entries if "RRULE" not in entry]
    for entry in entries:
        singles += [_local(at, zone) for at in _dates(entry, "RDATE")]
    out = [_local(at, zone) for entry in entries for at in _dates(entry, "EXDATE")]
    rules = sorted({_rule(entry, zone) for entry in entries if "RRULE" in entry})
    if len(rules) > 1:
        raise TroubleError("routines.ics.two_rules", "make an event of each rule")
    schedule: dict[str, Any] = {
        "start": min(starts + singles).date(),
        "at": sorted({f"{local:%H:%M}" for local in starts}),
        "rdate": sorted(singles),
        "exdate": out,
    }
    if rules:
        schedule["rrule"] = rules[0]
    return schedule


def _rule(entry: Any, zone: ZoneInfo) -> str:
    said = entry["RRULE"]
    rules = said if isinstance(said, list) else [said]
    if len(rules) > 1:
        raise TroubleError("routines.ics.two_rules", "make an event of each rule")
    parts = dict(part.split("=", 1) for part in rules[0].to_ical().decode().split(";"))
    if parts.get("UNTIL", "").endswith("Z"):
        until = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        parts["UNTIL"] = f"{until.astimezone(zone):%Y%m%dT%H%M%S}"
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _dates(entry: Any, name: str) -> list[Any]:
    said = entry.get(name)
    lists = said if isinstance(said, list) else [said] if said is not None else []
    return [one.dt for dates in lists for one in dates.dts]


def _local(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A time of the calendar as the home's naive local time."""
    if not isinstance(value, datetime):
        return on(value, ALL_DAY_AT)
    return value if value.tzinfo is None else value.astimezone(zone).replace(tzinfo=None)
