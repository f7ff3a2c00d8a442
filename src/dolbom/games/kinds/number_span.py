"""Number span: digits said after the robot, forward or backwards."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.games.amounts import digits
from dolbom.games.answering import Match, thought_over
from dolbom.games.game import Game, Prompt, Question, Result, Round, Step, Table, Try
from dolbom.games.item import Item, entries


class NumberSpan(Game):
    """Keeping numbers in mind for a moment."""

    name = "number_span"
    domain = "numbers"

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(entry), level) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Span(item, table)


def _item(entry: str, level: int) -> Item:
    back = entry.startswith("<")
    shown = tuple(entry.lstrip("< ").split())
    sought = tuple(reversed(shown)) if back else shown
    return Item(id=entry, level=level, ask="back" if back else "forward", parts=shown, answers=(" ".join(sought),))


class _Span(Question):
    @property
    def answers(self) -> tuple[str, ...]:
        return (", ".join(self.item.answers[0].split()),)

    def text(self) -> str:
        return self.table.words.say(f"number_span.{self.item.ask}", numbers=self.table.words.listed(self.item.parts))

    def judge(self, text: str) -> Match:
        sought = [int(one) for one in self.item.answers[0].split()]
        rows = [row for row in digits(text, self.table.lang) if row]
        if sought in rows:
            return "right"
        near = any(sorted(row) == sorted(sought) or _common(row, sought) >= len(sought) - 1 > 1 for row in rows)
        return "near" if near else ""

    def sure(self, text: str) -> bool:
        words = thought_over(text, self.table.lang).split()
        return bool(words) and all(any(digits(word, self.table.lang)) for word in words)

    def hint(self) -> str:
        return self.table.words.say("number_span.first", first=self.item.answers[0].split()[0])

    def _prompt(self, text: str, before: str = "") -> Prompt:
        hint = self.hint() if self.help else ""
        return Prompt(f"{text} {hint}".strip(), before)

    def _miss(self, how: str, *, silent: bool = False) -> Step:
        if how == "near" and self._helped:
            self.tries.append(Try(self.help, 0.5))
            return Result("partly", self.table.words.say("partly", answer=self.answer))
        return super()._miss(how, silent=silent)

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many numbers stand in both in the same order."""
    best = [0] * (len(other) + 1)
    for a in one:
        before = 0
        for at, b in enumerate(other, 1):
            before, best[at] = best[at], before + 1 if a == b else max(best[at], best[at - 1])
    return best[-1]
