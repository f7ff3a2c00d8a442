"""The driver: on disk before it is begun, changes noticed while it runs, and what a full disk holds back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.routines.homes import routine
from tests.unit.routines.test_store import START, at, ledger

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.routines.decisions import Decisions, Remind, Withdraw
from dolbom.routines.driver import LOOK_S, Driver
from dolbom.routines.due import State
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.history import left
from dolbom.routines.keeper import Keeper
from dolbom.routines.observations import Outcome, Reminded
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import Routine
from dolbom.routines.simulate import SOURCE, home
from dolbom.store.base import Store
from dolbom.store.routines import Book, RoutineStore


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return home(tmp_path)[0]


@pytest.fixture
def library(store: Store) -> RoutineStore:
    return RoutineStore(store, store.path.parent / "keys" / "home.key")


def process(store: Store, library: RoutineStore) -> Driver:
    rules = Rules(RoutineParameters(), SOURCE, "ko", SEOUL, lambda _person: "어르신")
    return Driver(Keeper(rules), ledger(store), Book(library))


def test_a_change_by_another_program_is_carried_out_at_the_next_look(store: Store, library: RoutineStore) -> None:
    driver = process(store, library)
    driver.start(at(0))
    library.add(routine(schedule={"at": ["07:01"]}), START, "nurse")
    driver.tick(at(LOOK_S / 60))
    (told,) = driver.tick(at(1)).acts
    assert isinstance(told, Remind) and "혈압약" in told.text
    library.remove("pill", at(1).civil, "nurse")
    assert driver.tick(at(1 + LOOK_S / 60)).acts == [Withdraw(told.prompt)]


def test_what_is_due_is_begun_to_the_second_without_a_change_in_between(store: Store, library: RoutineStore) -> None:
    library.add(routine(schedule={"at": ["07:01"]}), START, "nurse")
    driver = process(store, library)
    driver.start(at(0))
    seconds = [second for second in range(1, 70) if driver.tick(at(second / 60)).acts]
    assert seconds == [60]


def test_nothing_is_begun_that_is_not_on_disk_and_all_of_it_afterwards(
    store: Store, library: RoutineStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(routine(schedule={"at": ["07:01"]}), START, "nurse")
    driver = process(store, library)
    driver.start(at(0))

    def full(*_: object) -> None:
        raise UserError("no space left on the disk")

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "write", full)
        assert driver.tick(at(1)).acts == []
        assert driver.tick(at(6)).acts == [], "the next rung"
        assert driver.trouble == "not on disk yet: no space left on the disk"
    done = driver.tick(at(6.1))
    assert driver.trouble == ""
    assert [act.text for act in done.acts if isinstance(act, Remind)] == [
        "어르신, 혈압약 말씀드려요. 천천히 챙기셔도 괜찮아요."
    ], "of what was taken back meanwhile nothing is said"
    assert [event.kind for event in done.events] == ["dose.reminded", "dose.reminded"]


def test_the_count_in_a_routine_is_where_counting_begins_and_a_new_one_begins_anew(
    store: Store, library: RoutineStore
) -> None:
    def pills(count: float) -> Routine:
        return routine(schedule={"at": ["07:01"]}, medicine={"supply": {"count": count, "refill_below": 10}})

    library.add(pills(10), START, "nurse")
    driver = process(store, library)
    driver.start(at(0))
    (told,) = driver.tick(at(1)).acts
    done = driver.observe(Reminded(at(2), told.prompt, Outcome.ANSWERED, "yes", "응"))
    assert [event.kind for event in done.events] == ["dose.taken", "dose.refill"]
    again = process(store, library)
    again.start(at(3))
    assert again.keeper.left == {"pill": 9}, "a restart does not begin anew"
    library.change(pills(60), 1, at(4).civil, "nurse")
    again.tick(at(4))
    assert again.keeper.left == {"pill": 60}
    assert left(ledger(store).entries(counts=True)) == {"pill": 60}


def test_a_new_process_asks_after_what_the_old_one_was_saying(store: Store, library: RoutineStore) -> None:
    library.add(routine(schedule={"at": ["07:01"]}), START, "nurse")
    first = process(store, library)
    first.start(at(0))
    assert first.tick(at(1)).acts
    second = process(store, library)
    (asked,) = second.start(at(1.5)).acts
    assert isinstance(asked, Remind) and asked.text == "어르신, 혈압약 여쭤볼게요."
    done = second.observe(Reminded(at(1.6), asked.prompt, Outcome.ANSWERED, "yes", "응"))
    assert [due.state for due in done.changed] == [State.TAKEN]
    assert process(store, library).start(at(2)).acts == []


def test_what_comes_later_is_added_to_what_could_not_be_written(store: Store) -> None:
    both, later = Decisions(), Decisions()
    both.add(later)
    assert not both
