"""The home's one database: a SQLite file that survives a pulled plug, opened and brought up to date only here.

Whoever keeps something declares its table on `Base` in its own module and names that module in `MODELS`; the
tables themselves are made by the Alembic migrations beside this file.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, MetaData, String, TypeDecorator, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from dolbom.errors import UserError
from dolbom.places import data_folder

MODELS = (
    "dolbom.safety.persistence",
    "dolbom.platform.outbox",
    "dolbom.platform.standing",
    "dolbom.store.people",
    "dolbom.store.speech",
    "dolbom.store.sight",
    "dolbom.store.memory",
    "dolbom.store.games",
    "dolbom.store.exercise",
    "dolbom.store.routines",
    "dolbom.sensors.persistence",
)
"""Every module that declares tables of home.db."""

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 5_000
_READING = "dolbom_reading"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC text with microseconds, so that text order is time order and a reader sees it."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time needs a zone to be kept: {value!r}")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """What every table of home.db is declared on."""

    # Named constraints: SQLite can only alter a table by copying it, and a copy needs the names.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime}


class Store:
    """An open home.db. Safe to share between threads; every process opens its own."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self.engine = engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that holds the writer's place from its start, committed (fsynced) when the block ends.

        Raises:
            UserError: if the disk is full, the file cannot be written, or another program holds it too long;
                nothing of the block is kept then.
        """
        with self._explaining(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection()  # begins now: a session by itself waits for the first statement
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view that neither waits for a writer nor stops one.

        Raises:
            UserError: as `writing`.
        """
        with (
            self._explaining(),
            self.engine.connect().execution_options(**{_READING: True}) as connection,
            Session(connection) as session,
        ):
            session.connection()
            yield session

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise explained(error, self.path) from error

    def close(self) -> None:
        """Gives the connections back; the file is complete at any time, closed or not."""
        self.engine.dispose()


def open_store(path: Path | None = None) -> Store:
    """Opens the home's database, makes it if there is none, and brings its tables up to this version's.

    Several processes may do so at the same moment: one migrates, the others wait for it.

    Args:
        path: another file than `data_folder()/home.db`.

    Raises:
        UserError: if the file cannot be written, is damaged, or is of a newer version, or the disk is full.
    """
    path = data_folder() / "home.db" if path is None else path
    try:
        return _open(path)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise explained(error, path) from error


def _open(path: Path) -> Store:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made before SQLite makes it, so that nobody else on the machine can read it even for a moment.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = sqlite_engine(path)
    try:
        with _only_one(path.with_name(path.name + ".lock")), engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            # Stays in the file, but the first switch needs it alone and does not wait by itself: hence the lock.
            driver.execute("PRAGMA journal_mode=WAL")
            problem = driver.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise sqlite3.DatabaseError(f"database disk image is malformed: {problem}")
            _migrate(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return Store(path, engine)


def sqlite_engine(path: Path) -> Engine:
    """An engine on a SQLite file whose every commit is fsynced and whose writers wait for each other."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(driver: sqlite3.Connection, _record: Any) -> None:
        # The driver must not begin transactions by its own rules; `_begin` says when and how.
        driver.isolation_level = None
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_MS}"):
            driver.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later can be refused in the middle; one that takes the
        # writer's place at its start only waits.
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Holds a file lock that the kernel gives back however the process ends."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def metadata() -> MetaData:
    """Every table that any module declares."""
    for module in MODELS:
        importlib.import_module(module)
    return Base.metadata


def migrations() -> Config:
    """Alembic's configuration, made here so that no file beside the code names a database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _migrate(connection: Connection, path: Path) -> None:
    config = migrations()
    script = ScriptDirectory.from_config(config)
    current, head = MigrationContext.configure(connection).get_current_revision(), script.get_current_head()
    connection.rollback()
    if current == head:
        return
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise UserError(
            f"{path} is of a newer dolbom than this one (its tables are version {current!r})",
            "update dolbom, or name another folder in $DOLBOM_HOME",
        )
    config.attributes["connection"] = connection
    with connection.begin():
        command.upgrade(config, "head")


def explained(error: BaseException, path: Path) -> UserError:
    """One line for a person out of what SQLite or the system said about the file."""
    said = str(getattr(error, "orig", None) or error)
    folder = path.parent
    if "disk is full" in said or "No space left" in said or _no_room(folder):
        return UserError(f"no space left on the disk of {path}", "free some space; nothing was lost")
    if "not a database" in said or "malformed" in said:
        return UserError(
            f"{path} is damaged ({said})",
            f"put it aside with `mv {path} {path}.damaged` and start again; what was not yet sent stays in it",
        )
    if "locked" in said or "busy" in said:
        return UserError(f"another program has held {path} for {BUSY_MS // 1000} s", "close it")
    if "readonly" in said or "unable to open" in said or isinstance(error, PermissionError) or "Permission" in said:
        return UserError(f"{path} cannot be written", f"give this user the folder: `sudo chown -R $USER {folder}`")
    if isinstance(error, OSError):
        return UserError(f"{path} cannot be opened: {error.strerror or error}", "name another folder in $DOLBOM_HOME")
    return UserError(f"{path}: {said}", "run `dolbom doctor`")


def _no_room(folder: Path) -> bool:
    # A full disk also shows as "disk I/O error" or "unable to open": ask the file system.
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < 64 * 1024
