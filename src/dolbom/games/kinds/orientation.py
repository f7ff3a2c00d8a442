"""Orientation: the day, the season, the place; told gently first, never corrected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dolbom.games.answering import Match, thought_over
from dolbom.games.game import Game, Question, Round, Table
from dolbom.games.item import Item, entries, split
from dolbom.games.numbers import ends_in_year
from dolbom.i18n import catalogue
from dolbom.speech.normaliser.english_numbers import EnglishNumbers


class Orientation(Game):
    """Where we are in the day and the year."""

    name = "orientation"
    domain = "orientation"

    def items(self, lang: str) -> Sequence[Item]:
        return [
            Item(id=str(ask), level=level, ask=str(ask), answers=split(answers))
            for level, ask, answers in entries(self.name, lang)
        ]

    def round(self, item: Item, table: Table) -> Round:
        return _Of(item, table)


class _Of(Question):
    def __init__(self, item: Item, table: Table) -> None:
        self._facts = facts(table.at, table.lang)
        super().__init__(item, table)

    @property
    def answers(self) -> tuple[str, ...]:
        first = self.item.answers[0]
        return self._facts[first[1:]] if first.startswith("=") else self.item.answers

    def text(self) -> str:
        return self.table.words.fill(self.item.ask, **{key: ways[0] for key, ways in self._facts.items()})

    def judge(self, text: str) -> Match:
        short = self.item.answers[0] == "=year" and ends_in_year(
            thought_over(text, self.table.lang), self.table.at.year, self.table.lang
        )
        return "right" if short else super().judge(text)

    def wrong(self) -> str | None:
        first = self.item.answers[0]
        if not first.startswith("="):
            return super().wrong()
        others = [one for one in _kin(first[1:], self.table) if one not in self.answers and self.table.may_say(one)]
        return self.table.rng.choice(others) if others else None


def facts(at: datetime, lang: str) -> dict[str, tuple[str, ...]]:
    """What is so on a day, each with every way of saying it."""
    words = catalogue(lang, "games")["calendar"]
    days, months, seasons = words["weekdays"], words["months"], words["seasons"]

    def month(number: int) -> tuple[str, ...]:
        ways = tuple(months[(number - 1) % 12].split("|"))
        return tuple(way.strip() for way in ways)

    season = (at.month % 12) // 3
    part = 0 if at.hour < 11 else 1 if at.hour < 17 else 2
    year = at.year
    # Before the lunar new year the old animal still counts: both are right then.
    animals = [
        words["zodiac"][(one - 4) % 12] for one in ((year, year - 1) if (at.month, at.day) < (2, 20) else (year,))
    ]
    found: dict[str, tuple[str, ...]] = {
        name: (days[(at + timedelta(days=ahead)).weekday()],)
        for name, ahead in (("weekday", 0), ("tomorrow", 1), ("yesterday", -1), ("after_tomorrow", 2))
    }
    found |= {"month": month(at.month), "next_month": month(at.month + 1), "last_month": month(at.month - 1)}
    found |= {"season": (seasons[season],), "next_season": (seasons[(season + 1) % 4],)}
    found["part"] = tuple(words["parts"][part].split("|"))
    found["zodiac"] = tuple(f"{one}{words['zodiac_end']}" for one in animals)
    found["zodiac"] += tuple(animals)
    if lang == "ko":
        return found | {"day": (f"{at.day}일",), "year": (f"{year}년",)}
    return found | {"day": (f"{at.day}", EnglishNumbers().ordinal(str(at.day))), "year": (f"{year}",)}


def _kin(name: str, table: Table) -> list[str]:
    """Answers of the same kind."""
    words = catalogue(table.lang, "games")["calendar"]
    if name in ("weekday", "tomorrow", "yesterday", "after_tomorrow"):
        return list(words["weekdays"])
    if name.endswith("month"):
        return [month.split("|")[0].strip() for month in words["months"]]
    if name.endswith("season"):
        return list(words["seasons"])
    if name == "part":
        return [part.split("|")[0] for part in words["parts"]]
    if name == "zodiac":
        return [f"{one}{words['zodiac_end']}" for one in words["zodiac"]]
    at, korean = table.at, table.lang == "ko"
    near = [at.day - 9, at.day - 3, at.day + 4] if name == "day" else [at.year - 10, at.year + 1]
    end = ("일" if name == "day" else "년") if korean else ""
    return [f"{one}{end}" for one in near if name == "year" or 1 <= one <= 31]
