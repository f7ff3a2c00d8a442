"""Spaced retrieval: facts that matter to the person, asked again at growing gaps; who misses one is told at once."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.games.game import Game, Question, Result, Round, Step, Table, Try
from dolbom.games.item import OWN, Item, entries, split


class Facts(Game):
    """The daughter's name, where the medicine is: own facts with consent, and such as help everybody at home."""

    name = "facts"
    domain = "memory"

    def items(self, lang: str) -> Sequence[Item]:
        return [
            Item(id=str(ask), level=level, ask=str(ask), answers=split(answers))
            for level, ask, answers in entries(self.name, lang)
        ]

    def round(self, item: Item, table: Table) -> Round:
        return _Fact(item, table)

    def playable(self, items: Sequence[Item], table: Table) -> Sequence[Item]:
        return [item for item in items if item.answers[0] != OWN or item.id in table.own]


class _Fact(Question):
    @property
    def answers(self) -> tuple[str, ...]:
        own = self.table.own.get(self.item.id)
        return split(own) if own else self.item.answers

    def wrong(self) -> str | None:
        # A second name beside the daughter's would only confuse: the first letter helps instead.
        return None if self.item.answers[0] == OWN else super().wrong()

    def _miss(self, how: str, *, silent: bool = False) -> Step:
        if how in ("missed", "near") and self.item.answers[0] != OWN:
            # "Another tablet" is no good thought and not nearly right: what keeps safe is told at once.
            self.tries.append(Try(self.help, 0.0))
            return Result("told", self._together(self.table.words.say("facts.told", answer=self.answer)))
        missed = super()._miss(how, silent=silent)
        if isinstance(missed, Result) and not silent:
            return Result(missed.grade, self._together(missed.say))
        return missed

    def _together(self, told: str) -> str:
        """Told, and said once together: what is recalled last stays best."""
        return f"{told} {self.table.words.say('facts.together', answer=self.answer)}"
