"""The judge of the virtual days sees each rule broken: with no judge that can fail, no violation means nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.unit.routines.homes import Home, routine

from dolbom.clock import SEOUL
from dolbom.routines import following, keeper
from dolbom.routines.checking import Checker
from dolbom.routines.decisions import Decisions, Remind
from dolbom.routines.due import State
from dolbom.routines.history import Entry
from dolbom.routines.observations import Moment
from dolbom.routines.simulate import Trouble, simulate


class Judged:
    """A judge who is told by hand what a robot did."""

    def __init__(self, **fields: Any) -> None:
        self.routine = routine(**fields)
        self.judge = Checker({"pill": self.routine}, SEOUL, "22:00-06:00")
        self.home = Home(start="2026-11-25T08:00")

    def at(self, minutes: float) -> Moment:
        now = self.home.at()
        return Moment(now.now + minutes * 60, now.civil + timedelta(minutes=minutes))

    def entry(self, minutes: float, what: Any, state: State | None = None, step: int | None = None) -> None:
        at = self.at(minutes)
        entry = Entry(
            at=at.civil, what=what, due="pill@2026-11-25T08:00", routine="pill", medicine="pill", state=state,
            step=step, by="person", local=self.home.at().civil.replace(tzinfo=None),
        )  # fmt: skip
        self.judge.written(Decisions(entries=[entry]), at)

    def prompt(self, minutes: float, due: str = "pill@2026-11-25T08:00") -> None:
        self.judge.done(Remind(UUID(int=1), due, "medicine", "…"), self.at(minutes))

    def said(self) -> str:
        return " ".join(self.judge.violations)


def test_a_good_morning_is_not_blamed() -> None:
    judged = Judged()
    judged.entry(0, "opened")
    judged.entry(0, "reminded", step=0)
    judged.prompt(0)
    judged.entry(5, "reminded", step=1)
    judged.prompt(5)
    judged.entry(6, "settled", State.TAKEN)
    judged.judge.open_left({})
    assert judged.judge.violations == []


@pytest.mark.parametrize(
    ("misdeed", "blamed"),
    [
        (lambda one: (one.entry(0, "settled", State.TAKEN), one.prompt(1)), "prompted after it was taken"),
        (lambda one: (one.entry(0, "settled", State.TAKEN), one.entry(1, "settled", State.TAKEN)), "settled twice"),
        (lambda one: one.prompt(0, "pill@2026-11-25T09:00"), "was never due"),
        (lambda one: (one.entry(0, "reminded", step=1), one.entry(5, "reminded", step=1)), "step 1 twice"),
        (lambda one: (one.entry(0, "reminded", step=0), one.entry(4, "reminded", step=1)), "60 s before its time"),
        (lambda one: one.entry(-120, "reminded", step=0), "before its time"),
        (lambda one: one.prompt(15 * 60), "in the quiet hours"),
        (lambda one: one.entry(0, "settled", State.MISSED), "1 doses went wrong and 0 were told"),
        (lambda one: one.entry(0, "settled", State.DONE), "settled as done"),
        (lambda one: one.judge.open_left({}), "opened 1 times, settled 0"),
    ],
)
def test_each_misdeed_is_seen(misdeed: Callable[[Judged], object], blamed: str) -> None:
    judged = Judged()
    judged.entry(0, "opened")
    assert judged.judge.violations == []
    misdeed(judged)
    assert blamed in judged.said()


def test_what_is_taken_as_needed_must_not_be_prompted() -> None:
    judged = Judged(schedule={}, medicine={"as_needed": True})
    judged.entry(0, "opened")
    judged.prompt(0)
    assert "taken as needed, and prompted" in judged.said()


def test_the_same_seed_makes_the_same_days_and_no_rule_is_broken_in_them(tmp_path: Path) -> None:
    one, other = (simulate(1, 11, tmp_path / name) for name in ("a", "b"))
    assert one == other
    assert one["violations"] == 0, one["broken"]
    assert one["kills"] > 0
    assert one["digest"] != simulate(1, 12, tmp_path / "c")["digest"]


@pytest.mark.parametrize(
    ("broken", "blamed"),
    [
        ((keeper.Keeper, "_too_soon", lambda self, due, at: False), "h after the last dose"),
        ((following.Rules, "is_quiet", lambda self, r, at: False), "in the quiet hours"),
        ((keeper.Keeper, "_holds", lambda self, one, now: hash(one.id) % 5 > 0), "never followed"),
    ],
)
def test_the_virtual_days_find_a_core_that_is_broken(
    broken: tuple[type, str, Any], blamed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*broken)
    trouble = Trouble(kill=0.0, jump=0.0, unasked=1.0)
    found = simulate(2, 7, tmp_path, trouble=trouble)
    assert found["violations"] > 0
    assert blamed in " ".join(found["broken"])
