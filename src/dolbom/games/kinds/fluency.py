"""Category fluency: as many of a kind as come to mind, and praise for every one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from dolbom.dialog.letters import words_of
from dolbom.errors import UserError
from dolbom.games.answering import Match, bare, exact_all, match, noun
from dolbom.games.game import Game, Prompt, Result, Round, Step, Table, Try
from dolbom.games.item import Item, entries, path
from dolbom.i18n import catalogue

WANTED = {1: 2, 2: 3, 3: 3, 4: 4, 5: 4}
"""So many are asked for, by level."""
ASKS = 3
"""How often "and what else?" is asked at most."""
BRIEF = 3
"""Words that the list does not have are taken out of at most so many."""


class Fluency(Game):
    """Words of a kind: language, and looking for words."""

    name = "fluency"
    domain = "language"
    rounds = 5

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(kind), held, level, lang) for level, kind, held in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Named(item, table)


def _item(kind: str, held: object, level: int, lang: str) -> Item:
    starts, words = "", held
    if isinstance(held, dict):
        starts, words = str(held.get("starts", "")), held.get("like", "")
    parts = tuple(dict.fromkeys(str(words).split()))
    if len(parts) < 7:
        raise UserError(f"{path('fluency', lang)}: {kind!r} has fewer than seven words")
    return Item(id=kind, level=level, ask=kind, parts=parts, answers=(starts,) if starts else ())


class _Named(Round):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        self.said: list[str] = []
        self._other: set[str] = set()
        self._wanted = max(1, WANTED[item.level] - (1 if table.help else 0))
        self._asks = 1

    @property
    def answer(self) -> str:
        return ""

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False

    def solution(self) -> str | None:
        return self.table.words.listed(self._some(self._wanted))

    def first(self) -> Prompt:
        hint = self._hint() if self.table.help else ""
        return Prompt(f"{self._question()} {hint}".strip())

    def judge(self, text: str) -> Match:
        return "right" if self._new(text) else ""

    def sure(self, text: str) -> bool:
        return exact_all(text, self.item.parts, self.table.lang)

    def plain(self, text: str) -> bool:
        return self.sure(text) or len(self._new(text)) > 1

    def holds_answer(self, text: str) -> bool:
        # By its first letter a word comes by chance in more words than these: "what time is it".
        return self.judge(text) == "right" and (not self.item.answers or len(words_of(text)) <= BRIEF)

    def hear(self, text: str) -> Step:
        new = self._new(text)
        self.said += new
        self._other |= self._unknown(text) if not new else set()
        if len(self.said) + len(self._other) >= self._wanted or self._asks >= ASKS:
            return self._end()
        self._asks += 1
        words = self.table.words
        if new:
            return self._ask(Prompt(words.say("fluency.other"), words.say("fluency.more", said=words.listed(new))))
        if self._unknown(text):
            return self._ask(Prompt(words.say("fluency.other"), words.say("fluency.maybe")))
        return self._ask(Prompt(self._hint(), words.say("fluency.also")))

    def silence(self) -> Step:
        if self.said or self._other or self._asks > 1:
            return self._end(silent=not self.said and not self._other)
        self._asks = ASKS
        return self._ask(Prompt(f"{self._hint()} {self._question()}", self.table.words.say("waiting_help")))

    def give_up(self) -> Step:
        if self.said or self._other or self._asks > 1:
            return self._end()
        self._asks = ASKS
        return self._ask(Prompt(self._hint(), self.table.words.say("gave_up")))

    def _end(self, *, silent: bool = False) -> Result:
        words, found = self.table.words, len(self.said)
        # What the list does not know may be right or not: nothing is learnt of it, for or against.
        share = min(1.0, found / max(1, self._wanted - len(self._other)))
        if found or not self._other:
            self.tries.append(Try(self.table.help, share))
        if self.said:
            done = words.say("fluency.done", said=words.listed(self.said))
            return Result("right" if share >= 1.0 else "partly", done)
        if self._other:
            return Result("talked", words.say("fluency.done_other"))
        told = words.say("fluency.told", kind=self.item.ask, some=words.listed(self._some(2)))
        return Result("passed" if silent else "told", told)

    def _question(self) -> str:
        held = catalogue(self.table.lang, "games")["fluency"]
        people = self.item.ask in held["people"]
        count = held["counts_people" if people else "counts"][self._wanted - 1]
        return self.table.words.say("fluency.ask", kind=self.item.ask, count=count)

    def _hint(self) -> str:
        return self.table.words.say("fluency.hint", some=words_listed(self, 1))

    def _some(self, count: int) -> list[str]:
        left = [word for word in self.item.parts if word not in self.said and self.table.may_say(word)]
        return left[:count]

    def _unknown(self, text: str) -> set[str]:
        """Nouns that no list knows: the person may well know more of the kind than the list does."""
        lang, said = self.table.lang, words_of(text)
        if len(said) > BRIEF or self.item.answers:
            return set()
        open_ = any(re.search(way, self.item.ask) for way in catalogue(lang, "games")["fluency"]["open"])
        listed = frozenset() if open_ else _listed(lang)
        nouns = {noun(word, lang) for word in said} - {""}
        return {word for word in nouns if word not in listed and word not in self.said}

    def _new(self, text: str) -> list[str]:
        """What of the kind was said and was not before."""
        if self.item.answers:
            return _starting(text, self.item.answers[0], self.item.parts, self.said, self.table.lang)
        found: list[tuple[int, str]] = []
        joined = ("" if self.table.lang == "ko" else " ").join(words_of(text))
        # The longest first: 배추김치 is not also 김치.
        for word in sorted(self.item.parts, key=len, reverse=True):
            at = joined.find(word.lower())
            hit = (
                at >= 0
                if len(word) > 1 and self.table.lang == "ko"
                else match(text, [word], self.table.lang) == "right"
            )
            if hit and word not in self.said:
                found.append((at, word))
                joined = joined.replace(word.lower(), "#" * len(word), 1)
        return [word for _, word in sorted(found)]


@cache
def _listed(lang: str) -> frozenset[str]:
    """The words of all kinds."""
    return frozenset(word for _, _, held in entries("fluency", lang) if not isinstance(held, dict)
                     for word in str(held).split())  # fmt: skip


def words_listed(round: _Named, count: int) -> str:
    """Some words that would do."""
    return round.table.words.listed(round._some(count))


def _starting(text: str, letter: str, like: Sequence[str], said: Sequence[str], lang: str) -> list[str]:
    found: list[str] = []
    for word in words_of(text):
        kept = next((way for way in (bare(word) if lang == "ko" else [word]) if way in like), "") or noun(word, lang)
        if word.startswith(letter) and len(kept) > 1 and kept not in said and kept not in found:
            found.append(kept)
    return found
