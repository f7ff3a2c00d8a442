"""The district's JSON API keeps what its description says, and nobody changes anything without permission."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fastapi import FastAPI
from schemathesis.schemas import APIOperation
from sqlalchemy import select
from tests.pages.descriptions import EXAMPLES, READING, conforms, refuses
from tests.web.district_pages import raise_alarm

from dolbom.district.access import SYSTEM, Role
from dolbom.district.models import Base
from dolbom.district.service import District
from dolbom.staff import accounts


def bearer(district: District, role: Role) -> dict[str, str]:
    with district.database.writing() as session:
        return {"Authorization": f"Bearer {accounts.add_token(session, 'test', role, 30, SYSTEM, district.now())[1]}"}


def content(district: District) -> dict[str, list[object]]:
    """Every row of the district's own tables."""
    tables = Base.metadata.sorted_tables
    with district.database.reading() as session:
        return {table.name: [tuple(row) for row in session.execute(select(table))] for table in tables}


@pytest.mark.timeout(900)
def test_whatever_is_sent_is_answered_as_described_and_never_by_an_error_of_the_server(
    app: FastAPI, district: District
) -> None:
    raise_alarm(district)
    assert conforms(app, lambda: bearer(district, Role.ADMINISTRATOR), EXAMPLES) > 60


@pytest.mark.timeout(900)
def test_nobody_changes_anything_without_permission_whatever_they_send(app: FastAPI, district: District) -> None:
    raise_alarm(district)
    before, technician = content(district), bearer(district, Role.TECHNICIAN)

    def headers(operation: APIOperation) -> Mapping[str, str] | None:
        may_not = operation.path.startswith(("/api/alarms", "/api/homes", "/api/campaigns", "/api/users"))
        return technician if operation.method.upper() not in READING and may_not else None

    assert refuses(app, headers, EXAMPLES) > 10
    assert refuses(app, lambda _operation: {}, 1) > 30
    assert content(district) == before
