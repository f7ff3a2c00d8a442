"""`dolbom bench sim`: what two runs with one seed come to, and when they are told to differ."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from typer.testing import CliRunner

from dolbom.bench import sim
from dolbom.errors import UserError


def verdict(names: list[str], first_frame: float, outcome: str = "passed") -> dict[str, Any]:
    figures = {"first_frame_s": first_frame, "ready_s": 20.0, "real_time_factor": 0.9, "camera_hz": 15.0}
    timeline = [{"sort": "fall" if name.startswith("fall") else "event", "name": name} for name in names]
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
    assert asked == [["dolbom", "sim", "run", sim.SCENARIO, "--seed", "3", "--json"]] * 2


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
        sim.play("s", 0)
