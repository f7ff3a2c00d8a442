"""Whether two answers are of one kind, so that one may be offered beside the other: a month beside a month."""

from __future__ import annotations

from functools import cache

from dolbom.dialog.letters import words_of
from dolbom.games.item import entries
from dolbom.i18n import catalogue


def same_kind(one: tuple[str, str], other: tuple[str, str], lang: str) -> bool:
    """Whether two questions, each with its answer, are answered by the same kind of thing.

    They are if the questions ask in the same words ("… 떡은 무엇이지요?"), or both answers are of one kind of the
    calendar or of the fluency game, or (Korean) end alike, as 강원도 and 전라도.
    """
    (ask, answer), (ask2, answer2) = one, other
    if (asked := _asked(ask, lang)) and asked == _asked(ask2, lang):
        return True
    mine, its = _kinds(lang).get(answer, frozenset()), _kinds(lang).get(answer2, frozenset())
    if mine or its:
        return bool(mine & its)
    return lang == "ko" and min(len(answer), len(answer2)) > 1 and answer[-1] == answer2[-1]


def _asked(ask: str, lang: str) -> tuple[str, ...]:
    """The words of a question that say what kind of thing answers it; () if they do not tell."""
    words = words_of(ask.partition("?")[0])
    asked = tuple(words[-2:] if lang == "ko" else words[:2])
    vague = catalogue(lang, "games")["vague"]
    return () if len(asked) < 2 or " ".join(asked) in vague or asked[0 if lang == "ko" else -1] in vague else asked


@cache
def _kinds(lang: str) -> dict[str, frozenset[str]]:
    """Of every known word the kinds that it belongs to."""
    found: dict[str, set[str]] = {}
    calendar = catalogue(lang, "games")["calendar"]
    for kind in ("weekdays", "months", "seasons"):
        for word in calendar[kind]:
            found.setdefault(word.split("|")[0].strip(), set()).add(kind)
    for _, kind, held in entries("fluency", lang):
        for word in () if isinstance(held, dict) else str(held).split():
            found.setdefault(word, set()).add(str(kind))
    return {word: frozenset(of) for word, of in found.items()}
