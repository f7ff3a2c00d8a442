"""Whatever the schedule, the clocks, the answers and the kills: each dose ends once, and no word is said in vain."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.routines.homes import Home, routine

from dolbom.clock import SEOUL
from dolbom.routines.checking import Checker
from dolbom.routines.decisions import Begin, Decisions, Remind, Withdraw
from dolbom.routines.due import DOSE_STATES, State
from dolbom.routines.history import final
from dolbom.routines.observations import (
    Corrected,
    Happened,
    Moment,
    Noticed,
    Outcome,
    Reminded,
    Said,
    Taken,
)
from dolbom.routines.occurrences import occurrences
from dolbom.routines.routine import Routine

NEW_YORK = ZoneInfo("America/New_York")
ANSWERS = (
    "medicine_taken", "medicine_taken", "medicine_not_taken", "medicine_refused", "medicine_unsure", "later",
    "yes", "no", "weather",
)  # fmt: skip
RULES = ("FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=SA,SU,MO", "FREQ=MONTHLY;BYMONTHDAY=-1,1,8")


class World(Home):
    """A home in which the process may die inside an observation, judged from outside."""

    def __init__(self, routines: list[Routine], start: str, zone: ZoneInfo) -> None:
        self.checker = Checker({one.id: one for one in routines}, zone, "22:00-06:00")
        self.dies = ""
        self.live: list[Remind | Begin] = []
        self.began: Any = None
        super().__init__(*routines, start=start, zone=zone)

    def true(self) -> Moment:
        if self.began is None:
            self.began = self.utc
        return Moment((self.utc - self.began).total_seconds() + self.now, self.at().civil)

    def take(self, decisions: Decisions) -> Decisions:
        dies, self.dies = self.dies, ""
        if dies == "before":
            self.restart(after_s=30)
            return Decisions()
        super().take(decisions)
        self.checker.written(decisions, self.true())
        for act in decisions.acts if dies != "after" else ():
            self.checker.done(act, self.true())
            if isinstance(act, Withdraw):
                self.live = [one for one in self.live if one.prompt != act.prompt]
            else:
                self.live.append(act)
        if dies:
            self.restart(after_s=30)
        return decisions

    def restart(self, after_s: float = 0.0, zone: ZoneInfo | None = None) -> Decisions:
        self.live = []
        return super().restart(after_s, zone)


times = st.lists(
    st.sampled_from([f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 10, 30, 45)]),
    min_size=1,
    max_size=3,
    unique=True,
).map(sorted)
medicines = st.fixed_dictionaries(
    {
        "importance": st.sampled_from(["critical", "normal", "optional"]),
        "min_gap_h": st.sampled_from([0, 0.25, 1, 2, 4]),
        "key": st.sampled_from(["", "shared"]),
    }
)


@st.composite
def routines(draw: st.DrawFn) -> list[Routine]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        medicine = draw(medicines)
        schedule: dict[str, Any] = {"start": "2026-01-01", "at": draw(times)}
        minutes = [int(at[:2]) * 60 + int(at[3:]) for at in schedule["at"]]
        nearest = min((b - a for a, b in pairwise(minutes)), default=24 * 60)
        medicine["min_gap_h"] = min(medicine["min_gap_h"], nearest / 60)
        if draw(st.booleans()):
            schedule["rrule"] = draw(
                st.sampled_from(
                    ["FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=SA,SU,MO", "FREQ=MONTHLY;BYMONTHDAY=-1,1,8"]
                )
            )
        if draw(st.booleans()):
            schedule["weekend_at"] = [draw(st.sampled_from(["00:30", "02:30", "09:00", "23:50"]))]
        more: dict[str, Any] = {"window_min": draw(st.sampled_from([5, 20, 60, 180]))}
        if draw(st.booleans()):
            more["quiet"] = draw(st.sampled_from(["", "13:00-15:00", "01:00-09:30"]))
        if draw(st.integers(0, 3)) == 0 and schedule["at"][-1] < "23:00":
            more["after"] = {"event": "meal.breakfast", "delay_min": 20, "at_the_latest": "23:30"}
            schedule.pop("weekend_at", None)
        if draw(st.integers(0, 4)) == 0:
            more["persons"] = ["p1", "p2"]
        found.append(routine(id=f"pill{number}", title=f"약{number}", schedule=schedule, medicine=medicine, **more))
    return found


steps = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.2, 1, 4, 6, 11, 30, 90, 400, 1500])),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 10])),
    st.tuples(st.just("answer"), st.sampled_from(ANSWERS)),
    st.tuples(st.just("answer"), st.sampled_from(ANSWERS)),
    st.tuples(st.just("ends"), st.sampled_from(list(Outcome))),
    st.tuples(st.just("jump"), st.sampled_from([-3000, -180, -61, -10, 10, 61, 180, 3000, 60_000])),
    st.tuples(st.just("right"), st.none()),
    st.tuples(st.just("kill"), st.sampled_from(["before", "after", "done"])),
    st.tuples(st.just("off"), st.sampled_from([1, 20, 300, 2000])),
    st.tuples(st.just("said"), st.sampled_from(["taken", "not_taken", "refused", "unsure"])),
    st.tuples(st.just("noticed"), st.none()),
    st.tuples(st.just("breakfast"), st.none()),
    st.tuples(st.just("corrected"), st.sampled_from(DOSE_STATES)),
    st.tuples(st.just("given"), st.none()),
)


def act(world: World, step: tuple[str, Any], chance: int) -> None:
    """One thing happens in the world."""
    kind, what = step
    at, observed = world.at(), None
    live = world.live[chance % len(world.live)] if world.live else None
    if kind == "wait":
        world.wait(what)
    elif kind in ("answer", "ends") and live is not None:
        world.live.remove(live)
        outcome = Outcome.ANSWERED if kind == "answer" else what
        observed = Reminded(at, live.prompt, outcome, what if kind == "answer" else "")
    elif kind == "jump":
        world.jump(minutes=what)
        world.tick()
    elif kind == "right":
        right(world)
    elif kind == "kill":
        world.dies = what
        world.tick()
    elif kind == "off":
        world.restart(after_s=what * 60)
    elif kind == "said":
        person, name = (None, "p1")[chance % 2], ("", "약0", "약1")[chance % 3]
        observed = Said(at, what, person, name, "…")
    elif kind == "noticed":
        observed = Noticed(at, "hand_to_mouth", None, 0.5)
    elif kind == "breakfast":
        observed = Happened(at, "meal.breakfast")
    elif kind == "corrected" and world.keeper.dues:
        due = sorted(world.keeper.dues)[chance % len(world.keeper.dues)]
        observed = Corrected(at, due, what, "nurse-1", "because")
    elif kind == "given":
        observed = Taken(at, "pill0", "nurse-1")
    if observed is not None:
        world.dies = ("", "", "", "before", "after", "done")[chance % 6]
        world.observe(observed)


def right(world: World) -> None:
    """The calendar shows the truth again."""
    world.jump(seconds=-world._offset.total_seconds())
    world.tick()


def hold(home: list[Routine], zone: ZoneInfo, start: str, script: list[tuple[tuple[str, Any], int]]) -> None:
    """Plays a script and judges all of it."""
    world = World(home, start, zone)
    world.true()
    begin = world.at().civil
    for step, chance in script:
        act(world, step, chance)
    right(world)
    world.wait(60)
    end = world.at().civil
    # All that is open by now is settled within its window and its ladder, whoever is silent.
    world.wait(24 * 60)
    dues = world.keeper.dues
    assert world.checker.violations == []
    old = [due.id for due in dues.values() if due.open and due.until < world.at().civil - timedelta(hours=3)]
    assert old == []
    world.checker.open_left({id: due for id, due in dues.items() if due.open})
    assert world.checker.violations == []
    for id, entry in final(world.entries).items():
        assert entry.state in DOSE_STATES, id
    held = {one.id: one for one in home}
    for one in occurrences(held.values(), begin, end, zone):
        assert one.id in dues, f"{one.id} fell due and was never followed"
        assert dues[one.id].state is not State.VOID


cases = (
    routines(),
    st.sampled_from([SEOUL, NEW_YORK]),
    st.sampled_from(["2026-03-07T20:00", "2026-10-31T20:00", "2024-02-28T12:00", "2026-11-25T07:00"]),
    st.lists(st.tuples(steps, st.integers(0, 59)), max_size=25),
)
quick = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(max_examples=2500, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(*cases)
def test_each_dose_ends_once_and_nothing_is_said_that_must_not_be(
    home: list[Routine], zone: ZoneInfo, start: str, script: list[tuple[tuple[str, Any], int]]
) -> None:
    hold(home, zone, start, script)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@thorough
@given(*cases)
def test_each_dose_ends_once_and_nothing_is_said_that_must_not_be_thoroughly(
    home: list[Routine], zone: ZoneInfo, start: str, script: list[tuple[tuple[str, Any], int]]
) -> None:
    hold(home, zone, start, script)
