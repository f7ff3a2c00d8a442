"""When a game or a little exercise is offered, and which: at a time of day that was welcome before, not after a no,
what was enjoyed most.

Thompson sampling (Thompson 1933; Chapelle and Li 2011) over games by what people said of them and by whether they left
early; the same over parts of the day by whether an offer was taken. Everything is left to a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal, Protocol

from dolbom.games.parameters import GameParameters
from dolbom.games.player import Player, Sitting, Tally

Part = Literal["morning", "midday", "afternoon", "evening"]
Mood = Literal["good", "bad", ""]
FADE = 0.95
"""What was liked long ago counts less: with each new sitting the old count by so much."""
EARLY = frozenset({"enough", "stopped"})
SOFT = ("melody", "pictures", "facts")
"""What is offered to somebody who feels low: nothing that can be missed by much."""
EXERCISE = "exercise"
"""Offered like a game, in the place of one."""
LEAST_WELCOME = 0.12
"""A look is an offer with at least this chance, so that no part of the day is given up for good."""


@dataclass(frozen=True)
class Came:
    """What came of an offer.

    Attributes:
        begun, at: when it was offered, and when it ended.
        taken: they took part.
        refused: they said no.
        liked: how much, 0 to 1; None: it is not known.
    """

    begun: datetime
    at: datetime
    taken: bool
    refused: bool = False
    liked: float | None = None


class Exercise(Protocol):
    """What offers exercise in the place of a game."""

    @property
    def busy(self) -> bool:
        """Whether somebody exercises, or is about to."""
        ...

    def may_offer(self, person: str, at: datetime, refused: timedelta) -> bool:
        """Whether exercise may be offered to somebody; `refused`: after a no not for so long."""
        ...

    def offer(self, person: str, came: Callable[[Came], None]) -> None:
        """Offers it; `came` is called at its end."""
        ...


def part_of_day(at: datetime) -> Part:
    """Which part of the day it is."""
    hour = at.hour
    return "morning" if hour < 11 else "midday" if hour < 14 else "afternoon" if hour < 17 else "evening"


def may_offer(player: Player, parameters: GameParameters, at: datetime, played_today: int) -> bool:
    """Whether a game may be offered now at all."""
    clock = at.strftime("%H:%M")
    if not parameters.earliest <= clock < parameters.latest or played_today >= parameters.a_day:
        return False
    offers = player.offers if player.offers_day == at.date() else 0
    if offers >= parameters.offers:
        return False
    if player.offered is not None and at - player.offered < timedelta(hours=parameters.gap_h):
        return False
    return player.refused is None or at - player.refused >= timedelta(hours=parameters.refused_h)


def is_welcome(player: Player, at: datetime, rng: Random) -> bool:
    """Whether this part of the day is one for an offer; drawn, so that what is rarely tried stays possible."""
    tally = player.welcomed.get(part_of_day(at), Tally())
    chance = rng.betavariate(1.0 + tally.yes, 1.0 + tally.no)
    return rng.random() < max(LEAST_WELCOME, chance)


def pick(player: Player, games: Sequence[str], rng: Random, mood: Mood = "", last: str = "") -> str | None:
    """Which game: the one likely to be enjoyed most, as it is drawn; not the last one again if there are others.

    Args:
        games: those that there are; `EXERCISE` may be among them, which is no game that somebody chooses.
    """
    wanted = [game for game in games if game == EXERCISE or player.may_play(game)]
    if mood == "bad":
        wanted = [game for game in wanted if game in SOFT] or wanted
    wanted = [game for game in wanted if game != last] or wanted
    if not wanted:
        return None
    drawn = {
        game: rng.betavariate(1.0 + tally.yes, 1.0 + tally.no)
        for game in sorted(wanted)
        for tally in (player.liked.get(game, Tally()),)
    }
    return max(drawn, key=lambda game: drawn[game])


def offered(player: Player, at: datetime) -> None:
    """The robot offers a game now."""
    player.offers = (player.offers if player.offers_day == at.date() else 0) + 1
    player.offered, player.offers_day = at, at.date()


def learn(player: Player, sitting: Sitting, at: datetime) -> None:
    """Takes in how a sitting ended."""
    came = Came(sitting.begun, at, bool(sitting.rounds), sitting.ended == "declined")
    if not sitting.wanted and sitting.ended != "broken_off":
        _welcomed(player, came)
    if came.refused:
        player.refused = at
    if not sitting.played:
        return
    liked = {"good": 1.0, "bad": 0.0}.get(sitting.enjoyed)
    if liked is None:
        # Nothing was said: to stay to the end is a weak yes, to leave early a weak no.
        liked = 0.35 if sitting.ended in EARLY and len(sitting.played) < 4 else 0.6
    _liked(player, sitting.game, liked)


def learn_exercise(player: Player, came: Came) -> None:
    """Takes in what came of exercise that was offered in the place of a game; a no to it is one to games as well."""
    _welcomed(player, came)
    if came.refused:
        player.refused = came.at
    if came.taken and came.liked is not None:
        _liked(player, EXERCISE, came.liked)


def _welcomed(player: Player, came: Came) -> None:
    tally = player.welcomed.setdefault(part_of_day(came.begun.astimezone(came.at.tzinfo)), Tally())
    tally.yes, tally.no = tally.yes * FADE, tally.no * FADE
    _count(tally, 1.0 if came.taken else 0.0)


def _liked(player: Player, what: str, liked: float) -> None:
    for other in player.liked.values():
        # Also what was not liked comes to be tried again after a while.
        other.yes, other.no = other.yes * FADE, other.no * FADE
    _count(player.liked.setdefault(what, Tally()), liked)


def _count(tally: Tally, yes: float) -> None:
    tally.yes, tally.no = tally.yes + yes, tally.no + 1.0 - yes
