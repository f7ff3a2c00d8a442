"""Daily steps and sorting: what comes after what, and what belongs where."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.dialog.letters import words_of
from dolbom.errors import UserError
from dolbom.games.answering import Match, bare, which
from dolbom.games.game import Game, Prompt, Question, Round, Table
from dolbom.games.item import Item, entries, path, split
from dolbom.games.verbs import Place, jamo, places


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
        chosen = self.chosen(text)
        if chosen is not None:
            return "right" if self.choices[chosen] == self.answer else ""
        return "near" if super().judge(text) else ""

    def chosen(self, text: str) -> int | None:
        """The number of the choice that was named."""
        return which(text, self.choices, self.table.lang)

    def hint(self) -> str:
        return self.table.words.say("hint_first", first=self.answer[0])

    def _prompt(self, text: str, before: str = "") -> Prompt:
        hint = self.hint() if self.help else ""
        return Prompt(f"{text} {hint}".strip(), before, buttons=self.choices)


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

    def chosen(self, text: str) -> int | None:
        named = which_step(text, self.choices) if self.table.lang == "ko" else None
        return named if named is not None else super().chosen(text)

    def text(self) -> str:
        a, b = self.choices
        return self.table.words.say("sequencing.next", name=self.item.ask, step=self.item.parts[self._at], a=a, b=b)

    def hint(self) -> str:
        later = next(choice for choice in self.choices if choice != self.answer)
        return self.table.words.say("sequencing.later", step=later)

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False  # both choices were named: it proves nothing


def which_step(text: str, steps: Sequence[str]) -> int | None:
    """The number of the step that Korean words name, in any form of its verb; None: none, or several alike.

    Only what tells the steps apart counts: of 빨래 널기 and 빨래 개기 the verbs. Of two that were named alike the last
    one is meant: "널지 말고 개야지".
    """
    parts = [step.removesuffix("기").split() for step in steps]
    shared = set.intersection(*(set(one) for one in parts))
    named = [_named(text, [part for part in one if part not in shared], one[-1]) for one in parts]
    best = max(named)
    return named.index(best) if best[0] and named.count(best) == 1 else None


def _named(text: str, parts: Sequence[str], verb: str) -> tuple[int, Place]:
    """How many of the words of a step were said, and where the last of them."""
    said = [found for part in parts if (found := places(part, text) if part == verb else _noun_places(part, text))]
    return len(said), max((place for found in said for place in found), default=Place(-1, 0))


def _noun_places(noun: str, text: str) -> list[Place]:
    sought = [way for way in bare(noun) if len(way) > 1] or [noun]
    found, before = [], 0
    for word in words_of(text):
        found += [Place(before, len(jamo(way))) for way in sought
                  if (word.startswith(way) if len(way) > 1 else way in bare(word))]  # fmt: skip
        before += len(word)
    return found


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
