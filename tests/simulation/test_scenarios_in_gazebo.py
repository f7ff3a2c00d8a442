"""Shipped scenarios in Gazebo 11 through the robot's real processes and networks: the same file, the same verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.system.robot_process import dolbom

from dolbom.simulation.scenario.cli import FOLDER
from dolbom.simulation.scenario.reading import load

pytestmark = [pytest.mark.gazebo, pytest.mark.timeout(4000), pytest.mark.xdist_group("gazebo")]
SCENARIOS = [path.stem for path in sorted(FOLDER.glob("*.yaml")) if not load(path).scenario.needs]
LONG = (
    "answers_after_a_quiet_morning",
    "away_all_morning",
    "away_by_the_door",
    "camera_off_all_morning",
    "dose_asked_twice",
    "dose_nobody_answers",
    "dose_not_clear",
    "dose_refused",
    "dose_while_away",
    "goes_out_and_comes_back",
    "goes_to_the_toilet_by_night",
    "nobody_moves_all_day",
    "nobody_moves_all_morning",
    "noticed_after_no_answer",
    "paces_at_night",
    "sleeps_all_night",
    "watches_television_all_evening",
)
"""Over a quarter of an hour, which Gazebo lives through at the pace of real time: left to the core."""


HANDFUL = ("dose_taken", "fall_out_of_sight_and_a_call", "fall_sideways_by_day", "sits_down_hard")
"""Played in `make test` too, where the simulator is installed: a minute or two each."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in HANDFUL else pytest.mark.slow) for name in SCENARIOS if name not in LONG],
)
def test_what_is_expected_follows(name: str, ros_domain: int, tmp_path: Path) -> None:
    del ros_domain  # the fixture has set it for the processes
    done = dolbom("sim", "run", name, "--json", "--html", str(tmp_path / "report.html"), timeout=3900)
    assert done.returncode in (0, 1), done.stderr
    (verdict,) = json.loads(done.stdout)
    failed = [one for one in verdict["expectations"] if one["state"] != "held"]
    assert verdict["outcome"] == "passed", (verdict["why"], failed, verdict["timeline"])
    assert verdict["backend"] == "gazebo11"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ("data:image/jpeg" in page) == any(one["sort"] in ("event", "fall") for one in verdict["timeline"])
