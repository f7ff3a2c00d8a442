"""The scenario backend on Gazebo 11, as far as it can be asked without a simulator: desk and processes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from dolbom.errors import UserError
from dolbom.simulation.scenario.cli import FOLDER
from dolbom.simulation.scenario.language import Step
from dolbom.simulation.scenario.reading import load
from dolbom.simulation.scenario.record import Record
from dolbom_nodes.scenario_backend import GazeboBackend
from dolbom_nodes.scenario_robot import RobotProcesses


@pytest.fixture
def backend() -> Any:
    made: Any = GazeboBackend(load(FOLDER / "fall_sideways_by_day.yaml"), Record())
    made.simulation = SimpleNamespace(time=3.0)
    made._token = "token"
    return made


def test_a_desk_that_is_not_in_reach_is_one_clear_line(backend: Any) -> None:
    backend.district = SimpleNamespace(url="http://127.0.0.1:1")
    with pytest.raises(UserError, match=r"the desk cannot be reached.*is the network up"):
        backend._at_desk(Step.model_validate({"desk": {"campaign": {"text": "a", "instruction": "b"}}}))


def test_a_node_that_is_not_running_cannot_be_killed() -> None:
    robot = RobotProcesses.__new__(RobotProcesses)
    robot._pids = {"guard": 1}
    with pytest.raises(UserError, match="web cannot be killed: it is not running — there are guard"):
        robot.kill("web")


def test_a_busy_or_absent_desk_is_read_later_and_one_that_cannot_be_read_is_noted_once(
    backend: Any, tmp_path: Path
) -> None:
    def saying(error: Exception) -> list[str]:
        def database() -> Any:
            raise error

        backend.district = SimpleNamespace(database=database)
        backend._look_at_desk()
        backend._look_at_desk()
        return [entry.text for entry in backend._record.of("note")]

    locked = UserError("another program has held it", "close it")
    locked.__cause__ = OperationalError("select", {}, Exception("database is locked"))
    assert saying(locked) == []
    assert saying(FileNotFoundError(tmp_path)) == []
    assert saying(UserError("no such column: event.kind")) == ["the desk cannot be read: no such column: event.kind"]
