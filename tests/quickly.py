"""What hundreds of tests would do anew is done once: for the tests without ROS."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

_upgrade = command.upgrade


@cache
def _migrated(location: str) -> list[str]:
    """What the migrations of a folder make of an empty database, as statements."""
    engine = create_engine("sqlite://")
    config = Config()
    config.set_main_option("script_location", location)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        _upgrade(config, "head")
        connection.commit()
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        statements = [one for one in driver.iterdump() if one not in ("BEGIN TRANSACTION;", "COMMIT;")]
    engine.dispose()
    return statements


def _upgrade_quickly(config: Config, revision: str) -> None:
    connection = config.attributes["connection"]
    if connection.dialect.name != "sqlite" or connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first():
        _upgrade(config, revision)
        return
    for statement in _migrated(str(config.get_main_option("script_location"))):
        connection.exec_driver_sql(statement)


@pytest.fixture(scope="session", autouse=True)
def migrations_run_once() -> Iterator[None]:
    """An empty database gets what the migrations made of the first one: they take 40 ms, and hundreds are opened."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(command, "upgrade", _upgrade_quickly)
        yield
