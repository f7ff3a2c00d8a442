"""The driving scenarios with many seeds: nobody is driven at, nothing is touched, nobody falls because it moves."""

from __future__ import annotations

import pytest
from tests.scenarios.test_scenarios import SCENARIOS, played

from dolbom.simulation.scenario.reading import load
from dolbom.simulation.scenario.telling import findings, timeline
from dolbom.simulation.scenario.verdict import Outcome

DRIVING = [path.stem for path in SCENARIOS if load(path).scenario.robot.drives]


def test_there_are_scenarios_that_drive() -> None:
    assert len(DRIVING) >= 8


@pytest.mark.slow
@pytest.mark.xdist_group("driving")
@pytest.mark.parametrize("seed", range(1, 20))
@pytest.mark.parametrize("name", DRIVING)
def test_it_goes_as_expected_whatever_is_drawn(name: str, seed: int) -> None:
    verdict = played(name, seed)
    assert verdict.outcome is Outcome.PASSED, "\n".join([verdict.why, *timeline(verdict), *findings(verdict)])
    assert not verdict.record.touched
    assert min(verdict.record.nearest.values(), default=9.0) >= 0.9
