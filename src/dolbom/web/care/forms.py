"""A routine as a form: flat fields of text, and back. What a form does not show stays as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dolbom.routines.ladders import Ladder
from dolbom.routines.routine import Kind, Routine

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REPEATS = ("daily", "weekly", "every", "monthly", "yearly", "dates", "own")
RUNGS = 6
"""So many steps a ladder may have in the form; a longer one stays as it is."""
DEFAULT_RULE = "FREQ=DAILY"


@dataclass
class Form:
    """What stands in the form: one text by field name, and what was ticked by group.

    Attributes:
        base: the routine that it was made from, as plain data: what the form does not show comes from there.
    """

    text: dict[str, str] = field(default_factory=dict)
    ticked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The text of a field, stripped; "" if there is none."""
        return self.text.get(name, "").replace("\0", "").strip()

    def ticks(self, name: str) -> tuple[str, ...]:
        """What is ticked of a group."""
        return self.ticked.get(name, ())

    def is_on(self, name: str) -> bool:
        """Whether a single box is ticked."""
        return bool(self.ticks(name))


def blank(kind: Kind, id: str) -> Form:
    """The form of a new routine."""
    text = {"kind": kind, "id": id, "repeat": "daily", "weekends": "same", "quiet_is": "home", "ladder_is": "usual"}
    if kind == "birthday":
        text |= {"repeat": "yearly", "at": "09:00"}
    elif kind == "medicine":
        text |= {"at": "08:00", "importance": "normal", "min_gap_h": "4", "supply_each": "1", "refill_below": "5"}
    return Form(text, {"enabled": ("on",)})


def shown(routine: Routine) -> Form:
    """The form of a routine."""
    schedule, medicine, after = routine.schedule, routine.medicine, routine.after
    text = {
        "kind": routine.kind,
        "id": routine.id,
        "title": routine.title,
        "start": schedule.start.isoformat(),
        "end": schedule.end.isoformat() if schedule.end else "",
        "at": " ".join(schedule.at),
        "weekends": "same" if schedule.weekend_at is None else "other",
        "weekend_at": " ".join(schedule.weekend_at or ()),
        "rdate": " ".join(f"{local:%Y-%m-%dT%H:%M}" for local in schedule.rdate),
        "exdate": " ".join(_moment(out) for out in schedule.exdate),
        "off": " ".join(f"{off.first}/{off.last}" for off in routine.off),
        "window_min": "" if routine.window_min is None else str(routine.window_min),
        "priority": str(routine.priority),
        "quiet_is": "home" if routine.quiet is None else "own" if routine.quiet else "none",
        "quiet": routine.quiet or "",
        "say": routine.say or "",
        "picture": routine.picture,
        "song": routine.song,
        "recording": routine.recording,
        "after_event": after.event if after else "",
        "after_delay": _number(after.delay_min) if after else "",
        "after_latest": after.at_the_latest if after else "",
        **_repeat(routine),
    }
    ticked: dict[str, tuple[str, ...]] = {"persons": routine.persons, "weekdays": _weekdays(schedule.rrule) or ()}
    if routine.enabled:
        ticked["enabled"] = ("on",)
    if medicine is not None:
        supply = medicine.supply
        text |= {
            "key": medicine.key,
            "dose": medicine.dose,
            "importance": medicine.importance,
            "min_gap_h": _number(medicine.min_gap_h),
            "photo": medicine.photo,
            "supply_count": _number(supply.count) if supply else "",
            "supply_each": _number(supply.each) if supply else "1",
            "refill_below": _number(supply.refill_below) if supply else "5",
        }
        if medicine.as_needed:
            ticked["as_needed"] = ("on",)
    own = isinstance(routine.ladder, Ladder)
    text["ladder_is"] = "own" if own else str(routine.ladder) or "usual"
    steps, rest = rungs(routine.rungs)
    return Form(text | steps, ticked | rest, routine.model_dump(mode="json"))


def rungs(ladder: Ladder) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The fields of a ladder."""
    text = {
        "missed": ladder.missed.value,
        "refused": ladder.refused.value,
        "unknown": ladder.unknown.value,
        "snoozes": str(ladder.snoozes),
        "snooze_min": _number(ladder.snooze_min),
    }
    ticked: dict[str, tuple[str, ...]] = {}
    for number, step in enumerate(ladder.steps[:RUNGS]):
        text[f"step_at_{number}"] = _number(step.at_min)
        ticked[f"step_do_{number}"] = step.do
    if ladder.in_quiet_hours:
        ticked["in_quiet_hours"] = ("on",)
    return text, ticked


def data_of(form: Form) -> dict[str, Any]:
    """The routine's fields as `dolbom.routines.routine.validated` takes them. Nothing is checked here: what cannot be
    read is handed on as it stands, for it to be told of."""
    data = {**form.base, "id": form.get("id"), "kind": form.get("kind"), "title": form.get("title")}
    data["persons"] = list(form.ticks("persons"))
    data["enabled"] = form.is_on("enabled")
    data["schedule"] = _schedule(form)
    data["off"] = [_span(part) for part in _parts(form.get("off"))]
    data["window_min"] = form.get("window_min") or None
    data["priority"] = form.get("priority") or 5
    data["quiet"] = {"home": None, "none": ""}.get(form.get("quiet_is"), form.get("quiet") or None)
    data["say"] = form.get("say") or None
    for name in ("picture", "song", "recording"):
        data[name] = form.get(name)
    data["after"] = _after(form)
    data["medicine"] = _medicine(form) if data["kind"] == "medicine" else None
    data["ladder"] = _ladder(form)
    return data


def differences(before: Form, theirs: Form, mine: Form) -> list[tuple[str, str, str, str]]:
    """What two people who began with the same form made different: field, before, theirs, mine; of no matter who."""
    found = []
    for name in sorted({*before.text, *theirs.text, *mine.text, *before.ticked, *theirs.ticked, *mine.ticked}):
        was, other, own = (_said(one, name) for one in (before, theirs, mine))
        if len({was, other, own}) > 1:
            found.append((name, was, other, own))
    return found


def _said(form: Form, name: str) -> str:
    return " ".join(part for part in (form.get(name), *form.ticks(name)) if part)


# --- from the form ---


def _schedule(form: Form) -> dict[str, Any]:
    base = dict(form.base.get("schedule", {}))
    repeat = form.get("repeat")
    schedule = {**base, "end": form.get("end") or None}
    if form.get("start"):
        schedule["start"] = form.get("start")
    else:
        schedule.pop("start", None)
    schedule["at"] = [] if repeat == "dates" else _times(form.get("at"))
    schedule["weekend_at"] = _times(form.get("weekend_at")) if form.get("weekends") == "other" else None
    if repeat == "dates":
        schedule["weekend_at"] = None
    schedule["rdate"] = _same(base.get("rdate", []), [_stamp(part) for part in _parts(form.get("rdate"))])
    schedule["exdate"] = _same(base.get("exdate", []), _parts(form.get("exdate")))
    rule = _rule(form, repeat)
    if rule is None:
        schedule.pop("rrule", None)
    else:
        schedule["rrule"] = rule
    return schedule


def _rule(form: Form, repeat: str) -> str | None:
    if repeat == "weekly":
        days = [day for day in WEEKDAYS if day in form.ticks("weekdays")]
        return f"FREQ=WEEKLY;BYDAY={','.join(days)}" if days else "FREQ=WEEKLY"
    if repeat == "every":
        return f"FREQ=DAILY;INTERVAL={form.get('every') or 2}"
    if repeat == "monthly":
        return f"FREQ=MONTHLY;BYMONTHDAY={form.get('month_day') or 1}"
    if repeat == "yearly":
        # What a birthday's rule is for February 29 is decided where routines are read.
        was = form.base.get("schedule", {}).get("rrule", "")
        return None if form.get("kind") == "birthday" and not was else was if "YEARLY" in was else "FREQ=YEARLY"
    if repeat == "own":
        return form.get("rrule")
    return DEFAULT_RULE


def _after(form: Form) -> dict[str, Any] | None:
    if not form.get("after_event"):
        return None
    return {
        "event": form.get("after_event"),
        "delay_min": form.get("after_delay") or 0,
        "at_the_latest": _clock(form.get("after_latest")),
    }


def _medicine(form: Form) -> dict[str, Any]:
    base = dict(form.base.get("medicine") or {})
    supply = None
    if form.get("supply_count"):
        supply = {
            "count": form.get("supply_count"),
            "each": form.get("supply_each") or 1,
            "refill_below": form.get("refill_below") or 0,
        }
    return base | {
        "key": form.get("key"),
        "dose": form.get("dose"),
        "importance": form.get("importance") or "normal",
        "min_gap_h": form.get("min_gap_h") or 0,
        "as_needed": form.is_on("as_needed"),
        "photo": form.get("photo"),
        "supply": supply,
    }


def _ladder(form: Form) -> Any:
    chosen = form.get("ladder_is")
    if chosen in ("usual", ""):
        return ""
    if chosen != "own":
        return chosen
    base = form.base.get("ladder")
    longer = base["steps"][RUNGS:] if isinstance(base, Mapping) else []
    steps = [
        {"at_min": form.get(f"step_at_{number}"), "do": list(form.ticks(f"step_do_{number}"))}
        for number in range(RUNGS)
        if form.get(f"step_at_{number}") or form.ticks(f"step_do_{number}")
    ]
    return {
        "steps": [*steps, *longer],
        "missed": form.get("missed") or "info",
        "refused": form.get("refused") or "info",
        "unknown": form.get("unknown") or "info",
        "snoozes": form.get("snoozes") or 0,
        "snooze_min": form.get("snooze_min") or 10,
        "in_quiet_hours": form.is_on("in_quiet_hours"),
    }


# --- small parts ---


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", text) if part]


def _clock(text: str) -> str:
    return f"0{text}" if re.fullmatch(r"\d:\d\d", text) else text


def _times(text: str) -> list[str]:
    return sorted({_clock(part) for part in _parts(text)})


def _stamp(text: str) -> str:
    """A date beside a time is one moment, also with only a T between them."""
    return re.sub(r"T(\d):", r"T0\1:", text)


def _span(text: str) -> dict[str, str]:
    first, _, last = text.partition("/")
    return {"first": first, "last": last or first}


def _same(before: Sequence[str], now: list[str]) -> list[str]:
    """As it was, if it says the same: seconds that the form does not show are kept."""
    return list(before) if [_moment_of(one) for one in before] == now else now


def _moment_of(text: str) -> str:
    return text if len(text) == 10 else text[:16]


def _moment(out: datetime | date) -> str:
    return f"{out:%Y-%m-%dT%H:%M}" if isinstance(out, datetime) else out.isoformat()


def _weekdays(rule: str) -> tuple[str, ...] | None:
    found = re.fullmatch(r"FREQ=WEEKLY;BYDAY=([A-Z,]+)", rule)
    days = tuple(found.group(1).split(",")) if found else None
    in_order = days is not None and list(days) == [day for day in WEEKDAYS if day in days]
    return days if in_order else None


def _repeat(routine: Routine) -> dict[str, str]:
    schedule, rule = routine.schedule, routine.schedule.rrule
    if not schedule.at and not schedule.weekend_at and schedule.rdate and rule == DEFAULT_RULE:
        return {"repeat": "dates"}
    if rule == DEFAULT_RULE:
        return {"repeat": "daily"}
    if _weekdays(rule) or rule == "FREQ=WEEKLY":
        return {"repeat": "weekly"}
    if found := re.fullmatch(r"FREQ=DAILY;INTERVAL=(\d+)", rule):
        return {"repeat": "every", "every": found.group(1)}
    if found := re.fullmatch(r"FREQ=MONTHLY;BYMONTHDAY=(-?\d+)", rule):
        return {"repeat": "monthly", "month_day": found.group(1)}
    if rule == "FREQ=YEARLY" or (routine.kind == "birthday" and rule.startswith("FREQ=YEARLY")):
        return {"repeat": "yearly"}
    return {"repeat": "own", "rrule": rule}
