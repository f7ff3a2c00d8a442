"""All routines of one home: opens what falls due, hands each observation to what it belongs to, and guards the doses.

Nothing due is skipped or done twice: an occurrence is known by its civil local time, and whatever lies between the last
look and now is opened, whether a night, a restart or a jump of the clock lies between. See docs/routines.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dolbom.routines.decisions import Decisions, Mark
from dolbom.routines.due import DOSE_STATES, Due, State
from dolbom.routines.following import Rules
from dolbom.routines.history import Entry
from dolbom.routines.observations import (
    Corrected,
    Happened,
    Moment,
    Noticed,
    Observation,
    Reminded,
    Said,
    Supplied,
    Taken,
)
from dolbom.routines.occurrences import Occurrence, occurrence_id, occurrences
from dolbom.routines.recurrence import instant, on
from dolbom.routines.routine import Routine
from dolbom.safety.distress import Timer
from dolbom.trouble import TroubleError

JUMP_S = 2.0
"""A civil clock that moves so much otherwise than behaviour time was set."""
ZONES_APART = timedelta(hours=27)
"""No two local times of one instant are further apart; after such a change so much is looked at again."""
HORIZON = timedelta(days=1)
KEPT = 1000
"""So many of what was opened last are remembered whole; of the others only the names, so that nothing is done twice.
By number, not by time: a clock that was wrong by years must not make the robot forget the day."""


@dataclass(frozen=True, slots=True)
class Held:
    """A routine as it is now.

    Attributes:
        since: when its times were last changed: what falls before was never due by them.
        before: what it was before that, whose times still hold for the time before.
    """

    routine: Routine
    version: int = 1
    since: datetime | None = None
    before: Routine | None = None


class Keeper:
    """Follows everything that is due in one home.

    Attributes:
        dues: everything that is followed, and what was settled lately, by id.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.dues: dict[str, Due] = {}
        self._held: dict[str, Held] = {}
        self._left: dict[str, float] = {}
        self._mark: Mark | None = None
        self._next_look: datetime | None = None
        self._last: Moment | None = None
        self._active: set[str] = set()
        self._past: set[str] = set()

    # --- what is kept ---

    def set_routines(self, held: Iterable[Held]) -> None:
        """These are the home's routines from now on; the next observation carries it out."""
        self._held = {one.routine.id: one for one in held}
        self.rules.gaps_h = {}
        for one in self._held.values():
            if one.routine.medicine is not None:
                key, gap_h = one.routine.medicine_key, one.routine.medicine.min_gap_h
                self.rules.gaps_h[key] = max(gap_h, self.rules.gaps_h.get(key, 0.0))
        self._next_look = None

    def restore(
        self, dues: Iterable[Due], past: Iterable[str], mark: Mark | None, left: Mapping[str, float], at: Moment
    ) -> Decisions:
        """Goes on in a new process with what the old one left on disk.

        Args:
            dues: what is open and what was opened last, in that order.
            past: the names of everything that was ever due.
            mark: how far the day was looked at.
            left: of each medicine that is counted.
        """
        out = Decisions()
        self.dues = {due.id: due for due in dues}
        self._active = set(self.dues)
        self._past = {*past, *self.dues}
        self._mark, self._left, self._next_look, self._last = mark, dict(left), None, at
        for due in self.dues.values():
            if due.gap is not None:
                due.gap.resume(at)
            held = self._held.get(due.routine)
            if due.open and held is not None:
                self.rules.resume(due, held.routine, at, out)
        return self._decided(out, at)

    @property
    def left(self) -> Mapping[str, float]:
        """How many are left of each medicine that was counted."""
        return self._left

    # --- what is observed ---

    def observe(self, observation: Observation) -> Decisions:
        """What follows from an observation, in which time has passed as well.

        Raises:
            TroubleError: for a correction that cannot be made; nothing is changed by it.
        """
        out, at = Decisions(), observation.at
        self._notice_jump(at, out)
        self._look(at, out)
        if isinstance(observation, Reminded):
            self._reminded(observation, out)
        elif isinstance(observation, Said):
            self._said(observation, out)
        elif isinstance(observation, Happened):
            self._happened(at, observation.event, observation.person, out)
        elif isinstance(observation, Noticed):
            for due in self._open(observation.person):
                if due.medicine and due.began is not None:
                    self.rules.seen(due, at, observation.what, observation.confidence, out)
        elif isinstance(observation, Corrected):
            self._corrected(observation, out)
        elif isinstance(observation, Taken):
            self._given(observation, out)
        elif isinstance(observation, Supplied):
            self._left[observation.medicine] = observation.count
            entry = Entry(
                at=at.civil.astimezone(UTC), what="supplied", medicine=observation.medicine,
                by=observation.by, count=observation.count,
            )  # fmt: skip
            out.entries.append(entry)
        self._pass_time(at, out)
        self._count(at, out)
        return self._decided(out, at)

    def next_at(self, at: Moment) -> float:
        """The behaviour time at which something may be to do if nothing is observed before.

        Whoever sleeps until then looks each minute all the same, so that a calendar that was set is noticed.
        """
        times = [at.now + HORIZON.total_seconds()]
        if self._next_look is None:
            return at.now
        times.append(at.now + (self._next_look - at.civil).total_seconds())
        for due in self._open(None):
            if due.state is State.WAITING:
                times.append(at.now + (self._latest(due) - at.civil).total_seconds())
                times += [due.rest.due] if due.rest is not None else []
            elif due.climb is None:
                times.append(at.now + 60.0)  # held: it is seen each minute whether it may be said
            else:
                times += [timer.due for timer in (due.climb, due.rest) if timer is not None]
        return max(at.now, min(times))

    # --- time ---

    def _notice_jump(self, at: Moment, out: Decisions) -> None:
        """Waits are measured in behaviour time; when the calendar is set, their ends on it move along."""
        last, self._last = self._last, at
        if last is None:
            return
        jump = (at.civil - last.civil).total_seconds() - max(0.0, at.now - last.now)
        if abs(jump) < JUMP_S:
            return
        for due in self.dues.values():
            timers = [timer for timer in (due.climb, due.rest, due.gap) if timer is not None]
            for timer in timers:
                timer.due_civil += timedelta(seconds=jump)
            if timers:
                self.rules.note(due, out)
        self._next_look = None

    def _look(self, at: Moment, out: Decisions) -> None:
        now, mark, zone = at.civil.astimezone(UTC), self._mark, self.rules.zone
        back = mark is not None and (now < mark.looked or zone.key != mark.zone)
        if self._next_look is not None and now < self._next_look and not back:
            return
        if mark is None:
            # Nobody ever looked: from when on the routines hold.
            first, behind = min((one.since or now for one in self._held.values()), default=now), None
        else:
            first, behind = mark.looked, mark.behind
        if back:
            self._undo_future(at, out)
            first, behind = min(behind or first, now) - ZONES_APART, None
        earliest = now - timedelta(days=self.rules.parameters.lookback_days)
        if first < earliest:
            first, behind = earliest, behind or first
        self._drop_what_is_no_more(at, out)
        routines = [held.routine for held in self._held.values()]
        for occurrence in occurrences(routines, first, now, zone):
            if occurrence.id not in self._past and self._holds(occurrence, now):
                self._open_one(occurrence, at, out)
        ahead = (one.at for one in occurrences(routines, now, now + HORIZON, zone) if one.at > now)
        self._next_look = next(ahead, now + HORIZON)
        self._mark = out.mark = Mark(now, zone.key, behind)
        if len(self.dues) > KEPT + 200:
            for id in [id for id, due in self.dues.items() if not due.open][: len(self.dues) - KEPT]:
                del self.dues[id]

    def _holds(self, occurrence: Occurrence, now: datetime) -> bool:
        """Whether it was due by the times that the routine had then."""
        held = self._held[occurrence.routine.id]
        if held.since is None or occurrence.at >= held.since or held.since > now:
            return True
        local, before = occurrence.local, held.before
        return (
            before is not None
            and local in before.schedule.local_times(local, local)
            and not before.is_off(local.date())
        )

    def _open_one(self, occurrence: Occurrence, at: Moment, out: Decisions) -> None:
        routine = occurrence.routine
        due = Due(
            id=occurrence.id,
            routine=routine.id,
            version=self._held[routine.id].version,
            kind=routine.kind,
            medicine=routine.medicine_key,
            person=occurrence.person,
            local=occurrence.local,
            at=occurrence.at,
            until=occurrence.until,
            state=State.WAITING if routine.after is not None else State.DUE,
        )
        self.dues[due.id] = due
        self._past.add(due.id)
        self._active.add(due.id)
        self.rules.opened(due, at, out)

    def _undo_future(self, at: Moment, out: Decisions) -> None:
        """The calendar was set back: what it brought too early and nobody was told of will come again."""
        for due in [due for due in self.dues.values() if due.routine in self._held]:
            untouched = due.scheduled and not due.prompts and due.settled_by_time and due.corrected is None
            too_early = due.at > at.civil or (not due.open and due.until > at.civil)
            if untouched and too_early:
                self.rules.void(due, self._of(due), at, "clock", out)
                del self.dues[due.id]
                self._past.discard(due.id)

    def _drop_what_is_no_more(self, at: Moment, out: Decisions) -> None:
        """What is followed of a routine that was removed, switched off or has other times now is withdrawn."""
        for due in [due for due in self.dues.values() if due.open and due.scheduled]:
            held = self._held.get(due.routine)
            still = held is not None and not held.routine.is_off(due.local.date())
            if still and held is not None:
                persons = held.routine.persons or (None,)
                same = held.routine.schedule.local_times(due.local, due.local)
                still = due.person in persons and bool(same) and held.routine.kind == due.kind
            if not still:
                self.rules.void(due, None, at, "changed", out)

    def _pass_time(self, at: Moment, out: Decisions) -> None:
        for due in sorted(self._open(None), key=lambda due: (due.at, -self._of(due).priority, due.id)):
            routine = self._of(due)
            if due.state is State.WAITING:
                self.rules.waiting(due, self._latest(due), at, out)
            if due.state is State.DUE and due.began is None:
                self._begin(due, routine, at, out)
            elif due.open and due.began is not None:
                if due.medicine and self._too_soon(due, at):
                    self.rules.settle(due, routine, at, State.MISSED, "too_soon", out)
                else:
                    self.rules.climb(due, routine, at, out)
            if due.state is State.DONE:
                self._ended(due, at, out)

    def _begin(self, due: Due, routine: Routine, at: Moment, out: Decisions) -> None:
        if at.civil > due.until:
            self.rules.over(due, routine, at, out)
        elif not routine.rungs.in_quiet_hours and self.rules.is_quiet(routine, at):
            self.rules.held(due, at, "quiet_hours", out)
        elif self._too_soon(due, at):
            self.rules.held(due, at, "too_soon", out)
        else:
            self.rules.begin(due, routine, at, out)

    def _too_soon(self, due: Due, at: Moment) -> bool:
        """Whether the medicine was taken, may have been, or is being asked after, nearer to now than it may be."""
        if not due.medicine:
            return False
        for other in self._same_medicine(due.medicine, due.person):
            if other is due:
                continue
            if other.gap is not None and not other.gap.is_due(at):
                return True
            if other.open and other.began is not None and due.began is None:
                return True
        return False

    def _same_medicine(self, medicine: str, person: str | None) -> Iterator[Due]:
        for other in self._followed():
            if other.medicine == medicine and (other.person == person or None in (other.person, person)):
                yield other

    def _latest(self, due: Due) -> datetime:
        after = self._of(due).after
        if after is None:
            return due.at
        return max(due.at, instant(on(due.local.date(), after.at_the_latest), self.rules.zone))

    # --- what belongs to what ---

    def _of(self, due: Due) -> Routine:
        return self._held[due.routine].routine

    def _followed(self) -> list[Due]:
        """What is open, and what another dose must keep its distance from."""
        return [self.dues[id] for id in sorted(self._active) if id in self.dues]

    def _open(self, person: str | None) -> list[Due]:
        """What is followed for a person; None: for anybody."""
        return [
            due
            for due in self._followed()
            if due.open and due.routine in self._held and (person is None or due.person in (None, person))
        ]

    def _reminded(self, told: Reminded, out: Decisions) -> None:
        for due in self.dues.values():
            if told.prompt in due.prompts and due.routine in self._held:
                was_open = due.open
                self.rules.reminded(due, self._of(due), told, out)
                if was_open and not due.open:
                    self._ended(due, told.at, out)
                return

    def _said(self, said: Said, out: Decisions) -> None:
        at, rules = said.at, self.rules
        due = [due for due in self._open(said.person) if self._is_meant(due, said) and due.state is not State.WAITING]
        if len(due) > 1:
            # Which of them is meant is not guessed: each is asked after.
            for one in due:
                one.asks_first = one.asks_first or said.what == "taken"
                rules.said(one, at, said.what, said.heard, out)
            return
        if due:
            one, routine = due[0], self._of(due[0])
            if said.what == "not_taken":
                rules.said(one, at, said.what, said.heard, out)
            elif said.what == "taken" and self._gap_ends(one.medicine, one.person, at) is not None:
                self._taken_again(one, at, said.heard, out)
            else:
                state = {"taken": State.TAKEN, "refused": State.REFUSED, "unsure": State.UNKNOWN}[said.what]
                reason = "unsure" if said.what == "unsure" else ""
                rules.settle(one, routine, at, state, reason, out, by="person", words=said.heard)
                self._ended(one, at, out)
            return
        if said.what == "taken":
            self._taken_unasked(said, out)
        elif said.what == "not_taken":
            lately = [one for one in self._settled_lately(said) if one.known is State.TAKEN]
            if len(lately) == 1:
                rules.correct(lately[0], self._of(lately[0]), at, State.UNKNOWN, "person", "contradicted", out,
                              words=said.heard)  # fmt: skip

    def _taken_unasked(self, said: Said, out: Decisions) -> None:
        at, parameters = said.at, self.rules.parameters
        meant = [one for one in self._held.values() if self._means(one.routine, said)]
        guarded = [
            due
            for one in meant
            for due in self._same_medicine(one.routine.medicine_key, said.person)
            if due.gap is not None and not due.gap.is_due(at)
        ]
        if guarded:
            self._taken_again(max(guarded, key=lambda due: due.taken_at or due.at), at, said.heard, out)
            return
        now = at.civil.astimezone(UTC)
        soon = occurrences(
            [one.routine for one in meant], now, now + timedelta(minutes=parameters.early_min), self.rules.zone
        )
        early = [one for one in soon if one.id not in self._past and one.person in (None, said.person or one.person)]
        missed = [one for one in self._settled_lately(said) if one.known is State.MISSED]
        as_needed = [one for one in meant if one.routine.medicine is not None and one.routine.medicine.as_needed]
        if len(early) == 1 and not missed:
            self._open_one(early[0], at, out)
            due = self.dues[early[0].id]
            self.rules.settle(due, early[0].routine, at, State.TAKEN, "early", out, by="person", words=said.heard)
        elif len(missed) == 1:
            self.rules.correct(missed[0], self._of(missed[0]), at, State.TAKEN, "person", "late", out, words=said.heard)
        elif len(as_needed) == 1 and said.medicine:
            self._out_of_turn(as_needed[0], said.person, "person", at, at.civil, said.heard, out)

    def _taken_again(self, last: Due, at: Moment, heard: str, out: Decisions) -> None:
        ends = self._gap_ends(last.medicine, last.person, at)
        taken = ends.taken_at if ends is not None else last.taken_at
        if taken is None or (at.civil - taken).total_seconds() < self.rules.parameters.repeat_min * 60:
            self.rules.said(last, at, "taken", heard, out)
        else:
            self.rules.again(last, self._of(last), at, taken, heard, out)

    def _gap_ends(self, medicine: str, person: str | None, at: Moment) -> Due | None:
        """The last dose of a medicine after which another would be too soon now."""
        found = [due for due in self._same_medicine(medicine, person) if due.gap is not None and not due.gap.is_due(at)]
        return max(found, key=lambda due: due.taken_at or due.at) if found else None

    def _settled_lately(self, said: Said) -> list[Due]:
        late = timedelta(hours=self.rules.parameters.late_h)
        return [
            due
            for due in self.dues.values()
            if due.medicine
            and due.routine in self._held
            and due.settled is not None
            and timedelta(0) <= said.at.civil - due.settled <= late
            and said.person in (None, due.person, said.person if due.person is None else None)
            and self._means(self._of(due), said)
        ]

    def _is_meant(self, due: Due, said: Said) -> bool:
        return bool(due.medicine) and self._means(self._of(due), said)

    @staticmethod
    def _means(routine: Routine, said: Said) -> bool:
        if routine.medicine is None:
            return False
        words, title = said.medicine.replace(" ", ""), routine.title.replace(" ", "")
        if words and words not in title and title not in words:
            return False
        return said.person is None or not routine.persons or said.person in routine.persons

    def _happened(self, at: Moment, event: str, person: str | None, out: Decisions) -> None:
        for due in self._open(person):
            after = self._of(due).after
            if due.state is State.WAITING and after is not None and after.event == event and due.rest is None:
                due.rest = Timer.start(at, after.delay_min * 60)
                self.rules.note(due, out)

    def _ended(self, due: Due, at: Moment, out: Decisions) -> None:
        """What follows for others from one that was settled."""
        if due.state is State.DONE:
            self._happened(at, f"{due.kind}.{due.routine}", due.person, out)

    def _corrected(self, wanted: Corrected, out: Decisions) -> None:
        due = self.dues.get(wanted.due)
        if due is None or due.routine not in self._held:
            raise TroubleError("routines.note.no_due", "see `dolbom day` for what was due", given=wanted.due)
        if not wanted.reason.strip():
            raise TroubleError("routines.note.no_reason", "say why, in a few words")
        if wanted.state not in (DOSE_STATES if due.medicine else (State.DONE, State.MISSED)):
            raise TroubleError("routines.note.no_change", due=wanted.due, state=wanted.state.value)
        routine, taken = self._of(due), due.began or due.at
        if due.open:
            self.rules.settle(
                due, routine, wanted.at, wanted.state, wanted.reason, out, by=wanted.by, taken_at=wanted.at.civil
            )
            self._ended(due, wanted.at, out)
        elif due.known is not wanted.state:
            when = min(taken, wanted.at.civil.astimezone(UTC))
            self.rules.correct(due, routine, wanted.at, wanted.state, wanted.by, wanted.reason, out, taken_at=when)

    def _given(self, given: Taken, out: Decisions) -> None:
        held = self._held.get(given.routine)
        if held is None or held.routine.medicine is None:
            raise TroubleError("routines.note.no_medicine", "see `dolbom routines list`", given=given.routine)
        open_now = [due for due in self._open(given.person) if due.routine == given.routine]
        when = given.taken_at or given.at.civil
        if len(open_now) == 1:
            due = open_now[0]
            self.rules.settle(due, held.routine, given.at, State.TAKEN, "", out, by=given.by, taken_at=when)
            self._ended(due, given.at, out)
        else:
            self._out_of_turn(held, given.person, given.by, given.at, when, "", out)

    def _out_of_turn(
        self, held: Held, person: str | None, by: str, at: Moment, when: datetime, heard: str, out: Decisions
    ) -> None:
        """A dose that no time asked for, written down as it was told."""
        routine = held.routine
        person = person or (routine.persons[0] if len(routine.persons) == 1 else None)
        last = self._gap_ends(routine.medicine_key, person, at)
        local = when.astimezone(self.rules.zone).replace(tzinfo=None, second=0, microsecond=0)
        id = occurrence_id(routine.id, local, person)
        number = sum(1 for other in self.dues if other.startswith(f"{id}+"))
        due = Due(
            id=f"{id}+{number}", routine=routine.id, version=held.version, kind=routine.kind,
            medicine=routine.medicine_key, person=person, local=local, at=when.astimezone(UTC),
            until=when.astimezone(UTC), state=State.DUE, scheduled=False,
        )  # fmt: skip
        self.dues[due.id] = due
        self._active.add(due.id)
        self.rules.opened(due, at, out)
        self.rules.settle(due, routine, at, State.TAKEN, "", out, by=by, words=heard, taken_at=when)
        if last is not None and last.taken_at is not None:
            self.rules.again(due, routine, at, last.taken_at, "", out)
        self._ended(due, at, out)

    def _count(self, at: Moment, out: Decisions) -> None:
        """What is left of a medicine, and whether it runs out with this."""
        for entry in list(out.entries):
            if entry.what not in ("settled", "corrected") or entry.count is None or entry.medicine not in self._left:
                continue
            due = self.dues.get(entry.due)
            if due is None or due.routine not in self._held:
                continue
            routine = self._of(due)
            supply = routine.medicine.supply if routine.medicine is not None else None
            before = self._left[entry.medicine]
            counted = due.counted
            due.counted = entry.state is State.TAKEN
            self._left[entry.medicine] -= (due.counted - counted) * entry.count
            now = self._left[entry.medicine]
            if supply is not None and now < supply.refill_below <= before:
                self.rules.refill(due, routine, at, now, out)

    def _decided(self, out: Decisions, at: Moment) -> Decisions:
        self._active = {
            id
            for id in self._active | out.changed.keys()
            if (due := self.dues.get(id)) is not None and (due.open or (due.gap is not None and not due.gap.is_due(at)))
        }
        # What is written is how things are now, whatever is observed next.
        out.changed = {id: due.model_copy(deep=True) for id, due in out.changed.items()}
        return out
