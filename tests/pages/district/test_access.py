"""Who may do what, on every route: as every role, as nobody, and from another site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from tests.pages.district.conftest import ClientFor
from tests.web.district_pages import PASSWORD, add_staff, raise_alarm

from dolbom.clock import ManualClock
from dolbom.district.access import PERMISSIONS, SYSTEM, Action, Role, may
from dolbom.district.routes import (
    api,
    campaign_api,
    campaign_pages,
    checkin_pages,
    desk,
    dose_pages,
    home_day_api,
    home_day_pages,
)
from dolbom.district.service import District
from dolbom.staff import accounts, audit, routes_api, routes_pages
from dolbom.staff.application import HEADERS
from dolbom.staff.routes_pages import OPEN_TO_ALL

PARTS = (
    api, campaign_api, home_day_api, desk, campaign_pages, checkin_pages, dose_pages, home_day_pages, routes_api,
    routes_pages,
)  # fmt: skip
FILLED = {
    "{alarm_id}": "01a201d3-41b8-7ac0-b361-de8dacb88e80", "{home_id}": "h502", "{person_id}": "p1",
    "{robot_id}": "nobody", "{downlink_id}": "01a201d3-41b8-7ac0-b361-de8dacb88e80", "{row_id}": "1", "{name}": "x",
    "{token_id}": "999", "{campaign_id}": "01a201d3-41b8-7ac0-b361-de8dacb88e80",
    "{notice_id}": "01a201d3-41b8-7ac0-b361-de8dacb88e80",
}  # fmt: skip


def routes() -> Iterator[tuple[str, str, Action | None]]:
    """Every route with the action that it asks for."""
    for route in (r for part in PARTS for r in part.router.routes):
        assert isinstance(route, APIRoute)
        if route.path in OPEN_TO_ALL:
            continue
        asked = [d.call.action for d in route.dependant.dependencies if hasattr(d.call, "action")]
        assert len(asked) == 1, f"{route.path} asks for no permission"
        for method in route.methods:
            yield method, route.path, asked[0]


def call(client: TestClient, method: str, path: str) -> int:
    for placeholder, value in FILLED.items():
        path = path.replace(placeholder, value)
    if path == "/api/changes":
        path += "?last=-1"  # refused as invalid after the permission: the stream itself would never end
    return client.request(method, path, json={} if path.startswith("/api/") else None).status_code


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_answers_each_role_as_the_table_says(client_for: ClientFor, role: Role | None) -> None:
    client = client_for(role)
    for method, path, action in routes():
        code = call(client, method, path)
        where = f"{method} {path} as {role}"
        if role is None:
            expected = 401 if path.startswith("/api/") else 303
            assert code == expected, where
        elif action is not None and not may(role, action):
            assert code == 403, where
        else:
            assert code not in (401, 403), where
            assert code < 500, where


def test_the_table_gives_each_role_what_its_work_needs_and_no_more() -> None:
    assert PERMISSIONS.keys() == set(Role)
    assert not may(Role.TECHNICIAN, Action.VIEW_DESK)
    assert not may(Role.OPERATOR, Action.VIEW_AUDIT)
    assert not may(Role.SUPERVISOR, Action.MANAGE_USERS)
    assert all(may(Role.ADMINISTRATOR, action) for action in Action)
    assert not may("shell", Action.VIEW_DESK)


@pytest.fixture
def app(app: FastAPI, district: District) -> FastAPI:
    add_staff(district, minji=Role.OPERATOR)
    return app


def log_in(app: FastAPI, password: str = PASSWORD, name: str = "minji", **headers: str) -> tuple[TestClient, int]:
    client = TestClient(app, follow_redirects=False)
    response = client.post("/login", data={"name": name, "password": password}, headers=headers)
    return client, response.status_code


def csrf(client: TestClient) -> str:
    return client.get("/").text.split('"X-CSRF-Token":"')[1].split('"')[0]


def test_a_form_without_its_token_changes_nothing(app: FastAPI, district: District) -> None:
    client, code = log_in(app)
    assert code == 303
    alarm = raise_alarm(district)
    assert client.post(f"/alarms/{alarm}/acknowledge").status_code == 403
    assert client.post(f"/api/alarms/{alarm}/acknowledge", json={}).status_code == 403
    token = csrf(client)
    assert client.post(f"/alarms/{alarm}/acknowledge", data={"csrf": token + "x"}).status_code == 403
    assert client.post(f"/alarms/{alarm}/acknowledge", data={"csrf": token}).status_code == 303


def test_another_site_cannot_send_the_login_form(app: FastAPI) -> None:
    assert log_in(app, Origin="https://evil.example")[1] == 403
    assert log_in(app, Origin="null")[1] == 403
    assert log_in(app, Origin="http://testserver")[1] == 303


def test_the_pause_grows_with_each_wrong_password_and_holds_even_for_the_right_one(
    app: FastAPI, clock: ManualClock
) -> None:
    for _ in range(5):
        assert log_in(app, "wrong password")[1] == 401
    assert log_in(app)[1] == 429
    clock.advance(1)
    assert log_in(app, "wrong password")[1] == 401
    clock.advance(1)
    assert log_in(app)[1] == 429, "now it is two seconds"
    clock.advance(1)
    assert log_in(app)[1] == 303


def test_guessing_many_names_from_one_address_is_slowed_too(app: FastAPI) -> None:
    codes = [log_in(app, "wrong password", f"user{n}")[1] for n in range(21)]
    assert codes[:20] == [401] * 20
    assert codes[20] == 429


def test_a_login_ends_after_two_idle_hours_or_half_a_day_and_by_logging_out(app: FastAPI, clock: ManualClock) -> None:
    client, _ = log_in(app)
    assert client.get("/").status_code == 200
    clock.advance(2 * 3600)
    assert client.get("/").status_code == 303
    client, _ = log_in(app)
    for _ in range(7):
        clock.advance(6000)
        assert client.get("/").status_code == 200
    clock.advance(6000)
    assert client.get("/").status_code == 303, "however busy: half a day"
    client, _ = log_in(app)
    assert client.post("/logout", data={"csrf": csrf(client)}).status_code == 303
    assert client.get("/").status_code == 303


def test_a_cookie_of_somebody_who_was_stopped_is_worth_nothing(app: FastAPI, district: District) -> None:
    add_staff(district, boss=Role.ADMINISTRATOR)
    client, _ = log_in(app)
    with district.database.writing() as session:
        accounts.change(session, "minji", SYSTEM, district.now(), active=False)
    assert client.get("/").status_code == 303
    assert log_in(app)[1] == 401


def test_a_one_time_link_sets_a_password_once_and_within_a_day(
    app: FastAPI, district: District, clock: ManualClock
) -> None:
    def new_link(name: str) -> str:
        with district.database.writing() as session:
            return f"/welcome/{accounts.add(session, name, Role.OPERATOR, SYSTEM, district.now())}"

    client, link = TestClient(app, follow_redirects=False), new_link("haneul")
    assert client.get(link).status_code == 200
    short = client.post(link, data={"password": "short", "again": "short"})
    assert short.status_code == 422
    assert client.post(link, data={"password": PASSWORD, "again": PASSWORD + "x"}).status_code == 422
    assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 403
    assert client.get(link).status_code == 403
    assert log_in(app, name="haneul")[1] == 303
    late = new_link("late")
    clock.advance(24 * 3600 + 1)
    assert client.get(late).status_code == 403


def test_the_last_administrator_cannot_lock_everybody_out(client_for: ClientFor, district: District) -> None:
    add_staff(district, boss=Role.ADMINISTRATOR)
    client = client_for(Role.ADMINISTRATOR)
    for change in ({"active": False}, {"role": "operator"}):
        refused = client.patch("/api/users/boss", json=change)
        assert refused.status_code == 409
        assert "last administrator" in refused.json()["detail"]


def test_a_token_ends_when_it_expires_or_is_revoked_and_its_secret_is_shown_once(
    client_for: ClientFor, district: District, clock: ManualClock
) -> None:
    boss = client_for(Role.ADMINISTRATOR)
    made = boss.post("/api/tokens", json={"label": "dispatch", "role": "operator", "days": 1}).json()
    program = TestClient(boss.app, headers={"Authorization": f"Bearer {made['secret']}"})
    assert program.get("/api/me").json()["name"] == "token:dispatch"
    assert all("secret" not in t for t in boss.get("/api/tokens").json())
    assert boss.delete(f"/api/tokens/{made['id']}").status_code == 204
    assert program.get("/api/me").status_code == 401
    other = boss.post("/api/tokens", json={"label": "later", "role": "operator", "days": 1}).json()
    clock.advance(24 * 3600 + 1)
    program.headers["Authorization"] = f"Bearer {other['secret']}"
    assert program.get("/api/me").status_code == 401


def test_secrets_are_nowhere_in_the_database(app: FastAPI, district: District) -> None:
    client, _ = log_in(app)
    cookie = client.cookies["dolbom_desk"]
    path = district.database.name
    content = b"".join(open(path + end, "rb").read() for end in ("", "-wal"))  # noqa: PTH123, SIM115
    for secret in (cookie, PASSWORD):
        assert secret.encode() not in content


def test_every_answer_carries_the_security_headers(app: FastAPI) -> None:
    client = TestClient(app, follow_redirects=False)
    for path in ("/login", "/", "/api/alarms", "/static/desk/desk.css", "/nowhere"):
        response = client.get(path)
        assert {name: response.headers[name] for name in HEADERS} == HEADERS, path
        assert "unsafe" not in response.headers["content-security-policy"]


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: FastAPI) -> None:
    client = TestClient(app, follow_redirects=False)
    cookie = client.post("/login", data={"name": "minji", "password": PASSWORD}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_every_view_and_change_of_what_concerns_people_is_in_the_trail(app: FastAPI, district: District) -> None:
    alarm = raise_alarm(district)
    client, _ = log_in(app)
    client.get("/")
    client.get(f"/alarms/{alarm}")
    client.post(f"/alarms/{alarm}/acknowledge", data={"csrf": csrf(client)})
    with district.database.reading() as session:
        seen = [(r.who, r.action, r.object) for r in audit.lines(session) if r.who == "minji"]
    for line in (
        ("minji", "login", ""),
        ("minji", "view", "desk"),
        ("minji", "view", str(alarm)),
        ("minji", "acknowledge_alarm", str(alarm)),
    ):
        assert line in seen


def test_after_choosing_a_language_nobody_is_sent_to_another_site(app: FastAPI) -> None:
    client, _ = log_in(app)
    token = csrf(client)
    for back, to in (("/robots", "/robots"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil", "/")):
        response = client.post("/language", data={"csrf": token, "lang": "en", "back": back})
        assert response.headers["location"] == to


def test_passwords_are_hashed_with_argon2id_at_no_less_than_the_rfc_recommends() -> None:
    # RFC 9106, section 4, second recommendation: t=3, m=64 MiB. A new hasher, as the module makes it.
    made = PasswordHasher()
    assert made.type is Type.ID
    assert (made.time_cost, made.memory_cost) >= (3, 64 * 1024)


def test_an_idle_time_is_counted_from_the_last_use(district: District, app: FastAPI, clock: ManualClock) -> None:
    client, _ = log_in(app)
    clock.advance(7000)
    assert client.get("/").status_code == 200
    clock.advance(7000)
    assert client.get("/").status_code == 200
    assert timedelta(hours=2) == accounts.LOGIN_IDLE


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("/alarms/01a201d3-41b8-7ac0-b361-de8dacb88e80", 404, "그런 알람이 없습니다"),
        ("/alarms/not-an-id", 422, "읽을 수 없습니다"),
        ("/nowhere", 404, "아무것도 없습니다"),
        ("/history?before=%3Cscript%3E", 422, "읽을 수 없습니다"),
    ],
)
def test_what_goes_wrong_on_a_page_is_said_in_the_readers_language(
    app: FastAPI, asked: str, status: int, said: str
) -> None:
    client, _ = log_in(app)
    answer = client.get(asked)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text
    assert "<script>" not in answer.text


def test_who_chooses_a_password_by_a_one_time_link_is_logged_in(app: FastAPI, district: District) -> None:
    with district.database.writing() as session:
        link = f"/welcome/{accounts.add(session, 'haneul', Role.OPERATOR, SYSTEM, district.now())}"
    client = TestClient(app)
    page = client.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert (page.url.path, page.status_code) == ("/", 200)
    assert "haneul" in page.text
    assert client.get("/history").status_code == 200
    other = TestClient(app).post("/login", data={"name": '"><script>', "password": "x"})
    assert 'value="&#34;&gt;' in other.text
