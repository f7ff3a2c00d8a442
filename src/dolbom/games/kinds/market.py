"""The market: sums with the prices of everyday things, change, and what costs more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dolbom.errors import UserError
from dolbom.games.amounts import amount, counted, one_of, reckons
from dolbom.games.answering import Match, which
from dolbom.games.game import Game, Question, Round, Table
from dolbom.games.item import Item, entries, path

_GOODS = re.compile(r"^(?P<what>.*\D) (?P<price>\d+)$")


class Market(Game):
    """Calculating with money, as at the stalls."""

    name = "market"
    domain = "numbers"

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(entry), level, lang) for level, entry, _ in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        return _Dearer(item, table) if item.parts[0] == "dearer" else _Sum(item, table)


def _item(entry: str, level: int, lang: str) -> Item:
    """ "두부 한 모 2000 + 파 한 단 3000" → parts ("sum", thing, price, …) and the answer."""
    for sign, kind in ((" ? ", "dearer"), (" x ", "times"), (" - ", "change"), (" + ", "sum")):
        if sign not in entry:
            continue
        sides = entry.split(sign)
        goods = [_GOODS.match(side.strip()) for side in (sides if kind in ("dearer", "sum") else sides[:1])]
        if not all(one and one_of(one["what"], lang) for one in goods):
            break
        named = [part for one in goods if one for part in (one["what"], one["price"])]
        prices = [int(one["price"]) for one in goods if one]
        if kind == "dearer":
            answer = goods[prices.index(max(prices))]
            assert answer is not None
            return Item(id=entry, level=level, parts=(kind, *named), answers=(answer["what"],))
        other = int(sides[1]) if kind != "sum" else 0
        total = {"sum": sum(prices), "times": prices[0] * other, "change": other - prices[0]}[kind]
        if total <= 0:
            break
        return Item(
            id=entry, level=level, parts=(kind, *named, *([str(other)] * (kind != "sum"))), answers=(str(total),)
        )
    raise UserError(
        f"{path('market', lang)}: {entry!r} is no sum", "write: one thing price + one thing price, as 두부 한 모 2000"
    )


def money(value: int, table: Table) -> str:
    """A sum as it is said."""
    return table.words.say("market.price_of_one" if value == 1 else "market.price", n=f"{value:,}")


class _Sum(Question):
    @property
    def value(self) -> int:
        """The right sum."""
        return int(self.item.answers[0])

    @property
    def answers(self) -> tuple[str, ...]:
        return (money(self.value, self.table),)

    def text(self) -> str:
        words, (kind, *rest) = self.table.words, self.item.parts
        if kind == "sum":
            goods = [words.say("market.costs", what=what, price=money(int(price), self.table))
                     for what, price in zip(rest[::2], rest[1::2], strict=True)]  # fmt: skip
            return f"{' '.join(goods)} {words.say('market.together')}"
        what, price, other = rest
        costs = words.say("market.costs", what=what, price=money(int(price), self.table))
        if kind == "times":
            return f"{costs} {words.say('market.times', n=counted(what, int(other), self.table.lang))}"
        return f"{costs} {words.say('market.change', paid=money(int(other), self.table))}"

    def judge(self, text: str) -> Match:
        said = amount(text, self.table.lang)
        if said is None:
            return ""
        if said == self.value:
            return "right"
        # Five for five thousand is what people say at a market; a tenth off is near.
        if self.table.lang == "ko" and said * 1000 == self.value:
            return "right"
        return "near" if abs(said - self.value) <= 0.15 * self.value else ""

    def tried(self, text: str) -> bool:
        return reckons(text, self.table.lang)

    def late(self, text: str) -> bool:
        return self.judge(text) == "right"

    def hint(self) -> str:
        # Above and below: counting is easier between two sums.
        return ""

    def wrong(self) -> str | None:
        step = 1000 if self.table.lang == "ko" else 1
        if self.value % step and self.table.lang == "ko":
            step = 500
        off = [value for value in (self.value - step, self.value + step, self.value + 2 * step) if value > 0]
        return money(self.table.rng.choice(off), self.table)


class _Dearer(Question):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        self.choices = (item.parts[1], item.parts[3])

    def text(self) -> str:
        _, a, price_a, b, price_b = self.item.parts
        words = self.table.words
        costs = [words.say("market.costs", what=what, price=money(int(price), self.table))
                 for what, price in ((a, price_a), (b, price_b))]  # fmt: skip
        return f"{' '.join(costs)} {words.say('market.dearer')}"

    def judge(self, text: str) -> Match:
        names = [choice.split()[0] if self.table.lang == "ko" else choice.split()[-1] for choice in self.choices]
        chosen = which(text, names, self.table.lang)
        if chosen is None:
            chosen = which(text, self.choices, self.table.lang)
        if chosen is None:
            return ""
        return "right" if self.choices[chosen] == self.answer else ""

    def offered(self) -> tuple[str, ...]:
        return self.choices

    def hint(self) -> str:
        return ""
