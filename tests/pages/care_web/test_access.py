"""Who may do what at the robot's pages: every route as every role, as nobody, and from another site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import produce_migrations
from alembic.runtime.migration import MigrationContext
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from tests.pages.care_web.conftest import ClientFor, LogIn
from tests.web.care_pages import PASSWORD, make_home, raise_alarm, robot_of

from dolbom import i18n
from dolbom.clock import ManualClock
from dolbom.staff import audit, routes_api, routes_pages
from dolbom.staff.application import HEADERS
from dolbom.staff.routes_pages import OPEN_TO_ALL
from dolbom.web.care.access import TABLE, Action, Role, home_page
from dolbom.web.care.app import PARTS, create_app
from dolbom.web.care.home import CareHome
from dolbom.web.care.models import METADATA
from dolbom.web.care.server import setup_link

FILLED = {
    "{event_id}": "01a201d3-41b8-7ac0-b361-de8dacb88e80", "{routine_id}": "nothing", "{on}": "2026-12-01",
    "{name}": "x", "{token_id}": "999", "{person_id}": "nobody", "{purpose}": "memory", "{week}": "2026-W47",
    "{kind}": "pictures",
    "{fact_id}": "01a201d3-41b8-7ac0-b361-de8dacb88e80", "{file}": "20261125-093000.mcap",
}  # fmt: skip


def routes() -> Iterator[tuple[str, str, str | None]]:
    """Every route with the action that it asks for."""
    for route in (r for part in (*PARTS, routes_api, routes_pages) for r in part.router.routes):
        assert isinstance(route, APIRoute)
        if route.path in OPEN_TO_ALL:
            continue
        asked = [d.call.action for d in route.dependant.dependencies if hasattr(d.call, "action")]
        assert len(asked) == 1, f"{route.path} asks for no permission"
        for method in route.methods:
            yield method, route.path, asked[0]


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_answers_each_role_as_the_table_says(client_for: ClientFor, role: Role | None) -> None:
    client = client_for(role)
    for method, path, action in routes():
        filled = path
        for placeholder, value in FILLED.items():
            filled = filled.replace(placeholder, value)
        if path == "/api/changes":
            filled += "?last=-1"  # refused as invalid after the permission: the stream itself would never end
        code = client.request(method, filled, json={} if path.startswith("/api/") else None).status_code
        where = f"{method} {path} as {role}"
        if role is None:
            assert code == (401 if path.startswith("/api/") else 303), where
        elif action is not None and not TABLE.may(role, action):
            assert code == 403, where
        else:
            assert code not in (401, 403), where
            assert code < 500, where


def test_family_may_talk_and_no_more_and_a_technician_sees_nothing_of_the_person() -> None:
    assert TABLE.actions(Role.FAMILY) == [Action.TALK]
    assert TABLE.actions(Role.TECHNICIAN) == sorted([Action.VIEW_ROBOT, Action.RESTART_PART, Action.RECORD])
    assert not TABLE.may(Role.TECHNICIAN, Action.TAKE_RECORDING), "there are words in it"
    assert set(TABLE.actions(Role.ADMINISTRATOR)) == set(Action)
    assert not TABLE.may(Role.CARE_WORKER, Action.MANAGE_USERS)
    assert not TABLE.may(Role.NURSE, Action.MANAGE_TOKENS)


def test_everybody_lands_on_what_they_may_see(log_in: LogIn) -> None:
    for name, role, place in (
        ("sunhee", "care_worker", "/"),
        ("minsu", "family", "/talk"),
        ("junho", "technician", "/robot"),
    ):
        assert home_page(role) == place
        assert log_in(name).client.get(place).status_code == 200


def test_a_form_without_its_token_or_from_another_site_changes_nothing(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    for sent in ({}, {"csrf": worker.csrf + "x"}):
        assert worker.client.post("/camera", data={"to": "off", **sent}).status_code == 403
    token = {"csrf": worker.csrf, "to": "off"}
    assert worker.client.post("/camera", data=token, headers={"Origin": "https://evil.example"}).status_code == 403
    assert robot_of(home).did == []
    assert worker.client.post("/camera", data=token).status_code == 303
    assert robot_of(home).did == [("camera", False)]


def test_the_pause_grows_with_each_wrong_password(home: CareHome) -> None:
    client = TestClient(create_app(home), follow_redirects=False)

    def attempt(password: str) -> int:
        return client.post("/login", data={"name": "hana", "password": password}).status_code

    assert [attempt("wrong password") for _ in range(5)] == [401] * 5
    assert attempt(PASSWORD) == 429
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(1)
    assert attempt("wrong password") == 401
    home.clock.advance(1)
    assert attempt(PASSWORD) == 429, "now it is two seconds"
    home.clock.advance(1)
    assert attempt(PASSWORD) == 303


def test_the_first_start_makes_one_administrator_by_a_link_that_works_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    home = make_home(tmp_path)
    first, second = setup_link(home), setup_link(home)
    client = TestClient(create_app(home), follow_redirects=False)
    chosen = {"password": PASSWORD, "again": PASSWORD}
    assert client.post(first, data=chosen).status_code == 403, "a later start's link ends the one before"
    assert client.post(second, data=chosen).status_code == 303
    assert client.post(second, data=chosen).status_code == 403
    assert setup_link(home) == ""
    assert client.post("/login", data={"name": "admin", "password": PASSWORD}).headers["location"] == "/"


def test_every_view_and_change_is_in_the_trail_with_its_author(log_in: LogIn, home: CareHome) -> None:
    nurse, alarm = log_in("hana"), raise_alarm(home)
    for path in ("/", "/routines", "/routines/heart", "/calendar", "/calendar/2026-11-26", "/robot"):
        nurse.get(path)
    nurse.post(f"/alarms/{alarm}/acknowledge")
    nurse.post("/camera", to="off")
    nurse.post("/talk", text="곧 갈게요")
    with home.database.reading() as session:
        seen = {(row.action, row.object) for row in audit.lines(session, who="hana")}
        details = " ".join(row.detail for row in audit.lines(session))
    assert {
        ("login", ""), ("view", "today"), ("view", "routines"), ("view", "routine heart"), ("view", "calendar 2026-11"),
        ("view", "day 2026-11-26"), ("view", "robot"), ("acknowledge_alarm", str(alarm)), ("switch_camera", "camera"),
        ("say", ""),
    } <= seen  # fmt: skip
    assert "곧" not in details


def test_everything_that_is_done_has_its_words_in_both_languages() -> None:
    sources = [Path(part.__file__ or "").read_text(encoding="utf-8") for part in PARTS]
    acts = {act for text in sources for act in re.findall(r'(?:note|_changed)\(request, visit, "(\w+)"', text)}
    assert {"add_routine", "switch_camera", "say", "acknowledge_alarm"} <= acts
    for lang in i18n.LANGUAGES:
        for role in Role:
            assert i18n.phrase(lang, f"care.role.{role}")
        for act in acts:
            assert i18n.phrase(lang, f"care.act.{act}")


def test_everything_a_page_does_is_in_the_description_and_every_answer_has_the_headers(client_for: ClientFor) -> None:
    client = client_for(None)
    described = client.get("/api/openapi.json").json()["paths"]
    for path in (
        "/api/routines",
        "/api/routines/{routine_id}/undo",
        "/api/day",
        "/api/camera",
        "/api/say",
        "/api/users",
    ):
        assert path in described
    assert "409" in described["/api/routines/{routine_id}"]["put"]["responses"]
    for path in ("/login", "/", "/api/routines", "/static/care/care.css", "/nowhere"):
        headers = client.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS, path


def test_the_migrations_make_what_the_models_declare(home: CareHome) -> None:
    with home.database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert produce_migrations(context, METADATA).upgrade_ops.ops == []  # type: ignore[arg-type, union-attr]


def test_secrets_and_words_are_nowhere_in_the_staffs_database(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    worker.post("/talk", text="보고 싶어요")
    path = Path(home.database.name)
    content = b"".join(path.with_name(path.name + end).read_bytes() for end in ("", "-wal"))
    for secret in (worker.client.cookies["dolbom_care"], PASSWORD, "보고 싶어요"):
        assert secret.encode() not in content


def test_what_the_robot_cannot_do_now_is_said_and_nothing_is_recorded_as_done(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    robot_of(home).lost = {"camera", "voice"}
    assert worker.post("/camera", to="off")[0] == 503
    code, page = worker.post("/talk", text="점심 드세요")
    assert code == 503
    assert "점심 드세요" in page, "what was written is still there"
    with home.database.reading() as session:
        assert {row.action for row in audit.lines(session, who="sunhee")} <= {"set_password", "login", "view"}
    assert json.loads(worker.client.get("/api/now").text)["camera"] == "on"
