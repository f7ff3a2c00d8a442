"""How able somebody is in a domain, and how hard an item, learnt from every try: Elo with its own uncertainty.

Logistic ability against difficulty, each a mean with a variance (as Glicko does): a step is as large as the variance,
so it falls with the evidence; a little drift keeps it open to change. Elo (1978); Glickman (1999); for practice
that adapts: Klinkenberg, Straatemeier and van der Maas (2011), Computers & Education 57.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from dolbom.games.game import HELP, Try
from dolbom.games.item import LEVEL_STEP, Domain, Item

ABILITY_VARIANCE = 1.6
"""Of somebody who has not played yet, logits²."""
DRIFT = 0.012
"""What an ability's variance grows by with each session, logits²."""
ITEM_VARIANCE = 0.12
"""Of an item that was not played yet: first difficulties are only guessed."""
LEAST_ITEM_VARIANCE = 0.01
"""An item drifts slowly, and never stands still."""


class Rating(BaseModel):
    """A mean and its variance, logits; `count` tries were seen."""

    model_config = ConfigDict(extra="forbid")

    mean: float = 0.0
    variance: float = ABILITY_VARIANCE
    count: int = 0


def probability(ability: float, difficulty: float) -> float:
    """The chance of success, 0 to 1."""
    return 1.0 / (1.0 + math.exp(difficulty - ability))


def of_rounds(ability: Rating, difficulties: NDArray[np.float64], help: int) -> NDArray[np.float64]:
    """The chances that rounds succeed: at once, or with the one step of help that follows.

    What is not known of the ability pulls them to a half (MacKay 1992).

    Args:
        difficulties: of the items without help, (n,) logits.
        help: an index of `HELP`, given from the start.

    Returns:
        (n,), 0 to 1.
    """
    hard = difficulties - HELP[help]
    scale = math.sqrt(1.0 + math.pi * ability.variance / 8.0)
    first = 1.0 / (1.0 + np.exp((hard - ability.mean) / scale))
    if help >= len(HELP) - 1:
        return first
    # Whoever missed it once is less able at this item than thought: the second chance is what then holds.
    chance = 1.0 / (1.0 + np.exp(hard - ability.mean))
    variance = 1.0 / (1.0 / ability.variance + chance * (1.0 - chance))
    then_hard, then_mean = difficulties - HELP[help + 1], ability.mean - variance * chance
    then = 1.0 / (1.0 + np.exp((then_hard - then_mean) / np.sqrt(1.0 + math.pi * variance / 8.0)))
    return first + (1.0 - first) * then


def updated(ability: Rating, difficulty: float, share: float) -> Rating:
    """The rating after one try of which a share succeeded."""
    chance = probability(ability.mean, difficulty)
    variance = 1.0 / (1.0 / ability.variance + chance * (1.0 - chance))
    mean = ability.mean + variance * (share - chance)
    return Rating(mean=mean, variance=variance, count=ability.count + 1)


class Standing(BaseModel):
    """All ratings of one person: abilities by domain, and how much harder than at first each item is for them."""

    model_config = ConfigDict(extra="forbid")

    abilities: dict[Domain, Rating] = {}
    items: dict[str, Rating] = {}

    def ability(self, domain: Domain) -> Rating:
        """How able they are."""
        return self.abilities.get(domain) or Rating()

    def difficulty(self, game: str, item: Item) -> float:
        """How hard an item is for them, without help."""
        known = self.items.get(f"{game}/{item.id}")
        return item.first_difficulty + (known.mean if known else 0.0)

    def difficulties(self, game: str, items: Sequence[Item]) -> NDArray[np.float64]:
        """How hard items are for them, without help, (n,) logits."""
        hard = np.array([item.level - 3.0 for item in items]) * LEVEL_STEP
        if self.items:
            for at, item in enumerate(items):
                if (known := self.items.get(f"{game}/{item.id}")) is not None:
                    hard[at] += known.mean
        return hard

    def begin_session(self, domain: Domain) -> None:
        """Time has passed: what was known is a little less certain."""
        ability = self.ability(domain)
        wider = min(ABILITY_VARIANCE, ability.variance + DRIFT)
        self.abilities[domain] = ability.model_copy(update={"variance": wider})

    def learn(self, game: str, domain: Domain, item: Item, tries: Sequence[Try]) -> None:
        """Takes in the tries of one round."""
        key = f"{game}/{item.id}"
        for one in tries:
            ability = self.ability(domain)
            difficulty = self.difficulty(game, item) - HELP[one.help]
            known = self.items.get(key) or Rating(variance=ITEM_VARIANCE)
            chance = probability(ability.mean, difficulty)
            self.abilities[domain] = updated(ability, difficulty, one.share)
            variance = max(LEAST_ITEM_VARIANCE, 1.0 / (1.0 / known.variance + chance * (1.0 - chance)))
            self.items[key] = Rating(
                mean=known.mean - variance * (one.share - chance), variance=variance, count=known.count + 1
            )
