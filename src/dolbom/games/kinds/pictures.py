"""Pictures: naming what is drawn, with a riddle so that it needs no screen; the odd one out, by words and drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dolbom.dialog.letters import words_of
from dolbom.errors import UserError
from dolbom.games.answering import Match, known, match, which
from dolbom.games.game import Game, Prompt, Question, Round, Table
from dolbom.games.item import Item, entries, path, split
from dolbom.i18n import catalogue

PREFIX = "game-"
"""Names of the game's pictures begin with it."""
ROW = "row-"
"""Names of drawings side by side begin with it: `dolbom.web.rows`."""
PLACES = 3
"""So many drawings stand side by side."""
EVERY = 3
"""With a screen one of so many rounds is such a row: the first comes after the others."""


class Pictures(Game):
    """Seeing, naming, and telling apart."""

    name = "pictures"
    domain = "attention"

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(entry, level, lang) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        table.used.add(item.id)
        if item.picture.startswith(ROW):
            return _Drawn(item, table)
        # What a drawing lacks is nothing to offer beside the name of a thing.
        named = replace(table, others=[other for other in table.others if not other.picture.startswith(ROW)])
        return _Named(item, named) if item.picture else _Odd(item, named)

    def playable(self, items: Sequence[Item], table: Table) -> Sequence[Item]:
        drawn = table.screen and len(table.used) % EVERY == EVERY - 1
        return [item for item in items if item.picture.startswith(ROW) == drawn] or items


def _item(entry: object, level: int, lang: str) -> Item:
    if isinstance(entry, dict) and "odd" in entry:
        answers, drawn, odd = split(entry["answers"]), str(entry["drawn"]), str(entry["odd"])
        return Item(id=f"{ROW}{odd}-{drawn}", level=level, answers=answers, parts=(drawn, odd, str(entry["alike"])),
                    picture=_row([drawn] * (PLACES - 1) + [odd]))  # fmt: skip
    if isinstance(entry, dict):
        answers, riddle = split(entry["answers"]), str(entry["riddle"])
        return Item(id=answers[0], level=level, answers=answers, riddle=riddle, picture=f"{PREFIX}{entry['picture']}")
    parts = split(entry)
    if len(parts) != 2 or len(parts[0].split()) != 3:
        raise UserError(f"{path('pictures', lang)}: {entry!r} is no 'three alike | the odd one'")
    alike = tuple(parts[0].split())
    return Item(id=f"{parts[1]} {alike[0]}", level=level, answers=parts[1:], parts=alike)


def _row(drawings: Sequence[str]) -> str:
    return ROW + "-".join(drawings)


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


class _Drawn(Question):
    """Drawings side by side, one of which differs; answered by its place, by a touch, or by what it is.

    The first help says what is drawn, so that it can be found by ear.
    """

    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        self._drawn, self._odd, self._alike = item.parts
        self._at = table.rng.randrange(PLACES)
        self._words = catalogue(table.lang, "games")["pictures"]
        self._places: tuple[str, ...] = tuple(self._words["places"])
        self.choices = self._places

    @property
    def answer(self) -> str:
        return f"{self._places[self._at]}, {self.item.answers[0]}"

    def solution(self) -> str:
        return self._places[self._at]

    def text(self) -> str:
        return self.table.words.say("pictures.differs")

    def told_of(self, text: str) -> str:
        return f"{text} ({self.table.words.listed(self._names())})"

    def judge(self, text: str) -> Match:
        place = self._place(text)
        if place is not None:
            return "right" if place == self._at else ""
        named = which(text, (self.item.answers[0], self._alike), self.table.lang)
        return match(text, self.item.answers, self.table.lang) if named is None else "right" if named == 0 else ""

    def hint(self) -> str:
        a, b, c = self._names()
        return self.table.words.say("pictures.drawn", a=a, b=b, c=c)

    def offered(self) -> tuple[str, ...]:
        wrong = self.table.rng.choice([at for at in range(PLACES) if at != self._at])
        return tuple(self._places[at] for at in sorted((self._at, wrong)))

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False

    def _names(self) -> list[str]:
        """What is drawn, from left to right."""
        return [self.item.answers[0] if at == self._at else self._alike for at in range(PLACES)]

    def _place(self, text: str) -> int | None:
        """Which of the drawings is meant: by its number, or by where it stands."""
        chosen = which(text, self._places, self.table.lang)
        if chosen is not None:
            return chosen
        said = ("" if self.table.lang == "ko" else " ").join(words_of(known(text, self.table.lang)))
        found = [at for at, ways in enumerate(self._words["where"]) if any(re.search(way, said) for way in ways)]
        return found[0] if len(found) == 1 else None

    def _prompt(self, text: str, before: str = "") -> Prompt:
        said = [text]
        if self.help:
            said.append(self.hint())
        if self.help > 1:
            self.choices = self.offered()
            said.append(self.choice_words())
        drawings = [self._odd if at == self._at else self._drawn for at in range(PLACES)]
        return Prompt(" ".join(part for part in said if part), before, picture=_row(drawings), buttons=self.choices)
