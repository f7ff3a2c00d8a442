"""A home whose activity is watched, on scripted time: what is observed goes in, what is asked and told is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from dolbom.clock import SEOUL, ManualClock
from dolbom.events import CareEvent, SignKind
from dolbom.sensors.decisions import Ask, Decisions, Suspect, Withdraw
from dolbom.sensors.making import rules
from dolbom.sensors.observations import Moment, Observation, Outcome, Prompted, SeenUp, SignOfLife, Tick
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.rhythm import Hour
from dolbom.sensors.state import Night, Quiet
from dolbom.sensors.watch import Watch

SOURCE = "/district/d/home/h/robot/r"


class Home:
    """One home.

    Args:
        at: civil time at the beginning.
        hours: what it has learnt.
    """

    def __init__(
        self,
        at: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=SEOUL),
        parameters: ActivityParameters | None = None,
        hours: Iterable[Hour] = (),
        zone: ZoneInfo = SEOUL,
    ) -> None:
        self.parameters = parameters or ActivityParameters()
        self.clock = ManualClock(at, zone=zone)
        self.hours = list(hours)
        self.asks: list[Ask] = []
        self.withdrawn: list[UUID] = []
        self.suspicions: list[Suspect] = []
        self.events: list[CareEvent] = []
        self.kept: dict[str, str] = {}
        self.night: str | None = None
        self.looked: datetime | None = None
        self.begin()

    @property
    def at(self) -> Moment:
        return Moment(self.clock.now(), self.clock.civil())

    def begin(self) -> None:
        """A new process, with what the last one wrote."""
        quiet, night = rules(self.parameters, SOURCE, "ko", lambda _: "어르신", lambda: "halmoni")
        self.watch = Watch(quiet, night, lambda _subject, _now: self.hours)
        kept = {name: Quiet.model_validate_json(text) for name, text in self.kept.items()}
        left = Night.model_validate_json(self.night) if self.night else None
        self._take(self.watch.restore(kept, left, self.looked, self.at))

    def observe(self, *observations: Observation) -> None:
        for observation in observations:
            self._take(self.watch.observe(observation))

    def _take(self, out: Decisions) -> None:
        if out.written:
            self.kept |= {name: quiet.model_dump_json() for name, quiet in out.quiet.items()}
            self.night = out.night.model_dump_json() if out.night else self.night
            self.looked = self.clock.civil()
        self.events += out.events
        for act in out.acts:
            if isinstance(act, Ask):
                self.asks.append(act)
            elif isinstance(act, Withdraw):
                self.withdrawn.append(act.prompt)
            else:
                self.suspicions.append(act)

    def wait(self, hours: float = 0.0, minutes: float = 0.0, step_s: float = 30.0) -> None:
        """Time goes by in which nothing happens."""
        left = hours * 3600 + minutes * 60
        while left > 0:
            self.clock.advance(min(step_s, left))
            left -= step_s
            self.observe(Tick(self.at))

    def sign(self, kind: SignKind = "moved", place: str = "", person: str | None = None) -> None:
        self.observe(SignOfLife(self.at, kind, place, person))

    def up(self, seconds: float = 5.0, at_the_door: bool = False) -> None:
        """Somebody walks through the picture."""
        for _ in range(round(seconds)):
            self.clock.advance(1.0)
            self.observe(SeenUp(self.at, None, at_the_door))

    def answer(self, outcome: Outcome = Outcome.SILENCE, answer: str = "", heard: str = "") -> None:
        """How the last question ended."""
        self.observe(Prompted(self.at, self.asks[-1].prompt, outcome, answer, heard))

    def silent(self, hours: float) -> None:
        """Time goes by, and whatever is asked is answered by nobody."""
        asked = len(self.asks)
        left = hours * 60
        while left > 0:
            self.wait(minutes=min(1, left))
            left -= 1
            if len(self.asks) > asked:
                asked = len(self.asks)
                self.answer()

    def told(self) -> list[str]:
        return [event.kind for event in self.events]

    def jump(self, by: timedelta) -> None:
        """The calendar is set."""
        self.clock.set_civil(self.clock.civil() + by)
