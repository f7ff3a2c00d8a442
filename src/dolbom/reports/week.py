"""One week of a home as a report that can be printed: doses, what was not taken, how people said they were, alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dolbom.companion.checkin import POSITIVE, CheckInState
from dolbom.events import CheckInGrade, CheckInTopic, Severity
from dolbom.exercise.sessions import TimedStands
from dolbom.games.item import DOMAINS
from dolbom.games.usual import usual
from dolbom.reports.records import Outcome, Raised, Records, doses
from dolbom.reports.weeks import Series, days_of, series, week_of, weeks_until
from dolbom.routines.due import State

WEEKS = 8
"""So many weeks stand side by side in its charts."""


@dataclass(frozen=True)
class Medicine:
    """How one medicine was taken in the week."""

    title: str
    dose: str
    due: int = 0
    taken: int = 0
    refused: int = 0
    missed: int = 0
    unknown: int = 0

    @property
    def rate(self) -> float:
        """Taken of due, 0 to 1; what is not known is not counted as taken."""
        return self.taken / self.due if self.due else 0.0


@dataclass(frozen=True)
class DayTold:
    """What was said in one day's check-in; `ended` is empty where there was none."""

    day: date
    ended: str
    grades: dict[CheckInTopic, CheckInGrade]


@dataclass(frozen=True)
class Lower:
    """A domain of the games in which somebody finds less than they used to, told lately: `lower` of `sittings`."""

    domain: str
    sittings: int
    lower: int


@dataclass(frozen=True)
class Played:
    """The games of somebody who consents to being remembered as a player: how often, how long, by game; no score."""

    sittings: int
    minutes: int
    games: tuple[tuple[str, int], ...]
    lower: tuple[Lower, ...]


@dataclass(frozen=True)
class Moved:
    """The exercise of somebody who consents likewise; `seen` repetitions, and standing up against the clock."""

    sessions: int
    minutes: int
    seen: int
    timed: tuple[TimedStands, ...]


@dataclass(frozen=True)
class PersonWeek:
    """The week of one person, or (without an id) of whoever was at home.

    Attributes:
        untaken: doses that were not taken, or of which it is not known.
        low: whether the two questions on mood say that a person should look; None where they were not asked.
        series: the weeks up to this one, side by side.
        played, moved: games and exercise; None without a consent, or where none was ever kept.
    """

    id: str
    name: str
    medicines: tuple[Medicine, ...]
    untaken: tuple[Outcome, ...]
    days: tuple[DayTold, ...]
    low: bool | None
    series: tuple[Series, ...]
    played: Played | None = None
    moved: Moved | None = None


@dataclass(frozen=True)
class Warned:
    """The warnings of the week that say the same: a line for each would bury the alarms."""

    kind: str
    title: str
    person: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class WeekReport:
    """The report.

    Attributes:
        made: when.
        whole: the week was over then.
        raised: alarms, as far as they are still kept.
        warned: warnings likewise.
    """

    week: str
    first: date
    last: date
    made: datetime
    whole: bool
    people: tuple[PersonWeek, ...]
    raised: tuple[Raised, ...]
    warned: tuple[Warned, ...]

    def name_of(self, person: str) -> str:
        """How somebody is called; "" if they are not in it."""
        return next((one.name for one in self.people if one.id == person), "")


def last_whole_week(today: date) -> str:
    """The ISO week before the one that holds a day."""
    return week_of(today - timedelta(days=7))


def week_report(
    records: Records, week: str, now: datetime, person: str | None = None, number: int = WEEKS
) -> WeekReport:
    """The report of an ISO week.

    Args:
        now: in the home's zone.
        person: only what is theirs.
        number: how many weeks stand side by side in its charts.

    Raises:
        UserError: for what is no week.
    """
    first, last = days_of(week)
    begin, _, weeks = weeks_until(last, number)
    names = {id: name for id, name in records.names().items() if person in (None, id)}
    outcomes = records.outcomes(begin, last)
    check_ins = {id: records.check_ins(id, begin, last) for id in names}
    beside = series(outcomes, check_ins, weeks)
    mine = doses(one for one in outcomes if one.local.date() >= first)
    found = []
    for id, name in names.items():
        held = [state for state in check_ins[id] if state.day >= first]
        screened = [state for state in held if len(state.screened) == 2 and None not in state.screened]
        low = None
        if screened and records.screening(id, now):
            low = sum(answer or 0 for answer in screened[-1].screened) >= POSITIVE
        whole = _week(id, name, mine, beside, _days(held, first), low)
        found.append(
            replace(whole, played=_played(records, id, first, last, now), moved=_moved(records, id, first, last, now))
        )
    if person is None and any(one.person is None for one in outcomes):
        found.append(_week("", "", mine, beside, (), None))
    raised = [one for one in records.raised(first, last, Severity.WARNING) if person in (None, one.person)]
    alarms, warned = tuple(one for one in raised if one.alarm), _warned(one for one in raised if not one.alarm)
    return WeekReport(week, first, last, now, now.date() > last, tuple(found), alarms, warned)


def _played(records: Records, person: str, first: date, last: date, now: datetime) -> Played | None:
    kept = [one for one in records.sittings(person, now) if one.begun.astimezone(now.tzinfo).date() <= last]
    if not kept:
        return None
    mine = [one for one in kept if one.begun.astimezone(now.tzinfo).date() >= first and one.rounds]
    lower = ((domain, usual(kept, domain, now)) for domain in DOMAINS)
    return Played(
        len(mine),
        round(sum(one.spent_s for one in mine) / 60),
        tuple(Counter(one.game for one in mine).most_common()),
        tuple(Lower(domain, one.sittings, one.lower) for domain, one in lower if one.standing == "lower"),
    )


def _moved(records: Records, person: str, first: date, last: date, now: datetime) -> Moved | None:
    mine = records.exercised(person, first, last, now)
    if not mine:
        return None
    spent, seen = sum(one.spent_s for one in mine), sum(one.repetitions for one in mine)
    return Moved(len(mine), round(spent / 60), seen, tuple(one.timed for one in mine if one.timed))


def _warned(raised: Iterable[Raised]) -> tuple[Warned, ...]:
    alike: dict[tuple[str, str, str], list[datetime]] = {}
    for one in raised:
        alike.setdefault((one.kind, one.title, one.person), []).append(one.at)
    found = (Warned(*what, len(at), at[0], at[-1]) for what, at in alike.items())
    return tuple(sorted(found, key=lambda one: one.first))


def _week(
    id: str, name: str, outcomes: list[Outcome], beside: list[Series], days: tuple[DayTold, ...], low: bool | None
) -> PersonWeek:
    mine = [one for one in outcomes if (one.person or "") == id]
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for one in mine:
        if one.scheduled:
            count = counts.setdefault((one.title, one.dose), {"due": 0})
            count["due"] += 1
            count[one.state.value] = count.get(one.state.value, 0) + 1
    return PersonWeek(
        id,
        name,
        tuple(Medicine(title, dose, **count) for (title, dose), count in sorted(counts.items())),
        tuple(one for one in mine if one.state is not State.TAKEN),
        days,
        low,
        tuple(one for one in beside if (one.person or "") == id),
    )


def _days(check_ins: list[CheckInState], first: date) -> tuple[DayTold, ...]:
    by_day = {state.day: state for state in check_ins}
    days = []
    for day in (first + timedelta(days=number) for number in range(7)):
        state = by_day.get(day)
        if state is None:
            days.append(DayTold(day, "", {}))
        else:
            days.append(
                DayTold(day, state.ended or "open", {topic: told.grade for topic, told in state.topics.items()})
            )
    return tuple(days)
