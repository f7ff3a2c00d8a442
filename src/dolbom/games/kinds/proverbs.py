"""Proverbs: the robot begins one, the person ends it."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.games.game import Game, Question, Round, Table
from dolbom.games.item import Item, entries, split


class Proverbs(Game):
    """Well-learnt sayings come back by themselves: language, and the pleasure of knowing."""

    name = "proverbs"
    domain = "language"

    def items(self, lang: str) -> Sequence[Item]:
        return [
            Item(id=str(start), level=level, ask=str(start), answers=split(end))
            for level, start, end in entries(self.name, lang)
        ]

    def round(self, item: Item, table: Table) -> Round:
        return _Proverb(item, table)


class _Proverb(Question):
    def text(self) -> str:
        return self.table.words.say("proverbs.ask", start=self.item.ask)

    def akin(self, other: Item) -> bool:  # noqa: ARG002
        return True  # all are ends of proverbs

    def hint(self) -> str:
        first, *rest = self.answer.split()
        return self.table.words.say("hint_word", first=first) if rest else super().hint()

    def praise(self, key: str) -> str:
        return self.table.words.say(key, answer=f"{self.item.ask} {self.answer}")
