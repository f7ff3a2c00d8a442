"""`dolbom bench sim`: what two runs with one seed come to, and when they are told to differ."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from typer.testing import CliRunner

from dolbom.bench import sim
from dolbom.errors import UserError
from dolbom.simulation.scenario.cli import FOLDER

SCENARIO = FOLDER / f"{sim.SCENARIO}.yaml"


def verdict(names: list[str], first_frame: float, outcome: str = "passed", reason: str = "silence") -> dict[str, Any]:
    figures = {"first_frame_s": first_frame, "ready_s": 20.0, "real_time_factor": 0.9, "camera_hz": 15.0}
    timeline = [
        {"sort": "fall", "name": name, "person": ""}
        if name.startswith("fall")
        else {"sort": "event", "name": name, "person": "resident", "data": {"reason": reason}}
        for name in names
    ]
    return {
        "scenario": "s", "seed": 3, "outcome": outcome, "why": "", "wall_s": 100.0, "simulated_s": 70.0,
        "figures": {**figures, "looked_at_hz": 12.0}, "timeline": [{"sort": "said", "name": "robot"}, *timeline],
    }  # fmt: skip


COURSE = ["fall.suspected", "fall.down", "distress.raised"]


def test_two_runs_alike_are_told_so_with_the_middle_of_their_figures() -> None:
    told = sim.figures([verdict(COURSE, 5.0), verdict(COURSE, 7.0)])
    assert (told["same_order"], told["first_frame_s"], told["passed"], told["course"]) == (True, 6.0, 2, COURSE)


def test_the_same_events_in_another_order_are_not_the_same() -> None:
    other = ["fall.down", "fall.suspected", "distress.raised"]
    assert not sim.figures([verdict(COURSE, 5.0), verdict(other, 5.0, "failed")])["same_order"]


def test_the_same_names_with_other_data_are_not_the_same_and_the_first_difference_is_told() -> None:
    told = sim.figures([verdict(COURSE, 5.0), verdict(COURSE, 5.0), verdict(COURSE, 5.0, reason="help")])
    assert not told["same_order"]
    assert told["difference"].startswith("run 3: event distress.raised resident")
    assert '"help"' in told["difference"]


def test_bars_are_told_as_met_or_not_and_fail_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = verdict(COURSE, 16.0)
    met = [one["met"] for one in sim.figures([slow, slow])["bars"]]
    assert met == [False, True]
    monkeypatch.setattr(sim, "play", lambda *_: slow)
    done = CliRunner().invoke(sim.app, [])
    assert done.exit_code == 0
    assert "first_frame_s ≤ 15: not met\nreal_time_factor ≥ 0.9: met" in done.stdout


def test_a_run_may_take_as_long_as_its_scenario_and_one_that_does_not_end_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole_day = FOLDER / "nobody_moves_all_day.yaml"
    assert sim.limit(whole_day, 0) > 6 * 3600 > 1800 > sim.limit(SCENARIO, 0)

    def run(command: list[str], timeout: float, **_: Any) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(sim.subprocess, "run", run)
    with pytest.raises(UserError, match=r"fall_sideways_by_day took more than \d+ s"):
        sim.play(SCENARIO, 0)


def test_the_command_plays_the_scenario_by_processes_of_its_own_and_fails_when_they_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []
    answers = [verdict(COURSE, 5.0), verdict(COURSE[:2], 5.0, "failed")]

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command[2:])
        return subprocess.CompletedProcess(command, 0, json.dumps([answers[len(asked) - 1]]), "")

    monkeypatch.setattr(sim.subprocess, "run", run)
    done = CliRunner().invoke(sim.app, ["--seed", "3", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["same_order"] is False
    assert asked == [["dolbom", "sim", "run", str(SCENARIO), "--seed", "3", "--json"]] * 2


@pytest.mark.parametrize(
    ("out", "err", "said"),
    [
        ("", "dolbom: Gazebo is not installed", "Gazebo is not installed"),
        (json.dumps([{**verdict([], 1.0), "outcome": "broken", "why": "no robot"}]), "", "no robot"),
    ],
)
def test_what_could_not_be_played_is_one_line(monkeypatch: pytest.MonkeyPatch, out: str, err: str, said: str) -> None:
    monkeypatch.setattr(sim.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, out, err))
    with pytest.raises(UserError, match=said):
        sim.play(SCENARIO, 0)
