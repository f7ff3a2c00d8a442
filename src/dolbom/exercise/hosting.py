"""The source of exercise for the companion: begins what somebody asked for or a routine wants, keeps what came of it
under a consent, and ends it when safety has to care for somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from dolbom.companion.activity import Activity
from dolbom.companion.decisions import Decision, Say
from dolbom.companion.observations import DistressChanged, Heard, Moment, Observation, Seen, Tick
from dolbom.companion.replies import Reply, Turn
from dolbom.dialog.intents import Understanding
from dolbom.dialog.understanding import calls_for_help
from dolbom.errors import UserError
from dolbom.events import new_id
from dolbom.exercise.coach import Coach
from dolbom.exercise.exercises import routine
from dolbom.exercise.parameters import ExerciseParameters
from dolbom.exercise.screen import Screen
from dolbom.exercise.sessions import ExerciseSession, Mover
from dolbom.exercise.words import called, says
from dolbom.games.offering import Came
from dolbom.i18n import phrase
from dolbom.log import get_log
from dolbom.store.exercise import ExerciseStore

log = get_log(__name__)

NEAR_S = 60.0
"""Whoever was seen so lately is there."""
PURGE_S = 3600.0
LEFT = {"trouble": 0.0, "tired": 0.2, "enough": 0.35, "stopped": 0.35, "away": 0.35}
"""How much it was liked by whoever ended it early and said nothing of it."""
SEATED = "seated"
"""What is done in the place of a routine for which somebody would have to stand, and may not."""


@dataclass(eq=False)
class ExerciseWish:
    """Exercise that somebody wants done.

    Attributes:
        routine: its name; "": the usual one.
        offer: ask first.
        ended: follows it.
    """

    routine: str = ""
    person: str | None = None
    offer: bool = False
    seed: int | None = None
    ended: Callable[[ExerciseSession], None] = field(default=lambda session: None)  # noqa: ARG005


class Exercises:
    """Exercise in one home.

    Args:
        store: what is kept of it.
        understanding: gives the understanding that holds now.
        address: how somebody is addressed.
        lang: of the home.
        chance: everything left to chance.
        unwell: whether somebody fell, called for help or told of a pain on that day: nothing is offered then.
    """

    def __init__(
        self,
        store: ExerciseStore,
        understanding: Callable[[], Understanding],
        address: Callable[[str | None], str],
        lang: str,
        parameters: ExerciseParameters | None = None,
        chance: Random | None = None,
        unwell: Callable[[str, datetime], bool] = lambda person, at: False,  # noqa: ARG005
    ) -> None:
        self.parameters = parameters or ExerciseParameters()
        routine(self.parameters.routine)
        self._store, self._understanding, self._address, self._lang = store, understanding, address, lang
        self._chance = chance or Random()  # noqa: S311
        self._unwell = unwell
        self._cared: date | None = None
        self._near: dict[str, float] = {}
        self._wishes: list[ExerciseWish] = []
        self._live: Coach | None = None
        self._purged = -1e9

    @property
    def screen(self) -> Screen:
        """What the robot's screen shows of it now."""
        return self._live.screen if self._live is not None else Screen()

    @property
    def person(self) -> str | None:
        """Who exercises now."""
        return self._live.person if self._live is not None else None

    def __call__(self, observation: Observation) -> Activity | None:
        """What is to be begun at this observation, if anything."""
        at = observation.at
        if isinstance(observation, Seen | Heard) and observation.person:
            self._near[observation.person] = at.now
        if safety_cares(observation):
            self._cared = at.civil.date()
            if self._live is not None:
                self._live.hurt()
        if not isinstance(observation, Tick) or (self._live is not None and not self._live.done):
            return None
        self._live = None
        try:
            if not 0 <= at.now - self._purged < PURGE_S:
                self._purged = at.now
                self._store.purge(at.civil)
            self._live = self._begin(self._wishes.pop(0), at) if self._wishes else None
        except UserError as error:
            # Whatever else the robot has to say goes on.
            log.error("exercise cannot be begun", trouble=str(error))
        return self._live

    def want(self, wish: ExerciseWish) -> None:
        """Has exercise done, as soon as none is.

        Raises:
            UserError: for a routine that there is not.
        """
        if wish.routine:
            routine(wish.routine)
        self._wishes.append(wish)

    def forget(self, wish: ExerciseWish) -> bool:
        """Exercise is not wanted any more; False if it has begun."""
        waiting = wish in self._wishes
        self._wishes = [one for one in self._wishes if one is not wish]
        return waiting

    @property
    def busy(self) -> bool:
        """Whether somebody exercises, or is about to."""
        return bool(self._wishes) or (self._live is not None and not self._live.done)

    def may_offer(self, person: str, at: datetime, refused: timedelta) -> bool:
        """Whether exercise may be offered to somebody: with their consent, not twice a day, not after a no, and on no
        day on which somebody fell, called for help or was in pain.

        Args:
            refused: after a no not for so long.
        """
        if not self._store.allows(person, at) or self._cared == at.date() or self._unwell(person, at):
            return False
        mover = self._store.state(person, at)
        if mover.refused is not None and at - mover.refused < refused:
            return False
        return not self._store.entries(person, at, at.date())

    def offer(self, person: str, came: Callable[[Came], None]) -> None:
        """Offers the usual routine in the place of a game; `came` is told how it ended."""
        self.want(ExerciseWish(person=person, offer=True, ended=lambda session: came(_came(session))))

    def replies(self) -> dict[str, Reply]:
        """What the robot does when somebody wants to exercise."""
        return {"exercise": self._asked_for}

    def _begin(self, wish: ExerciseWish, at: Moment) -> Coach:
        person = wish.person if wish.person is not None else self._who(at)
        mover = self._store.state(person, at.civil)
        chosen = routine(wish.routine or self.parameters.routine)
        if chosen.stands and not mover.stands:
            chosen = routine(SEATED)
        seed = self._chance.randrange(2**31) if wish.seed is None else wish.seed
        session = ExerciseSession(
            id=str(new_id()),
            person=person,
            routine=chosen.name,
            lang=self._lang,
            seed=seed,
            begun=at.civil,
            wanted=not wish.offer,
        )

        def save(session: ExerciseSession, mover: Mover) -> None:
            self._save(session, mover)
            wish.ended(session)

        return Coach(
            session,
            mover,
            save,
            address=self._address(person),
            understanding=self._understanding(),
            invite=wish.offer,
            parameters=self.parameters,
        )

    def _save(self, session: ExerciseSession, mover: Mover) -> None:
        if session.person is None:
            return
        try:
            self._store.keep(mover, session.person, session.begun, session if session.done else None)
        except UserError as error:
            log.error("exercise is not kept", trouble=str(error))

    def _asked_for(self, turn: Turn) -> Sequence[Decision]:
        named = called(turn.understood.text, self._lang)
        person = turn.person or self._who(turn.at)
        say: list[Decision] = []
        try:
            if person is not None:
                today = self._store.entries(person, turn.at.civil, turn.at.civil.date())
                if len(today) >= self.parameters.a_day:
                    return [Say(phrase(self._lang, "exercise.enough_today"), person=person)]
            stands = self._store.state(person, turn.at.civil).stands
        except UserError as error:
            log.error("exercise cannot be looked at", trouble=str(error))
            stands = False
        if named and routine(named).stands and not stands:
            named, say = SEATED, [Say(phrase(self._lang, "exercise.cannot_stand"), person=person)]
        self.want(ExerciseWish(named, person))
        return say

    def _who(self, at: Moment) -> str | None:
        """Who is there, if it is one person; of several nobody is guessed."""
        near = [person for person, seen in self._near.items() if at.now - seen < NEAR_S]
        return near[0] if len(near) == 1 else None


def _came(session: ExerciseSession) -> Came:
    liked = {"easy": 1.0, "good": 1.0, "hard": 0.0}.get(session.felt)
    if liked is None:
        liked = LEFT.get(session.ended, 0.6)
    ended = session.begun + timedelta(seconds=session.spent_s)
    return Came(session.begun, ended, bool(session.done), session.ended == "declined", liked)


def safety_cares(observation: Observation) -> bool:
    """Whether safety has to care for somebody: then nobody goes on exercising afterwards as if nothing were."""
    if isinstance(observation, DistressChanged):
        return observation.stands
    if not isinstance(observation, Heard):
        return False
    words = observation.text or observation.spotted
    return calls_for_help(words, observation.lang) or says("hurts", words, observation.lang)
