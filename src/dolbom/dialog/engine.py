"""The engine behind `say` and `ask`: what turns words into something a person notices."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from dolbom.i18n import phrase


class SpeechError(Exception):
    """A text could not be spoken; the message says why in one line."""


class SpeechEngine(Protocol):
    """Speaks one text at a time, to its end. What makes sound is `dolbom.speech.speaking`, over the engines there."""

    def speak(self, text: str, lang: str, cancel: threading.Event) -> Iterator[float]:
        """Speaks; called in a thread of its own.

        Args:
            text: what to say.
            lang: "ko" or "en".
            cancel: set when it must be quiet at once.

        Yields:
            How much has been said, 0 to 1, several times a second. It ends when all was said, or soon after
            `cancel` was set.

        Raises:
            SpeechError: if nobody can have heard it.
        """
        ...


class TextEngine:
    """Shows each text as a line, for as long as it would take to say it.

    Args:
        syllables_per_s: pace; 0: at once. Korean syllables are letters, of other scripts three letters count
            as one.
        show: takes the finished line; the terminal by default.
    """

    def __init__(self, syllables_per_s: float = 6.0, show: Callable[[str], None] | None = None) -> None:
        self._pace = syllables_per_s
        self._show = show or _print

    def speak(self, text: str, lang: str, cancel: threading.Event) -> Iterator[float]:
        """As `SpeechEngine.speak`."""
        self.show(text, lang)
        yield from self.pace(text, cancel)

    def show(self, text: str, lang: str) -> None:
        """Shows the line.

        Raises:
            SpeechError: if there is nothing to show it on.
        """
        try:
            self._show(phrase(lang, "voice.robot_line", text=text))
        except OSError as error:
            raise SpeechError(f"the terminal is gone: {error.strerror or error}") from error

    def pace(self, text: str, cancel: threading.Event) -> Iterator[float]:
        """Lets the time pass that the text takes; yields as `speak`."""
        seconds = syllables(text) / self._pace if self._pace else 0.0
        steps = max(1, round(seconds / 0.1))
        for step in range(steps):
            yield step / steps
            if cancel.wait(seconds / steps):
                return
        yield 1.0


def syllables(text: str) -> float:
    """About how many syllables a text has."""
    hangul = sum(1 for letter in text if "가" <= letter <= "힣")
    other = sum(1 for letter in text if letter.isalnum()) - hangul
    return hangul + other / 3


def _print(line: str) -> None:
    print(line, flush=True, file=sys.stdout)
