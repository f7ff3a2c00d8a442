"""When check-ins are held: once a day with everybody who consents, tried again when unanswered, and then told of.

A source of the companion: at every tick it says whether a check-in should begin, go on after a restart, or be closed.
All times of day are of the home's zone; waits are between instants, so a change of the clocks neither skips nor doubles
a check-in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from dolbom.companion.activity import Activity
from dolbom.companion.checkin import (
    TOPICS,
    CheckIn,
    CheckInParameters,
    CheckInState,
    Report,
    events_of,
    unanswered,
)
from dolbom.companion.decisions import Emit
from dolbom.companion.observations import Heard, Moment, Observation, Tick
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.dialog.understanding import calls_for_help
from dolbom.errors import UserError
from dolbom.events import CheckInGrade, CheckInTopic
from dolbom.log import get_log
from dolbom.store.memory import CHECK_INS_KEPT_DAYS, MemoryStore
from dolbom.store.people import Purpose

log = get_log(__name__)

LOOK_S = 15.0
"""The day is looked at this often."""
PURGE_S = 3600.0
"""What is past its end is erased this often."""
IN_TALK = timedelta(minutes=15)
"""A talk under way may go on this long after the latest time."""


class CheckIns:
    """The source of check-ins.

    Args:
        store: whose consents, facts and check-ins.
        memory: what is remembered.
        understanding: gives the understanding that holds now (it may be exchanged for a better one).
        address: how somebody is addressed.
        lang: of the home.
        by_routine: whether a routine decides when somebody's check-in is held; `parameters.at` does not then.
    """

    def __init__(
        self,
        store: MemoryStore,
        memory: Memory,
        understanding: Callable[[], Understanding],
        address: Callable[[str], str],
        lang: str,
        parameters: CheckInParameters | None = None,
        by_routine: Callable[[str], bool] = lambda person: False,  # noqa: ARG005
    ) -> None:
        self._store, self._memory, self._by_routine = store, memory, by_routine
        self._understanding, self._address, self._lang = understanding, address, lang
        self.parameters = parameters or CheckInParameters()
        self._live: dict[str, CheckIn] = {}
        self._reports: dict[str, Report] = {}
        self._looked = self._purged = -1e9

    def __call__(self, observation: Observation) -> Activity | None:
        """What is to be done at this tick, if anything."""
        at = observation.at
        if isinstance(observation, Heard):
            words = observation.text or observation.spotted
            if calls_for_help(words, observation.lang):
                for live in self._live.values():
                    live.cried(at, words)
        if not isinstance(observation, Tick):
            return None
        try:
            self._note_told()
            if 0 <= at.now - self._looked < LOOK_S:
                return None
            self._looked = at.now
            if not 0 <= at.now - self._purged < PURGE_S:
                self._store.purge(at.civil)
                self._purged = at.now
            for person in self._store.allowed(Purpose.CHECK_IN, at.civil):
                if (activity := self._of(person, at)) is not None:
                    return activity
        except UserError as error:
            # Whatever else the robot has to say goes on; the next look tries again.
            log.error("check-ins cannot be looked at", trouble=str(error))
        return None

    def due(self, person: str | None, at: Moment) -> bool:
        """A routine says that it is time: from now on it is tried as always; one that is over today is held again.

        Args:
            person: with whom; None: with everybody who consents.

        Returns:
            False if nobody here consents.

        Raises:
            UserError: if it cannot be read or kept.
        """
        allowed = self._store.allowed(Purpose.CHECK_IN, at.civil)
        wanted = [one for one in allowed if person in (None, one)]
        today = at.civil.date()
        for one in wanted:
            live = self._live.get(one)
            if live is not None and live.state.day == today and not live.done:
                state = live.state
            else:
                past = read(self._store, one, today)
                state = next((each for each in past if each.day == today), CheckInState(person=one, day=today))
            if state.ended and state.told:
                state = CheckInState(person=one, day=today)
            state.due = state.due or at.civil
            write(self._store, state)
        self._looked = -1e9
        return bool(wanted)

    def _note_told(self) -> None:
        """What was decided before this observation was carried out by now: the events of what ended are on disk."""
        held: list[CheckIn | Report] = [*self._live.values(), *self._reports.values()]
        for one in held:
            if one.done and one.state.ended and not one.state.told:
                one.state.told = True
                write(self._store, one.state)
        self._reports = {name: one for name, one in self._reports.items() if not one.done}

    def _of(self, person: str, at: Moment) -> Activity | None:
        today = at.civil.date()
        past = read(self._store, person, today)
        for state in past:
            if (state.ended and not state.told) or (not state.ended and state.day < today):
                return self._close(state, past, at)
        live = self._live.get(person)
        talking = live is not None and live.state.day == today and not live.done
        if talking and live is not None:
            state = live.state
        else:
            state = next((one for one in past if one.day == today), CheckInState(person=person, day=today))
        if state.ended:
            return None
        now, parameters = at.civil, self.parameters
        running = talking and live is not None and live.running
        if not state.wanted:
            if not self._may_begin(state, now):
                return None
            late = self._is_late(state, now - (IN_TALK if running else timedelta(0)))
            spent = len(state.tries) >= parameters.tries and not talking
            if late or (spent and state.next_try is not None):
                return self._close(state, past, at)
            if state.next_try is not None and now < state.next_try:
                return None
        return None if talking else self._begin(state, past, at)

    def _may_begin(self, state: CheckInState, now: datetime) -> bool:
        if state.due is not None:
            return now >= state.due
        # What was begun by the clock before there was a routine goes on by it.
        own = bool(state.tries) or not self._by_routine(state.person)
        return own and reached(now, state.day, self.parameters.at)

    def _is_late(self, state: CheckInState, now: datetime) -> bool:
        if state.due is not None:
            return now >= state.due + self.parameters.span
        return reached(now, state.day, self.parameters.latest)

    def _begin(self, state: CheckInState, past: list[CheckInState], at: Moment) -> CheckIn:
        person = state.person
        live = CheckIn(
            state,
            self._save,
            lang=self._lang,
            address=self._address(person),
            understanding=self._understanding(),
            memory=self._memory if self._allows(person, Purpose.MEMORY, at.civil) else None,
            before=before(past, state.day),
            screen=self._screen_due(past, state),
            allows=lambda purpose, at: self._allows(person, purpose, at),
            parameters=self.parameters,
        )
        self._live[person] = live
        return live

    def _close(self, state: CheckInState, past: list[CheckInState], at: Moment) -> Report | None:
        """Tells of what was not ended by talking, or ended without the district having been told."""
        if not state.ended:
            state.ended = "broken_off" if state.answered else "unanswered"
        events: list[Emit]
        if state.ended != "unanswered":
            words = self._allows(state.person, Purpose.CHECK_IN_WORDS, at.civil)
            events = events_of(state, before(past, state.day), with_words=words)
        else:
            earlier = [one for one in past if one.day < state.day]
            days = 1
            while earlier and earlier[-1].ended == "unanswered" and earlier[-1].day == state.day - timedelta(days=days):
                earlier.pop()
                days += 1
            last = next((one.day for one in reversed(past) if one.answered), None)
            events = [unanswered(state, days, last)]
        report = Report(state, events, self._save)
        if report.name in self._reports:
            return None
        self._reports[report.name] = report
        return report

    def _allows(self, person: str, purpose: Purpose, at: datetime) -> bool:
        try:
            return person in self._store.allowed(purpose, at)
        except UserError as error:
            log.error("consents cannot be read", trouble=str(error))
            return False

    def _screen_due(self, past: list[CheckInState], state: CheckInState) -> bool:
        done = [one.day for one in past if one.day < state.day and len(one.screened) == 2 and None not in one.screened]
        return not done or (state.day - done[-1]).days >= self.parameters.mood_screen_days

    def _save(self, state: CheckInState) -> None:
        try:
            write(self._store, state)
        except UserError as error:
            # The talk goes on: what could not be kept is asked again after a restart.
            log.error("a check-in is not kept", trouble=str(error))


def read(store: MemoryStore, person: str, today: date, days: int = CHECK_INS_KEPT_DAYS) -> list[CheckInState]:
    """Somebody's check-ins of the last days that are kept, the oldest first."""
    since = today - timedelta(days=days)
    return [CheckInState.model_validate_json(state) for _, state in store.check_ins(person, since=since)]


def write(store: MemoryStore, state: CheckInState) -> None:
    """Keeps a check-in, in the place of what was kept of that day."""
    end = datetime(state.day.year, state.day.month, state.day.day, tzinfo=UTC)
    expires = end + timedelta(days=CHECK_INS_KEPT_DAYS)
    store.keep_check_in(state.person, state.day, state.model_dump_json().encode(), expires, open=not state.ended)


def reached(now: datetime, day: date, clock: str) -> bool:
    """Whether it is this time of day, or later, in the zone of `now`.

    A time that the change of the clocks leaves out is reached when it ends; one that comes twice, the first time.
    """
    hour, minute = (int(part) for part in clock.split(":"))
    return now.timestamp() >= datetime(day.year, day.month, day.day, hour, minute, tzinfo=now.tzinfo).timestamp()


def before(past: list[CheckInState], day: date) -> dict[CheckInTopic, CheckInGrade]:
    """The last known grade of each topic before a day."""
    before: dict[CheckInTopic, CheckInGrade] = {}
    for state in past:
        if state.day < day:
            for topic in TOPICS:
                if topic in state.topics and state.topics[topic].grade in ("good", "bad", "none"):
                    before[topic] = state.topics[topic].grade
    return before
