"""The demo's script of two medicines."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dolbom.clock import SEOUL
from dolbom.events import Severity
from dolbom.runtime.demo_medicine import Add, Answer, MedicineAct, Over, Shelf

NOW = datetime(2026, 11, 25, 3, 0, 1, 500_000, tzinfo=SEOUL)
FIRST, SECOND = MedicineAct.FIRST, MedicineAct.SECOND


def asks() -> dict[str, Any]:
    return {"what": "said", "robot": True, "question": True, "text": "혈압약은 드셨어요?"}


def dose(kind: str, routine: str) -> dict[str, Any]:
    return {"what": "dose", "kind": kind, "routine": routine}


def test_the_first_is_answered_until_it_is_taken_and_the_second_is_not() -> None:
    act = MedicineAct("ko")
    assert act.happened(asks()) == [], "before it has begun"
    assert act.begin() == [Add(FIRST)]
    assert act.happened(dose("reminded", FIRST)) == []
    assert act.happened(asks()) == [Answer("먹었어")]
    assert act.happened({"what": "said", "robot": False, "question": False, "text": "먹었어"}) == []
    assert act.happened(asks()) == [Answer("응")] and act.happened(asks()) == [Answer("응")]
    assert act.happened(dose("taken", FIRST)) == [Add(SECOND)]
    assert act.happened(asks()) == []
    assert act.happened(dose("missed", SECOND)) == [], "until it is on the desk"
    assert act.happened({"what": "receipt", "kind": "received", "of": "dose.missed"}) == [Over()]
    assert act.over and act.happened(dose("taken", SECOND)) == []


def test_whoever_answers_the_second_ends_the_act() -> None:
    act = MedicineAct("en")
    act.begin()
    act.happened(dose("unknown", FIRST))
    assert act.happened(dose("taken", SECOND)) == [Over()]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_both_fall_due_in_a_moment_at_any_hour_and_the_second_is_an_alarm_within_a_minute(lang: str) -> None:
    act = MedicineAct(lang)
    first, second = act.routine(FIRST, NOW), act.routine(SECOND, NOW)
    assert first.schedule.rdate == ((NOW + timedelta(seconds=3)).replace(tzinfo=None),)
    assert first.quiet == second.quiet == ""
    assert second.rungs.missed is Severity.ALARM and second.rungs.tells and second.rungs.last_min < 1


def test_what_an_earlier_demo_left_is_cleared_and_can_be_put_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    act, shelf = MedicineAct("ko"), Shelf()
    for _ in range(2):
        shelf.clear(NOW)
        shelf.put(act.routine(FIRST, NOW), NOW)
    shelf.close()
