"""The games that there are: every file of `kinds` with a game in it; and their items, read once in a process."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache

from dolbom.errors import UserError
from dolbom.games import kinds
from dolbom.games.game import Game
from dolbom.games.item import Item


@cache
def games() -> Mapping[str, Game]:
    """Every game by name."""
    found: dict[str, Game] = {}
    for module in pkgutil.iter_modules(kinds.__path__):
        held = importlib.import_module(f"{kinds.__name__}.{module.name}")
        for one in vars(held).values():
            if isinstance(one, type) and issubclass(one, Game) and one is not Game and one.__module__ == held.__name__:
                found[one.name] = one()
    return dict(sorted(found.items()))


def game(name: str) -> Game:
    """The game of a name.

    Raises:
        UserError: if there is none.
    """
    found = games().get(name)
    if found is None:
        raise UserError(f"no game {name!r}", f"there are {', '.join(games())}")
    return found


@cache
def items(name: str, lang: str) -> Sequence[Item]:
    """The shipped items of a game."""
    return tuple(game(name).items(lang))
