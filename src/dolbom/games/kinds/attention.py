"""Attention, go and no-go: words come one by one; at some the person gives a sign, at others they keep still."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from dolbom.dialog.letters import words_of
from dolbom.errors import UserError
from dolbom.games.answering import Match, exact, gives_up, hesitates, says_only
from dolbom.games.game import Game, Prompt, Result, Round, Step, Table, Try
from dolbom.games.item import Item, entries, path, split
from dolbom.i18n import catalogue

PACE_S = 5.0
"""So long each word waits for the sign, seconds."""
WORDS, GO = 5, 3
"""Words of a round, and how many of them ask for the sign."""
SIGN = 3
"""Of the words that are no known sign, those with at most so many letters may be one misheard."""


class Attention(Game):
    """Listening for what was agreed, and keeping still at the rest."""

    name = "attention"
    domain = "attention"
    rounds = 4

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(entry), level, lang) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Series(item, table)

    def playable(self, items: Sequence[Item], table: Table) -> Sequence[Item]:
        def enough(item: Item) -> bool:
            go, still = _words_of(item, table)
            return len(go) >= GO and len(still) >= WORDS - GO

        return [item for item in items if enough(item)]


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


def _words_of(item: Item, table: Table) -> tuple[list[str], list[str]]:
    """The words that ask for the sign, and the others; each of one kind only, and none that is avoided."""
    known = kinds(table.lang)
    go, still = (known[kind] for kind in item.parts)
    return ([word for word in go if word not in still and table.may_say(word)],
            [word for word in still if word not in go and table.may_say(word)])  # fmt: skip


def _named(kind: str, table: Table) -> str:
    """A kind of words as it is spoken of: 새 이름, but 입는 것."""
    held = catalogue(table.lang, "games")["attention"]
    otherwise = dict(held["named_otherwise"])
    if kind in otherwise:
        return str(otherwise[kind])
    plainly = any(re.search(way, kind) for way in held["named_plainly"])
    return kind if plainly else table.words.say("attention.named", kind=kind)


class _Series(Round):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        go, still = _words_of(item, table)
        rng = table.rng
        # The best-known words stand first in the file: with help only those come.
        deep = 8 if table.help else 16
        self._series = [(word, True) for word in rng.sample(go[:deep], GO)]
        self._series += [(word, False) for word in rng.sample(still[:deep], WORDS - GO)]
        rng.shuffle(self._series)
        self._at = 0
        self._what = _named(item.ask, table)
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
        return self._word(words.say("attention.ask", kind=self._what))

    def judge(self, text: str) -> Match:
        lang = self.table.lang
        if self.sure(text):
            return "right"
        other = says_only("no_sign", text, lang) or gives_up(text, lang) or hesitates(text, lang)
        return "right" if not other and len("".join(words_of(text))) <= SIGN else ""

    def holds_answer(self, text: str) -> bool:
        return self.sure(text)

    def plain(self, text: str) -> bool:
        return self.sure(text)

    def sure(self, text: str) -> bool:
        # Who says the word itself means it, too.
        return says_only("sign", text, self.table.lang) or exact(text, [self._series[self._at][0]], self.table.lang)

    def hear(self, text: str) -> Step:
        signed = self.judge(text) == "right"
        self._signs += signed
        return self._next(signed=signed)

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
        before = self.table.words.say("attention.again", kind=self._what) if missed else ""
        return self._ask(self._word(before))

    def _word(self, before: str) -> Prompt:
        word = self._series[self._at][0]
        button = self.table.words.say("attention.button")
        return Prompt(f"{before} {word}.".strip(), wait_s=PACE_S, buttons=(button,), may_be_silent=True)

    def _end(self) -> Result:
        words, share = self.table.words, self._right / len(self._series)
        if not self._signs:
            return Result("passed", words.say("attention.silent", kind=self._what))
        self.tries.append(Try(self.table.help, share))
        done = words.say("attention.done")
        return Result("right" if share == 1.0 else "partly" if share >= 0.6 else "told", done)
