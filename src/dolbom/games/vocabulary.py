"""Whether a sentence keeps to words that a grandmother uses: no jargon of offices, clinics, schools and computers.

A list in `locale/<lang>/plain_words.yaml`, and not a count of how frequent words are: lists of frequency come from
newspapers and the web, in which the words of a farm are rare and those of an office are common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from dolbom.games.item import split
from dolbom.i18n import catalogue

_FOREIGN = re.compile(r"[A-Za-z]+")
_SAID_BY_THE_PERSON = frozenset(
    {"called", "unsafe", "answers", "ordinals", "scripted", "memory", "evidence", "measured"}
)
"""What of the phrases the robot does not say."""


def hard(text: str, lang: str) -> list[tuple[str, str]]:
    """The hard words of a sentence, each with what would be plain."""
    plain = _plain(lang)
    found = [(hit.lower(), plain[hit.lower()]) for hit in _pattern(lang).findall(text)]
    if lang == "ko":
        found += [(hit, "한글로 쓴다") for hit in _FOREIGN.findall(re.sub(r"\{.*?\}", "", text))]
    return found


def hard_phrases(lang: str, domain: str) -> Iterator[str]:
    """The hard words of what the robot says of a domain of phrases, one line each."""
    for where, text in _leaves(catalogue(lang, domain)):
        for word, plain in hard(text, lang):
            yield f"{domain}.{where} ({lang}): {word!r} is hard, say {plain!r}: {text!r}"


def _leaves(node: object, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            if where or key not in _SAID_BY_THE_PERSON:
                yield from _leaves(child, f"{where}.{key}".lstrip("."))
    elif isinstance(node, list):
        for one in node:
            yield from _leaves(one, where)
    elif isinstance(node, str):
        yield where, node


@cache
def _plain(lang: str) -> Mapping[str, str]:
    return {word.lower(): plain for word, plain in (split(one) for one in catalogue(lang, "plain_words")["hard"])}


@cache
def _pattern(lang: str) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(_plain(lang), key=len, reverse=True))
    # Korean words are taken where one begins: 앱 is not in 해앱, nor 상기 in 기상기.
    return re.compile(rf"(?<![가-힣])(?:{words})" if lang == "ko" else rf"\b(?:{words})\b", re.IGNORECASE)
