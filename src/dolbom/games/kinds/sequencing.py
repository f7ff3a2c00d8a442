"""Daily steps and sorting: what comes after what, and what belongs where."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.errors import UserError
from dolbom.games.answering import Match, which
from dolbom.games.game import Game, Prompt, Question, Round, Table
from dolbom.games.item import Item, entries, path, split


class Sequencing(Game):
    """Ordering the steps of everyday work, and sorting things."""

    name = "sequencing"
    domain = "everyday"

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(entry), level, lang) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Next(item, table) if item.choices == () else _Sort(item, table)


def _item(entry: str, level: int, lang: str) -> Item:
    name, colon, steps = entry.partition(":")
    if colon:
        parts = split(steps, ">")
        if len(parts) < 3:
            raise UserError(f"{path('sequencing', lang)}: {entry!r} has fewer than three steps")
        return Item(id=name.strip(), level=level, ask=name.strip(), parts=parts)
    parts = split(entry)
    if len(parts) != 3:
        raise UserError(f"{path('sequencing', lang)}: {entry!r} is no 'thing | kind | other kind'")
    return Item(id=f"{parts[0]} {parts[1]}", level=level, ask=parts[0], answers=parts[1:2], choices=parts[2:])


class _Chosen(Question):
    """A question that names its choices from the start."""

    def judge(self, text: str) -> Match:
        chosen = which(text, self.choices, self.table.lang)
        if chosen is not None:
            return "right" if self.choices[chosen] == self.answer else ""
        return "near" if super().judge(text) else ""

    def hint(self) -> str:
        return self.table.words.say("hint_first", first=self.answer[0])

    def _prompt(self, text: str, before: str = "") -> Prompt:
        hint = self.hint() if self.help else ""
        return Prompt(" ".join(part for part in (before, text, hint) if part), buttons=self.choices)


class _Next(_Chosen):
    """Which of two steps comes next."""

    def __init__(self, item: Item, table: Table) -> None:
        self._at = table.rng.randrange(len(item.parts) - 2) if len(item.parts) > 2 else 0
        super().__init__(item, table)
        others = [step for at, step in enumerate(item.parts) if at > self._at + 1]
        mixed = [self.answer, table.rng.choice(others)]
        table.rng.shuffle(mixed)
        self.choices = tuple(mixed)

    @property
    def answers(self) -> tuple[str, ...]:
        return (self.item.parts[self._at + 1],)

    def text(self) -> str:
        a, b = self.choices
        return self.table.words.say("sequencing.next", name=self.item.ask, step=self.item.parts[self._at], a=a, b=b)

    def hint(self) -> str:
        later = next(choice for choice in self.choices if choice != self.answer)
        return self.table.words.say("sequencing.later", step=later)

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False  # both choices were named: it proves nothing


class _Sort(_Chosen):
    """To which of two kinds something belongs."""

    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        mixed = [item.answers[0], item.choices[0]]
        table.rng.shuffle(mixed)
        self.choices = tuple(mixed)

    def text(self) -> str:
        a, b = self.choices
        return self.table.words.say("sequencing.sort", name=self.item.ask, a=a, b=b)

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False
