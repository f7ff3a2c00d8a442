"""How it goes with somebody's games against their own usual, in words that a page or a paper can show. No score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import games
from dolbom.games.change import Effort, changes
from dolbom.games.game import Try
from dolbom.games.item import Domain
from dolbom.games.player import Sitting

LATELY = 7
"""What was told within the last so many days with a game is still shown."""


@dataclass(frozen=True)
class Usual:
    """Against the usual: `new` before ten days with a game; `lower` with how many of the last `sittings` such days were
    below it."""

    standing: Literal["new", "usual", "lower"]
    sittings: int = 0
    lower: int = 0


def efforts(sittings: Sequence[Sitting], domain: Domain, now: datetime) -> list[Effort]:
    """Somebody's days of a domain as `change` reads them: the sittings of one day are one effort, so that who plays
    often a day is not told of sooner, nor more often, than who plays once.

    Args:
        sittings: the oldest first.
    """
    days: dict[date, list[tuple[float, Try]]] = {}
    for sitting in sittings:
        if sitting.game in games() and game_of(sitting.game).domain == domain:
            tries = days.setdefault(sitting.begun.astimezone(now.tzinfo).date(), [])
            tries += [(one.difficulty, Try(each.help, each.share)) for one in sitting.played for each in one.tries]
    return [Effort(day, tries) for day, tries in days.items()]


def usual(sittings: Sequence[Sitting], domain: Domain, now: datetime) -> Usual:
    """How it goes in one domain.

    Args:
        sittings: all of somebody's, the oldest first.
    """
    found = changes(efforts(sittings, domain, now))
    if not found:
        return Usual("new")
    told = next((change for change in reversed(found[-LATELY:]) if change.told), None)
    if told is None:
        return Usual("usual", found[-1].sessions, found[-1].lower)
    return Usual("lower", told.sessions, told.lower)
