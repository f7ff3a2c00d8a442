"""What the robot says when it was called to somebody: that it comes, that it is there, or that it cannot."""

from __future__ import annotations

from typing import Literal

from dolbom.companion.talk import Sentence
from dolbom.drives.observations import Outcome
from dolbom.i18n import phrase

How = Outcome | Literal["coming", "no_base"]

_KEYS = {
    Outcome.ARRIVED: "arrived",
    Outcome.REFUSED: "refused",
    Outcome.NOT_FOUND: "not_found",
    Outcome.BLOCKED: "blocked",
    Outcome.BUMPED: "blocked",
    Outcome.BLIND: "blocked",
}


def said_of_coming(how: How, lang: str) -> Sentence | None:
    """The sentence; None where there is nothing to say: it was told to stop, or has something more urgent to do."""
    key = _KEYS.get(how) if isinstance(how, Outcome) else how
    return None if key is None else Sentence("coming", phrase(lang, f"companion.come.{key}"))
