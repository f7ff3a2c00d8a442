"""A home without a disk for the tests of the routines: its keeper, its clocks, and what was decided so far."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dolbom.clock import SEOUL
from dolbom.events import CareEvent
from dolbom.routines.decisions import Act, Begin, Decisions, Mark, Remind
from dolbom.routines.due import Due, State
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.history import Entry, left
from dolbom.routines.keeper import Held, Keeper
from dolbom.routines.observations import Moment, Observation, Outcome, Reminded, Tick
from dolbom.routines.routine import Routine, routine_from

DAY = date(2026, 11, 25)


def routine(**fields: Any) -> Routine:
    """A routine: a daily one at 08:00 unless it says otherwise."""
    usual: dict[str, Any] = {"id": "pill", "kind": "medicine", "title": "혈압약", "schedule": {"at": ["08:00"]}}
    fields = usual | fields
    if fields["kind"] == "medicine":
        fields.setdefault("medicine", {"dose": "한 알"})
    return routine_from(fields, DAY)


class Home:
    """Drives a keeper as a process does; `written` survives `restart`."""

    def __init__(
        self,
        *routines: Routine | Held,
        start: str = "2026-11-25T07:00",
        zone: ZoneInfo = SEOUL,
        parameters: RoutineParameters | None = None,
    ) -> None:
        self.zone = zone
        self.now = 0.0
        self.utc = datetime.fromisoformat(start).replace(tzinfo=zone)
        self.parameters = parameters or RoutineParameters()
        self.held = [one if isinstance(one, Held) else Held(one) for one in routines]
        self.entries: list[Entry] = []
        self.events: list[CareEvent] = []
        self.acts: list[Act] = []
        self.written: dict[str, str] = {}
        self.mark: Mark | None = None
        self._offset = timedelta(0)
        self.keeper = self._process()
        self.tick()

    def _process(self) -> Keeper:
        rules = Rules(self.parameters, "/district/d/home/h/robot/r", "ko", self.zone, lambda _person: "어르신")
        keeper = Keeper(rules)
        keeper.set_routines(self.held)
        return keeper

    def at(self) -> Moment:
        civil = (self.utc + timedelta(seconds=self.now) + self._offset).astimezone(self.zone)
        return Moment(self.now, civil)

    def clock(self) -> str:
        return f"{self.at().civil:%H:%M:%S}"

    def take(self, decisions: Decisions) -> Decisions:
        for id, due in decisions.changed.items():
            if due.state is State.VOID:
                self.written.pop(id, None)
            else:
                self.written[id] = due.model_dump_json()
        self.entries += decisions.entries
        self.events += decisions.events
        self.acts += decisions.acts
        self.mark = decisions.mark or self.mark
        return decisions

    def observe(self, observation: Observation) -> Decisions:
        return self.take(self.keeper.observe(observation))

    def tick(self) -> Decisions:
        return self.observe(Tick(self.at()))

    def wait(self, minutes: float) -> list[str]:
        """Lets time pass, awake whenever the keeper wants to be; what was said meanwhile, with its time."""
        said, end = [], self.now + minutes * 60
        while self.now < end:
            self.now = min(end, max(self.now + 1e-3, self.keeper.next_at(self.at())))
            said += self.said(self.tick())
        return said

    def until(self, clock: str) -> list[str]:
        """Lets time pass until the home's clock shows this."""
        hour, minute = map(int, clock.split(":"))
        now = self.at().civil
        ahead = now.replace(hour=hour, minute=minute, second=0, microsecond=0) - now
        return self.wait((ahead % timedelta(days=1)).total_seconds() / 60)

    def said(self, decisions: Decisions) -> list[str]:
        return [f"{self.clock()[:5]} {act.text}" for act in decisions.acts if isinstance(act, Remind | Begin)]

    def prompt(self) -> Remind:
        """The last reminder."""
        act = [act for act in self.acts if isinstance(act, Remind)][-1]
        assert isinstance(act, Remind)
        return act

    def answer(self, answer: str, heard: str = "") -> Decisions:
        """The person answers the last reminder."""
        return self.observe(Reminded(self.at(), self.prompt().prompt, Outcome.ANSWERED, answer, heard))

    def ends(self, outcome: Outcome, answer: str = "", *, told: bool = False) -> Decisions:
        """The last reminder ends otherwise."""
        act = [act for act in self.acts if isinstance(act, Remind | Begin)][-1]
        assert isinstance(act, Remind | Begin)
        return self.observe(Reminded(self.at(), act.prompt, outcome, answer, told=told))

    def jump(self, **by: float) -> None:
        """The calendar is set, and nothing else."""
        self._offset += timedelta(**by)

    def restart(self, after_s: float = 0.0, zone: ZoneInfo | None = None) -> Decisions:
        """The process is killed and begins anew from what was written; its behaviour time begins at 0."""
        self.utc += timedelta(seconds=self.now + after_s)
        self.now = 0.0
        self.zone = zone or self.zone
        self.keeper = self._process()
        dues = [Due.model_validate_json(one) for one in self.written.values()]
        decisions = self.keeper.restore(dues, self.written, self.mark, left(self.entries), self.at())
        return self.take(decisions)

    def states(self) -> dict[str, str]:
        """What everything is, by its local time."""
        return {f"{due.routine} {due.local:%m-%d %H:%M}": due.known.value for due in self.keeper.dues.values()}

    def kinds(self) -> list[str]:
        """The events so far."""
        return [event.kind for event in self.events]
