"""What is said to a robot that drives: stop, stay away, come."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from dolbom.dialog.understanding import understand
from dolbom.i18n import catalogue

Order = Literal["stop", "away", "come", ""]
ORDERS: tuple[Order, ...] = ("away", "stop", "come")


def order(text: str, lang: str) -> Order:
    """What the words order; empty if they order nothing of the kind. What sends it away goes before what calls it."""
    said = re.sub(r"[^\w' ]+", " ", unicodedata.normalize("NFC", text).lower().replace("’", "'"))
    said = ("" if lang == "ko" else " ").join(said.split())
    for name in ORDERS:
        if _pattern(lang, name).search(said):
            return name
    return "stop" if understand(text, lang) == "stop" else ""


@cache
def _pattern(lang: str, name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in catalogue(lang, "drive")[name]))
