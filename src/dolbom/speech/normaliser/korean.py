"""Korean text as it is read aloud: each rule turns one kind of writing into words, the more special kinds first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dolbom.i18n import with_particles
from dolbom.speech.normaliser.characters import folded
from dolbom.speech.normaliser.korean_numbers import by_digits, decimal, native, sino
from dolbom.speech.normaliser.words import any_of, words_of

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_HANGUL = "가-힣"
Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


class KoreanReader:
    """Reads Korean text."""

    def __init__(self) -> None:
        words = words_of("ko")
        self._say: dict[str, str] = words["say"]
        self._units: dict[str, str] = words["units"]
        self._currency: dict[str, str] = words["currency"]
        self._letters: dict[str, str] = words["letters"]
        self._english: dict[str, str] = words["english"]
        self._whole: dict[str, str] = words["whole"]
        self._jamo: dict[str, str] = words["jamo"]
        self._symbols: dict[str, str] = words["symbols"]
        self._months: dict[int, str] = words["months"]
        self._pairs: dict[str, str] = words["pairs"]
        self._changed: dict[str, dict[int, str]] = words["changed"]
        self._weekdays: dict[str, str] = words["weekdays"]
        self._sino_before: dict[str, list[str]] = words["sino_before"]
        self._native = {counter: int(limit) for limit, some in words["native"].items() for counter in some}
        self._spaced = set(words["spaced"])
        self._joined = set(words["joined"])
        self._counters = any_of([*self._native, *self._spaced, *self._joined])
        self._rules = self._compiled(words)

    def read(self, text: str) -> str:
        """As `dolbom.speech.normaliser.spoken`."""
        text = folded(text)
        for pattern, rule in self._rules:
            text = pattern.sub(rule, text)
        return _tidy(with_particles(text))

    # --- the rules, in the order in which they are tried ----------------------------------------------------------

    def _compiled(self, words: dict[str, Any]) -> list[Rule]:
        number, hangul, by_digit = f"(?:{_NUMBER})", _HANGUL, words["by_digit"]
        units, counters, not_counters = any_of(self._units), self._counters, words["not_counters"]
        after = f"(?=$|[^{hangul}]|{any_of(words['particles'])})"
        measured = "".join(
            f"(?<!{measure})(?<!{measure} )(?<!{measure}이 )(?<!{measure}은 )(?<!{measure}이가 )"
            for measure in words["measures"]
        )
        # A space before a counter only counts if the counter is the whole word: "3 시" but not "3 시작".
        other = f"(?!{any_of(not_counters)})"
        counted = rf"(?:{other}(?P<near>{counters})|\s{other}(?P<far>{counters}){after})"
        uncounted = rf"(?!{other}(?:{counters})|\s{other}(?:{counters}){after})"
        rules: list[tuple[str, Callable[[re.Match[str]], str]]] = [
            (r"(?:https?://|www\.)[^\s]+", lambda _: f" {self._say['address']} "),
            (any_of(self._whole) + r"(?!\d)", lambda m: self._whole[m[0]]),
            (r"([ㅋㅎㅠㅜ])\1+", lambda _: " "),
            (r"(?<![\d-])(\+\d{1,3})[ -](\d{1,3}-\d{3,4}-\d{4})(?!\d)", self._foreign_phone),
            (r"(?<![\d-])(0\d{1,2})[-.) ](\d{3,4})[-. ](\d{4})(?![\d-])", self._phone),
            (r"(?<!\d)(0\d{2})(\d{3,4})(\d{4})(?!\d)", self._phone),
            (r"(?<![\d-])(1[3-9]\d\d)-(\d{4})(?![\d-])", self._phone),
            (r"(?<![\d-])(\d{3,4})-(\d{4})(?![\d-])", self._phone),
            (rf"(?<![\d.,-])({any_of(by_digit)})(?=번)", lambda m: by_digits(m[1])),
            (rf"{measured}(?<![\d.,:/~-])({any_of(by_digit)})(?![\d.,:/~%-]){uncounted}", lambda m: by_digits(m[1])),
            (r"(?<!\d)(\d{4})([-./])\s?(\d{1,2})\2\s?(\d{1,2})\.?(?!\d)", self._date),
            (r"(?<![\d/])(\d{1,2})/(\d{1,2})\s?\((?=[월화수목금토일]\))", self._day_and_weekday),
            (r"\(([월화수목금토일])\)", lambda m: f" {self._weekdays[m[1]]} "),
            (rf"(?<![\d.])({number})\s?~\s?({number})\s?({units})(?![A-Za-z])", self._unit_range),
            (rf"(?<![\d.-])({number})\s?[~-]\s?({number}){counted}", self._range),
            (r"([월화수목금토일])\s?~\s?([월화수목금토일])(?![가-힣])", self._weekday_range),
            (rf"(\d[^\s~]*)\s?~\s?(?=[{hangul}]{{0,3}}\s?\d)", lambda m: f"{m[1]}{self._say['to']} "),
            (r"(?<!\d)(\d{1,2})월\s?(\d{1,2})일", lambda m: f"{self._month(m[1])}월 {sino(m[2])}일"),
            (r"(?<!\d)(\d{1,2})월", lambda m: f"{self._month(m[1])}월"),
            (r"(?<!\d)(\d{1,2})(?::([0-5]\d))?\s?(?i:([ap])\.?m\b\.?)", self._half_day),
            (r"B(\d)\s?층", lambda m: f"{self._say['cellar']} {sino(m[1])} 층"),
            (
                r"((?:오전|오후|새벽|아침|낮|저녁|밤)\s?)?(?<![\d:])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?![\d:])",
                self._time,
            ),
            (
                r"((?:오전|오후|새벽|아침|낮|저녁|밤)\s?)?(?<![\d.])(\d{1,2})시(?!간|작|대|설|리즈|스템|장)(?:\s?(\d{1,2})분)?",
                self._hour,
            ),
            (r"(?<!\d)(\d+)분의\s?(\d+)", lambda m: f"{sino(m[1])}{self._say['of']} {sino(m[2])}"),
            (r"(\d{1,2})·(\d{1,2})", lambda m: by_digits(m[1] + m[2])),
            (
                rf"(?<![\d/])(\d{{1,3}})/(\d{{1,3}})(?![\d/])(\s?(?:{units})(?![A-Za-z])|{other}(?:{counters}))?",
                self._slash,
            ),
            (r"(?<![\d:])(\d{1,3}):(\d{1,3})(?![\d:])", lambda m: f"{sino(m[1])} {self._say['against']} {sino(m[2])}"),
            (rf"({any_of(self._currency)})\s?({number})(\s?[만억조천]+)?", self._money),
            (rf"(?<![\d.])-({number})\s?(?=°|도)", lambda m: f"{self._say['below']} {m[1]}"),
            (rf"(?:^|(?<=[\s(]))-({number})(?![\d-])", lambda m: f"{self._say['minus']} {m[1]}"),
            (rf"(?<![\d.])({number})\s?({units})(?![A-Za-z])", self._unit),
            (rf"제\s?({number})", lambda m: f"{self._say['ordinal']}{self._sino(m[1])}"),
            (r"(?<![\d.,])1번째", lambda _: "첫 번째"),
            (r"(?<![\d.,])1째", lambda _: "첫째"),
            (rf"(?<![\d.])({number})\s?([만억조경])\s?(?=\d)", lambda m: f"{self._ten_thousands(m)} "),
            (rf"(?<![\d.])({number})([만억조경천백])", self._ten_thousands),
            (rf"(?<![A-Za-z])(?i:{any_of(self._english)})(?![A-Za-z\d])", lambda m: self._english[m[0].lower()]),
            (rf"(?<![\d.])(?P<number>{number}){counted}", self._counted),
            (r"(\d+)-(?=\d)", lambda m: f"{sino(m[1])} {self._say['dash']} "),
            (rf"({number})", lambda m: self._sino(m[1])),
            (r"(?<=[가-힣])\s?-\s?(?=[가-힣])", lambda _: " "),
            (r"[A-Za-z]+(?:[.'-][A-Za-z]+)*", self._letters_of),
            (
                rf"[{''.join(self._jamo)}](?=([{''.join(self._jamo)}])?)",
                lambda m: self._jamo[m[0]] + (" " if m[1] else ""),
            ),
            (any_of(self._symbols), lambda m: self._symbol(m[0])),
        ]
        return [(re.compile(pattern), rule) for pattern, rule in rules]

    def _symbol(self, symbol: str) -> str:
        said = self._symbols[symbol]
        return f"{said} " if said.startswith("은/") else f" {said} "

    def _phone(self, match: re.Match[str]) -> str:
        return " ".join(by_digits(part, self._say["phone_zero"]) for part in match.groups())

    def _foreign_phone(self, match: re.Match[str]) -> str:
        parts = [match[1][1:], *match[2].split("-")]
        said = " ".join(by_digits(part, self._say["phone_zero"]) for part in parts)
        return f"{self._say['plus']} {said}"

    def _month(self, digits: str) -> str:
        return self._months.get(int(digits)) or sino(str(int(digits)))

    def _date(self, match: re.Match[str]) -> str:
        year, month, day = match[1], int(match[3]), int(match[4])
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return " ".join(sino(str(int(part))) for part in (year, match[3], match[4]))
        return f"{sino(year)}년 {self._month(match[3])}월 {sino(str(day))}일"

    def _day_and_weekday(self, match: re.Match[str]) -> str:
        return f"{self._month(match[1])}월 {sino(str(int(match[2])))}일 ("

    def _weekday_range(self, match: re.Match[str]) -> str:
        return f"{self._weekdays[match[1]]}{self._say['to']} {self._weekdays[match[2]]}"

    def _time(self, match: re.Match[str]) -> str:
        said = self._clock(match[1] or "", int(match[2]), int(match[3]))
        if match[4] and int(match[4]):
            said += f" {sino(str(int(match[4])))} {self._say['second']}"
        return said

    def _hour(self, match: re.Match[str]) -> str:
        minute = int(match[3]) if match[3] else 0
        said = self._clock(match[1] or "", int(match[2]), minute)
        return said if minute or not match[3] else f"{said} {self._say['zero']} {self._say['minute']}"

    def _half_day(self, match: re.Match[str]) -> str:
        half = self._say["morning" if match[3] in "aA" else "afternoon"]
        return self._clock(f"{half} ", int(match[1]), int(match[2] or 0))

    def _clock(self, half: str, hour: int, minute: int) -> str:
        if not half and 13 <= hour <= 23:
            half, hour = f"{self._say['afternoon']} ", hour - 12
        elif half and 13 <= hour <= 23:
            hour -= 12
        named = native(hour) if 1 <= hour <= 12 else sino(str(hour))
        said = f"{half}{named} {self._say['hour']}" if hour else f"{half}{self._say['midnight']} {self._say['hour']}"
        return f"{said} {sino(str(minute))} {self._say['minute']}" if minute else said

    def _slash(self, match: re.Match[str]) -> str:
        first, second, counted = int(match[1]), int(match[2]), (match[3] or "").strip()
        if counted:
            counted = f" {self._units.get(counted, counted)}"
            if first < second:
                return f"{sino(str(second))}{self._say['of']} {sino(str(first))}{counted}"
            return f"{sino(str(first))}{self._say['pressure']} {sino(str(second))}{counted}"
        if first < second <= 10:
            return f"{sino(str(second))}{self._say['of']} {sino(str(first))}"
        if 1 <= first <= 12 and 1 <= second <= 31:
            return f"{self._month(match[1])}월 {sino(str(second))}일"
        if first < second:
            return f"{sino(str(second))}{self._say['of']} {sino(str(first))}"
        return f"{sino(str(first))}{self._say['pressure']} {sino(str(second))}"

    def _money(self, match: re.Match[str]) -> str:
        return f"{self._sino(match[2])}{(match[3] or '').strip()} {self._currency[match[1]]}"

    def _unit(self, match: re.Match[str]) -> str:
        return f"{self._sino(match[1])} {self._units[match[2]]}"

    def _unit_range(self, match: re.Match[str]) -> str:
        unit = self._units[match[3]]
        return f"{self._sino(match[1])} {unit}{self._say['to']} {self._sino(match[2])} {unit}"

    def _range(self, match: re.Match[str]) -> str:
        first, second = match[1], match[2]
        counter = match["near"] or match["far"]
        limit = self._native.get(counter, 0)
        if pair := self._pairs.get(f"{first}-{second}") if limit else None:
            return f"{pair} {counter}"
        if "-" in match[0] and not ("." in first or int(first.replace(",", "")) < int(float(second.replace(",", "")))):
            return f"{self._sino(first)} {self._say['dash']} {self._with(second, counter)}"
        if counter in ("번지", "호", "동") and "-" in match[0]:
            return f"{self._sino(first)} {self._say['dash']} {self._with(second, counter)}"
        return f"{self._with(first, counter)}{self._say['to']} {self._with(second, counter)}"

    def _ten_thousands(self, match: re.Match[str]) -> str:
        said = "" if match[1] == "1" and match[2] in "만천백" else self._sino(match[1])
        return f"{said}{match[2]}"

    def _counted(self, match: re.Match[str]) -> str:
        counter = match["near"] or match["far"]
        rest = match.string[match.end() :].lstrip()
        if any(rest.startswith(noun) for noun in self._sino_before.get(counter, ())):
            return f"{self._sino(match['number'])} {counter}"
        return self._with(match["number"], counter)

    def _with(self, digits: str, counter: str) -> str:
        plain = digits.replace(",", "")
        limit = self._native.get(counter, 0)
        if limit and plain.isdigit() and not plain.startswith("0") and 1 <= int(plain) <= limit:
            number = int(plain)
            if counter == self._say["decade"] and number % 10 == 0:  # 70대: in the seventies, not seventy of them
                return f"{sino(plain)}{counter}"
            return f"{self._changed.get(counter, {}).get(number) or native(number)} {counter}"
        if counter == "월":
            return f"{self._month(plain)}월" if plain.isdigit() else f"{self._sino(digits)}월"
        return f"{self._sino(digits)}{'' if counter in self._joined else ' '}{counter}"

    def _sino(self, digits: str) -> str:
        whole, _, fraction = digits.replace(",", "").partition(".")
        return decimal(whole, fraction)

    def _letters_of(self, match: re.Match[str]) -> str:
        word = match[0]
        bare = re.sub("[^A-Za-z]", "", word)
        # Capitals and words without a vowel are spelt; what is left is a foreign word, which the engine reads itself.
        if len(bare) == 1 or (bare.isupper() and len(bare) <= 6) or not re.search("[aeiouyAEIOUY]", bare):
            return "".join(self._letters[letter] for letter in bare.lower())
        return word


def _tidy(text: str) -> str:
    text = re.sub(r"[()\[\]{}]", ", ", text)
    text = re.sub(r"…|\.{2,}", ". ", text)
    text = re.sub(r"[·:;/|]", ", ", text)
    text = re.sub(rf"[^{_HANGUL}A-Za-zÀ-ɏ.,?!' ]", " ", text)
    text = re.sub(r"(?<![A-Za-z])'|'(?![A-Za-z])", " ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([.,?!])", r"\1", text)
    text = re.sub(r"[.,]*([?!])[.,?!]*", r"\1", text)
    text = re.sub(r",?\.[.,]*", ".", text)
    text = re.sub(r",{2,}", ",", text)
    text = re.sub(r"^[.,?! ]+|[, ]+$", "", text)
    return re.sub(r"([.,?!])(?=[^\s.,?!])", r"\1 ", text).strip()
