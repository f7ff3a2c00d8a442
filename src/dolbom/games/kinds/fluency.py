"""Category fluency: as many of a kind as come to mind, and praise for every one."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.dialog.letters import words_of
from dolbom.errors import UserError
from dolbom.games.answering import Match, bare, hesitates, match
from dolbom.games.game import Game, Prompt, Result, Round, Step, Table, Try
from dolbom.games.item import Item, entries, path

WANTED = {1: 2, 2: 3, 3: 3, 4: 4, 5: 4}
"""So many are asked for, by level."""
ASKS = 3
"""How often "and what else?" is asked at most."""


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
        text = self.table.words.say("fluency.ask", kind=self.item.ask, n=self._wanted)
        return Prompt(f"{text} {hint}".strip())

    def judge(self, text: str) -> Match:
        return "right" if self._new(text) else ""

    def hear(self, text: str) -> Step:
        new = self._new(text)
        self.said += new
        if len(self.said) >= self._wanted:
            return self._end()
        if self._asks >= ASKS:
            return self._end()
        self._asks += 1
        words = self.table.words
        if new:
            return self._ask(Prompt(words.say("fluency.more", said=words.listed(new))))
        return self._ask(Prompt(f"{words.say('fluency.also')} {self._hint()}"))

    def silence(self) -> Step:
        if self.said or self._asks > 1:
            return self._end(silent=not self.said)
        self._asks = ASKS
        return self._ask(Prompt(f"{self.table.words.say('waiting')} {self._hint()}"))

    def give_up(self) -> Step:
        if self.said or self._asks > 1:
            return self._end()
        self._asks = ASKS
        return self._ask(Prompt(f"{self.table.words.say('gave_up')} {self._hint()}"))

    def _end(self, *, silent: bool = False) -> Result:
        words, share = self.table.words, min(1.0, len(self.said) / self._wanted)
        self.tries.append(Try(self.table.help, share))
        if share >= 1.0:
            return Result("right", words.say("fluency.done", said=words.listed(self.said)))
        if self.said:
            return Result("partly", words.say("fluency.done", said=words.listed(self.said)))
        told = words.say("fluency.told", kind=self.item.ask, some=words.listed(self._some(2)))
        return Result("passed" if silent else "told", told)

    def _hint(self) -> str:
        return self.table.words.say("fluency.hint", some=words_listed(self, 1))

    def _some(self, count: int) -> list[str]:
        left = [word for word in self.item.parts if word not in self.said]
        return left[:count]

    def _new(self, text: str) -> list[str]:
        """What of the kind was said and was not before."""
        if self.item.answers:
            return _starting(text, self.item.answers[0], self.said, self.table.lang)
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


def words_listed(round: _Named, count: int) -> str:
    """Some words that would do."""
    return round.table.words.listed(round._some(count))


def _starting(text: str, letter: str, said: Sequence[str], lang: str) -> list[str]:
    found: list[str] = []
    for word in words_of(text):
        if not word.startswith(letter) or len(word) < 2 or hesitates(word, lang):
            continue
        short = bare(word)[-1] if lang == "ko" else word
        kept = short if len(short) > 1 else word
        if kept not in said and kept not in found:
            found.append(kept)
    return found
