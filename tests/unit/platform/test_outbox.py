"""The outbox: what is in is on disk, alarms go first and are never dropped."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.unit.platform.conftest import NOW, MakeEvent

from dolbom.errors import UserError
from dolbom.events import CareEvent, Severity, new_id
from dolbom.places import ROOT
from dolbom.platform.outbox import Outbox, State
from dolbom.store.base import Store, open_store


def ids(outbox: Outbox) -> list[UUID]:
    return [w.id for w in outbox.waiting()]


def put(store: Store, outbox: Outbox, *events: CareEvent) -> None:
    """All in one transaction: a test need not sync the disk for each."""
    with store.writing() as session:
        for event in events:
            outbox.append(event, session)


def receive(outbox: Outbox, kind: State, *events: CareEvent, note: str = "") -> None:
    with outbox.recording() as progress:
        progress.receipts([e.id for e in events], kind, NOW, "operator", note)


def test_an_event_is_on_disk_when_append_returns_even_if_the_process_is_killed_at_once(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from datetime import UTC, datetime;"
        "from dolbom.store.base import open_store; from dolbom.platform.outbox import Outbox;"
        "from dolbom.events import Test, new_event, source;"
        "event = new_event(Test(), at=datetime.now(UTC), source=source('d', 'h', 'r'));"
        "Outbox(open_store(Path(sys.argv[1]))).append(event);"
        "print(event.id, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "home.db"
    ended = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, cwd=ROOT / "src", check=False
    )
    assert ended.returncode == -9
    store = open_store(path)
    assert [str(id) for id in ids(Outbox(store))] == [ended.stdout.strip()]
    store.close()


def test_alarms_come_first_and_the_rest_in_the_order_of_making(outbox: Outbox, make_event: MakeEvent) -> None:
    events = [make_event(s) for s in (Severity.INFO, Severity.ALARM, Severity.WARNING, Severity.ALARM)]
    for event in reversed(events):
        outbox.append(event)
    assert ids(outbox) == [events[1].id, events[3].id, events[0].id, events[2].id]


def test_the_same_event_twice_is_one_event(outbox: Outbox, make_event: MakeEvent) -> None:
    event = make_event()
    outbox.append(event)
    outbox.append(event)
    assert ids(outbox) == [event.id]


def test_an_event_joins_its_makers_transaction(store: Store, outbox: Outbox, make_event: MakeEvent) -> None:
    def fails() -> None:
        with store.writing() as session:
            outbox.append(make_event(), session)
            raise RuntimeError("the state it followed from could not be written")

    with pytest.raises(RuntimeError):
        fails()
    assert ids(outbox) == []
    kept = make_event()
    with store.writing() as session:
        outbox.append(kept, session)
    assert ids(outbox) == [kept.id]


def test_a_reader_finds_only_what_is_new(outbox: Outbox, make_event: MakeEvent) -> None:
    outbox.append(make_event())
    last = outbox.waiting()[-1].seq
    second = make_event()
    outbox.append(second)
    assert [w.id for w in outbox.waiting(last)] == [second.id]


def test_a_receipt_ends_the_waiting_and_later_news_are_never_undone(outbox: Outbox, make_event: MakeEvent) -> None:
    event = make_event(Severity.ALARM)
    outbox.append(event)
    with outbox.recording() as progress:
        progress.sent([event.id])
        progress.sent([event.id])
    assert outbox.entries()[0].state is State.SENT
    assert outbox.entries()[0].tries == 2
    receive(outbox, State.ACKNOWLEDGED, event, note="on my way")
    receive(outbox, State.RECEIVED, event)
    entry = outbox.entries()[0]
    assert (entry.state, entry.by, entry.note, entry.received_at) == (State.ACKNOWLEDGED, "operator", "on my way", NOW)
    assert outbox.depth() == 0
    receive(outbox, State.CLOSED, event)
    assert outbox.entries()[0].state is State.CLOSED


def test_over_the_limit_infos_go_first_then_notices_and_an_alarm_never(store: Store, make_event: MakeEvent) -> None:
    outbox = Outbox(store, limit=100)
    alarms = [make_event(Severity.ALARM) for _ in range(150)]
    put(store, outbox, *alarms)
    infos = [make_event() for _ in range(40)]
    notices = [make_event(Severity.NOTICE) for _ in range(40)]
    put(store, outbox, *infos, *notices)
    left = set(ids(outbox))
    assert {e.id for e in alarms} <= left
    assert not {e.id for e in infos} & left
    assert outbox.thinned >= 79
    told = [e for e in outbox.entries(limit=1000) if e.kind == "device.state"]
    assert told, "the district is told that something was dropped"


def test_under_the_limit_nothing_is_dropped(store: Store, make_event: MakeEvent) -> None:
    outbox = Outbox(store, limit=100)
    put(store, outbox, *(make_event() for _ in range(100)))
    assert (outbox.depth(), outbox.thinned) == (100, 0)


def _fill(store: Store) -> None:
    """From now on the database may not grow: SQLite answers as on a full disk."""
    pool = store.engine.connect()
    driver = pool.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count = {pages}")
    pool.close()


def test_on_a_full_disk_an_info_is_refused_in_one_line_and_an_alarm_gets_the_room_of_what_is_done(
    store: Store, outbox: Outbox, make_event: MakeEvent
) -> None:
    done = [make_event() for _ in range(200)]
    put(store, outbox, *done)
    receive(outbox, State.RECEIVED, *done)
    _fill(store)
    refused = None
    for _ in range(200):
        try:
            outbox.append(make_event())
        except UserError as error:
            refused = str(error)
            break
    assert refused is not None
    assert "no space left" in refused
    assert "\n" not in refused
    alarm = make_event(Severity.ALARM)
    outbox.append(alarm)
    assert ids(outbox)[0] == alarm.id
    assert not store.path.with_name("home.db.reserve").exists(), "the reserve was given free"
    outbox.prune(NOW)
    assert store.path.with_name("home.db.reserve").stat().st_size == 2 << 20, "and is set aside again"


def test_an_alarm_that_finds_no_room_at_all_is_refused_and_never_silently_lost(
    store: Store, outbox: Outbox, make_event: MakeEvent
) -> None:
    _fill(store)

    def until_refused() -> None:
        for _ in range(500):
            outbox.append(make_event(Severity.ALARM))

    with pytest.raises(UserError, match="no space left"):
        until_refused()


def test_what_the_district_has_is_kept_for_a_month_and_what_it_has_not_for_ever(
    outbox: Outbox, make_event: MakeEvent
) -> None:
    old, waiting = make_event(), make_event(Severity.ALARM)
    outbox.append(old)
    outbox.append(waiting)
    receive(outbox, State.RECEIVED, old)
    assert outbox.prune(NOW + timedelta(days=29)) == 0
    assert outbox.prune(NOW + timedelta(days=31)) == 1
    assert ids(outbox) == [waiting.id]


def test_a_number_of_a_pruned_event_is_never_given_again(outbox: Outbox, make_event: MakeEvent) -> None:
    first = make_event()
    outbox.append(first)
    seq = outbox.waiting()[0].seq
    receive(outbox, State.RECEIVED, first)
    outbox.prune(NOW + timedelta(days=40))
    outbox.append(make_event())
    assert outbox.waiting(seq), "a reader that remembers the number would miss the event"


def test_cancelling_drops_an_info_but_never_an_alarm(outbox: Outbox, make_event: MakeEvent) -> None:
    info, alarm = make_event(), make_event(Severity.ALARM)
    outbox.append(info)
    outbox.append(alarm)
    with outbox.recording() as progress:
        assert progress.drop(info.id)
        assert not progress.drop(alarm.id)
    assert ids(outbox) == [alarm.id]
    assert outbox.load([info.id, alarm.id]).keys() == {alarm.id}


def test_a_command_is_remembered_with_its_answer(outbox: Outbox) -> None:
    command = new_id()
    with outbox.recording() as progress:
        assert progress.answer(command) is None
        progress.answered(command, NOW, "no voice")
    with outbox.recording() as progress:
        assert progress.answer(command) == "no voice"


def test_a_home_without_room_for_the_reserve_works_all_the_same(tmp_path: Path, make_event: MakeEvent) -> None:
    store = open_store(tmp_path / "home.db")
    outbox = Outbox(store, reserve=1 << 60)
    outbox.append(make_event(Severity.ALARM))
    assert outbox.depth() == 1
    assert not (tmp_path / "home.db.reserve").exists()
    store.close()
