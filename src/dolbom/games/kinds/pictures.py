"""Pictures: naming what is drawn, with a riddle so that it needs no screen; and the odd one out."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.errors import UserError
from dolbom.games.answering import Match, which
from dolbom.games.game import Game, Question, Round, Table
from dolbom.games.item import Item, entries, path, split

PREFIX = "game-"
"""Names of the game's pictures begin with it."""


class Pictures(Game):
    """Seeing, naming, and telling apart."""

    name = "pictures"
    domain = "attention"

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(entry, level, lang) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Named(item, table) if item.picture else _Odd(item, table)


def _item(entry: object, level: int, lang: str) -> Item:
    if isinstance(entry, dict):
        answers, riddle = split(entry["answers"]), str(entry["riddle"])
        return Item(id=answers[0], level=level, answers=answers, riddle=riddle, picture=f"{PREFIX}{entry['picture']}")
    parts = split(entry)
    if len(parts) != 2 or len(parts[0].split()) != 3:
        raise UserError(f"{path('pictures', lang)}: {entry!r} is no 'three alike | the odd one'")
    alike = tuple(parts[0].split())
    return Item(id=f"{parts[1]} {alike[0]}", level=level, answers=parts[1:], parts=alike)


class _Named(Question):
    def text(self) -> str:
        return self.table.words.say("pictures.name", riddle=self.item.riddle)

    def akin(self, other: Item) -> bool:
        return bool(other.picture)  # all are things that are drawn


class _Odd(Question):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        mixed = [*item.parts, item.answers[0]]
        table.rng.shuffle(mixed)
        self.choices = tuple(mixed)

    def text(self) -> str:
        return self.table.words.say("pictures.odd", things=self.table.words.listed(self.choices))

    def judge(self, text: str) -> Match:
        chosen = which(text, self.choices, self.table.lang)
        return "right" if chosen is not None and self.choices[chosen] == self.answer else ""

    def hint(self) -> str:
        return self.table.words.say("pictures.odd_hint", a=self.item.parts[0], b=self.item.parts[1])

    def offered(self) -> tuple[str, ...]:
        two = [self.answer, self.item.parts[0]]
        self.table.rng.shuffle(two)
        return tuple(two)

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False
