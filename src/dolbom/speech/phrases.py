"""The phrases that are known at once while somebody speaks: data of `locale/<lang>/spotting.yaml` and the intents."""

from __future__ import annotations

from typing import Literal, get_args

from dolbom.dialog.understanding import understand
from dolbom.i18n import catalogue, with_particles

Kind = Literal["wake", "help", "fine", "yes", "no", "stop"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def robot_name(lang: str) -> str:
    """What the robot is called where nobody gave it another name."""
    return str(catalogue(lang, "spotting")["name"])


def phrases(lang: str, name: str = "") -> dict[str, Kind]:
    """Each phrase, in lower case, and what it means.

    Args:
        lang: "ko" or "en".
        name: what the robot is called; empty: as in `locale/<lang>/spotting.yaml`.

    Raises:
        ValueError: for a language that is not shipped.
    """
    spotting, intents = catalogue(lang, "spotting"), catalogue(lang, "intents/safety")
    found: dict[str, Kind] = {}
    for form in spotting["wake"]:
        found[with_particles(form.format(name=name or robot_name(lang))).lower()] = "wake"
    for kind in KINDS[1:]:
        intent = intents["emergency" if kind == "help" else kind]
        for phrase in (*spotting[kind], *intent["examples"]):
            text = phrase.lower()
            # What the small safety path would not take for this is left to the open recognition.
            if kind == "help" or understand(text, lang) == kind:
                found.setdefault(text, kind)
    return found


def fillers(lang: str) -> list[str]:
    """Syllables for whatever is none of the phrases."""
    return str(catalogue(lang, "spotting")["fillers"]).split()


def murmurs(lang: str) -> frozenset[str]:
    """Sounds that may stand beside an answer."""
    return frozenset(str(catalogue(lang, "spotting")["murmurs"]).split())


def pronunciations(lang: str) -> dict[str, str]:
    """Of words that are in no dictionary, in lower case."""
    lines: list[str] = catalogue(lang, "spotting")["pronunciations"]
    return {word: phones for word, _, phones in (line.partition(" ") for line in lines)}
