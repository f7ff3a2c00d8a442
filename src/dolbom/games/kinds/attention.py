"""Attention, go and no-go: words come one by one; at some the person gives a sign, at others they keep still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from dolbom.dialog.letters import words_of
from dolbom.errors import UserError
from dolbom.games.answering import Match
from dolbom.games.game import Game, Prompt, Result, Round, Step, Table, Try
from dolbom.games.item import Item, entries, path, split

PACE_S = 5.0
"""So long each word waits for the sign, seconds."""
WORDS, GO = 5, 3
"""Words of a round, and how many of them ask for the sign."""


SIGN = 3
"""A sign has at most so many letters: whatever is longer may be anything."""


class Attention(Game):
    """Listening for what was agreed, and keeping still at the rest."""

    name = "attention"
    domain = "attention"
    rounds = 4

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(entry), level, lang) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Series(item, table)


@cache
def kinds(lang: str) -> Mapping[str, tuple[str, ...]]:
    """The kinds of words of the fluency game, each with its words."""
    return {
        str(kind): tuple(word for word in str(held).split() if len(word) > 1)
        for _, kind, held in entries("fluency", lang)
        if not isinstance(held, dict)
    }


def _item(entry: str, level: int, lang: str) -> Item:
    parts = split(entry)
    known = kinds(lang)
    if len(parts) != 2 or not set(parts) <= set(known):
        raise UserError(f"{path('attention', lang)}: {entry!r} is no 'kind | other kind'", "both as in fluency.yaml")
    both = set(known[parts[0]]) & set(known[parts[1]])
    if len(set(known[parts[1]]) - both) < WORDS - GO:
        raise UserError(f"{path('attention', lang)}: the kinds of {entry!r} are nearly the same")
    return Item(id=entry, level=level, ask=parts[0], parts=parts)


class _Series(Round):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        known = kinds(table.lang)
        go = [word for word in known[item.parts[0]] if word not in known[item.parts[1]]]
        still = [word for word in known[item.parts[1]] if word not in known[item.parts[0]]]
        rng = table.rng
        # The best-known words stand first in the file: with help only those come.
        deep = 8 if table.help else 16
        self._series = [(word, True) for word in rng.sample(go[:deep], GO)]
        self._series += [(word, False) for word in rng.sample(still[:deep], WORDS - GO)]
        rng.shuffle(self._series)
        self._at = 0
        self._right = self._signs = 0

    @property
    def answer(self) -> str:
        return ""

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False

    def solution(self) -> str | None:
        return self.table.words.say("attention.button") if self._series[self._at][1] else None

    def first(self) -> Prompt:
        words = self.table.words
        return self._word(words.say("attention.ask", kind=self.item.ask))

    def judge(self, text: str) -> Match:  # noqa: ARG002
        return "right"  # any sound is the sign

    def holds_answer(self, text: str) -> bool:
        return len("".join(words_of(text))) <= SIGN

    def hear(self, text: str) -> Step:  # noqa: ARG002
        self._signs += 1
        return self._next(signed=True)

    def silence(self) -> Step:
        return self._next(signed=False)

    def give_up(self) -> Step:
        return self._end()

    def _next(self, *, signed: bool) -> Step:
        _, go = self._series[self._at]
        self._right += signed == go
        self._at += 1
        if self._at == len(self._series):
            return self._end()
        # Kindly told once what the sign is for, if the first went by.
        missed = go and not signed and self._at == 1
        before = self.table.words.say("attention.again", kind=self.item.ask) if missed else ""
        return self._ask(self._word(before))

    def _word(self, before: str) -> Prompt:
        word = self._series[self._at][0]
        button = self.table.words.say("attention.button")
        return Prompt(f"{before} {word}.".strip(), wait_s=PACE_S, buttons=(button,), may_be_silent=True)

    def _end(self) -> Result:
        words, share = self.table.words, self._right / len(self._series)
        if not self._signs:
            return Result("passed", words.say("attention.silent", kind=self.item.ask))
        self.tries.append(Try(self.table.help, share))
        done = words.say("attention.done")
        return Result("right" if share == 1.0 else "partly" if share >= 0.6 else "told", done)
