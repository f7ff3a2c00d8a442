"""Melody and memories: lines of old songs to go on with, and talk about them, in which nothing can be missed."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.games.game import Game
from dolbom.games.item import Item, entries, split


class Melody(Game):
    """Songs of long ago, and what they bring back."""

    name = "melody"
    domain = "everyday"

    def items(self, lang: str) -> Sequence[Item]:
        return [
            Item(id=str(ask), level=level, ask=str(ask), answers=split(answers))
            for level, ask, answers in entries(self.name, lang)
        ]
