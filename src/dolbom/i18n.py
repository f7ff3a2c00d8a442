"""Every sentence that a senior or a care worker reads or hears, by language, from `locale/<lang>/<domain>.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("ko", "en")

# Particles that change with the last letter of the word before them: (after a consonant, after a vowel).
_PARTICLES = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "아/야": ("아", "야"),
    "이에요/예요": ("이에요", "예요"),
    "이었어요/였어요": ("이었어요", "였어요"),
    "이라고/라고": ("이라고", "라고"),
}


@cache
def _domain(lang: str, domain: str) -> dict[str, Any]:
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}: there are {', '.join(LANGUAGES)}")
    with (LOCALE / lang / f"{domain}.yaml").open(encoding="utf-8") as file:
        loaded = YAML(typ="safe").load(file)
    assert isinstance(loaded, dict)
    return loaded


def catalogue(lang: str, domain: str) -> dict[str, Any]:
    """All phrases of one domain as nested dictionaries (for templates and tests).

    Raises:
        ValueError: for a language that is not shipped.
        FileNotFoundError: for a domain that is not shipped.
    """
    return _domain(lang, domain)


def phrase(lang: str, key: str, **values: object) -> str:
    """The phrase `domain.path.to.key` with its `{placeholders}` filled.

    A Korean particle pair written right after a placeholder, as in ``{name}이/가``, follows the filled word's
    last letter.

    Raises:
        KeyError: if there is no such phrase; a phrase is never made up.
    """
    text = _phrase(lang, key).format(**values)
    return with_particles(text) if lang == "ko" and "/" in text else text


def has_phrase(lang: str, key: str) -> bool:
    """Whether there is such a phrase."""
    try:
        _phrase(lang, key)
    except KeyError:
        return False
    return True


def _phrase(lang: str, key: str) -> str:
    domain, *path = key.split(".")
    node: Any = _domain(lang, domain)
    for step in path:
        try:
            node = node[step]
        except (KeyError, TypeError):
            raise KeyError(f"no phrase {key!r} in locale/{lang}/{domain}.yaml") from None
    if not isinstance(node, str):
        raise KeyError(f"{key!r} in locale/{lang}/{domain}.yaml is not one phrase")
    return node


def with_particles(text: str) -> str:
    """The text with each Korean particle pair (을/를) as the word before it asks for."""
    for pair, (after_consonant, after_vowel) in _PARTICLES.items():
        while (at := text.find(pair)) > 0:
            chosen = after_consonant if _ends_in_consonant(text[at - 1]) else after_vowel
            text = text[:at] + chosen + text[at + len(pair) :]
    return text


def _ends_in_consonant(letter: str) -> bool:
    code = ord(letter) - 0xAC00
    if 0 <= code < 11172:
        return code % 28 != 0
    return letter in "013678LMNRlmnr"
