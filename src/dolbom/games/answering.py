"""Whether words answer a question of a game, as old voices give answers: with particles, partly, misheard, in dialect.

Nothing here is "wrong": words answer, come near, or are something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from rapidfuzz import fuzz

from dolbom.dialog.letters import loose, sounds, words_of
from dolbom.dialog.morphemes import KiwiMorphemes
from dolbom.games.numbers import names, whole
from dolbom.i18n import catalogue

Match = Literal["right", "near", ""]

SURE, ALMOST = 86.0, 72.0
"""Likeness (0 to 100) of the words' best place to an answer: it is the answer; it is near it."""
LONG = {"ko": 5, "en": 6}
"""Answers of so many letters can be known again though some are misheard; shorter ones must be clearer."""
SHORT_SURE = 92.0
STORY, STORY_ENDS = {"ko": 14, "en": 34}, {"ko": 3, "en": 8}
"""Words of so many letters are a story; of it only what stands so many letters from its end is a wish."""
_PARTICLES = (
    "이라고요|라고요|이라고|라고|이랑|랑|이었지|였지|이었어|였어|이잖아|잖아|이에요|에요|예요|입니다|이지요|지요|이죠|죠|"
    "인가요|인가|인데|일까|이네|이여|이제|이야|이요|이지|이다|인겨|이래|까지|부터|에서|으로|하고|"
    "은|는|이|가|을|를|도|만|요|야|지|여|네|로|의|와|과|랑|에|다|래"
)
_ENDING = re.compile(rf"(?:{_PARTICLES})$")
_VERB_ENDS = ("다", "라", "기", "지", "랴", "까")
_ARTICLES = frozenset({"a", "an", "the", "it", "is", "it's", "that", "of", "to", "my", "your", "i", "think"})


def match(text: str, answers: Sequence[str], lang: str) -> Match:
    """Whether the words are one of the answers, also by another name of it; an answer that is a number, in any way of
    saying that number, and in none of saying another.

    Args:
        text: as typed or recognised.
        answers: any of which would do.
        lang: "ko" or "en".
    """
    found = {_matches(text, name, lang) for answer in answers for name in _names(answer, lang)}
    return "right" if "right" in found else "near" if "near" in found else ""


def which(text: str, choices: Sequence[str], lang: str) -> int | None:
    """The number of the choice that the words name, also as "the first"; None if none, or several."""
    text = known(text, lang)
    named = [at for at, choice in enumerate(choices) if match(text, [choice], lang) == "right"]
    if len(named) == 1:
        return named[0]
    if named:
        # "Not the apple, the pear": what was said last is meant.
        said = _joined(text, lang)
        places = {at: max(said.rfind(_joined(one, lang)) for one in _names(choices[at], lang)) for at in named}
        best = max(places.values())
        last = [at for at, place in places.items() if place == best]
        return last[0] if len(last) == 1 and best >= 0 else None
    ways = catalogue(lang, "games")["ordinals"]
    said = _joined(text, lang)
    # "The second? I don't know": who ends so has chosen nothing.
    unknown = max((hit.start() for hit in _pattern(lang, "gives_up").finditer(said)), default=-1)
    told = [at for at in range(len(choices))
            if any(hit.start() > unknown for way in ways[at] for hit in re.finditer(way, said))]  # fmt: skip
    return told[0] if len(told) == 1 else None


def known(text: str, lang: str) -> str:
    """The words without what somebody says that they do not know: of "둘째는 모르겠네" nothing is left."""
    return _pattern(lang, "unknown").sub(" ", text.lower().replace("’", "'")).strip()


def exact(text: str, answers: Sequence[str], lang: str) -> bool:
    """Whether words are one of the answers and nothing else, but for "yes, …" before it and particles after it."""
    said = _without_fillers(text, lang)
    ways = {said, *(bare(said) if lang == "ko" else ())}
    return bool(said) and not ways.isdisjoint(_without_fillers(answer, lang) for answer in answers)


def exact_all(text: str, words: Sequence[str], lang: str) -> bool:
    """Whether every word that was said is one of some words, but for "yes, …" before them."""
    said = _without_fillers(text, lang, " ").split()
    return bool(said) and all(exact(word, words, lang) for word in said)


def noun(word: str, lang: str) -> str:
    """The noun that a word may be, without its particles; "" for hesitation, little words and verbs.

    Korean is read by its morphemes; of English only what is certainly none is refused.
    """
    if hesitates(word, lang) or _pattern(lang, "no_noun").fullmatch(word):
        return ""
    if lang != "ko":
        return word
    found = KiwiMorphemes().noun(word)
    return "" if _pattern(lang, "no_noun").fullmatch(found) else found


def thought_over(text: str, lang: str) -> str:
    """The words without hesitation and little words around them: "이게 뭐더라 삼 팔 이" → 삼 팔 이."""
    return " ".join(word for word in words_of(text) if not (hesitates(word, lang) or says_only("filler", word, lang)))


def hesitates(text: str, lang: str) -> bool:
    """Whether somebody is still thinking aloud: "어디 보자, 그게…"."""
    return says_only("hesitates", text, lang)


def gives_up(text: str, lang: str) -> bool:
    """Whether somebody says that they do not know."""
    return found("gives_up", text, lang)


def has_enough(text: str, lang: str, *, story: bool = False) -> bool:
    """Whether somebody wants to play no more: tired, another time, not now.

    Of a `story`, and of whatever is as long as one, only how it ends counts: "그때는 늘 바빠서 못 놀았지" is no wish.
    """
    said, last = _joined(text, lang), None
    for last in _pattern(lang, "has_enough").finditer(said):  # noqa: B007
        pass
    story = story or len(said) >= STORY[lang]
    return last is not None and (not story or len(said) - last.end() <= STORY_ENDS[lang])


def wants_pause(text: str, lang: str) -> bool:
    """Whether somebody asks for a pause, and means to go on: "잠깐 쉬었다 하자", "화장실 다녀올게"."""
    return found("pause", text, lang)


def wants_another(text: str, lang: str) -> bool:
    """Whether somebody asks for another game: "딴 거 하자"."""
    return found("another", text, lang)


def waits(text: str, lang: str) -> bool:
    """Whether somebody only says "wait": to think, or to see to something."""
    return found("wait", text, lang) and hesitates(text, lang)


def bare(word: str) -> list[str]:
    """A Korean word with and without what hangs on it: 사과는 → 사과는, 사과; a noun may end like a particle."""
    found = [word]
    while len(found) < 4 and len(shorter := _ENDING.sub("", found[-1])) < len(found[-1]) and shorter:
        found.append(shorter)
    return found


def _matches(text: str, answer: str, lang: str) -> Match:
    said, sought = _joined(text, lang), _joined(answer, lang)
    if not said or not sought:
        return ""
    if (number := whole(answer, lang)) is not None:
        return "right" if names(text, number, lang) else ""
    if lang == "en":
        return _matches_english(text, answer)
    if len(sought) == 1:
        return "right" if any(sought in bare(word) for word in words_of(text)) else ""
    if sought in said:
        return "right"
    jamo, sought_jamo = loose(said, lang), loose(sought, lang)
    likeness = fuzz.partial_ratio(sought_jamo, jamo) if len(jamo) >= len(sought_jamo) - 2 else 0.0
    if len(sought) >= LONG[lang]:
        if likeness >= SURE:
            return "right"
    elif any(
        fuzz.ratio(sounds(sought, lang), sounds(word[: len(sought)], lang)) >= SHORT_SURE
        for word in (*words_of(text), said)
    ):
        return "right"
    shared = _shared(words_of(answer), words_of(text), lang)
    if shared > 0.5:
        return "right"
    return "near" if shared > 0 or (len(sought) >= 3 and likeness >= ALMOST + 6) else ""


def _names(answer: str, lang: str) -> tuple[str, ...]:
    """An answer, and what else it is called."""
    also = (others for name, *others in catalogue(lang, "games")["also"] if name == answer)
    return (answer, *next(also, ()))


def _shared(parts: Sequence[str], said: Sequence[str], lang: str) -> float:
    """How much of an answer of several words was said, 0 to 1; a verb at its end counts half, and may end otherwise.
    Words that are in everything ("한다") are nothing by themselves."""
    if len(parts) < 2:
        return 0.0
    hits = [any(_same_word(part, word) for word in said) for part in parts]
    if _all_common([part for part, hit in zip(parts, hits, strict=True) if hit], lang):
        return 0.0
    weights = [1.0] * (len(parts) - 1) + [0.5 if parts[-1].endswith(_VERB_ENDS) else 1.0]
    # In a long story little words come by chance.
    short = sum(map(len, said)) <= sum(map(len, parts)) + 4
    whole = [part for part, hit in zip(parts, hits, strict=True) if hit and len(part) > 1]
    sure = any(word.startswith(part[:2]) for part in whole for word in said)
    found = sum(weight for weight, hit in zip(weights, hits, strict=True) if hit)
    return found / sum(weights) if short or sure else 0.0


def _same_word(part: str, word: str) -> bool:
    if len(part) == 1:
        return part in bare(word)
    if len(part) == 2 and not part.endswith((*_VERB_ENDS, "은", "는", "이", "가", "을", "를", "에", "로", "도")):
        return word.startswith(part)
    same = next((at for at, (a, b) in enumerate(zip(part, word, strict=False)) if a != b), min(len(part), len(word)))
    return same >= (len(part) + 1) // 2


def _matches_english(text: str, answer: str) -> Match:
    said = [word for word in words_of(text) if word not in _ARTICLES] or words_of(text)
    sought = [word for word in words_of(answer) if word not in _ARTICLES] or words_of(answer)
    there = [part for part in sought if any(_alike(part, word) for word in said)]
    hits = len(there)
    if hits == len(sought) or (len(sought) > 2 and hits / len(sought) >= 0.5):
        return "right"
    whole = " ".join(sought)
    likeness = fuzz.partial_ratio(whole, " ".join(said)) if len(" ".join(said)) >= len(whole) - 2 else 0.0
    if len(whole) >= LONG["en"] and likeness >= SURE + 4:
        return "right"
    named = hits and not _all_common(there, "en")
    return "near" if named or (len(whole) >= 4 and likeness >= ALMOST + 6) else ""


def _all_common(words: Sequence[str], lang: str) -> bool:
    """Whether words are only such as are in everything, as "play" and "한다"."""
    return all(_pattern(lang, "common").fullmatch(word) for word in words)


def _alike(one: str, other: str) -> bool:
    if one == other or {one, other} in ({f"{one}s", one}, {f"{other}s", other}):
        return True
    return min(len(one), len(other)) >= LONG["en"] and fuzz.ratio(one, other) >= SURE


def felt(text: str, lang: str) -> tuple[str, str]:
    """What weighs on somebody who says this, as grief or thirst, and their other words; "": nothing that is known."""
    said = _joined(text, lang)
    for kind in catalogue(lang, "games")["feelings"]:
        if (there := _feeling(lang, kind).search(said)) is not None:
            return kind, f"{said[: there.start()]} {said[there.end() :]}".strip()
    return "", text


def says_only(key: str, text: str, lang: str) -> bool:
    """Whether every word is one of the patterns under `answers.<key>` of games.yaml."""
    words = words_of(text)
    return bool(words) and all(_pattern(lang, key).fullmatch(word) for word in words)


def _without_fillers(text: str, lang: str, between: str | None = None) -> str:
    kept = [word for word in words_of(text) if not _pattern(lang, "filler").fullmatch(word)]
    return (between if between is not None else "" if lang == "ko" else " ").join(kept)


def _joined(text: str, lang: str) -> str:
    return ("" if lang == "ko" else " ").join(words_of(text))


def found(key: str, text: str, lang: str) -> bool:
    """Whether one of the patterns under `answers.<key>` of games.yaml is in the words."""
    return _pattern(lang, key).search(_joined(text, lang)) is not None


@cache
def _pattern(lang: str, key: str) -> re.Pattern[str]:
    return _any_of(catalogue(lang, "games")["answers"][key])


@cache
def _feeling(lang: str, kind: str) -> re.Pattern[str]:
    return _any_of(catalogue(lang, "games")["feelings"][kind]["heard"])


def _any_of(ways: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{way})" for way in ways))
