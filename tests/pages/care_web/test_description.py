"""The robot's JSON API keeps what its description says, and nobody changes anything without permission."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from fastapi import FastAPI
from schemathesis.schemas import APIOperation
from tests.pages.care_web.test_access import routes
from tests.pages.descriptions import EXAMPLES, READING, conforms, refuses
from tests.web.care_pages import robot_of

from dolbom.staff import accounts
from dolbom.web.care.access import ROBOT, TABLE, Role
from dolbom.web.care.home import CareHome


def bearer(home: CareHome, role: Role) -> dict[str, str]:
    with home.database.writing() as session:
        return {"Authorization": f"Bearer {accounts.add_token(session, 'test', role, 30, ROBOT, home.now())[1]}"}


def content(path: Path, without: tuple[str, ...] = ()) -> list[str]:
    """Every row of a database, but for some tables."""
    other = tuple(f'INSERT INTO "{table}"' for table in without)
    with sqlite3.connect(path) as connection:
        return [line for line in connection.iterdump() if not other or not line.startswith(other)]


@pytest.mark.timeout(900)
def test_whatever_is_sent_is_answered_as_described_and_never_by_an_error_of_the_server(
    app: FastAPI, home: CareHome
) -> None:
    assert conforms(app, lambda: bearer(home, Role.ADMINISTRATOR), EXAMPLES) > 100


@pytest.mark.timeout(900)
def test_nobody_changes_anything_without_permission_whatever_they_send(app: FastAPI, home: CareHome) -> None:
    tokens = {role: bearer(home, role) for role in Role}
    staff = Path(home.database.name)
    asked = {(method, path): action for method, path, action in routes()}
    before = content(home.store.path), content(staff, ("audit",))

    def headers(operation: APIOperation) -> Mapping[str, str] | None:
        if operation.method.upper() in READING:
            return None
        action = asked[operation.method.upper(), operation.path]
        may_not = [role for role in Role if action is not None and not TABLE.may(role, action)]
        return tokens[may_not[0]] if may_not else {}

    assert refuses(app, headers, EXAMPLES) > 30
    assert refuses(app, lambda _operation: {}, 1) > 60
    assert (content(home.store.path), content(staff, ("audit",))) == before
    assert robot_of(home).did == []
