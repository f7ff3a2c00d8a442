"""A routine: what is done, with whom and when, as a care worker writes it; what is wrong is said in plain words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from dolbom.events import Name
from dolbom.plain import plain
from dolbom.routines import recurrence
from dolbom.routines.ladders import Ladder, shipped
from dolbom.routines.wrong import Wrong, path_of, problems
from dolbom.trouble import TroubleError

Kind = Literal[
    "medicine",
    "meal",
    "water",
    "appointment",
    "bin_day",
    "check_in",
    "exercise",
    "game",
    "greeting",
    "reminder",
    "birthday",
]
ACTIVITIES: tuple[Kind, ...] = ("check_in", "exercise", "game")
"""Kinds that are an activity of the robot's own, begun instead of a reminder."""
WEEKEND = 5
"""Saturday, as `date.weekday` counts."""

_LADDERS: dict[Kind, str] = {"medicine": "normal", "appointment": "important", "meal": "gentle", "water": "gentle"}
_WINDOWS: dict[Kind, int] = {"medicine": 60, "appointment": 20, "bin_day": 180, "birthday": 600}


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise Wrong("no_time", given=text)
    return text


def _hours(text: str) -> str:
    first, _, last = text.partition("-")
    try:
        spans = not text or _time_of_day(first) != _time_of_day(last)
    except ValueError:
        spans = False
    if not spans:
        raise Wrong("no_hours", given=text)
    return text


def _local(value: object) -> object:
    # A bare date is all of that day; a datetime with a zone would be a second opinion on where the home is.
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise Wrong("zone")
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if len(value) == 10 else _local(datetime.fromisoformat(value))
        except ValueError:
            raise Wrong("no_moment", given=value) from None
    return value


def _words(text: str) -> str:
    cleaned = plain(text)
    if not cleaned:
        raise Wrong("no_words")
    return cleaned


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
Hours = Annotated[str, AfterValidator(_hours)]
"""A span of hours as "22:00-06:00", which may go over midnight; empty: none."""
Local = Annotated[datetime | date, BeforeValidator(_local)]
LocalTime = Annotated[datetime, BeforeValidator(_local)]
Words = Annotated[str, Field(max_length=120), AfterValidator(_words)]
File = Annotated[str, Field(max_length=120, pattern=r"^[^/\\\x00-\x1f]*$")]
"""The name of a picture or recording in the home's own folder, without a path."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Schedule(_Part):
    """When: civil times of the home.

    Attributes:
        start: the first day.
        end: the last day.
        at: times of day, at weekends too unless `weekend_at` is given.
        weekend_at: times on Saturday and Sunday; empty: none.
        rrule: RFC 5545, the days on which it repeats; with FREQ=HOURLY also the times.
        rdate: single times more.
        exdate: days or single times left out.
    """

    start: date
    end: date | None = None
    at: tuple[TimeOfDay, ...] = ()
    weekend_at: tuple[TimeOfDay, ...] | None = None
    rrule: str = "FREQ=DAILY"
    rdate: tuple[LocalTime, ...] = ()
    exdate: tuple[Local, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise Wrong("end_before_start", "end", end=self.end, start=self.start)
        for name, times in (("at", self.at), ("weekend_at", self.weekend_at or ())):
            if list(times) != sorted(set(times)):
                raise Wrong("times_in_order", name, times=", ".join(sorted(set(times))))
        if self.weekend_at is not None and "HOURLY" in self.rrule.upper():
            raise Wrong("weekend_hourly", "weekend_at")
        if self.at or self.weekend_at:
            start = recurrence.on(self.start, (self.at or self.weekend_at or ("00:00",))[0])
            try:
                comes = recurrence.comes_at_all(self.rrule, start)
            except ValueError as error:
                raise Wrong("rule", "rrule", error=error) from None
            if not comes:
                raise Wrong("never_comes", "rrule", rule=self.rrule)
        return self

    def times_on(self, day: date) -> tuple[str, ...]:
        """The times of a day on which the rule falls."""
        return self.weekend_at if self.weekend_at is not None and day.weekday() >= WEEKEND else self.at

    def local_times(self, first: datetime, last: datetime) -> list[datetime]:
        """All local times from `first` to `last`, both included, naive, in order."""
        found = {time for time in self.rdate if first <= time <= last}
        hourly = "HOURLY" in self.rrule.upper()
        for at in sorted({*self.at, *(self.weekend_at or ())}):
            for local in recurrence.between(self.rrule, recurrence.on(self.start, at), first, last):
                if hourly or at in self.times_on(local.date()):
                    found.add(local)
        return sorted(local for local in found if self._holds(local))

    def _holds(self, local: datetime) -> bool:
        day = local.date()
        if day < self.start or (self.end is not None and day > self.end):
            return False
        # A bare date is all of the day; `datetime` is a `date` to Python, so the types are told apart first.
        return not any(local == out if isinstance(out, datetime) else day == out for out in self.exdate)


class Trigger(_Part):
    """After something happened, such as "after breakfast": the schedule's times are then when to begin to wait for it.

    Attributes:
        event: what must happen, as `meal.breakfast`.
        delay_min: so long after it.
        at_the_latest: then in any case: what is due is not lost because nobody noticed the event.
    """

    event: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_-]+)*$", max_length=60)]
    delay_min: float = Field(0, ge=0, le=240)
    at_the_latest: TimeOfDay


class Supply(_Part):
    """How many there are; what is left is computed from the history.

    Attributes:
        count: when it was counted.
        each: taken at a time.
        refill_below: then a refill is asked for.
    """

    count: float = Field(ge=0, le=10_000)
    each: float = Field(1, gt=0, le=50)
    refill_below: float = Field(5, ge=0, le=1000)


class Medicine(_Part):
    """What is taken. The robot says `dose` as it stands here and never another amount.

    Attributes:
        key: names the medicine over several routines (weekday and weekend); the routine's id if empty.
        dose: how much, in words to be spoken: 한 알, 반 알.
        min_gap_h: never two doses within so many hours.
        as_needed: never prompted; only recorded.
        photo: name of a picture.
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,48}$")] = ""
    dose: Annotated[str, Field(max_length=60), AfterValidator(plain)] = ""
    importance: Literal["critical", "normal", "optional"] = "normal"
    min_gap_h: float = Field(4, ge=0, le=168)
    as_needed: bool = False
    photo: File = ""
    supply: Supply | None = None


class Off(_Part):
    """Days on which it is switched off, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise Wrong("last_before_first", "last", last=self.last, first=self.first)
        return self


class Routine(_Part):
    """One routine of the home.

    Attributes:
        id: short name; the history is kept under it.
        title: as the robot says it: 혈압약, 치과.
        persons: ids of the people it is for, each by themselves; empty: whoever is at home.
        window_min: may begin so long after its time; then it is not prompted any more.
        after: waits for something that happens.
        priority: of two that are due together the higher goes first.
        quiet: hours in which it does not speak, instead of the home's; empty text: none.
        ladder: name of a shipped one, or a whole one; without it that of the kind.
        say: own words in the place of the usual ones.
        picture, song, recording: names of files of the home; `recording`: a familiar voice.
        enabled: off, it stays in the list and nothing is due.
    """

    id: Name
    kind: Kind
    title: Annotated[str, Field(max_length=60), AfterValidator(_words)]
    persons: tuple[Name, ...] = ()
    schedule: Schedule
    window_min: int | None = Field(None, ge=5, le=24 * 60)
    after: Trigger | None = None
    priority: int = Field(5, ge=0, le=9)
    quiet: Hours | None = None
    off: tuple[Off, ...] = ()
    medicine: Medicine | None = None
    ladder: str | Ladder = ""
    say: Words | None = None
    picture: File = ""
    song: File = ""
    recording: File = ""
    enabled: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        medicine, schedule = self.medicine, self.schedule
        if (self.kind == "medicine") != (medicine is not None):
            raise (
                Wrong("needs_medicine", "medicine")
                if medicine is None
                else Wrong("no_medicine", "medicine", kind=self.kind)
            )
        times = bool(schedule.at or schedule.weekend_at or schedule.rdate)
        as_needed = medicine is not None and medicine.as_needed
        if not times and not as_needed:
            raise Wrong("no_times", "schedule.at")
        if times and as_needed:
            raise Wrong("as_needed_times", "schedule.at")
        if len(set(self.persons)) != len(self.persons):
            raise Wrong("person_twice", "persons")
        if isinstance(self.ladder, str) and self.ladder and self.ladder not in shipped():
            raise Wrong("no_ladder", "ladder", given=self.ladder, known=", ".join(shipped()))
        if self.after is not None:
            late = [at for at in (*schedule.at, *(schedule.weekend_at or ())) if at >= self.after.at_the_latest]
            if late:
                raise Wrong("latest_early", "after.at_the_latest", latest=self.after.at_the_latest, at=late[0])
        if medicine is not None and not as_needed:
            self._far_enough_apart(medicine.min_gap_h)
        return self

    def _far_enough_apart(self, gap_h: float) -> None:
        for name, times in (("at", self.schedule.at), ("weekend_at", self.schedule.weekend_at or ())):
            minutes = [recurrence.clock(at).hour * 60 + recurrence.clock(at).minute for at in times]
            for one, other in pairwise(minutes):
                if other - one < gap_h * 60:
                    first, second = times[minutes.index(one)], times[minutes.index(other)]
                    raise Wrong("too_near", f"schedule.{name}", first=first, second=second, gap=f"{gap_h:g}")

    @property
    def medicine_key(self) -> str:
        """What the medicine is called in the history; "" if it is none."""
        return "" if self.medicine is None else self.medicine.key or self.id

    @property
    def rungs(self) -> Ladder:
        """The ladder that it climbs."""
        if isinstance(self.ladder, Ladder):
            return self.ladder
        usual = self.medicine.importance if self.medicine is not None else _LADDERS.get(self.kind, "once")
        return shipped()[self.ladder or usual]

    @property
    def window(self) -> timedelta:
        """How long after its time it may begin."""
        return timedelta(minutes=self.window_min or _WINDOWS.get(self.kind, 60))

    def is_off(self, day: date) -> bool:
        """Whether it is switched off on a day."""
        return not self.enabled or any(off.first <= day <= off.last for off in self.off)


def in_hours(hours: str, at: time) -> bool:
    """Whether a time of day lies in a span of hours that may go over midnight."""
    if not hours:
        return False
    first, last = (recurrence.clock(part) for part in hours.split("-"))
    return first <= at < last if first < last else at >= first or at < last


# --- from a file to a routine, or to what is wrong with it ---

_FIELDS: dict[str, type[BaseModel]] = {
    "": Routine, "schedule": Schedule, "after": Trigger, "medicine": Medicine, "medicine.supply": Supply, "off": Off,
    "ladder": Ladder,
}  # fmt: skip


def routine_from(data: object, today: date, name: str = "routine") -> Routine:
    """A routine from what a file, a form or a program says.

    Args:
        data: the fields; `schedule.start` is today if it is not given.
        name: what the routine is called in an error.

    Raises:
        TroubleError: names every field that is wrong and what is wrong with it.
    """
    if not isinstance(data, Mapping):
        raise TroubleError("routines.wrong.no_fields", "see `dolbom routines add --help` for an example", name=name)
    said = data.get("id") or name
    try:
        return validated(data, today)
    except ValidationError as error:
        raise TroubleError("routines.wrong.routine", name=said, what=_Reasons(error)) from None


class _Reasons:
    """Every field that is wrong: with its path and the words of the schema in English, in plain words in Korean."""

    def __init__(self, error: ValidationError) -> None:
        self._error = error

    def told(self, lang: str) -> str:
        if lang == "en":
            return "; ".join(dict.fromkeys(_plainly(self._error)))
        return "; ".join(f"{one.field}: {one.text}".removeprefix(": ") for one in problems(self._error, lang))


def validated(data: Mapping[Any, Any], today: date) -> Routine:
    """A routine from its fields; `schedule.start` is today if it is not given.

    Raises:
        ValidationError: see `dolbom.routines.wrong.problems` for its words.
    """
    fields = dict(data)
    fields["schedule"] = schedule = fields.get("schedule", {})
    if isinstance(schedule, Mapping):
        fields["schedule"] = schedule = dict(schedule)
        if fields.get("kind") == "birthday" and "rrule" not in schedule:
            schedule["rrule"] = _yearly(schedule.get("start"))
        schedule.setdefault("start", today)
    return Routine.model_validate(fields)


def _yearly(start: object) -> str:
    # Whoever was born on February 29 has a birthday every year.
    born = start if isinstance(start, date) else _local(start) if isinstance(start, str) else None
    leap = isinstance(born, date) and (born.month, born.day) == (2, 29)
    return "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1" if leap else "FREQ=YEARLY"


def _plainly(error: ValidationError) -> list[str]:
    said = []
    for one in error.errors(include_url=False):
        path = path_of(one["loc"])
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        if one["type"] == "extra_forbidden":
            said.append(_unknown(where, str(path[-1])))
        elif one["type"] == "missing":
            said.append(f"{where} is missing")
        elif one["type"] == "value_error":
            message = str(one["msg"]).removeprefix("Value error, ")
            inner = re.match(r"^([a-z_.]+): ", message)
            # A rule over several fields names them itself, as seen from where it stands.
            said.append(f"{where}.{message}" if inner and where else message if inner else f"{where}: {message}")
        elif one["type"] == "literal_error":
            said.append(f"{where}: ‘{one['input']}’ is none of {', '.join(_words_of(where))}")
        elif one["type"] == "string_pattern_mismatch" and where.rsplit(".", 1)[-1] in ("id", "key"):
            said.append(f"{where}: ‘{one['input']}’ — write small letters, digits, - and _, as morning-pill")
        elif not (where == "ladder" and one["type"] in ("string_type", "model_type")):
            said.append(f"{where}: {one['msg'][:1].lower()}{one['msg'][1:]}, not {_shown(one['input'])}")
    return said or [str(error.errors(include_url=False)[0]["msg"])]


def _unknown(where: str, field: str) -> str:
    parent = re.sub(r"\[\d+\]", "", where).rpartition(".")[0]
    model = _FIELDS.get(parent)
    near = difflib.get_close_matches(field, model.model_fields if model else [], 1)
    return f"{where}: there is no such field" + (f"; is it {near[0]}?" if near else "")


def _words_of(where: str) -> tuple[str, ...]:
    if where == "kind":
        return get_args(Kind)
    if where.endswith("importance"):
        return ("critical", "normal", "optional")
    return ("voice", "picture", "come_to_person", "familiar_recording", "family_message", "centre", "end")


def _shown(value: Any) -> str:
    text = str(value)
    return f"‘{text[:40]}’" if text else "nothing"
