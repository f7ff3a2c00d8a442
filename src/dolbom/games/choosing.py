"""Which item comes next: one that this person will most likely find, alone or with a hint, and has not had lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from dolbom.games.game import HELP
from dolbom.games.item import Domain, Item
from dolbom.games.rating import Standing, of_rounds

TARGET = 0.85
"""Rounds that shall succeed: between 80 and 90 %."""
EASY, EASY_ROUNDS = 0.93, 3
"""The first rounds of somebody new in a domain are easier."""
NEAREST = 6
"""One of so many that fit best is taken, so that a game is not the same every day."""
MARGIN = 0.025
RESTS = 4
"""One in so many items rests, so that a game is not the same every day; those that fit best are played again soon."""
UNWANTED_HELP = 0.04
"""Help from the start is given only where it is needed: it counts as so far from the target."""


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
    cost = UNWANTED_HELP * np.arange(len(HELP))[:, None]
    easier = _nearest(np.where(chances >= target, chances - target + cost, np.inf))
    harder = _nearest(np.where(chances < target, target - chances + cost, np.inf))
    picked = easier or harder
    if easier and harder:
        above, below = (float(np.mean([chances[one] for one in side])) for side in (easier, harder))
        # Between two levels now the easier is served, now the harder, so that on average it is the target.
        picked = easier if rng.random() < (target - below) / max(above - below, 1e-9) else harder
    help, at = rng.choice(picked)
    return Choice(fresh[at], help, float(chances[help, at]))


def _nearest(off: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Of each item the help that fits best, and of these the few that fit about as well as the best.

    Args:
        off: (help, item), how far from what is wanted; infinite: not at all.
    """
    helps, least = off.argmin(axis=0), off.min(axis=0)
    order = [int(at) for at in np.argsort(least, kind="stable")[:NEAREST] if np.isfinite(least[at])]
    return [(int(helps[at]), at) for at in order if least[at] <= least[order[0]] + MARGIN]
