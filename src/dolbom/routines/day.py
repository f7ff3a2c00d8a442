"""A day beforehand: everything that the robot will do and say, in order, and what follows if somebody answers so or so.

It is the same core that runs in the home, driven through the day with a scripted person; nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dolbom.events import CareEvent
from dolbom.routines.decisions import Act, Begin, Decisions, Remind, Withdraw
from dolbom.routines.due import Due, State
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.keeper import Held, Keeper
from dolbom.routines.observations import Moment, Outcome, Reminded, Tick
from dolbom.routines.person import Policy, Scripted
from dolbom.routines.recurrence import instant
from dolbom.routines.routine import Routine

SOURCE = "/district/day/home/day/robot/day"
LONGEST = timedelta(days=2)
"""What falls due on a day is settled within so long, windows and ladders and all."""


@dataclass(frozen=True)
class Happening:
    """One thing that the robot does, or that follows.

    Attributes:
        at: civil time.
        due: what it is about, as it stands at the end of the day.
        act: what is said or begun; None for what follows by itself.
        answer: what the person answers to it: silence, told, or the meaning; "" if nobody was asked.
        events: what the centre is told then.
        held: why it is not said yet, if it should be.
        settled: what it is from then on, if it has ended.
    """

    at: datetime
    due: Due
    routine: Routine
    act: Remind | Begin | None = None
    answer: str = ""
    events: tuple[CareEvent, ...] = ()
    held: str = ""
    settled: State | None = None


@dataclass
class _Run:
    keeper: Keeper
    person: Scripted
    happenings: list[Happening] = field(default_factory=list)


def day(
    held: Iterable[Held],
    on: date,
    zone: ZoneInfo,
    lang: str,
    address: Callable[[str | None], str],
    *,
    policy: Policy = "takes",
    parameters: RoutineParameters | None = None,
) -> list[Happening]:
    """All that happens on a day, and until what fell due on it is settled, in order.

    Args:
        held: the home's routines.
        policy: what the person answers.
        parameters: the shared times of the home.
    """
    routines = {one.routine.id: one for one in held}
    keeper = Keeper(Rules(parameters or RoutineParameters(), SOURCE, lang, zone, address))
    keeper.set_routines(routines.values())
    run = _Run(keeper, Scripted(policy))
    begin = instant(datetime(on.year, on.month, on.day), zone)  # noqa: DTZ001
    next_day = on + timedelta(days=1)
    end = (instant(datetime(next_day.year, next_day.month, next_day.day), zone) - begin).total_seconds()  # noqa: DTZ001
    answers: list[tuple[float, Reminded]] = []
    now = 0.0

    def at(seconds: float) -> Moment:
        return Moment(seconds, (begin + timedelta(seconds=seconds)).astimezone(zone))

    def take(decisions: Decisions, answer: str = "") -> None:
        _note(run, routines, at(now), decisions, answer)
        for act in decisions.acts:
            if isinstance(act, Withdraw):
                answers[:] = [one for one in answers if one[1].prompt != act.prompt]
                continue
            said = run.person.answer(act)
            back = Reminded(at(now + said.after_s), act.prompt, said.outcome, said.answer, said.heard, said.told)
            answers.append((now + said.after_s, back))

    # A moment before midnight, so that what falls on midnight is of this day.
    keeper.observe(Tick(Moment(-1.0, (begin - timedelta(seconds=1)).astimezone(zone))))
    take(keeper.observe(Tick(at(now))))
    while now < end + LONGEST.total_seconds():
        answers.sort(key=lambda one: one[0])
        wake = keeper.next_at(at(now))
        if now >= end and not answers and not any(due.open for due in keeper.dues.values()):
            break
        if answers and answers[0][0] <= wake:
            now, back = answers.pop(0)
            take(keeper.observe(back), _said(back))
            continue
        now = max(now + 1e-3, wake)
        if now >= end and not any(due.local.date() == on and due.open for due in keeper.dues.values()):
            break
        take(keeper.observe(Tick(at(now))))
    return [one for one in run.happenings if one.due.local.date() == on and _holds(routines[one.routine.id], one.due)]


def first_of_each(found: list[Happening]) -> list[Happening]:
    """Of everything that is due what is said of it first, or what becomes of it if nothing is said; in order."""
    seen: set[str] = set()
    first = []
    for one in found:
        if one.act is not None and one.due.id not in seen:
            seen.add(one.due.id)
            first.append(one)
    said = {one.due.id for one in first}
    # What is never said that day (its hours are quiet, or it comes too soon) is shown for what it is.
    first += [one for one in found if one.due.id not in said and one.settled is not None]
    return sorted(first, key=lambda one: one.at)


def _holds(held: Held, due: Due) -> bool:
    """Not for what fell due before the routine was as it is."""
    return held.since is None or due.at >= held.since


def _said(back: Reminded) -> str:
    if back.told:
        return "told"
    return {Outcome.SILENCE: "silence", Outcome.INTERRUPTED: "refused"}.get(back.outcome, back.answer)


def _note(run: _Run, routines: dict[str, Held], at: Moment, decisions: Decisions, answer: str) -> None:
    touched = dict.fromkeys([entry.due for entry in decisions.entries])
    acts: dict[str, list[Act]] = {}
    for act in decisions.acts:
        if not isinstance(act, Withdraw):
            acts.setdefault(act.due, []).append(act)
    for id in [*touched, *(id for id in acts if id not in touched)]:
        due = run.keeper.dues.get(id) or decisions.changed.get(id)
        if due is None:
            continue
        routine = routines[due.routine].routine
        events = tuple(
            event
            for event in decisions.events
            if event.data.get("dose_id") == id
            or (event.data.get("dose_id") is None and event.data.get("routine", event.data.get("medicine")) in
                (due.routine, due.medicine))
        )  # fmt: skip
        entries = [entry for entry in decisions.entries if entry.due == id]
        held = next((entry.reason for entry in entries if entry.what == "held"), "")
        settled = next((entry.state for entry in entries if entry.what == "settled"), None)
        answered = answer if any(entry.what in ("told", "settled", "snoozed", "said") for entry in entries) else ""
        said = [act for act in acts.get(id, []) if isinstance(act, Remind | Begin)]
        if not (said or events or held or settled or answered):
            continue
        run.happenings.append(
            Happening(at.civil, due, routine, said[0] if said else None, answered, events, held, settled)
        )
