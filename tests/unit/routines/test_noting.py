"""Notes of staff: what they mean, what is refused, and that a refused one loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.routines.homes import routine
from tests.unit.routines.test_driver import library, process, store
from tests.unit.routines.test_store import START, at, ledger

from dolbom.errors import UserError
from dolbom.routines.due import State
from dolbom.routines.keeper import Held
from dolbom.routines.noting import noted
from dolbom.routines.observations import Corrected, Supplied, Taken
from dolbom.store.base import Store
from dolbom.store.routines import RoutineStore

__all__ = ["library", "store"]
HELD = [Held(routine(medicine={"key": "pressure"})), Held(routine(id="water", kind="water", title="물"))]
DUE = "pill@2026-11-25T08:00"


def test_a_note_is_an_observation_with_its_author() -> None:
    note = noted(at(0), HELD, what="corrected", by="nurse", due=DUE, state="taken", reason="given")
    assert note == Corrected(at(0), DUE, State.TAKEN, "nurse", "given")
    assert noted(at(0), HELD, what="taken", by="daughter", routine="pill") == Taken(at(0), "pill", "daughter", None)
    assert noted(at(0), HELD, what="counted", by="n", routine="pill", count=60) == Supplied(at(0), "pressure", 60, "n")


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"what": "corrected", "due": DUE, "state": "eaten"}, "‘eaten’ is no outcome"),
        ({"what": "taken", "routine": "none"}, "there is no medicine ‘none’"),
        ({"what": "taken", "routine": "water"}, "there is no medicine ‘water’"),
        ({"what": "counted", "routine": "pill", "count": -1}, "-1 is no count"),
        ({"what": "counted", "routine": "pill", "count": float("nan")}, "nan is no count"),
        ({"what": "dance", "routine": "pill"}, "‘dance’ cannot be noted"),
        ({"what": "taken", "routine": "pill", "by": " "}, "needs its author"),
    ],
)
def test_what_cannot_be_meant_is_one_line(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        noted(at(0), HELD, **({"by": "nurse"} | wrong))


def test_a_note_that_is_refused_does_not_take_with_it_what_time_has_brought(
    store: Store, library: RoutineStore, tmp_path: Path
) -> None:
    library.add(routine(schedule={"at": ["07:01"]}), START, "nurse")
    driver = process(store, library)
    driver.start(at(0))
    with pytest.raises(UserError, match="there is no"):
        driver.observe(Corrected(at(1), "pill@2020-01-01T08:00", State.TAKEN, "nurse", "no such dose"))
    assert len(driver.tick(at(1.1)).acts) == 1
    assert [entry.what for entry in ledger(store).entries()] == ["opened", "reminded"]


def test_a_dose_that_staff_corrected_is_not_reminded_of_any_more(store: Store, library: RoutineStore) -> None:
    library.add(routine(schedule={"at": ["07:01"]}), START, "nurse")
    driver = process(store, library)
    driver.start(at(0))
    driver.tick(at(1))
    done = driver.observe(Corrected(at(2), "pill@2026-11-25T07:01", State.TAKEN, "nurse", "given by me"))
    assert [due.known for due in done.changed] == [State.TAKEN]
    assert all(not driver.tick(at(minute)).acts for minute in range(3, 60))
