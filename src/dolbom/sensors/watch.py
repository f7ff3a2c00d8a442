"""The watch over a home's activity: feeds what is observed to the rules of silence and of the night, and keeps hours.

Deterministic: the same observations give the same decisions. What is to be kept is handed out with them; a new process
is given it back by `restore`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from dolbom.events import Blind
from dolbom.sensors.decisions import Decisions
from dolbom.sensors.inactivity import Inactivity
from dolbom.sensors.observations import (
    Alarmed,
    BackHome,
    Blinded,
    InBed,
    Leaving,
    LostAtTheDoor,
    Moment,
    Observation,
    Outcome,
    Prompted,
    SeenUp,
    SignOfLife,
    Tick,
)
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.rhythm import Hour, Rhythm
from dolbom.sensors.state import Night, Quiet, Stage
from dolbom.sensors.wandering import Wandering

MARK_S = 60.0
"""What only grew is written so often: no more is lost by a plug that is pulled."""
LONGEST_STEP_S = 60.0
"""A longer time between two looks was not watched: the process stood still."""
OFF_S = 150.0
"""A restart that took longer than this was a time in which the robot was off."""
SUSPECT_AGAIN_S = 60.0

Hours = Callable[[str, datetime], Iterable[Hour]]


class Watch:
    """One home.

    Args:
        inactivity, wandering: the rules.
        hours: what was learnt of a subject, up to a moment.
    """

    def __init__(self, inactivity: Inactivity, wandering: Wandering, hours: Hours) -> None:
        self.inactivity, self.wandering, self._read = inactivity, wandering, hours
        self.quiet: dict[str, Quiet] = {}
        self.night: Night | None = None
        self.rhythms: dict[str, Rhythm] = {}
        self.blind: Blind | Literal[""] = ""
        self._hours: dict[str, Hour] = {}
        self._hour: tuple[date, int] | None = None
        self._now: float | None = None
        self._marked = -1e9
        self._suspected = -1e9

    @property
    def parameters(self) -> ActivityParameters:
        """The times."""
        return self.inactivity.parameters

    def restore(
        self, quiet: Mapping[str, Quiet], night: Night | None, looked: datetime | None, at: Moment
    ) -> Decisions:
        """Goes on with what an earlier process left.

        Args:
            looked: when it was written last, civil time.
        """
        out = Decisions()
        self._now, self.night = at.now, night
        for subject in self.parameters.persons or [""]:
            kept = quiet.get(subject)
            self.quiet[subject] = kept if kept is not None else Quiet(subject=subject, since=at.civil)
            # Whether the question was heard is not known: it is put again.
            self.quiet[subject].asking = None
        if night is not None:
            night.prompt = None
        self._learn(at)
        off_s = (at.civil - looked).total_seconds() if looked is not None else 0.0
        if looked is not None and off_s > OFF_S:
            for subject, q in self.quiet.items():
                self.inactivity.was_off(q, looked, at, self.rhythms[subject])
        self._dump(at, out)
        return out

    def observe(self, observation: Observation) -> Decisions:
        """What follows from one observation."""
        out, at = Decisions(), observation.at
        self._pass(at, out)
        match observation:
            case SignOfLife():
                self._sign(observation, out)
            case SeenUp():
                self._sign(SignOfLife(at, "moved", "", observation.person), out)
                if (night := self._tonight(at, out)) is not None:
                    self.wandering.up(night, at, observation.person, observation.at_the_door, out)
            case InBed():
                if (night := self._tonight(at, out)) is not None:
                    self.wandering.in_bed(night, at, out)
            case LostAtTheDoor():
                for q in self._whose(observation.person):
                    self.inactivity.leaving(q, at, "door", out)
                if (night := self._tonight(at, out)) is not None:
                    self.wandering.door(night, at, "seen", out)
            case Blinded():
                self.blind = observation.because
            case Leaving():
                for q in self._whose(observation.person):
                    self.inactivity.leaving(q, at, "words", out)
            case BackHome():
                for q in self._whose(observation.person):
                    self.inactivity.back(q, at, out)
            case Prompted():
                self._prompted(observation, out)
            case Alarmed():
                for q in self.quiet.values():
                    if q.stage is Stage.DANGER and not q.alarmed:
                        q.alarmed = True
                        out.quiet[q.subject] = q
            case Tick():
                self._suspect_again(at, out)
        if out.written or at.now - self._marked >= MARK_S:
            self._dump(at, out)
        return out

    # --- signs ---

    def _sign(self, sign: SignOfLife, out: Decisions) -> None:
        at = sign.at
        fresh = False
        for q in self._whose(sign.person):
            fresh = fresh or q.silent_s + q.unseen_s >= MARK_S
            self.inactivity.sign(q, sign, out)
            self._count(q.subject, signs=1)
        if fresh:
            self._marked = -1e9  # a sign after a silence is on disk before anything else is counted
        if self.night is not None and sign.kind != "door":
            self.wandering.noticed(self.night, at, out)
        leads_out = sign.kind == "door" and sign.place in self.parameters.front_doors
        if leads_out and (night := self._tonight(at, out)) is not None:
            self.wandering.door(night, at, "sensor", out)

    def _whose(self, person: str | None) -> list[Quiet]:
        """Whom a sign is of: somebody who is watched by themselves, else everybody."""
        if person is not None and self.parameters.persons:
            return [self.quiet[person]] if person in self.quiet else []
        return list(self.quiet.values())

    def _prompted(self, told: Prompted, out: Decisions) -> None:
        for q in self.quiet.values():
            if self.inactivity.prompted(q, told, out):
                self._count(q.subject, signs=int(told.outcome is Outcome.ANSWERED))
                return
        if self.night is not None and self.wandering.prompted(self.night, told, out):
            return

    # --- time ---

    def _pass(self, at: Moment, out: Decisions) -> None:
        before, self._now = self._now, at.now
        seconds = min(max(0.0, at.now - before), LONGEST_STEP_S) if before is not None else 0.0
        self._turn_hour(at, out)
        if not seconds:
            return
        for subject, q in self.quiet.items():
            at_home, stage = q.away is None, q.stage
            self.inactivity.passed(q, at, seconds, self.blind, self.rhythms[subject], out)
            if q.stage is not stage and q.stage is Stage.DANGER:
                self._suspected = at.now
            self._count(subject, watched_s=seconds * (at_home and not self.blind), silence_s=q.silent_s,
                        spoilt=q.stage.rank >= Stage.CAUTION.rank)  # fmt: skip
        night = self._tonight(at, out)
        if night is not None:
            self.wandering.passed(night, at, out)

    def _tonight(self, at: Moment, out: Decisions) -> Night | None:
        """The night, if it is; of one that is over the end is told."""
        rhythm = self.rhythms[next(iter(self.quiet))]
        if not self.parameters.wandering or not rhythm.night.holds(at.civil):
            if self.night is not None and (self.night.last_up is not None or self.night.wanders):
                self.wandering.ends(self.night, at, out)
            return None
        day = self.wandering.of(at)
        if self.night is None or self.night.day != day:
            gone = self.night if self.night is not None and self.night.door == "gone" else None
            self.night = Night(day=day)
            if gone is not None:  # since yesterday
                self.night.door, self.night.door_at, self.night.told = gone.door, gone.door_at, gone.told
        return self.night

    def _suspect_again(self, at: Moment, out: Decisions) -> None:
        if at.now - self._suspected < SUSPECT_AGAIN_S:
            return
        for q in self.quiet.values():
            if q.stage is Stage.DANGER and not q.alarmed:
                self._suspected = at.now
                self.inactivity.suspect(q, at, out)

    # --- hours ---

    def _turn_hour(self, at: Moment, out: Decisions) -> None:
        hour = (at.civil.date(), at.civil.hour)
        if hour == self._hour:
            return
        if self._hour is not None:
            self._dump(at, out)
        self._hour, self._hours = hour, {}
        self._learn(at)

    def _learn(self, at: Moment) -> None:
        for subject in self.quiet:
            self.rhythms[subject] = Rhythm(self.parameters, self._read(subject, at.civil))

    def _count(self, subject: str, signs: int = 0, watched_s: float = 0.0, silence_s: float = 0.0,
               spoilt: bool = False) -> None:  # fmt: skip
        assert self._hour is not None
        one = self._hours.get(subject)
        if one is None:
            day, hour = self._hour
            one = Hour(day, hour, 0.0, 0.0, 0)
        self._hours[subject] = replace(
            one,
            signs=one.signs + signs,
            watched_s=one.watched_s + watched_s,
            silence_s=max(one.silence_s, silence_s),
            spoilt=one.spoilt or spoilt,
        )

    def _dump(self, at: Moment, out: Decisions) -> None:
        """Everything that is kept, as it is now."""
        self._marked = at.now
        for subject, q in self.quiet.items():
            out.quiet[subject] = q.model_copy(deep=True)
        if self.night is not None:
            out.night = self.night.model_copy(deep=True)
        for subject, hour in self._hours.items():
            out.hours.append((subject, hour))
        self._hours = {}
