"""Many seeds in one running simulation: what cannot be set back is refused before anything is started."""

from __future__ import annotations

import pytest

from dolbom.errors import UserError
from dolbom.simulation.scenario.cli import FOLDER
from dolbom.simulation.scenario.reading import load
from dolbom.simulation.scenario.record import Record
from dolbom_nodes.scenario_series import GazeboSeries


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fall_while_the_fall_node_is_killed", "kill cannot be set back"),
        ("fall_with_the_network_down", "network cannot be set back"),
        ("camera_covered_and_a_call", "camera cannot be set back"),
        ("dose_taken", "routines go by a calendar"),
        ("comes_when_somebody_falls", "a robot that drives is not set back"),
    ],
)
def test_a_scenario_that_changes_what_people_cannot_set_back_is_refused(name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        GazeboSeries().backend(load(FOLDER / f"{name}.yaml"), Record())


@pytest.mark.parametrize("name", ["falls_in_view", "near_falls", "fall_seen_by_a_poor_camera", "sits_down_hard"])
def test_what_is_swept_can_be_set_back(name: str) -> None:
    series = GazeboSeries()
    assert series.backend(load(FOLDER / f"{name}.yaml", 3), Record()).name == "gazebo11"
    series.close()
