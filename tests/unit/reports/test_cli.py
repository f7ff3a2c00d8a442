"""`dolbom report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.reports.conftest import Kept
from typer.testing import CliRunner

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.reports.cli import app
from dolbom.routines.due import State


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_week_and_the_weeks_are_given_to_programs(kept: Kept) -> None:
    kept.settled("heart", "2026-11-16T09:00", State.MISSED)
    week = json.loads(run("week", "--week", "2026-W47", "--json"))
    assert week["people"][0]["untaken"][0]["title"] == "심장약"
    kept.settled("pressure", f"{SystemClock().civil():%Y-%m-%d}T08:00", State.TAKEN)
    found = {one["title"]: one for one in json.loads(run("weeks", "--weeks", "1", "--json"))}
    assert found["혈압약"]["counts"] == [[1, 0, 0, 0]]


def test_the_records_are_written_as_fhir(kept: Kept, tmp_path: Path) -> None:
    kept.settled("heart", "2026-11-16T09:00", State.MISSED)
    file = tmp_path / "records.json"
    run("fhir", str(file), "--since", "2026-11-01", "--until", "2026-11-30", "--person", "김순자 님")
    made = json.loads(file.read_text(encoding="utf-8"))
    assert [one["resource"]["resourceType"] for one in made["entry"]] == ["Patient", "MedicationAdministration"]


@pytest.mark.parametrize(
    "wrong",
    [("week",), ("week", "--json", "--week", "48"), ("week", "--json", "--person", "nobody"), ("fhir", "--lang", "fr"),
     ("fhir", "--since", "gestern"), ("fhir", "--since", "2026-11-02", "--until", "2026-11-01")],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_line(kept: Kept, wrong: tuple[str, ...]) -> None:
    with pytest.raises(UserError):
        run(*wrong)
