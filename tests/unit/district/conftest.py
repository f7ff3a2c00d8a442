"""What tests of the district share: a district without a broker, a clock that is driven, programs with tokens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from tests.web.district_pages import add_robot, make_district

from dolbom.clock import ManualClock
from dolbom.district.access import SYSTEM, Role
from dolbom.district.database import Database
from dolbom.district.service import District
from dolbom.district.web import create_app
from dolbom.staff import accounts

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ClientFor = Callable[[Role | None], TestClient]


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with the least work: the real one costs a quarter of a second and 64 MB each time, by intent."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", quick)
    monkeypatch.setattr(accounts, "_NOBODY", quick.hash("nobody"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def district(tmp_path: Path, clock: ManualClock) -> Iterator[District]:
    """A district with one robot at home; on the PostgreSQL of `$DOLBOM_TEST_POSTGRES` (emptied!) if that is set."""
    database = None
    if url := os.environ.get("DOLBOM_TEST_POSTGRES"):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        database = Database(url)
    district = make_district(tmp_path, database, clock)
    add_robot(district, "dasom-1", "h502", "행복마을 3동 502호")
    yield district
    district.database.close()


@pytest.fixture
def client_for(district: District) -> ClientFor:
    """`client_for(role)`: a program with a token of that role; None for nobody."""
    app = create_app(district)

    def make(role: Role | None) -> TestClient:
        headers = {}
        if role is not None:
            with district.database.writing() as session:
                _, secret = accounts.add_token(session, f"test-{role}", role, 30, SYSTEM, district.now())
            headers = {"Authorization": f"Bearer {secret}"}
        return TestClient(app, headers=headers, follow_redirects=False)

    return make
