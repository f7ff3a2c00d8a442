"""English text as it is read aloud: numbers, units, times and signs as words; words stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable

from dolbom.speech.normaliser.characters import folded
from dolbom.speech.normaliser.english_numbers import EnglishNumbers
from dolbom.speech.normaliser.romanised import romanised
from dolbom.speech.normaliser.words import any_of, words_of

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


class EnglishReader:
    """Reads English text."""

    def __init__(self) -> None:
        words = words_of("en")
        self._numbers = EnglishNumbers()
        self._say: dict[str, str] = words["say"]
        self._units: dict[str, tuple[str, str]] = words["units"]
        self._currency: dict[str, tuple[str, str]] = words["currency"]
        self._cents: dict[str, tuple[str, str]] = words["cents"]
        self._months: list[str] = words["months"]
        self._whole: dict[str, str] = words["whole"]
        self._symbols: dict[str, str] = words["symbols"]
        self._rules = self._compiled(any_of(words["by_digit"]), words["measures"])

    def read(self, text: str) -> str:
        """As `dolbom.speech.normaliser.spoken`."""
        text = romanised(folded(text))
        for pattern, rule in self._rules:
            text = pattern.sub(rule, text)
        return _tidy(text)

    def _compiled(self, by_digit: str, measures: list[str]) -> list[Rule]:
        numbers, units = self._numbers, any_of(self._units)
        measured = "".join(f"(?<!{measure} )" for measure in measures)
        months = any_of([*self._months, *(month[:3] for month in self._months)])
        rules: list[tuple[str, Callable[[re.Match[str]], str]]] = [
            (r"(?:https?://|www\.)[^\s]+", lambda _: f" {self._say['address']} "),
            (rf"(?<!\w)(?:{any_of(self._whole)})(?!\w)", lambda m: self._whole[m[0]]),
            (r"(?<![\d-])(\+\d{1,3})[ -](\d{1,3}-\d{3,4}-\d{4})(?!\d)", self._foreign_phone),
            (r"(?<![\d-])\(?(\d{2,3})\)?[-. ](\d{3,4})[-. ](\d{4})(?![\d-])", self._phone),
            (r"(?<!\d)(0\d{2})(\d{3,4})(\d{4})(?!\d)", self._phone),
            (r"(?<![\d-])(\d{3,4})-(\d{4})(?![\d-])", self._phone),
            (
                rf"{measured}(?<![\d.,:/$₩~-])({by_digit})(?![\d.,:/%~-]\d|\s?(?:{units})\b|%)",
                lambda m: numbers.by_digits(m[1]),
            ),
            (r"(?<!\d)(\d{4})([-./])(\d{1,2})\2(\d{1,2})(?!\d)", self._date),
            (rf"\b({months})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:, ?(\d{{4}}))?(?!\d)", self._month_day),
            (rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?=(?:{months})\b)", lambda m: f"{numbers.ordinal(m[1])} "),
            (
                rf"\b({months}|in|since|year|by|of) ([12]\d{{3}})(?![\d,.:%]\d|\d)",
                lambda m: f"{m[1]} {numbers.year(m[2])}",
            ),
            (r"(?<![\d:])(\d{1,2}):([0-5]\d)(?::[0-5]\d)?(?:\s?([AaPp])\.?[Mm]\b\.?)?", self._time),
            (
                r"(?<![\d.])(\d{1,2})\s?([AaPp])\.?[Mm]\b\.?",
                lambda m: f"{numbers.cardinal(m[1])} {self._say[m[2].lower()]}",
            ),
            (rf"({_NUMBER})\s?[~-]\s?(?={_NUMBER})", lambda m: f"{m[1]} {self._say['to']} "),
            (r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])", self._slash),
            (
                rf"([{''.join(map(re.escape, self._currency))}])\s?({_NUMBER})(?: (million|billion|thousand))?",
                self._money,
            ),
            (rf"(?:^|(?<=[\s(]))-({_NUMBER})", lambda m: f"{self._say['minus']} {m[1]}"),
            (rf"(?<![\d.])({_NUMBER})\s?({units})(?![A-Za-z])", self._unit),
            (r"(\d+)(?:st|nd|rd|th)\b", lambda m: numbers.ordinal(m[1])),
            (r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", lambda _: " "),
            (rf"{_NUMBER}", lambda m: self._number(m[0])),
            (any_of(self._symbols), lambda m: f" {self._symbols[m[0]]} "),
        ]
        return [(re.compile(pattern), rule) for pattern, rule in rules]

    def _number(self, digits: str) -> str:
        whole, _, fraction = digits.replace(",", "").partition(".")
        return self._numbers.decimal(whole, fraction)

    def _phone(self, match: re.Match[str]) -> str:
        return ", ".join(self._numbers.by_digits(part, self._say["phone_zero"]) for part in match.groups())

    def _foreign_phone(self, match: re.Match[str]) -> str:
        parts = [match[1][1:], *match[2].split("-")]
        said = ", ".join(self._numbers.by_digits(part, self._say["phone_zero"]) for part in parts)
        return f"{self._say['plus']} {said}"

    def _date(self, match: re.Match[str]) -> str:
        month, day = int(match[3]), int(match[4])
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return " ".join(self._numbers.cardinal(part) for part in (match[1], match[3], match[4]))
        return f"{self._months[month - 1]} {self._numbers.ordinal(str(day))}, {self._numbers.year(match[1])}"

    def _month_day(self, match: re.Match[str]) -> str:
        month = next(month for month in self._months if month.startswith(match[1][:3]))
        said = f"{month} {self._numbers.ordinal(str(int(match[2])))}"
        return f"{said}, {self._numbers.year(match[3])}" if match[3] else said

    def _time(self, match: re.Match[str]) -> str:
        hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").lower()
        if 13 <= hour <= 23:
            hour, half = hour - 12, "p"
        said = self._numbers.cardinal(str(hour))
        if minute:
            told = self._numbers.cardinal(str(minute))
            said += f" {self._say['oh']} {told}" if minute < 10 else f" {told}"
        elif not half:
            said += f" {self._say['oclock']}"
        return f"{said} {self._say[half]}" if half else said

    def _slash(self, match: re.Match[str]) -> str:
        first, second = match[1], match[2]
        if first == "1" and second in ("2", "4"):
            return f"{self._numbers.cardinal('1')} {self._say['half' if second == '2' else 'quarter']}"
        if first == "3" and second == "4":
            return f"{self._numbers.cardinal('3')} {self._say['quarter']}s"
        if 0 < int(first) < int(second) <= 20:
            part = self._numbers.ordinal(second)
            return f"{self._numbers.cardinal(first)} {part}{'s' if first != '1' else ''}"
        return f"{self._numbers.cardinal(first)} {self._say['over']} {self._numbers.cardinal(second)}"

    def _money(self, match: re.Match[str]) -> str:
        one, more = self._currency[match[1]]
        whole, _, cents = match[2].replace(",", "").partition(".")
        if match[3]:
            return f"{self._number(match[2])} {match[3]} {more}"
        said = f"{self._numbers.cardinal(whole)} {one if whole == '1' else more}"
        if len(cents) == 2 and match[1] in self._cents:
            if int(cents):
                named = self._cents[match[1]][0 if int(cents) == 1 else 1]
                said += f" {self._say['and']} {self._numbers.cardinal(str(int(cents)))} {named}"
            return said
        return f"{self._number(match[2])} {more}" if cents else said

    def _unit(self, match: re.Match[str]) -> str:
        one, more = self._units[match[2]]
        return f"{self._number(match[1])} {one if match[1] == '1' else more}"


def _tidy(text: str) -> str:
    text = re.sub(r"[()\[\]{}]", ", ", text)
    text = re.sub(r"…|\.{3,}", ". ", text)
    text = re.sub(r"[·:;|]", ", ", text)
    text = re.sub(r"(?<=\w)/(?=\w)", " or ", text)
    text = re.sub(r"(?<![A-Za-z])-|-(?![A-Za-z])|[^\w.,?!' -]|_", " ", text)
    text = re.sub(r"(?<![A-Za-z])'|'(?![A-Za-z])", " ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([.,?!])", r"\1", text)
    text = re.sub(r"[.,]*([?!])[.,?!]*", r"\1", text)
    text = re.sub(r",[,]+", ",", text)
    text = re.sub(r"[.,]*\.[.,]*(?= |$)", ".", text)
    return re.sub(r"^[.,?! ]+|[, ]+$", "", text).strip()
