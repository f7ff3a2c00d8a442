"""Whether two answers are of one kind, so that one may be offered beside the other: a month beside a month."""

from __future__ import annotations

import re
from functools import cache

from dolbom.dialog.letters import words_of
from dolbom.games.item import entries
from dolbom.i18n import catalogue


def same_kind(one: tuple[str, str], other: tuple[str, str], lang: str) -> bool:
    """Whether two questions, each with its answer, are answered by the same kind of thing.

    They are if the questions ask in the same words ("… 떡은 무엇이지요?"), or both answers are of one kind of
    games.yaml, the calendar or the fluency game, or end alike in a way that tells their kind, as 11월 and 3월.
    """
    (ask, answer), (ask2, answer2) = one, other
    if (asked := _asked(ask, lang)) and asked == _asked(ask2, lang):
        return True
    mine, its = _kinds(lang).get(answer, frozenset()), _kinds(lang).get(answer2, frozenset())
    if mine or its:
        return bool(mine & its)
    ends = [end for end in catalogue(lang, "games")["kind_ends"] if answer.endswith(end) and len(answer) > len(end)]
    return any(answer2.endswith(end) and len(answer2) > len(end) for end in ends)


def _asked(ask: str, lang: str) -> tuple[str, ...]:
    """The words of a question that say what kind of thing answers it; () if they do not tell."""
    words = words_of(re.split(r"[.!♪]", ask.partition("?")[0])[-1])
    if lang == "en":
        words = words[1:] if words[:1] in (["in"], ["on"], ["at"]) else words
    asked = tuple(words[-2:] if lang == "ko" else words[:2])
    telling = asked[:1] if lang == "ko" else asked[1:]
    vague = catalogue(lang, "games")["vague"]
    if any(word in vague for word in telling):
        # The same question, word by word, still is one: "♪ How does it go on?"
        return tuple(words) if "♪" in ask else ()
    return asked if len(asked) == 2 else ()


@cache
def _kinds(lang: str) -> dict[str, frozenset[str]]:
    """Of every known word the kinds that it belongs to; what `kinds` of games.yaml names is of no others."""
    found: dict[str, set[str]] = {}
    calendar = catalogue(lang, "games")["calendar"]
    for kind in ("weekdays", "months", "seasons"):
        for word in calendar[kind]:
            found.setdefault(word.split("|")[0].strip(), set()).add(kind)
    for _, kind, held in entries("fluency", lang):
        for word in () if isinstance(held, dict) else str(held).split():
            found.setdefault(word, set()).add(str(kind))
    for kind, *words in catalogue(lang, "games")["kinds"]:
        found |= {word: {kind} for word in words}
    return {word: frozenset(of) for word, of in found.items()}
