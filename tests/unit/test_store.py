"""The home's database: made, migrated, shared between processes, and honest about what is wrong with it."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from dolbom.errors import UserError
from dolbom.store import base
from dolbom.store.base import UtcDateTime, explained, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "home.db"


def test_the_migrations_build_exactly_the_tables_that_the_models_declare(path: Path) -> None:
    declared = base.metadata()
    store = open_store(path)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        steps = produce_migrations(context, declared).upgrade_ops
    store.close()
    assert isinstance(steps, UpgradeOps)
    assert steps.is_empty(), "paste into the newest migration:\n" + render_python_code(steps)


def test_the_database_keeps_what_is_committed_through_a_pulled_plug_and_wipes_what_is_deleted(
    path: Path,
) -> None:
    store = open_store(path)
    with store.reading() as session:
        said = {
            p: session.execute(text(f"PRAGMA {p}")).scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    store.close()
    assert said == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": base.BUSY_MS,
        "secure_delete": 1,
    }


def test_only_the_owner_can_read_the_database(path: Path) -> None:
    store = open_store(path)
    with store.writing() as session:
        session.execute(text("CREATE TABLE t (x)"))
    assert {f.name: f.stat().st_mode & 0o077 for f in path.parent.iterdir()} == dict.fromkeys(
        ("home.db", "home.db-wal", "home.db-shm", "home.db.lock"), 0
    )
    store.close()


def _open_and_write(path: Path, together: Barrier) -> None:
    together.wait()
    store = open_store(path)
    for _ in range(20):
        with store.writing() as session:
            session.execute(
                text(
                    "INSERT INTO distress (id, open, began, changed, state)"
                    " VALUES (lower(hex(randomblob(16))), 0, '', '', '{}')"
                )
            )


def test_several_processes_may_open_a_new_home_at_the_same_moment(path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(4)
    started = [fork.Process(target=_open_and_write, args=(path, together)) for _ in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0, 0, 0]
    store = open_store(path)
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM distress")).scalar() == 80
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    store.close()


def test_a_block_that_fails_leaves_nothing_behind(path: Path) -> None:
    store = open_store(path)

    def fail() -> None:
        with store.writing() as session:
            session.execute(text("CREATE TABLE t (x)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 't'")).scalar() == 0
    store.close()


def test_a_reader_sees_one_moment_while_a_writer_goes_on(path: Path) -> None:
    store = open_store(path)
    with store.writing() as session:
        session.execute(text("CREATE TABLE t (x)"))
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM t")).scalar() == 0
        with store.writing() as writer:
            writer.execute(text("INSERT INTO t VALUES (1)"))
        assert session.execute(text("SELECT count(*) FROM t")).scalar() == 0
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM t")).scalar() == 1
    store.close()


def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    store = open_store(path)
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(UserError, match=r"newer dolbom .*'9999'.* — update dolbom"):
        open_store(path)


def test_a_damaged_file_is_named_and_not_touched(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was a database once" * 100)
    with pytest.raises(UserError, match=r"home.db is damaged .* — put it aside with `mv"):
        open_store(path)
    assert path.read_bytes() == b"this was a database once" * 100


def test_damage_in_the_middle_of_the_file_is_found_when_it_is_opened(path: Path) -> None:
    store = open_store(path)
    with store.writing() as session:
        session.execute(text("CREATE TABLE t (x)"))
        session.execute(text("INSERT INTO t VALUES (zeroblob(60000))"))
    with store.engine.connect() as connection:
        connection.rollback()
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(UserError, match="damaged"):
        open_store(path)


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be opened: ") as caught:
        open_store(tmp_path / "file" / "home.db")
    assert "\n" not in str(caught.value)
    said = explained(PermissionError(13, "Permission denied"), tmp_path / "home.db")
    assert "cannot be written — give this user the folder" in str(said)
    said = explained(sqlite3.OperationalError("attempt to write a readonly database"), tmp_path / "home.db")
    assert "cannot be written" in str(said)


def test_a_writer_that_waits_too_long_says_that_another_program_holds_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BUSY_MS", 50)
    store, other = open_store(path), sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UserError, match="another program has held"), store.writing():
        pass
    other.close()
    with store.writing():
        pass
    store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_is_said_in_one_line_and_what_was_written_stays(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], check=False, capture_output=True
    ).returncode:
        pytest.skip("this machine does not let a test mount a disk")
    try:
        store = open_store(disk / "home.db")
        with store.writing() as session:
            session.execute(text("CREATE TABLE t (x)"))
            session.execute(text("INSERT INTO t VALUES (1)"))

        def fill() -> None:
            for _ in range(100):
                with store.writing() as session:
                    session.execute(text("INSERT INTO t VALUES (randomblob(20000))"))

        with pytest.raises(UserError, match="no space left on the disk of"):
            fill()
        with store.reading() as session:
            assert session.execute(text("SELECT count(*) FROM t WHERE x = 1")).scalar() == 1
        store.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_times_come_back_as_the_same_instant_and_sort_as_text() -> None:
    kind = UtcDateTime()
    early = datetime(2026, 11, 22, 9, 0, tzinfo=timezone(timedelta(hours=9)))
    late = datetime(2026, 11, 22, 0, 0, 0, 1, tzinfo=UTC)
    kept = [kind.process_bind_param(t, None) for t in (early, late)]  # type: ignore[arg-type]
    assert kept == ["2026-11-22T00:00:00.000000+00:00", "2026-11-22T00:00:00.000001+00:00"]
    assert kind.process_result_value(kept[0], None) == early  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs a zone"):
        kind.process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type] # noqa: DTZ001
