"""Which item comes next: one that this person will most likely find, alone or with a hint, and has not had lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from dolbom.games.game import HELP
from dolbom.games.item import Domain, Item
from dolbom.games.rating import Standing, of_rounds

TARGET = 0.86
"""Rounds that shall succeed: between 80 and 90 %."""
EASY, EASY_ROUNDS = 0.93, 3
"""The first rounds of somebody new in a domain are easier."""
NEAREST = 6
"""One of so many that fit best is taken, so that a game is not the same every day."""
MARGIN = 0.025
RESTS = 4
"""One in so many items rests, so that a game is not the same every day; those that fit best are played again soon."""
UNWANTED_HELP = 0.04
"""Help from the start is given only if the item cannot be found without: it counts as so far from the target."""


@dataclass(frozen=True)
class Choice:
    """An item, with how much help its question carries; `chance` of success."""

    item: Item
    help: int
    chance: float


def choose(
    standing: Standing,
    game: str,
    domain: Domain,
    items: Sequence[Item],
    rng: Random,
    lately: Sequence[str] = (),
) -> Choice:
    """The next item.

    Args:
        items: those that may be played; at least one.
        lately: ids of items played lately, the newest last; the newest quarter of all items does not come again.
    """
    ability = standing.ability(domain)
    target = EASY if ability.count < EASY_ROUNDS else TARGET
    rested = frozenset(lately[-max(1, len(items) // RESTS) :])
    fresh = [item for item in items if item.id not in rested] or list(items)
    hard = standing.difficulties(game, fresh)
    chances = np.stack([of_rounds(ability, hard, help) for help in range(len(HELP))])
    off = np.abs(chances - target) + UNWANTED_HELP * np.arange(len(HELP))[:, None]
    helps = off.argmin(axis=0)
    least = off.min(axis=0)
    nearest = [int(at) for at in np.argsort(least, kind="stable")[:NEAREST]]
    # Only those about as near as the best: where few fit, the rest would be too hard.
    close = [at for at in nearest if least[at] <= least[nearest[0]] + MARGIN]
    at = rng.choice(close)
    return Choice(fresh[at], int(helps[at]), float(chances[helps[at], at]))
