"""What tests of the district share: a district without a broker, a clock that is driven, programs with tokens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
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


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application, made once: reading what its routes ask for takes a twentieth of a second."""
    district = make_district(tmp_path_factory.mktemp("built"))
    app = create_app(district)
    district.database.close()
    return app


@pytest.fixture
def app(built: FastAPI, district: District) -> FastAPI:
    """The application of this test's district."""
    built.state.district = district
    built.state.gate = replace(built.state.gate, database=district.database, now=district.now)
    return built


@pytest.fixture
def client_for(app: FastAPI, district: District) -> ClientFor:
    """`client_for(role)`: a program with a token of that role; None for nobody."""

    def make(role: Role | None) -> TestClient:
        headers = {}
        if role is not None:
            with district.database.writing() as session:
                _, secret = accounts.add_token(session, f"test-{role}", role, 30, SYSTEM, district.now())
            headers = {"Authorization": f"Bearer {secret}"}
        return TestClient(app, headers=headers, follow_redirects=False)

    return make
