"""`dolbom sim lint`, `list`, `run` and `sweep`, on the core alone."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from dolbom.errors import UserError
from dolbom.simulation.day.backend import CoreBackend
from dolbom.simulation.scenario import cli
from dolbom.simulation.scenario.language import Step

app = Typer()
cli.add(app)


def sim(*arguments: str, code: int = 0) -> Result:
    ran = CliRunner().invoke(app, list(arguments))
    if isinstance(ran.exception, UserError):
        raise ran.exception
    assert ran.exit_code == code, ran.output
    return ran


def test_nothing_is_wrong_with_the_shipped_scenarios_and_each_is_listed_once_with_its_title() -> None:
    assert sim("lint", str(cli.FOLDER)).output.strip() == "nothing is wrong"
    listed = json.loads(sim("list", "--json").output)
    assert [one["name"] for one in listed] == sorted(path.stem for path in cli.FOLDER.glob("*.yaml"))
    assert all(one["title"]["ko"] and one["title"]["en"] for one in listed)
    assert all(one["name"] in sim("list").output for one in listed[:3])


def test_what_is_wrong_is_told_with_file_line_and_column(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    right = (cli.FOLDER / "fall_sideways_by_day.yaml").read_text().replace("parts/", f"{cli.FOLDER}/parts/")
    wrong.write_text(f"{right}\nnonsense: 1\n")
    line = len(wrong.read_text().splitlines())
    assert f"wrong.yaml:{line}:1" in sim("lint", str(wrong), code=1).output
    assert json.loads(sim("lint", "--json", str(wrong), code=1).output)[0]["line"] == line


def test_a_run_is_judged_and_written_as_junit_and_as_a_page(tmp_path: Path) -> None:
    junit, html = tmp_path / "new" / "out.xml", tmp_path / "out.html"
    ran = sim("run", "--core", "fall_sideways_by_day", "--timeline", "--junit", str(junit), "--html", str(html))
    assert "distress.raised" in ran.output
    [suite] = ElementTree.parse(junit).getroot().iter("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert "<html" in html.read_text()
    told = json.loads(sim("run", "--core", "fall_sideways_by_day", "--json").output)
    assert [one["outcome"] for one in told] == ["passed"]


def test_a_sweep_tells_rates_with_intervals_and_delays() -> None:
    told = json.loads(sim("sweep", "--core", "fall_sideways_by_day", "--seeds", "2", "--json").output)
    assert told["passed"]["of"] == 2
    assert told["passed"]["interval"][0] < 1
    assert (told["detection"]["held"], told["false_alarm"]) == (2, None)
    assert "detection: 2/2" in sim("sweep", "--core", "fall_sideways_by_day", "--seeds", "2").output
    assert "false alarm: 0/1" in sim("sweep", "--core", "sits_down_hard", "--seeds", "1").output


def test_what_breaks_one_scenario_is_one_line_and_the_others_are_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, junit = CoreBackend.begin, tmp_path / "out.xml"

    def breaks(self: CoreBackend, index: int, step: Step) -> None:
        if step.fall is not None:
            raise KeyError("web")
        begin(self, index, step)

    monkeypatch.setattr(CoreBackend, "begin", breaks)
    ran = sim("run", "--core", "fall_sideways_by_day", "kneels", "--junit", str(junit), code=3)
    broken, passed, _ = ran.output.strip().splitlines()
    assert "broken" in broken
    assert "KeyError: 'web' (test_scenario_cli.py:" in broken
    assert "kneels passed" in passed
    assert [case.get("name") for case in ElementTree.parse(junit).getroot().iter("testcase")]


def test_what_cannot_be_played_or_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no scenario nowhere"):
        sim("run", "--core", "nowhere")
    with pytest.raises(UserError, match="no scenario in"):
        sim("lint", str(tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        sim("run", "--core", "good_morning", "--html", str(tmp_path / "file" / "out.html"))
    with pytest.raises(UserError, match="one film"):
        sim("run", "--record", str(tmp_path / "out.mp4"), "good_morning", "kneels")
