"""Drives the watch over a home's activity: what was decided is on disk before anything of it is handed out to be done.

While the disk takes nothing, nothing is asked or told; only safety is still called, because somebody may lie there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.sensors.decisions import Act, Decisions, Suspect
from dolbom.sensors.observations import Moment, Observation
from dolbom.sensors.persistence import Ledger
from dolbom.sensors.watch import Watch


@dataclass
class Done:
    """What is on disk now, and what is to be done about it; `acts` in order, `events` are in the outbox."""

    acts: list[Act] = field(default_factory=list)
    events: list[CareEvent] = field(default_factory=list)


class Driver:
    """Goes on with what is on disk, and with every observation.

    Args:
        watch: new, with the rules of the home.
        ledger: writes down what it decides.

    Attributes:
        unreadable: names of what an earlier process left and nobody can read.
        trouble: why the disk does not take what was decided; "" if all is well.
    """

    def __init__(self, watch: Watch, ledger: Ledger) -> None:
        self.watch, self._ledger = watch, ledger
        self.unreadable: list[str] = []
        self.trouble = ""
        self._unwritten = Decisions()

    def start(self, at: Moment) -> Done:
        """Reads the disk and goes on with what it says.

        Raises:
            UserError: if it cannot be read.
        """
        left = self._ledger.read()
        self.unreadable = left.unreadable
        return self._write(self.watch.restore(left.quiet, left.night, left.looked, at), at)

    def observe(self, observation: Observation) -> Done:
        """Something was observed."""
        return self._write(self.watch.observe(observation), observation.at)

    def _write(self, decisions: Decisions, at: Moment) -> Done:
        if not decisions.written and not self._unwritten.written:
            return Done(decisions.acts)
        urgent = [act for act in decisions.acts if isinstance(act, Suspect)]
        decisions.acts = [act for act in decisions.acts if not isinstance(act, Suspect)]
        self._unwritten.add(decisions)
        try:
            self._ledger.write(self._unwritten, at.civil)
        except UserError as error:
            self.trouble = f"not on disk yet: {error}"
            return Done(list(urgent))
        self.trouble = ""
        written, self._unwritten = self._unwritten, Decisions()
        return Done([*urgent, *written.acts], written.events)
