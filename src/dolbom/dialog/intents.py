"""What somebody wants: text → intent with slots, confidence and what may be done about it (the band).

Built on top of `dialog.understanding`, never against it: what is a call for help there is an emergency here,
whatever else the words resemble. Intents and phrases are data in `locale/<lang>/intents/*.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dolbom.dialog.understanding import calls_for_help, understand

Band = Literal["act", "confirm", "again", "none"]
"""act: do it. confirm: ask "…라고 하셨어요?" first. again: ask to say it again. none: nothing happens."""


@dataclass(frozen=True)
class Context:
    """What is going on while the words are heard; it may bias, it never decides alone.

    Attributes:
        expected: intents that would answer the question now waiting, as ("medicine_taken", "medicine_not_taken").
        topic: what is talked about now: "medicine", "meal", "sleep", "mood", "outing", "game", …; "distress" while a
            safety question waits. Words too short to say what they are about are taken to be about this.
        addressed: the robot was called by its name or a question of its own waits: words that are not understood are
            asked for again instead of being let pass.
    """

    expected: tuple[str, ...] = ()
    topic: str = ""
    addressed: bool = False


@dataclass(frozen=True)
class Understood:
    """What one utterance means.

    Attributes:
        text, lang: what was understood, and as which language.
        intent: a name from the language's intents, or "none".
        confidence: 0 to 1.
        band: what may be done about it; an emergency and one of two opposites never come as "act".
        slots: values found in the words by slot name, as {"body_part": "knee", "hour": 7}.
        emergency: the safety question must be asked, whatever the intent and band are.
        negated: the words say "not".
        tense: of the last verb.
        candidates: the best intents with their scores, best first.
    """

    text: str
    lang: str
    intent: str = "none"
    confidence: float = 0.0
    band: Band = "none"
    slots: Mapping[str, Any] = field(default_factory=dict)
    emergency: bool = False
    negated: bool = False
    tense: Literal["past", "present", "future", ""] = ""
    candidates: tuple[tuple[str, float], ...] = ()


class Understanding:
    """Understands utterances; one object for the whole process, safe to call from several threads."""

    def warm(self) -> None:
        """Loads what is needed (seconds, hundreds of MB), so that the first utterance does not wait for it."""

    def of(self, text: str, lang: str = "ko", context: Context | None = None) -> Understood:
        """What the words mean.

        Args:
            text: as typed or recognised.
            lang: "ko" or "en".
            context: what is going on.

        Raises:
            ValueError: for a language that is not shipped.
        """
        meaning = understand(text, lang)
        context = context or Context()
        if calls_for_help(text, lang) or (context.topic == "distress" and meaning == "help"):
            return Understood(text, lang, "emergency", 1.0, "confirm", emergency=True)
        if meaning in ("fine", "yes", "no", "stop"):
            return Understood(text, lang, meaning, 0.9, "act")
        return Understood(text, lang, band="again" if context.addressed and text.strip() else "none")

    def confirmation(self, understood: Understood) -> str:
        """The question that a "confirm" asks: "약을 드셨다고 하셨어요?"."""
        return f"“{understood.text}”라고 하셨어요?" if understood.lang == "ko" else f"Did you say “{understood.text}”?"
