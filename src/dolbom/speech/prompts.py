"""The fixed prompts: sentences of the catalogues that the robot says without anybody's name or number in them."""

from __future__ import annotations

import string
import threading
from collections.abc import Iterator
from typing import Any

from dolbom.i18n import LOCALE, catalogue, with_particles
from dolbom.speech.kept import Kept
from dolbom.speech.normaliser import spoken
from dolbom.speech.online_voice import OnlineVoice
from dolbom.speech.sentences import sentences

SPOKEN = ("distress", "faces", "companion", "checkin", "campaign", "memory", "notice", "smalltalk", "medicine")
"""Catalogues whose phrases are said aloud; one that is not there yet is left out."""


def fixed_prompts(lang: str) -> list[str]:
    """Every sentence of them, as engines are given it, each once. `{address}` is the language's own."""
    found: dict[str, None] = {}
    for domain in SPOKEN:
        if not (LOCALE / lang / f"{domain}.yaml").is_file():
            continue
        phrases = catalogue(lang, domain)
        known = {"address": str(phrases.get("address", catalogue(lang, "distress")["address"]))}
        for text in _phrases(phrases):
            try:
                names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            except ValueError:
                continue
            if names <= known.keys():
                whole = text.format(**known)
                whole = with_particles(whole) if lang == "ko" else whole
                found.update(dict.fromkeys(prompt for one in sentences(whole) if (prompt := spoken(one, lang))))
    return list(found)


def keep_prompts(voice: OnlineVoice, kept: Kept, lang: str, stop: threading.Event, pause_s: float) -> Iterator[int]:
    """Fetches the prompts that are not kept yet, one after the other, and keeps them for good.

    Args:
        voice: with leave to go online.
        kept: where they are kept.
        lang: the language.
        stop: ends it.
        pause_s: between two, so that the service is not pressed.

    Yields:
        How many are still missing; first of all, and after each.

    Raises:
        SynthesisError: as soon as one cannot be had.
    """
    missing = [one for one in fixed_prompts(lang) if not kept.holds(kept.key(voice.name, lang, 1.0, one))]
    yield len(missing)
    for done, prompt in enumerate(missing, 1):
        voice.render(prompt, lang, 1.0, stop, fixed=True)
        if stop.wait(pause_s):
            return
        yield len(missing) - done


def _phrases(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for child in node.values():
            yield from _phrases(child)
    elif isinstance(node, list):
        for child in node:
            yield from _phrases(child)
    elif isinstance(node, str):
        yield node
