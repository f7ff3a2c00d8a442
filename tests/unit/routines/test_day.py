"""The preview of a day says what the robot will do, with its words, and what follows; the commands work on a home."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.unit.routines.homes import routine
from typer.testing import CliRunner, Result

from dolbom import i18n
from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.routines import cli, day_cli, simulate_cli
from dolbom.routines.day import Happening, day
from dolbom.routines.keeper import Held
from dolbom.routines.person import Policy
from dolbom.routines.routine import Kind, Routine

ON = date(2026, 11, 26)
SCOLDING = r"다시 드세요|또 드세요|왜 |안 드시면|꼭 |must|again!|why|wrong|forgot"


def whole(policy: Policy, *routines: Routine) -> list[Happening]:
    return day([Held(one) for one in routines], ON, SEOUL, "ko", lambda _person: "어르신", policy=policy)


def told(happenings: list[Happening]) -> list[tuple[str, str]]:
    return [(f"{one.at:%H:%M}", event.kind) for one in happenings for event in one.events]


def test_against_silence_the_day_shows_the_whole_ladder() -> None:
    found = whole("silent", routine())
    assert [f"{one.at:%H:%M}" for one in found if one.act is not None] == ["08:00", "08:05", "08:10"]
    assert told(found)[-2:] == [("08:20", "dose.unanswered"), ("08:30", "dose.missed")]
    assert found[-1].settled == "missed"


def test_against_who_takes_everything_each_is_said_once() -> None:
    found = whole(
        "takes", routine(schedule={"at": ["08:00", "20:00"]}), routine(id="bins", kind="bin_day", title="종이")
    )
    assert [(one.routine.id, f"{one.at:%H:%M}") for one in found if one.act is not None] == [
        ("bins", "08:00"), ("pill", "08:00"), ("pill", "20:00"),
    ]  # fmt: skip
    assert [one.settled for one in found if one.settled] == ["done", "taken", "taken"]


def test_against_who_refuses_each_dose_is_said_once_and_told() -> None:
    found = whole("refuses", routine())
    assert len([one for one in found if one.act is not None]) == 1
    assert told(found)[-1] == ("08:00", "dose.refused")


def test_what_falls_due_late_is_followed_over_midnight_and_the_next_day_stays_out() -> None:
    found = whole(
        "silent", routine(schedule={"at": ["23:50"]}, quiet=""), routine(id="early", schedule={"at": ["00:00"]})
    )
    assert {one.due.local.date() for one in found} == {ON}
    assert f"{found[-1].at:%m-%d %H:%M}" == "11-27 00:20"


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_the_words_for_each_kind_are_polite_short_and_urge_nobody(lang: str) -> None:
    for kind in get_args(Kind):
        words = i18n.catalogue(lang, "routines")[kind]
        for key, text in words.items():
            assert len(text) <= 90, (kind, key)
            assert lang == "en" or not text or "요" in text, (kind, key)
            assert not re.search(SCOLDING, text), (kind, key)
        # Only the first words say that it is time: whoever may have taken it is asked.
        for key in ("again", "snoozed", "check", "question"):
            assert not re.search(r"드실 시간|드세요|it is time|take it", words[key]), (kind, key)


# --- the commands ---

FILE = """
- id: pressure
  kind: medicine
  title: 혈압약
  schedule: {start: 2026-01-01, at: ["08:00", "20:00"]}
  medicine: {dose: 한 알, importance: critical}
- {id: lunch, kind: meal, title: 점심, schedule: {start: 2026-01-01, at: ["12:00"]}}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home.yaml").write_text(FILE)

    def run(app: Any, *words: str, given: str = "") -> Result:
        result = CliRunner().invoke(app, list(words), input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_routines_are_added_shown_changed_undone_and_removed(run: Any, tmp_path: Path) -> None:
    run(cli.app, "add", "home.yaml", "--by", "nurse-1")
    listed = json.loads(run(cli.app, "list", "--json").stdout)
    assert [(one["id"], one["version"], one["by"]) for one in listed] == [
        ("lunch", 1, "nurse-1"),
        ("pressure", 1, "nurse-1"),
    ]
    shown = run(cli.app, "show", "lunch").stdout
    (tmp_path / "lunch.yaml").write_text(shown.replace("12:00", "12:30"))
    assert json.loads(run(cli.app, "change", "lunch.yaml", "--version", "1", "--json").stdout)["version"] == 2
    with pytest.raises(UserError, match="changed meanwhile"):
        run(cli.app, "change", "lunch.yaml", "--version", "1")
    run(cli.app, "undo", "lunch")
    assert "12:00" in run(cli.app, "show", "lunch").stdout
    run(cli.app, "remove", "lunch")
    assert [one["id"] for one in json.loads(run(cli.app, "list", "--json").stdout)] == ["pressure"]
    assert "removed" in run(cli.app, "show", "lunch", "--history").stdout


def test_a_home_goes_out_as_ics_and_yaml_and_comes_into_another(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(cli.app, "add", "home.yaml")
    run(cli.app, "export", "out.ics")
    run(cli.app, "export", "out.yaml")
    before = [one["routine"] for one in json.loads(run(cli.app, "list", "--json").stdout)]
    for name, command in (("two", ("import", "out.ics")), ("three", ("add", "out.yaml"))):
        monkeypatch.setenv("DOLBOM_HOME", name)
        run(cli.app, *command)
        assert [one["routine"] for one in json.loads(run(cli.app, "list", "--json").stdout)] == before


@pytest.mark.parametrize("given", ["", "- [", "just words", "3", "[]", "- id: x\n  kind: dance\n", "a: &a [*a]"])
def test_a_file_that_is_no_routine_changes_nothing_and_says_so_in_one_line(run: Any, given: str) -> None:
    with pytest.raises(UserError) as refused:
        run(cli.app, "add", "-", given=given)
    assert "\n" not in str(refused.value)
    assert json.loads(run(cli.app, "list", "--json").stdout) == []


def test_the_day_is_shown_in_words_and_for_programs(run: Any) -> None:
    run(cli.app, "add", "home.yaml")
    rows = json.loads(run(day_cli.app, "--date", "2027-01-05", "--json").stdout)
    assert [(row["at"][11:16], row["routine"], row["text"]) for row in rows] == [
        ("08:00", "pressure", "어르신, 혈압약 드실 시간이에요. 한 알이에요."),
        ("12:00", "lunch", "어르신, 점심 드실 시간이에요."),
        ("20:00", "pressure", "어르신, 혈압약 드실 시간이에요. 한 알이에요."),
    ]
    assert rows[0]["then"][-1] == {"after_min": 15.0, "do": ["family_message", "centre"]}
    silent = run(day_cli.app, "--date", "2027-01-05", "--if", "silent", "--lang", "en").stdout
    assert "08:15" in silent
    assert "Medicine missed" in silent
    # Before they were added, nothing was due.
    assert json.loads(run(day_cli.app, "--date", "2026-01-05", "--json").stdout) == []
    with pytest.raises(UserError, match="--date: ‘soon’ is no date"):
        run(day_cli.app, "--date", "soon")


def test_virtual_days_say_how_fast_they_were_and_that_no_rule_was_broken(run: Any) -> None:
    found = json.loads(run(simulate_cli.app, "days", "2", "--seed", "4", "--json").stdout)
    assert found["violations"] == 0
    assert found["speed"] > 1000
    assert sum(found["doses"].values()) > 10
