"""The database of an application with staff: SQLite by path, PostgreSQL by URL; opened and brought up to date here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.orm import Session

from dolbom.errors import UserError
from dolbom.store.base import explained, sqlite_engine

_LOCK = 0x646F6C  # of PostgreSQL's advisory locks: one migration at a time


class Database:
    """An open database. Safe to share between threads.

    Args:
        url: SQLAlchemy's address, as in ``postgresql+psycopg://user@host/name``; or the path of a SQLite file.
        migrations: the folder of its alembic steps.

    Raises:
        UserError: if it cannot be opened.
    """

    def __init__(self, url: str | Path, migrations: Path) -> None:
        self._migrations = migrations
        self._path: Path | None = None
        if isinstance(url, Path):
            self._path = url
            with self._explaining():
                os.close(os.open(url, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self.engine = sqlite_engine(url)
        else:
            self.engine = _engine(url)
        with self._explaining():
            if self._path is not None:
                with self.engine.connect() as connection:
                    driver = connection.connection.driver_connection
                    assert isinstance(driver, sqlite3.Connection)
                    driver.execute("PRAGMA journal_mode=WAL")
            self._migrate()

    @property
    def name(self) -> str:
        """How to speak of it: without a password."""
        return str(self._path) if self._path else self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, on disk when the block ends.

        Raises:
            UserError: if it could not be written; nothing of the block is kept then.
        """
        with self._explaining(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view."""
        with (
            self._explaining(),
            self.engine.connect().execution_options(dolbom_reading=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            session.connection()
            yield session

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(self._migrations).replace("%", "%%"))
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, DataError):
            raise  # what was to be written is wrong, not the database
        except (DBAPIError, sqlite3.Error, PermissionError) as error:
            if self._path is not None:
                raise explained(error, self._path) from error
            said = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise UserError(
                f"the database {self.name}: {said}", "is the server running, is the address right?"
            ) from error


def _engine(url: str) -> Engine:
    try:
        if make_url(url).get_backend_name() != "postgresql":
            raise UserError(f"{url!r} is no PostgreSQL address", "give postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UserError(
            f"{url!r} is no database address", "give postgresql+psycopg://USER:PASSWORD@HOST/NAME"
        ) from error
    except ModuleNotFoundError as error:
        raise UserError(
            f"the driver of {url.split(':')[0]!r} is not installed", "pip install 'psycopg[binary]'"
        ) from error
