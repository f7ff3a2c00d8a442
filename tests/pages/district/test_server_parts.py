"""The parts around the district: its command line, its database's errors, its feed, its broker's configuration."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from tests.web.district_pages import raise_alarm
from typer.testing import CliRunner

from dolbom.clock import SystemClock
from dolbom.district import broker, cli, server
from dolbom.district.access import SYSTEM
from dolbom.district.broker import Broker, configuration, free_port
from dolbom.district.database import Database
from dolbom.district.feed import as_sse
from dolbom.district.models import METADATA, Robot
from dolbom.district.repositories import changes, robots
from dolbom.district.service import District
from dolbom.errors import UserError
from dolbom.platform.invitation import read_code


def test_the_migrations_build_exactly_the_tables_that_the_models_declare(tmp_path: Path) -> None:
    database = Database(tmp_path / "district.db")
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        steps = produce_migrations(context, METADATA).upgrade_ops
    database.close()
    assert isinstance(steps, UpgradeOps)
    assert steps.is_empty(), render_python_code(steps)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:///x"])
def test_a_database_address_of_another_kind_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(UserError, match="give postgresql"):
        Database(url)


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"the web port {port} of 127.0.0.1 cannot be used: Address already in use"):
            free_port("127.0.0.1", port, "web")


def test_without_nats_server_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker.shutil, "which", lambda *_args, **_options: None)
    with pytest.raises(UserError, match="apt-get install nats-server"):
        Broker(
            tmp_path, district="d", mqtt_host="127.0.0.1", mqtt_port=0, authority=tmp_path, certificate=tmp_path,
            key=tmp_path,
        )  # fmt: skip


def test_each_robot_may_use_its_own_topics_only(tmp_path: Path) -> None:
    text = configuration(
        district="d", folder=tmp_path, mqtt_host="0.0.0.0", mqtt_port=1, client_port=2, password='p"w',
        authority=tmp_path, certificate=tmp_path, key=tmp_path, robots={"r1": 1, "r2": 7},
    )  # fmt: skip
    assert '"CN=r2.7,O=d"' in text
    assert 'publish: ["dolbom.v1.d.r1.event", "dolbom.v1.d.r1.status"]' in text
    assert "*" not in text, "no robot has a wildcard"
    assert 'password: "p\\"w"' in text
    assert "verify_and_map: true" in text
    assert "host: 127.0.0.1\n" in text.split("mqtt {")[0], "the district's own port is on loopback"


def test_a_page_that_reconnects_gets_what_it_missed_in_order(district: District) -> None:
    async def follow() -> list[str]:
        start = await district.feed.newest()
        ids = [raise_alarm(district) for _ in range(3)]
        seen: list[str] = []
        async for batch in district.feed.follow(start):
            seen += [str(c.alarm_id) for c in batch if c.kind == "raised"]
            if len(seen) == 3:
                break
        assert seen == [str(id) for id in ids]
        return seen

    assert len(asyncio.run(follow())) == 3


def test_an_open_page_hears_of_a_change_at_once(district: District) -> None:
    async def listen() -> str:
        start = await district.feed.newest()

        async def first() -> str:
            async for batch in district.feed.follow(start):
                return as_sse(batch[-1])
            return ""

        waiting = asyncio.create_task(first())
        await asyncio.sleep(0.05)
        with district.database.writing() as session:
            changes.record(session, "home", district.now(), home="h502")
        await district.feed.look()
        return await asyncio.wait_for(waiting, 5)

    said = asyncio.run(listen())
    assert said.startswith("id: ")
    assert json.loads(said.split("data: ")[1])["home"] == "h502"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A district's folder as after a start."""
    monkeypatch.setenv("DOLBOM_DISTRICT", str(tmp_path))
    (tmp_path / "name").write_text("mapo\n")
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli.app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_robots_and_staff_are_kept_from_the_command_line(folder: Path) -> None:
    running = server.Running(1, "mapo", "http://127.0.0.1:1", "https://127.0.0.1:2", "127.0.0.1", 3, None)
    server.running_path(folder).write_text(json.dumps(running.__dict__))
    code = json.loads(run("enrol", "dasom-1", "--home", "h1", "--label", "행복마을", "--json"))["code"]
    assert read_code(code).robot == "dasom-1"
    assert "dolbom enrol dolbom1." in run("enrol", "dasom-2", "--home", "h1")
    assert [r["state"] for r in json.loads(run("robots", "--json"))] == ["invited", "invited"]
    run("revoke", "dasom-1")
    assert "revoked" in run("robots")
    link = json.loads(run("user", "add", "minji", "--role", "operator", "--json"))["link"]
    assert link.startswith("http://127.0.0.1:1/welcome/")
    assert run("user", "link", "minji").strip().splitlines()[-1] != link
    assert json.loads(run("user", "list", "--json")) == [{"name": "minji", "role": "operator", "active": True}]
    assert "minji" in run("user", "list")
    assert run("token", "dispatch", "--role", "operator").strip().startswith("dolbom_")


def test_a_check_in_and_a_notice_are_started_and_withdrawn_from_the_command_line(folder: Path) -> None:
    database = server.database_of(folder)
    with database.writing() as session:
        now = SystemClock().civil()
        robots.invite(session, "dasom-1", "h1", SYSTEM, now, "행복마을")
        robots.certified(session, session.get_one(Robot, "dasom-1"), now, "enrol_robot", now)
    database.close()
    words = ("--ko", "지진이 났어요.", "--ko-do", "식탁 아래로 들어가세요.")
    made = json.loads(run("campaign", "start", *words, "--area", "행복마을", "--yes", "--json"))
    assert (made["state"], made["not_reached"]) == ("stands", 1)
    assert json.loads(run("campaign", "list", "--json"))[0]["what"] == "지진이 났어요."
    assert json.loads(run("campaign", "withdraw", made["id"], "--json"))["state"] == "withdrawn"
    assert "withdrawn" in run("campaign", "list")
    given = json.loads(run("notice", "give", "--ko", "오늘은 비가 와요.", "--json"))
    run("notice", "withdraw", given["id"])
    assert [n["state"] for n in json.loads(run("notice", "list", "--json"))] == ["withdrawn"]
    assert "오늘은" in run("notice", "list")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["campaign", "start"], "has no words"),
        (["campaign", "start", "--ko", "지진"], "belong together"),
        (["campaign", "start", "--ko", "지진", "--ko-do", "가" * 201], "--ko-do cannot be sent"),
        (["campaign", "start", "--ko", "지진", "--ko-do", "나가세요", "--yes"], "no home has a robot yet"),
        (["campaign", "withdraw", "1"], "is no id"),
        (["campaign", "withdraw", "01a201d3-41b8-7ac0-b361-de8dacb88e80"], "there is no check-in"),
        (["notice", "give"], "has no words"),
        (["notice", "withdraw", "01a201d3-41b8-7ac0-b361-de8dacb88e80"], "there is no notice"),
        (["enrol", "Kim Jeongja", "--home", "h1"], "is no name for a robot"),
        (["enrol", "r1", "--home", "../x"], "is no name for a home"),
        (["user", "add", "minji", "--role", "boss"], "use one of operator"),
        (["user", "add", "minji", "--role", "operator", "--lang", "fr"], "use ko or en"),
        (["user", "add", "김", "--role", "operator"], "is no login name"),
        (["user", "link", "nobody"], "there is no user"),
        (["token", "x", "--role", "boss"], "is no role"),
        (["revoke", "nobody"], "there is no robot"),
        (["enrol", "r1", "--home", "h1"], "is not running"),
    ],
)
def test_a_wrong_argument_is_one_line_with_the_cure(folder: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        run(*arguments)
    assert "\n" not in str(raised.value)


def test_a_folder_without_a_district_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_DISTRICT", str(tmp_path / "none"))
    with pytest.raises(UserError, match="there is no district"):
        run("robots")


def test_a_folder_of_another_district_is_left_alone(folder: Path) -> None:
    with pytest.raises(UserError, match="belongs to district 'mapo'"):
        run("up", "--name", "jongno", "--web-port", "0")
