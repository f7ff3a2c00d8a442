"""The words with which a language reads numbers, units and signs: `locale/<lang>/speaking/words.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dolbom.i18n import catalogue


def words_of(lang: str) -> dict[str, Any]:
    """The words of a language."""
    return catalogue(lang, "speaking/words")


def any_of(choices: Iterable[str]) -> str:
    """A regular expression for any of the choices, the longest first."""
    return "|".join(re.escape(choice) for choice in sorted(choices, key=len, reverse=True))
