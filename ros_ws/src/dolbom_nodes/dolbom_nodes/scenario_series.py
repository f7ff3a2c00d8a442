"""One scenario with many seeds in one running simulation: robot, district and Gazebo stay, the home is set back.

Between two runs whoever is there gets up in the robot's view, the desk closes every alarm, all is quiet for some
seconds, and everybody is put where they begin. Manners, motions, parameters and the camera's noise are those of the
next seed; what the people look like, the robot's learnt faces and the calendar stay those of the first.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from dolbom.errors import UserError
from dolbom.simulation.scenario.language import Step
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.scenario.record import Record
from dolbom_nodes.scenario_backend import GazeboBackend

UNSUITED = ("network", "kill", "camera", "open", "close", "switch_on", "switch_off", "gas", "drive", "leave", "clock")
"""Verbs, and a word of time, after which the home cannot be set back by its people alone."""


class GazeboSeries:
    """Plays one scenario again and again; the runs are its `backend`s. A context manager around all of them."""

    name = GazeboBackend.name
    lacks = GazeboBackend.lacks

    def __init__(self, domain: int | None = None) -> None:
        self._domain = domain
        self._kept: GazeboBackend | None = None

    def backend(self, loaded: Loaded, record: Record) -> Any:
        """The next run.

        Raises:
            UserError: if the scenario changes what cannot be set back.
        """
        for index, step in enumerate(loaded.scenario.steps):
            if unsuited := [word for word in UNSUITED if getattr(step, word, None) is not None]:
                raise UserError(
                    f"{loaded.mark('steps', index)}: {unsuited[0]} cannot be set back in a running simulation",
                    "sweep it without --together",
                )
        if loaded.scenario.robot.drives:
            raise UserError("a robot that drives is not set back", "sweep it without --together")
        if loaded.scenario.routines:
            raise UserError("routines go by a calendar that cannot be set back", "sweep it without --together")
        return _Run(self, loaded, record)

    def close(self) -> None:
        """Ends the simulation."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.__exit__(None, None, None)

    def begin(self, loaded: Loaded, record: Record) -> GazeboBackend:
        """The backend, ready for this run."""
        if self._kept is None:
            self._kept = GazeboBackend(loaded, record, None, self._domain).__enter__()
        else:
            try:
                self._kept.again(loaded, record)
            except BaseException:
                self.close()
                raise
        return self._kept


class _Run:
    """One run of a series as a backend: it begins and ends without starting or stopping anything."""

    name = GazeboBackend.name
    lacks = GazeboBackend.lacks

    def __init__(self, series: GazeboSeries, loaded: Loaded, record: Record) -> None:
        self._series, self._loaded, self._record = series, loaded, record

    def __enter__(self) -> Self:
        self._backend = self._series.begin(self._loaded, self._record)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:  # the world may be in any state: the next run begins with a new one
            self._series.close()

    @property
    def now(self) -> float:
        """As `Backend.now`."""
        return self._backend.now

    def begin(self, index: int, step: Step) -> None:
        """As `Backend.begin`."""
        self._backend.begin(index, step)

    def ended(self, index: int) -> bool:
        """As `Backend.ended`."""
        return self._backend.ended(index)

    def advance(self, until: float) -> None:
        """As `Backend.advance`."""
        self._backend.advance(until)

    def close(self, record: Record) -> None:
        """As `Backend.close`."""
        self._backend.close(record)
