"""What must hold of everything that the robot does about routines, checked from outside: by what it did, not how.

It knows the routines, sees every act and every entry of the history, and keeps its own time. Each broken rule is a
sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from dolbom.routines.decisions import Act, Begin, Decisions, Remind, Withdraw
from dolbom.routines.due import DOSE_STATES, State
from dolbom.routines.history import Entry
from dolbom.routines.observations import Moment
from dolbom.routines.routine import Routine, in_hours

SLACK_S = 1e-3


@dataclass
class _Seen:
    """One thing that is due, as seen from outside."""

    began: float | None = None
    settled: list[State] = field(default_factory=list)
    known: State | None = None
    steps: dict[int, float] = field(default_factory=dict)
    snoozed_s: float = 0.0
    opened: int = 0
    voided: int = 0


class Checker:
    """Watches one home.

    Args:
        routines: by id; may be exchanged.
        zone: of the home.
        quiet: the home's quiet hours.
    """

    def __init__(self, routines: Mapping[str, Routine], zone: ZoneInfo, quiet: str) -> None:
        self.routines = routines
        self.violations: list[str] = []
        self.prompts = 0
        self._zone, self._quiet = zone, quiet
        self._seen: dict[str, _Seen] = {}
        self._taken: dict[tuple[str, str | None], dict[str, float]] = {}
        self._open_prompts: dict[UUID, str] = {}

    def written(self, decisions: Decisions, at: Moment) -> None:
        """This was written down."""
        for entry in decisions.entries:
            self._entry(entry, at)
        told = [event for event in decisions.events if event.kind in ("dose.missed", "dose.unknown", "dose.refused")]
        settled = [
            entry
            for entry in decisions.entries
            if entry.medicine
            and entry.what in ("settled", "corrected")
            and entry.state in (State.MISSED, State.UNKNOWN, State.REFUSED)
            and not (entry.what == "corrected" and entry.reason != "contradicted")
        ]
        if len(told) != len(settled):
            self._broken(f"{len(settled)} doses went wrong and {len(told)} were told to the centre", at)

    def done(self, act: Act, at: Moment) -> None:
        """This was begun: only now did the person hear of it."""
        if isinstance(act, Withdraw):
            self._open_prompts.pop(act.prompt, None)
            return
        self.prompts += 1
        routine = self.routines.get(act.due.split("@")[0])
        seen = self._seen.get(act.due)
        if routine is None or seen is None or not seen.opened:
            self._broken(f"{act.due}: prompted, and was never due", at)
            return
        if seen.known is not None:
            self._broken(f"{act.due}: prompted after it was {seen.known.value}", at)
        medicine = routine.medicine
        if medicine is not None:
            if medicine.as_needed:
                self._broken(f"{act.due}: taken as needed, and prompted", at)
            last = self._last_taken(routine.medicine_key, act.person)
            if last is not None and at.now - last < self._gap_s(routine.medicine_key) - SLACK_S:
                self._broken(f"{act.due}: prompted {(at.now - last) / 3600:.2f} h after the last dose", at)
        quiet = self._quiet if routine.quiet is None else routine.quiet
        if not routine.rungs.in_quiet_hours and in_hours(quiet, at.civil.astimezone(self._zone).time()):
            self._broken(f"{act.due}: prompted in the quiet hours", at)
        if isinstance(act, Remind | Begin):
            self._open_prompts[act.prompt] = act.due

    def open_left(self, open_now: Mapping[str, object]) -> None:
        """At the end: what was opened is settled, voided, or still followed."""
        for id, seen in self._seen.items():
            if seen.opened != len(seen.settled) + (id in open_now) + seen.voided:
                self.violations.append(
                    f"{id}: opened {seen.opened} times, settled {len(seen.settled)}, withdrawn {seen.voided}"
                )

    def settled(self) -> dict[str, State]:
        """What everything ended as."""
        return {id: seen.settled[-1] for id, seen in self._seen.items() if seen.settled}

    def _entry(self, entry: Entry, at: Moment) -> None:
        if not entry.due:
            return
        seen = self._seen.setdefault(entry.due, _Seen())
        routine = self.routines.get(entry.routine)
        if entry.what == "opened":
            seen.opened += 1
            if seen.known is not None:
                self._broken(f"{entry.due}: opened again after it was {seen.known.value}", at)
        elif entry.what == "reminded":
            self._rung(entry, seen, routine, at)
        elif entry.what == "family" and entry.step is not None:
            self._climbed(entry.due, entry.step, seen, routine, at)
        elif entry.what == "snoozed" and routine is not None:
            seen.snoozed_s += routine.rungs.snooze_min * 60
        elif entry.what == "voided":
            # What a wrong clock had settled was voided after it; else it was open.
            seen.voided += seen.known is None
            seen.known = None
        elif entry.what in ("settled", "corrected") and entry.state is not None:
            if entry.what == "settled":
                if seen.known is not None:
                    self._broken(f"{entry.due}: settled twice, {seen.known.value} and {entry.state.value}", at)
                seen.settled.append(entry.state)
                allowed = DOSE_STATES if entry.medicine else (State.DONE, State.REFUSED, State.MISSED)
                if entry.state not in allowed:
                    self._broken(f"{entry.due}: settled as {entry.state.value}", at)
            seen.known = entry.state
            if entry.medicine and entry.state is State.TAKEN:
                last = self._last_taken(entry.medicine, entry.person)
                prompted = entry.by == "person" and entry.scheduled and entry.what == "settled"
                if prompted and last is not None and at.now - last < self._gap_s(entry.medicine) - SLACK_S:
                    self._broken(f"{entry.due}: a second dose {(at.now - last) / 3600:.2f} h after the last", at)
                # When staff say later that it was taken, they say when; the rules know, and it is not judged here.
                if entry.what == "settled" or entry.by == "person":
                    self._taken.setdefault((entry.medicine, entry.person), {})[entry.due] = at.now
            elif entry.medicine and entry.what == "corrected":
                # It was not taken after all, say those who know.
                self._taken.get((entry.medicine, entry.person), {}).pop(entry.due, None)

    def _last_taken(self, medicine: str, person: str | None) -> float | None:
        return max(self._taken.get((medicine, person), {}).values(), default=None)

    def _gap_s(self, medicine: str) -> float:
        of = [one.medicine for one in self.routines.values() if one.medicine_key == medicine]
        return max((one.min_gap_h for one in of if one is not None), default=0.0) * 3600

    def _rung(self, entry: Entry, seen: _Seen, routine: Routine | None, at: Moment) -> None:
        if seen.began is None:
            seen.began = at.now
            if routine is not None and entry.local is not None and entry.step == 0:
                late = at.civil.astimezone(self._zone).replace(tzinfo=None) - entry.local
                if late.total_seconds() < -3601:
                    self._broken(f"{entry.due}: begun {-late} before its time", at)
        if entry.step is not None:
            self._climbed(entry.due, entry.step, seen, routine, at)

    def _climbed(self, due: str, step: int, seen: _Seen, routine: Routine | None, at: Moment) -> None:
        if step in seen.steps:
            self._broken(f"{due}: step {step} twice", at)
        seen.steps[step] = at.now
        if routine is None or seen.began is None:
            return
        steps = routine.rungs.steps
        early = seen.began + (steps[step].at_min - steps[0].at_min) * 60 + seen.snoozed_s - at.now
        if early > SLACK_S:
            self._broken(f"{due}: step {step} {early:.0f} s before its time", at)

    def _broken(self, what: str, at: Moment) -> None:
        self.violations.append(f"{at.civil.astimezone(self._zone):%Y-%m-%d %H:%M:%S} {what}")
