"""Numbers as English words."""

from __future__ import annotations

from dolbom.speech.normaliser.words import words_of

LONGEST = 15
"""A number of more digits is read digit by digit."""


class EnglishNumbers:
    """Cardinals, ordinals, years and digits, with the words of `locale/en/speaking/words.yaml`."""

    def __init__(self) -> None:
        words = words_of("en")
        self._ones: list[str] = words["ones"]
        self._tens: list[str] = words["tens"]
        self._large: list[str] = words["large"]
        self._ordinals: dict[str, str] = words["ordinals"]
        self._say: dict[str, str] = words["say"]

    def by_digits(self, digits: str, zero: str | None = None) -> str:
        """Each digit by its name: one one nine."""
        return " ".join(zero if zero and digit == "0" else self._ones[int(digit)] for digit in digits)

    def cardinal(self, digits: str) -> str:
        """A whole number: one hundred and five. Leading zeros and endless numbers are read digit by digit."""
        if len(digits) > LONGEST or (len(digits) > 1 and digits[0] == "0"):
            return self.by_digits(digits)
        number = int(digits)
        if number == 0:
            return self._ones[0]
        parts: list[str] = []
        for power in range(len(self._large) - 1, -1, -1):
            if part := number // 1000**power % 1000:
                # One thousand and five, as one says one hundred and five.
                joined = f"{self._say['and']} " if power == 0 and part < 100 and parts else ""
                parts.append(f"{joined}{self._below_1000(part)} {self._large[power]}".strip())
        return " ".join(parts)

    def _below_1000(self, number: int) -> str:
        hundreds, rest = divmod(number, 100)
        said = f"{self._ones[hundreds]} {self._say['hundred']}" if hundreds else ""
        if rest:
            said += f" {self._say['and']} " if said else ""
            said += self._below_100(rest)
        return said

    def _below_100(self, number: int) -> str:
        if number < 20:
            return self._ones[number]
        tens, one = divmod(number, 10)
        return self._tens[tens] + (f"-{self._ones[one]}" if one else "")

    def ordinal(self, digits: str) -> str:
        """Twenty-fourth."""
        said = self.cardinal(digits)
        head, dash, last = said.rpartition("-") if "-" in said.split(" ")[-1] else said.rpartition(" ")
        if last in self._ordinals:
            last = self._ordinals[last]
        else:
            last = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
        return f"{head}{dash}{last}"

    def year(self, digits: str) -> str:
        """Nineteen forty-five; two thousand and six; twenty twenty-six."""
        first, last = int(digits[:2]), int(digits[2:])
        if len(digits) != 4 or first < 10 or (first % 10 == 0 and last < 10):
            return self.cardinal(digits)
        if last == 0:
            return f"{self._below_100(first)} {self._say['hundred']}"
        said = f"{self._say['oh']} {self._ones[last]}" if last < 10 else self._below_100(last)
        return f"{self._below_100(first)} {said}"

    def decimal(self, whole: str, fraction: str) -> str:
        """Thirty-six point five."""
        said = self.cardinal(whole)
        return f"{said} {self._say['point']} {self.by_digits(fraction)}" if fraction else said
