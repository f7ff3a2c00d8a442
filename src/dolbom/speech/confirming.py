"""Whether the words that were recognised bear out what a closed grammar spotted in the same sound.

A closed grammar finds its phrases wherever somebody speaks for long, and a recogniser of words mishears the old, the
hoarse and those far away: neither is believed alone.
"""

from __future__ import annotations

from typing import Literal

from rapidfuzz import fuzz

from dolbom.dialog.danger import weigh
from dolbom.dialog.letters import sounds
from dolbom.dialog.understanding import calls_for_help
from dolbom.speech.recognition import Recognised
from dolbom.speech.spotting import Spot

Verdict = Literal["borne out", "unclear", "other"]

DANGER = 0.5
"""Words that weigh so much are a cry, whatever was spotted; what is told of somewhere else (hearsay, a film) is not."""
ALIKE, ALIKE_IN_QUIET = {"ko": 72.0, "en": 90.0}, {"ko": 58.0, "en": 90.0}
"""Percent of the phrase's letters that are found together in the words. English is not written as it sounds, and most
of "there is a fire" is in many a sentence."""
AS_A_WHOLE = 63.0
"""Percent that all the words and the phrase have in common: "I can dream" for "I can't breathe"."""
SURE = 0.65
"""A recogniser less sure than this of its words has not understood them."""
CLEAR = 0.3
"""A phrase that no words bear out must have been spotted so surely."""


def verdict(spot: Spot, found: Recognised, lang: str) -> Verdict:
    """What the words make of what was spotted.

    Args:
        spot: a cry for help, the robot's name, or "stop".
        found: the words around it, without text if nothing was understood.
        lang: "ko" or "en".

    Returns:
        "borne out": the words say it; "unclear": whoever cannot speak clearly is to be believed, a television is not;
        "other": they say something else.
    """
    if spot.kind == "help":
        peril = weigh(found.text, lang)
        if calls_for_help(found.text, lang) or (peril.share >= DANGER and not peril.elsewhere):
            return "borne out"
        if peril.elsewhere and found.confidence >= SURE:
            return "other"
    part, whole = alike(spot.phrase, found.text, lang)
    if part >= ALIKE[lang]:
        return "borne out"
    not_understood = (not found.text or found.confidence < SURE) and spot.confidence >= CLEAR
    if spot.kind == "stop":
        return "unclear" if not_understood else "other"  # so short a word resembles much
    return "unclear" if not_understood or part >= ALIKE_IN_QUIET[lang] or whole >= AS_A_WHOLE else "other"


def alike(phrase: str, text: str, lang: str) -> tuple[float, float]:
    """How much of the phrase is in the words, and how alike both are as a whole, as they sound: 0 to 100."""
    looked_for, heard = (sounds(one, lang).replace(" ", "") for one in (phrase, text))
    whole = float(fuzz.ratio(looked_for, heard))
    return (whole if len(heard) < len(looked_for) else float(fuzz.partial_ratio(looked_for, heard))), whole
