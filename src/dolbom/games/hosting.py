"""The source of games for the companion: begins what somebody asked for, a routine wants or the robot offers (perhaps
exercise instead); keeps what came of it under a consent; and tells when somebody finds less than they used to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from dolbom.companion.activity import Activity
from dolbom.companion.decisions import Decision, Emit, Say
from dolbom.companion.observations import Heard, Moment, Observation, Seen, Tick
from dolbom.companion.replies import Reply, Turn
from dolbom.dialog.intents import Understanding
from dolbom.errors import UserError
from dolbom.events import CheckInTopic, GameChanged, new_id
from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import games
from dolbom.games.change import changes
from dolbom.games.offering import (
    EXERCISE,
    Came,
    Exercise,
    Mood,
    is_welcome,
    learn,
    learn_exercise,
    may_offer,
    offered,
    pick,
)
from dolbom.games.parameters import GameParameters
from dolbom.games.player import Player, Sitting
from dolbom.games.playing import Playing, Progress
from dolbom.games.usual import efforts
from dolbom.games.wording import name_of, named_game
from dolbom.i18n import phrase
from dolbom.log import get_log
from dolbom.store.games import GameStore

log = get_log(__name__)

LOOK_S = 30.0
"""So often it is looked whether a game may be offered."""
NEAR_S = 60.0
"""Whoever was seen so lately is there."""
SETTLED_S = 60.0
"""Whoever just came in is greeted, and offered nothing for so long."""
PURGE_S = 3600.0
GOES_ON = timedelta(minutes=30)
"""A game that a restart broke off is offered again within this time; after that it has ended."""
WELCOME_EVERY = timedelta(minutes=20)
"""Whether it is a good moment is drawn once in this time."""


@dataclass(eq=False)
class Wish:
    """A game that somebody wants played.

    Attributes:
        game: its name; "": whichever suits; one that they may not play: another instead.
        offer: ask first.
        told, ended: follow it.
    """

    game: str = ""
    person: str | None = None
    offer: bool = False
    seed: int | None = None
    rounds: int | None = None
    told: Callable[[Progress], None] = field(default=lambda progress: None)  # noqa: ARG005
    ended: Callable[[Sitting], None] = field(default=lambda sitting: None)  # noqa: ARG005


class Games:
    """Games in one home.

    Args:
        store: what is kept of them.
        understanding: gives the understanding that holds now.
        address: how somebody is addressed.
        lang: of the home.
        mood: how somebody felt today, as far as they told.
        worse: topics of the check-in that were worse lately.
        exercise: is offered like a game; None: only games are.
        chance: everything left to chance.
    """

    def __init__(
        self,
        store: GameStore,
        understanding: Callable[[], Understanding],
        address: Callable[[str | None], str],
        lang: str,
        parameters: GameParameters | None = None,
        *,
        mood: Callable[[str, datetime], Mood] = lambda person, at: "",  # noqa: ARG005
        worse: Callable[[str, datetime], list[CheckInTopic]] = lambda person, at: [],  # noqa: ARG005
        exercise: Exercise | None = None,
        chance: Random | None = None,
    ) -> None:
        self.parameters = parameters or GameParameters()
        self._store, self._understanding, self._address, self._lang = store, understanding, address, lang
        self._mood, self._worse, self._exercise = mood, worse, exercise
        self._chance = chance or Random()  # noqa: S311
        self._near: dict[str, float] = {}
        self._wishes: list[Wish] = []
        self._live: Playing | None = None
        self._since: dict[str, float] = {}
        self._looked: float | None = None
        self._purged = -1e9
        self._drawn: dict[str, datetime] = {}
        self._began = False

    def __call__(self, observation: Observation) -> Activity | None:
        """What is to be begun at this observation, if anything."""
        at = observation.at
        if isinstance(observation, Seen | Heard) and observation.person:
            if at.now - self._near.get(observation.person, -1e9) >= NEAR_S:
                self._since[observation.person] = at.now
            self._near[observation.person] = at.now
        if not isinstance(observation, Tick) or (self._live is not None and not self._live.done):
            return None
        self._live = None
        try:
            self._live = self._next(at)
        except UserError as error:
            # Whatever else the robot has to say goes on; the next look tries again.
            log.error("games cannot be looked at", trouble=str(error))
        return self._live

    def want(self, wish: Wish) -> None:
        """Has a game played, as soon as none is.

        Raises:
            UserError: for a game that there is not.
        """
        if wish.game:
            game_of(wish.game)
        self._wishes.append(wish)

    def forget(self, wish: Wish) -> bool:
        """A game is not wanted any more; False if it has begun."""
        waiting = wish in self._wishes
        self._wishes = [one for one in self._wishes if one is not wish]
        return waiting

    def replies(self) -> dict[str, Reply]:
        """What the robot does when somebody wants to play."""
        return {"play_game": self._asked_for}

    # --- what comes next ----------------------------------------------------------------------------------------

    def _next(self, at: Moment) -> Playing | None:
        if self._wishes:
            return self._begin(self._wishes.pop(0), at)
        # Right after the start somebody may be greeted: nothing is offered into that.
        self._looked = at.now if self._looked is None else self._looked
        if 0 <= at.now - self._looked < LOOK_S:
            return None
        self._looked = at.now
        if not 0 <= at.now - self._purged < PURGE_S:
            self._purged = at.now
            self._store.purge(at.civil)
        if not self._began:
            self._began = True
            if (left := self._left_open(at)) is not None:
                return left
        for person in self._store.people(at.civil):
            if self._settled(person, at) and (wish := self._offer(person, at.civil)) is not None:
                return self._begin(wish, at)
        return None

    def _settled(self, person: str, at: Moment) -> bool:
        """Whether somebody is there, and not only just."""
        return at.now - self._near.get(person, -1e9) < NEAR_S and at.now - self._since.get(person, at.now) >= SETTLED_S

    def _offer(self, person: str, now: datetime) -> Wish | None:
        player = self._store.state(person, now)
        today = [one for one in self._store.entries(person, now, now.date()) if one.rounds]
        if self._exercise is not None and self._exercise.busy:
            return None
        if not may_offer(player, self.parameters, now, len(today)):
            return None
        if now - self._drawn.get(person, now - WELCOME_EVERY) < WELCOME_EVERY:
            return None
        self._drawn[person] = now
        if not is_welcome(player, now, self._chance):
            return None
        last = today[-1].game if today else ""
        refused = timedelta(hours=self.parameters.refused_h)
        also = self._exercise is not None and self._exercise.may_offer(person, now, refused)
        mood = self._mood(person, now)
        chosen = pick(player, list(games()), self._chance, mood, last)
        if also:
            # Against the one game that would be offered: among twelve exercise would come up once in a fortnight.
            chosen = pick(player, [*([chosen] if chosen else []), EXERCISE], self._chance, mood)
        if chosen is None:
            return None
        offered(player, now)
        self._store.keep(player, person, now)
        if chosen == EXERCISE and self._exercise is not None:
            self._exercise.offer(person, partial(self._exercised, person))
            return None
        return Wish(chosen, person, offer=True)

    def _exercised(self, person: str, came: Came) -> None:
        try:
            player = self._store.state(person, came.at)
            learn_exercise(player, came)
            self._store.keep(player, person, came.at)
        except UserError as error:
            log.error("what came of exercise is not kept", trouble=str(error))

    def _begin(self, wish: Wish, at: Moment) -> Playing | None:
        person = wish.person if wish.person is not None else self._who(at)
        now = at.civil
        player = self._store.state(person, now)
        game = self._chosen(wish.game, player, person, now)
        seed = self._chance.randrange(2**31) if wish.seed is None else wish.seed
        sitting = Sitting(
            id=str(new_id()), person=person, game=game or wish.game, lang=self._lang, seed=seed, begun=now,
            wanted=not wish.offer,
        )  # fmt: skip
        if game is None:
            # Whoever chose for them wants no games: whoever follows the wish is told that there is nothing to play.
            sitting.ended = "nothing"
            wish.ended(sitting)
            return None
        return self._playing(sitting, player, wish)

    def _chosen(self, named: str, player: Player, person: str | None, now: datetime, last: str = "") -> str | None:
        """The game that was named, if they may play it, or whichever suits, not the last one again if there are others;
        None if they may play none."""
        if named and player.may_play(named):
            return named
        return pick(player, list(games()), self._chance, self._mood(person, now) if person else "", last)

    def _left_open(self, at: Moment) -> Playing | None:
        """A game that a restart broke off goes on, if it was just now; an older one has ended."""
        for person in self._store.people(at.civil):
            for sitting in self._store.entries(person, at.civil, at.civil.date() - timedelta(days=1)):
                if sitting.ended:
                    continue
                player = self._store.state(person, at.civil)
                last = sitting.rounds[-1].at if sitting.rounds else sitting.begun
                fresh = bool(sitting.rounds) and at.civil - last < GOES_ON and sitting.lang == self._lang
                if fresh and player.may_play(sitting.game):
                    return self._playing(sitting, player, Wish(sitting.game, person, offer=True))
                sitting.ended = "broken_off"
                self._store.keep(player, person, at.civil, sitting)
        return None

    def _playing(self, sitting: Sitting, player: Player, wish: Wish) -> Playing:
        person = sitting.person

        def over(at: Moment) -> list[Decision]:
            wish.ended(sitting)
            return self._changed(sitting, person, at.civil) if person is not None else []

        return Playing(
            sitting,
            player,
            self._save,
            address=self._address(person),
            understanding=self._understanding(),
            invite=wish.offer,
            rounds=wish.rounds or None,
            parameters=self.parameters,
            told=wish.told,
            over=over,
            another=lambda heard, at: self._instead(heard, sitting, player, at.civil),
        )

    def _save(self, sitting: Sitting, player: Player) -> None:
        if sitting.person is None:
            return
        last = sitting.rounds[-1].at if sitting.rounds else sitting.begun
        if sitting.ended:
            learn(player, sitting, last)
        try:
            kept = sitting if sitting.rounds else None
            self._store.keep(player, sitting.person, last, kept)
        except UserError as error:
            # The game goes on; what could not be kept is lost with the next restart.
            log.error("a game is not kept", trouble=str(error))

    def _who(self, at: Moment) -> str | None:
        """Who is there, if it is one person; of several nobody is guessed."""
        near = [person for person, seen in self._near.items() if at.now - seen < NEAR_S]
        return near[0] if len(near) == 1 else None

    # --- what is asked for --------------------------------------------------------------------------------------

    def _asked_for(self, turn: Turn) -> Sequence[Decision]:
        named = named_game(turn.understood.text, self._lang)
        person, now = turn.person or self._who(turn.at), turn.at.civil
        said: list[Decision] = []
        try:
            if person is not None:
                if self._enough_today(person, now):
                    return [Say(phrase(self._lang, "games.enough_today"), person=person)]
                game = self._chosen(named, self._store.state(person, now), person, now)
                if game is None:
                    return [Say(phrase(self._lang, "games.no_games"), person=person)]
                if named and game != named:
                    said = [Say(phrase(self._lang, "games.instead", game=name_of(game, self._lang)), person=person)]
                    named = game
        except UserError as error:
            log.error("games cannot be looked at", trouble=str(error))
        self.want(Wish(named, person))
        return said

    def _instead(self, heard: str, sitting: Sitting, player: Player, now: datetime) -> bool:
        """Somebody wants another game than the one they play: it comes as soon as this one has ended."""
        person = sitting.person
        try:
            if person is not None and self._enough_today(person, now):
                return False
            game = self._chosen(named_game(heard, self._lang), player, person, now, sitting.game)
        except UserError as error:
            log.error("games cannot be looked at", trouble=str(error))
            return False
        if game is None or game == sitting.game:
            return False
        self.want(Wish(game, person))
        return True

    def _enough_today(self, person: str, now: datetime) -> bool:
        return sum(bool(one.rounds) for one in self._store.entries(person, now, now.date())) >= self.parameters.a_day

    # --- what changed -------------------------------------------------------------------------------------------

    def _changed(self, sitting: Sitting, person: str, now: datetime) -> list[Decision]:
        domain = game_of(sitting.game).domain
        try:
            kept = self._store.entries(person, now)
            found = changes(efforts(kept, domain, now))
            if not found or not found[-1].told or len(sitting.played) == 0:
                return []
            before = changes(efforts([one for one in kept if one.id != sitting.id], domain, now))
            if before and before[-1].told and before[-1].day == found[-1].day:
                return []  # an earlier sitting of this day told it
            last = found[-1]
            beside = self._worse(person, now)
        except UserError as error:
            log.error("games cannot be looked at", trouble=str(error))
            return []
        data = GameChanged(domain=domain, sittings=last.sessions, lower=last.lower, until=last.day, beside=beside)
        return [Emit(data, person)]
