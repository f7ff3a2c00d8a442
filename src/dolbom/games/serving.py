"""Serves the rounds of one sitting: chooses the next item, and takes in how it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import items as items_of
from dolbom.games.choosing import Choice, choose
from dolbom.games.game import Result, Round, Table, speaks_of
from dolbom.games.item import Item
from dolbom.games.player import Attempt, Played, Player, Sitting
from dolbom.games.spacing import Spaced, after, next_fact
from dolbom.games.wording import Wording


class Serving:
    """The rounds of one sitting.

    Attributes:
        round: the one that is played.
        last: the one before it.

    Args:
        sitting, player: changed as it goes on.
        words: what is said.
        screen: pictures can be seen.
    """

    def __init__(self, sitting: Sitting, player: Player, words: Wording, *, screen: bool = True) -> None:
        self.sitting, self.player = sitting, player
        self.round: Round | None = None
        self.last: Round | None = None
        self._words, self._screen = words, screen
        self._game = game_of(sitting.game)
        self._all = items_of(sitting.game, sitting.lang)
        self._used: set[str] = set()
        self._link = ""
        self._choice: Choice | None = None

    def next(self, at: datetime) -> bool:
        """Begins the next round; False if there is nothing that may be played."""
        number = len(self.sitting.rounds)
        rng = Random(f"{self.sitting.seed} {number}")  # noqa: S311
        table = Table(
            self.sitting.lang, rng, at, self._words, own=self.player.own, used=self._used, link=self._link,
            others=[item for item in self._all if not self._avoided(item)], screen=self._screen,
            avoid=self.player.avoid,
        )  # fmt: skip
        chosen = self._choose(table, at)
        if chosen is None:
            return False
        table.help = chosen.help
        self._choice, self._link = chosen, ""
        self.round = self._game.round(chosen.item, table)
        return True

    def note(self, result: Result, at: datetime, said: Sequence[str]) -> str:
        """Takes in how the round went, and ends it.

        Returns:
            The id of its item.
        """
        round, chosen, game = self.round, self._choice, self.sitting.game
        assert round is not None and chosen is not None
        item, player = chosen.item, self.player
        tries = [Attempt(help=one.help, share=one.share) for one in round.tries]
        self.sitting.rounds.append(
            Played(
                item=item.id,
                at=at,
                grade=result.grade,
                difficulty=item.first_difficulty,
                tries=tries,
                asked=round.asked,
                said=list(said),
            )
        )
        # Silence says nothing of what somebody knows.
        if result.grade != "passed":
            player.standing.learn(game, self._game.domain, item, round.tries)
            player.note_item(f"{game}/{item.id}")
            if game == "facts":
                recalled = result.grade in ("right", "helped")
                player.facts[item.id] = after(player.facts.get(item.id, Spaced()), recalled=recalled, at=at)
        self._link = round.table.link
        self.last, self.round = round, None
        return item.id

    def _choose(self, table: Table, now: datetime) -> Choice | None:
        playable = self._game.playable(table.others, table)
        if not playable:
            return None
        game, domain, standing = self.sitting.game, self._game.domain, self.player.standing
        this = [one.item for one in self.sitting.rounds]
        if game == "facts":
            # Own facts first: they are what the game is for.
            own = [item for item in playable if item.id in self.player.own] or list(playable)
            id = next_fact([item.id for item in own], self.player.facts, now, this[-1] if this else "")
            return choose(standing, game, domain, [item for item in own if item.id == id], table.rng)
        lately = [key.partition("/")[2] for key in self.player.lately if key.startswith(f"{game}/")]
        fresh = [item for item in playable if item.id not in this] or playable
        return choose(standing, game, domain, fresh, table.rng, lately)

    def _avoided(self, item: Item) -> bool:
        own = self.player.own.get(item.id, "")
        held = " ".join((item.id, item.ask, *item.answers, *item.parts, *item.choices, item.riddle, own))
        return speaks_of(held, self.player.avoid)
