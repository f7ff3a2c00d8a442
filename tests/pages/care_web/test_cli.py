"""`dolbom pages`: who may log in, from the robot itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.web.care_pages import make_home
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.staff import accounts
from dolbom.web.care import cli
from dolbom.web.care.server import tell_where


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli.app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_somebody_is_invited_by_a_link_to_where_the_pages_are(folder: Path) -> None:
    tell_where("http://127.0.0.1:8091", "http://127.0.0.1:8091/welcome/x")
    assert "http://127.0.0.1:8091/welcome/x" in run("where")
    made = json.loads(run("add", "sunhee", "--role", "care_worker", "--json"))
    assert made["link"].startswith("http://127.0.0.1:8091/welcome/")
    again = json.loads(run("link", "sunhee", "--json"))["link"]
    home = make_home(folder)
    with home.database.reading() as session:
        assert accounts.by_link(session, again.rsplit("/", 1)[1], home.clock.civil()).name == "sunhee"
    assert json.loads(run("list", "--json")) == [{"name": "sunhee", "role": "care_worker", "active": True}]


@pytest.mark.parametrize(
    "wrong", [("add", "Sun", "--role", "nurse"), ("add", "sun", "--role", "boss"), ("link", "nobody"), ("where",)]
)
def test_what_cannot_be_is_said_in_one_line(wrong: tuple[str, ...]) -> None:
    with pytest.raises(UserError):
        CliRunner().invoke(cli.app, list(wrong), catch_exceptions=False)
