"""What would answer a question: one of some choices, a number in a range, a time, yes or no, or any words.

Deliberately without morphemes or models: whoever asks says which words count.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dolbom.dialog.letters import words_of
from dolbom.dialog.slots import number, time_of
from dolbom.dialog.understanding import understand

Value = str | int | float | bool

_ENGLISH_NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
}  # fmt: skip
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_COUNTED = re.compile(
    r"(?:번째|번|시간|시|분|개|잔|그릇|끼|살|일|회|알|점|명|쯤|정도|이요|이에요|예요|요|입니다|이야|야)+$"
)


class AnswerSchema(BaseModel):
    """What settles a question, beside the meanings that the question names.

    `choice`: the name of a choice one of whose words was said; several said: unclear. `number`: between `low` and
    `high`. `time`: "HH:MM". `yes_no`: True or False. `words`: whatever was said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["choice", "number", "time", "yes_no", "words"]
    choices: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="For a choice: its name, and the words that mean it."
    )
    low: float | None = Field(None, description="Least number that counts.")
    high: float | None = Field(None, description="Greatest number that counts.")

    @model_validator(mode="after")
    def _whole(self) -> AnswerSchema:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("choices: a question of kind choice needs them, and no other has them")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is over high: no number would do")
        return self

    def settle(self, text: str, lang: str) -> Value | None:
        """The value that the words give, or None if they do not answer.

        Args:
            text: as typed or recognised.
            lang: "ko" or "en".
        """
        words = words_of(text)
        if not words:
            return None
        if self.kind == "words":
            return text.strip()
        if self.kind == "yes_no":
            return {"yes": True, "fine": True, "no": False}.get(understand(text, lang))
        if self.kind == "choice":
            return self._choice(words, lang)
        if self.kind == "number":
            return self._number(words, lang)
        return _time(words, lang)

    def _choice(self, words: list[str], lang: str) -> str | None:
        said = ("" if lang == "ko" else " ").join(words)
        found: dict[str, int] = {}
        for name, ways in self.choices.items():
            for way in ways:
                sought = ("" if lang == "ko" else " ").join(words_of(way))
                hit = sought and (sought in said if lang == "ko" else re.search(rf"\b{re.escape(sought)}\b", said))
                if hit:
                    found[name] = max(found.get(name, 0), len(sought))
        best = [name for name, length in found.items() if length == max(found.values())]
        return best[0] if len(best) == 1 else None

    def _number(self, words: list[str], lang: str) -> int | None:
        found = {value for word in words if (value := _count(word, lang)) is not None}
        # "열 두 개" is one number in two words.
        if lang == "ko" and (whole := _count("".join(words), lang)) is not None:
            found = {whole}
        if len(found) != 1:
            return None
        value = found.pop()
        too_low = self.low is not None and value < self.low
        too_high = self.high is not None and value > self.high
        return None if too_low or too_high else value


def _count(word: str, lang: str) -> int | None:
    if word.isdecimal():
        return int(word)
    if lang == "en":
        return _ENGLISH_NUMBERS.get(word, _TENS.get(word))
    if (value := number(word)) is not None:
        return value
    bare = _COUNTED.sub("", word)
    return number(bare) if bare else None


def _time(words: list[str], lang: str) -> str | None:
    found = time_of(" ".join(words), lang)
    return f"{found['hour'] % 24:02d}:{found['minute']:02d}" if "hour" in found else None
