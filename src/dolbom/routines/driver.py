"""Drives the keeper of a home's routines: what was decided is on disk before anything of it is handed out to be done.

Whoever drives this needs no knowledge of the rules: it says what it observes, carries out `Done.acts`, and tells how
they ended. A change of the routines by another program is noticed within `LOOK_S`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.routines.decisions import Act, Decisions
from dolbom.routines.due import Due
from dolbom.routines.keeper import Keeper
from dolbom.routines.observations import Corrected, Moment, Observation, Supplied, Taken, Tick
from dolbom.routines.persistence import Ledger
from dolbom.store.routines import Book

LOOK_S = 2.0
"""So often it is looked whether somebody changed the routines."""
LONGEST_S = 30.0
"""Time is told at least so often, so that a calendar that was set is noticed."""


@dataclass
class Done:
    """What is on disk now, and what is to be done about it.

    Attributes:
        acts: to be begun or taken back, in order.
        events: are in the outbox.
        changed: what is due, as it is now.
    """

    acts: list[Act] = field(default_factory=list)
    events: list[CareEvent] = field(default_factory=list)
    changed: list[Due] = field(default_factory=list)


class Driver:
    """Goes on with what is on disk, and with every observation.

    Args:
        keeper: new, with the rules of the home.
        ledger: writes down what it decides.
        book: the home's routines.

    Attributes:
        unreadable: names of what an earlier process left and nobody can read.
    """

    def __init__(self, keeper: Keeper, ledger: Ledger, book: Book) -> None:
        self.keeper = keeper
        self.unreadable: list[str] = []
        self._ledger, self._book = ledger, book
        self._unwritten = Decisions()
        self._supplies: dict[str, float] = {}
        self._looked = self._told = -1e9
        self._not_written = self._not_read = ""

    @property
    def trouble(self) -> str:
        """Why the disk does not take what was decided, or gives no routines; "" if all is well.

        While it takes nothing, nothing is begun: whoever died then would not know what was said.
        """
        return self._not_written or self._not_read

    def start(self, at: Moment) -> Done:
        """Reads the disk and goes on with what it says.

        Raises:
            UserError: if it cannot be read.
        """
        self._book.look()
        kept = self._ledger.read()
        self.unreadable = kept.unreadable
        self.keeper.set_routines(self._book.held)
        first = self.keeper.restore(kept.dues, kept.past, kept.mark, kept.left, at)
        first.add(self.keeper.observe(Tick(at)))
        first.add(self._counted(at))
        self._looked = self._told = at.now
        return self._write(first)

    def observe(self, observation: Observation) -> Done:
        """Something was observed.

        Raises:
            UserError: for what staff note that cannot be; the rest goes on as if it had not been said.
        """
        self._told = observation.at.now
        if isinstance(observation, Corrected | Taken | Supplied):
            # What time alone has brought until now is not lost with an entry that is refused.
            self._unwritten.add(self.keeper.observe(Tick(observation.at)))
        return self._write(self.keeper.observe(observation))

    def tick(self, at: Moment) -> Done:
        """Time passed; to be called about once a second."""
        due = at.now >= self.keeper.next_at(at) or not 0 <= at.now - self._told < LONGEST_S
        if not 0 <= at.now - self._looked < LOOK_S:
            self._looked = at.now
            try:
                if self._book.look():
                    self.keeper.set_routines(self._book.held)
                    self._unwritten.add(self._counted(at))
                    due = True
                self._not_read = ""
            except UserError as error:
                self._not_read = f"changes of the routines cannot be read: {error}"
        if due:
            return self.observe(Tick(at))
        return self._write(Decisions())

    def _counted(self, at: Moment) -> Decisions:
        """What the routines say of how many there are, where it is new."""
        out, supplies = Decisions(), dict[str, float]()
        for one in self._book.held:
            supply = one.routine.medicine.supply if one.routine.medicine is not None else None
            if supply is not None:
                supplies.setdefault(one.routine.medicine_key, supply.count)
        for medicine, count in supplies.items():
            if medicine not in self.keeper.left or self._supplies.get(medicine, count) != count:
                out.add(self.keeper.observe(Supplied(at, medicine, count, "routine")))
        self._supplies = supplies
        return out

    def _write(self, decisions: Decisions) -> Done:
        self._unwritten.add(decisions)
        try:
            self._ledger.write(self._unwritten)
        except UserError as error:
            self._not_written = f"not on disk yet: {error}"
            return Done()
        self._not_written = ""
        written, self._unwritten = self._unwritten, Decisions()
        return Done(written.acts, written.events, list(written.changed.values()))
