"""The dock is where the robot was switched on; over restarts of the process, and not over a jump of odometry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dolbom.drives.dock import Dock
from dolbom.drives.observations import Moved, Pose
from dolbom.drives.odometry import Track


def driven(file: Path | None, *points: tuple[float, float], complaints: list[str] | None = None) -> Dock:
    dock = Dock(file, (complaints if complaints is not None else []).append)
    for x, y in points:
        dock.moved(Pose(x, y))
    return dock


def test_the_place_where_it_was_switched_on_is_the_dock() -> None:
    dock = driven(None, (0, 0), (0.5, 0), (1.0, 0))
    assert dock.pose == Pose(0, 0)
    assert dock.away(Pose(1.0, 0.0)) and not dock.away(Pose(0.05, 0.0)) and dock.away(Pose(0, 0, 1.0))
    assert np.allclose(dock.way(), [(0, 0), (0.5, 0), (1.0, 0)])


def test_circles_are_left_out_of_the_way_back() -> None:
    square = [(0, 0), (0.5, 0), (1, 0), (1.5, 0), (1.5, 0.5), (1.5, 1), (1, 1), (1, 0.5), (1.02, 0.02), (1, -0.5)]
    assert driven(None, *square).way().tolist() == [[0, 0], [0.5, 0], [1, 0], [1.02, 0.02], [1, -0.5]]


def test_a_process_that_is_started_again_goes_on_where_the_base_is(tmp_path: Path) -> None:
    file = tmp_path / "dock.json"
    driven(file, (0, 0), (1, 0), (2, 0))
    again = driven(file, (2.05, 0))
    assert again.pose == Pose(0, 0) and len(again.way()) == 3


def test_a_base_that_was_switched_on_anew_stands_at_its_dock(tmp_path: Path) -> None:
    file = tmp_path / "dock.json"
    driven(file, (0, 0), (1, 0), (2, 0))
    assert driven(file, (0.01, 0)).pose == Pose(0.01, 0)


def test_a_robot_that_was_carried_meanwhile_does_not_know_its_dock_until_it_is_told(tmp_path: Path) -> None:
    file, complaints = tmp_path / "dock.json", []
    driven(file, (0, 0), (1, 0), (2, 0))
    lost = driven(file, (1.0, 1.0), complaints=complaints)
    assert not lost.known and lost.away(Pose()) and complaints
    lost.here(Pose(1.0, 1.0))
    assert lost.known and driven(file, (1.0, 1.1)).pose == Pose(1.0, 1.0)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"at": 1}', json.dumps({"at": [0, 0, 0], "dock": [0, 0, float("nan")], "way": []})]
)
def test_a_file_that_cannot_be_read_is_no_dock_and_no_crash(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dock.json"
    file.write_text(text)
    assert driven(file, (3.0, 0.0)).pose == Pose(3.0, 0.0)


def test_a_full_disk_costs_the_memory_and_not_the_drive(tmp_path: Path) -> None:
    complaints: list[str] = []
    dock = driven(tmp_path / "missing" / "dock.json", (0, 0), (1, 0), complaints=complaints)
    assert dock.known and complaints


def test_odometry_between_two_messages_is_a_line_and_a_jump_is_noticed() -> None:
    track = Track()
    assert track.add(Moved(1.0, Pose(0, 0, 3.1))) and track.add(Moved(1.1, Pose(0.04, 0.02, -3.1)))
    half = track.at(1.05)
    assert half is not None and half.x == pytest.approx(0.02) and abs(half.heading) == pytest.approx(3.1416, abs=0.01)
    assert track.at(0.9) is None and track.at(1.4) is None and track.at(1.15) == Pose(0.04, 0.02, -3.1)
    assert not track.add(Moved(1.2, Pose(3.0, 0.0)))
    assert track.at(1.05) is None
    assert not track.add(Moved(0.2, Pose(3.0, 0.0))), "time began anew"
