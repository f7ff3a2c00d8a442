"""Unit tests run without ROS: importing it in one is an error. What each of them would do anew is done once."""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher
from sqlalchemy import create_engine

from dolbom.staff import accounts

ROS = ("rclpy", "rosidl_runtime_py", "rosidl_parser", "std_msgs", "sensor_msgs", "geometry_msgs", "hri_msgs")
_upgrade = command.upgrade


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look at it again after every few objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_ros(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ROS:
        monkeypatch.setitem(sys.modules, name, None)  # Python refuses to import what is None here


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
def _migrations_run_once() -> Iterator[None]:
    """An empty database gets what the migrations made of the first one: they take 40 ms, and hundreds are opened."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(command, "upgrade", _upgrade_quickly)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Argon2 with the least work: the real one costs a quarter of a second and 64 MB each time, by intent."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(accounts, "_hasher", quick)
        monkeypatch.setattr(accounts, "_NOBODY", quick.hash("nobody"))
        yield
