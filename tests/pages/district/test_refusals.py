"""What the JSON API refuses with is in its OpenAPI description, and the description is of what it does."""

from __future__ import annotations

import pytest
from tests.pages.district.conftest import ClientFor

from dolbom.district.access import Role

ALARM = "/api/alarms/01993f2e-0000-7000-8000-000000000000"  # there is none; the same in every worker


@pytest.mark.parametrize(
    ("role", "method", "path", "described", "body", "status"),
    [
        (None, "GET", "/api/me", "/api/me", None, 401),
        (Role.TECHNICIAN, "GET", "/api/alarms", "/api/alarms", None, 403),
        (Role.SUPERVISOR, "GET", ALARM, "/api/alarms/{alarm_id}", None, 404),
        (Role.SUPERVISOR, "POST", f"{ALARM}/acknowledge", "/api/alarms/{alarm_id}/acknowledge", b"{}", 404),
        (Role.SUPERVISOR, "POST", "/api/notices", "/api/notices", b"\xff", 400),
        (Role.SUPERVISOR, "POST", "/api/notices", "/api/notices", b"{}", 422),
        (Role.ADMINISTRATOR, "POST", "/api/users", "/api/users", b'{"name": "ann", "role": "operator"}', 409),
    ],
)
def test_a_refusal_is_described_where_it_is_met(
    client_for: ClientFor, role: Role | None, method: str, path: str, described: str, body: bytes | None, status: int
) -> None:
    client = client_for(role)
    headers = {"Content-Type": "application/json"}
    if status == 409:
        assert client.request(method, path, content=body, headers=headers).status_code == 201
    refused = client.request(method, path, content=body, headers=headers)
    assert refused.status_code == status, refused.text
    operation = client.get("/api/openapi.json").json()["paths"][described][method.lower()]
    assert str(status) in operation["responses"]
    if status != 422:
        assert isinstance(refused.json()["detail"], str)
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Refusal"}


def test_what_only_reads_a_list_does_not_claim_to_conflict(client_for: ClientFor) -> None:
    paths = client_for(None).get("/api/openapi.json").json()["paths"]
    assert set(paths["/api/me"]["get"]["responses"]) == {"200", "401", "403"}
    assert "409" not in paths["/api/alarms/{alarm_id}"]["get"]["responses"]
