"""Where a scenario is played: the core alone on scripted time, or a simulator with the robot's processes.

A backend owns time and the world. The player tells it what begins and lets time pass; whatever happens, it writes into
the record by itself.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from dolbom.simulation.scenario.language import Scenario, Step
from dolbom.simulation.scenario.record import Record

STARTED = ("camera", "body", "fall", "face", "safety", "bridge", "activity", "voice", "companion", "routines")
"""Nodes of the robot in every scenario: none that needs a sound card or serves pages."""


def started(scenario: Scenario) -> tuple[str, ...]:
    """The nodes of the robot that are there in a scenario."""
    aloud = any(step.say is not None and step.say.as_ == "sound" for step in scenario.steps)
    return (*STARTED, *(("ears",) if aloud else ()), *(("drive",) if scenario.robot.drives else ()))


class Backend(Protocol):
    """A world in which a scenario can happen. A context manager: it runs inside the `with`.

    Attributes:
        name: for people: core, gazebo11.
        lacks: needs (`language.NEEDS`) that it cannot meet, with the reason.
    """

    name: str
    lacks: dict[str, str]

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        ...

    def __enter__(self) -> Self:
        """Makes the world and starts the robot.

        Raises:
            UserError: if that cannot be done here.
        """
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self, index: int, step: Step) -> None:
        """Begins a step.

        Raises:
            UserError: if it cannot be done in this world as it is now.
        """
        ...

    def ended(self, index: int) -> bool:
        """Whether a step that has begun is done."""
        ...

    def advance(self, until: float) -> None:
        """Lets time pass, until then at the most; comes back earlier when something happened or a step ended."""
        ...

    def close(self, record: Record) -> None:
        """Writes into the record where everything stands at the end."""
        ...
