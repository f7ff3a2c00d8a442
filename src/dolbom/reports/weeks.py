"""Weeks side by side: how the medicines were taken, how people said they slept and felt, what they did.

Only what was written down is counted. Sleep, mood, meals and movement are what people said when the robot asked; no
sensor of the robot measures them, and a day without an answer is a day without an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dolbom.companion.checkin import TOPICS, CheckInState
from dolbom.errors import UserError
from dolbom.events import CheckInGrade
from dolbom.reports.records import Outcome
from dolbom.routines.due import State
from dolbom.routines.routine import ACTIVITIES

Group = Literal["medicine", "sleep", "mood", "activity", "health"]
GROUPS: tuple[Group, ...] = ("medicine", "activity", "sleep", "mood", "health")
"""In the order in which they are shown."""
DOSE_PARTS = ("taken", "refused", "missed", "unknown")
TOLD_PARTS = ("good", "bad", "unknown")
DONE_PARTS = ("done", "not_done")

_GROUP_OF: dict[str, Group] = {
    "sleep": "sleep", "mood": "mood", "exercise": "activity", "outings": "activity", "health": "health",
    "meals": "health",
}  # fmt: skip
_PART_OF: dict[CheckInGrade, str] = {
    "good": "good", "bad": "bad", "none": "bad", "help": "bad", "unknown": "unknown", "unclear": "unknown",
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One measure of one person, week by week.

    Attributes:
        topic: dose, a topic of the check-in, or the kind of a routine.
        title: of the medicine; else "".
        parts: what is counted, the good first.
        weeks: ISO weeks, as 2026-W48, the oldest first.
        counts: by week, of each part.
        of: how many days a week has at most; 0 where it is not days that are counted.
    """

    group: Group
    topic: str
    title: str
    person: str | None
    parts: tuple[str, ...]
    weeks: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    of: int = 0

    @property
    def known(self) -> bool:
        """Whether anything was counted at all."""
        return any(any(week) for week in self.counts)


def week_of(day: date) -> str:
    """The ISO week of a day, as 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def days_of(week: str) -> tuple[date, date]:
    """Monday and Sunday of an ISO week.

    Raises:
        UserError: if it is none.
    """
    try:
        year, _, number = week.partition("-W")
        return date.fromisocalendar(int(year), int(number), 1), date.fromisocalendar(int(year), int(number), 7)
    except ValueError:
        raise UserError(f"‘{week}’ is no week", "write it as 2026-W48") from None


def weeks_until(last: date, number: int) -> tuple[date, date, tuple[str, ...]]:
    """So many ISO weeks, the last of which holds a day: their first and last day, and their names."""
    monday = last - timedelta(days=last.weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(number - 1, -1, -1)]
    return mondays[0], monday + timedelta(days=6), tuple(week_of(day) for day in mondays)


def series(
    outcomes: Iterable[Outcome], check_ins: Mapping[str, Sequence[CheckInState]], weeks: tuple[str, ...]
) -> list[Series]:
    """Everything that can be told week by week, by person.

    Args:
        outcomes: what became of what was due; of others than the people it is left out, unless it was for whoever was
            at home.
        check_ins: of each person.
        weeks: which; what is of others is left out.
    """
    mine = [one for one in outcomes if one.person is None or one.person in check_ins]
    found = _doses(mine, weeks) + _done(mine, weeks)
    for person, states in check_ins.items():
        found += told(states, person, weeks)
    order = [*check_ins, None]
    found = [one for one in found if one.known]
    return sorted(found, key=lambda one: (order.index(one.person), GROUPS.index(one.group)))


def told(check_ins: Iterable[CheckInState], person: str, weeks: tuple[str, ...]) -> list[Series]:
    """What somebody said of each topic, as days of each week."""
    counts = {topic: [[0] * len(TOLD_PARTS) for _ in weeks] for topic in TOPICS}
    for state in check_ins:
        for topic, said in state.topics.items():
            part, week = _PART_OF.get(said.grade), week_of(state.day)
            if part is not None and week in weeks:
                counts[topic][weeks.index(week)][TOLD_PARTS.index(part)] += 1
    return [
        Series(_GROUP_OF[topic], topic, "", person, TOLD_PARTS, weeks, _fixed(counts[topic]), of=7) for topic in TOPICS
    ]


def _doses(outcomes: Iterable[Outcome], weeks: tuple[str, ...]) -> list[Series]:
    counts: dict[tuple[str, str | None], list[list[int]]] = {}
    titles: dict[str, str] = {}
    for one in outcomes:
        if one.kind != "medicine" or not one.scheduled or (week := week_of(one.local.date())) not in weeks:
            continue
        titles[one.medicine] = one.title
        mine = counts.setdefault((one.medicine, one.person), [[0] * len(DOSE_PARTS) for _ in weeks])
        part = one.state.value if one.state.value in DOSE_PARTS else "missed"
        mine[weeks.index(week)][DOSE_PARTS.index(part)] += 1
    return [
        Series("medicine", "dose", titles[medicine], person, DOSE_PARTS, weeks, _fixed(mine))
        for (medicine, person), mine in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def _done(outcomes: Iterable[Outcome], weeks: tuple[str, ...]) -> list[Series]:
    """Exercise and games that the robot offered: begun with it, or not."""
    counts: dict[tuple[str, str | None], list[list[int]]] = {}
    for one in outcomes:
        if one.kind == "check_in" or one.kind not in ACTIVITIES or (week := week_of(one.local.date())) not in weeks:
            continue
        mine = counts.setdefault((one.kind, one.person), [[0] * len(DONE_PARTS) for _ in weeks])
        mine[weeks.index(week)][0 if one.state is State.DONE else 1] += 1
    return [
        Series("activity", f"offered_{kind}", "", person, DONE_PARTS, weeks, _fixed(mine))
        for (kind, person), mine in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def _fixed(counts: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(week) for week in counts)
