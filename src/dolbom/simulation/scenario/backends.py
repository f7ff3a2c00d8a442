"""The backends that scenarios can be played on, by what was asked for on the command line."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from dolbom.errors import UserError
from dolbom.simulation.installation import installation
from dolbom.simulation.scenario.playing import Progress, play
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.scenario.verdict import Verdict

GAZEBO = "dolbom_nodes.scenario_backend"
SERIES = "dolbom_nodes.scenario_series"
"""Need ROS: the core only knows their names."""
Player = Callable[[Loaded, Progress], Verdict]


def make(core: bool, film: Path | None = None, morphemes: bool = False, domain: int | None = None) -> Player:
    """What plays a scenario.

    Args:
        core: on the core alone; else in Gazebo with the robot's processes.
        film: what the robot's camera shows goes there.
        morphemes: the core understands with the morpheme model.
        domain: the ROS domain of the robot's processes.

    Raises:
        UserError: if that backend cannot be had.
    """
    if core:
        if film is not None:
            raise UserError("the core alone has no picture to film", "leave --record out")
        from dolbom.simulation.day.backend import LACKS, CoreBackend

        return lambda loaded, progress: play(
            loaded, lambda one, into: CoreBackend(one, into, morphemes), progress, LACKS
        )
    module = _of_ros(GAZEBO)
    return lambda loaded, progress: play(
        loaded, lambda one, into: module.GazeboBackend(one, into, film, domain), progress, module.LACKS
    )


@contextmanager
def together(domain: int | None = None) -> Iterator[Player]:
    """What plays one scenario again and again in one running simulation, which ends with the block.

    Raises:
        UserError: if that simulator cannot be had.
    """
    series = _of_ros(SERIES).GazeboSeries(domain)
    try:
        yield lambda loaded, progress: play(loaded, series.backend, progress, series.lacks)
    finally:
        series.close()


def _of_ros(name: str) -> ModuleType:
    if trouble := installation().trouble():
        raise UserError(trouble, "dolbom sim install, or play it on the core alone: --core")
    if find_spec("rclpy") is None or find_spec("dolbom_nodes") is None:
        raise UserError("ROS cannot be imported here", "run bin/dolbom, which sets the environment")
    return importlib.import_module(name)
