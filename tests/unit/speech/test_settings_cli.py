"""`dolbom speech`: how the robot speaks to somebody is shown and set, and nonsense is refused in one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dolbom.errors import UserError
from dolbom.speech import settings_cli
from dolbom.store.base import open_store
from dolbom.store.people import Consent, People, Purpose


@pytest.fixture
def mother(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    now = datetime.now(UTC)
    return People(open_store()).add("어머니", Consent(Purpose.MEMORY, "딸", now, None), now)


def speech(*arguments: str) -> Result:
    return CliRunner().invoke(settings_cli.app, list(arguments))


def shown(*arguments: str) -> Any:
    return json.loads(speech("show", "--json", *arguments).stdout)


def test_what_is_set_for_one_person_goes_before_what_is_set_for_everybody(mother: str) -> None:
    assert "Everybody: rate 0.9" in speech("set", "--rate", "0.9").stdout
    told = json.loads(speech("set", "--person", "어머니", "--volume", "6", "--pause", "0", "--json").stdout)
    assert told["used"] == {"rate": 0.9, "volume_db": 6.0, "pause_s": 0.0, "end_of_turn_s": None}
    everybody, row = shown()
    assert (everybody["person"], everybody["own"]["rate"]) == (None, 0.9)
    assert (row["person"], row["name"], row["own"]["rate"]) == (mother, "어머니", None)
    assert shown("--person", mother) == [row]
    assert "어머니" in speech("show").stdout


def test_one_value_is_changed_and_the_others_stay_until_all_are_reset(mother: str) -> None:
    speech("set", "--person", "어머니", "--rate", "0.8", "--end-of-turn", "1.2")
    speech("set", "--person", "어머니", "--rate", "0.7")
    assert shown("--person", "어머니")[0]["own"] == {
        "rate": 0.7, "volume_db": None, "pause_s": None, "end_of_turn_s": 1.2
    }  # fmt: skip
    assert "as the robot" in speech("set", "--person", "어머니", "--reset").stdout
    assert set(shown("--person", "어머니")[0]["own"].values()) == {None}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("set",), "nothing to set"),
        (("set", "--rate", "8"), "--rate 8: input should be less than or equal to 1.5"),
        (("set", "--volume", "-31"), "--volume -31: input should be greater than or equal to -30"),
        (("set", "--pause", "nan"), "--pause nan: input should be"),
        (("set", "--end-of-turn", "0.1"), "--end-of-turn 0.1: input should be"),
        (("set", "--person", "누구", "--rate", "1"), "nobody is enrolled as '누구'"),
        (("show", "--person", "누구"), "nobody is enrolled as '누구'"),
    ],
)
def test_what_cannot_be_set_is_one_line(mother: str, arguments: tuple[str, ...], line: str) -> None:
    ended = speech(*arguments)
    assert isinstance(ended.exception, UserError)
    assert str(ended.exception).startswith(line)
    assert set(shown()[0]["own"].values()) == {None}
