"""Looks over the items of a game: enough of them, none twice, safe, short, in plain words, and each answer right and
nothing else.

An item must also not have an answer that the robot would take for a call for help, or for "stop"; no question holds its
own answer; no item's answer passes for another's; and the word chain never begins where nothing follows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from random import Random

from dolbom.clock import SEOUL
from dolbom.dialog.engine import syllables
from dolbom.dialog.letters import words_of
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import items as items_of
from dolbom.games.game import HELP, Prompt, Round, Step, Table
from dolbom.games.item import ANY, OWN, Item
from dolbom.games.kinds.pictures import ROW
from dolbom.games.kinds.word_chain import followers, lexicon, starts
from dolbom.games.vocabulary import hard
from dolbom.games.wording import Wording
from dolbom.i18n import catalogue

LEAST = {"ko": 60, "en": 40}
"""So many items every game has."""
LONGEST_S = 16.0
"""A question takes no longer to say, at six syllables a second."""
LONGEST_SENTENCE = 30
"""Syllables of one sentence of a question."""
DAYS = tuple(datetime(2026, month, day, hour, tzinfo=SEOUL) for month, day, hour in
             ((1, 2, 9), (2, 28, 12), (4, 30, 16), (7, 31, 19), (11, 26, 10), (12, 31, 10)))  # fmt: skip
_OWN_ANSWER = {"ko": "영희", "en": "Margaret"}
_STEPS = 12
"""No round takes more steps."""
TOLD = frozenset({"facts", "melody", "orientation", "pictures"})
"""Games whose questions must not hold their answer: a proverb may, and who sorts is offered the kinds."""
OPEN = frozenset({"facts", "melody", "orientation", "pictures", "proverbs"})
"""Games whose items answer with words of their own, so that one's answer might pass for another's."""
ALIKE = frozenset({
    ("누워서", "떡"), ("누워서", "떡 하나 더 준다"), ("그림의", "떡 먹기"), ("그림의", "떡 하나 더 준다"),
    ("원숭이도", "안 넘어가는 나무 없다"), ("호랑이도 제 말 하면", "낙이 온다"), ("보기 좋은 떡이", "떡 먹기"),
    ("보기 좋은 떡이", "겨자 먹기"), ("산 넘어", "배가 산으로 간다"), ("되로 주고", "오는 말이 곱다"),
    ("해가 뜨는 쪽은 어느 쪽이지요?", "동지"), ("팽이", "달팽이"),
    ("도라지타령에서 도라지를 캐서 담는 것은 무엇이지요?", "대바구니가 철철 넘는다"),
    ("Better late", "than one"), ("Two heads are better", "than never"), ("♪ row row row your boat", "lightly row"),
})  # fmt: skip
"""(item, answer of another) that pass for each other and may: they share the word that answers, and who says it means
this one. Whatever is new here is looked at first."""
LEAST_WAYS = 2
"""With so many words a chain may go on from where it begins, at least."""


def problems(game: str, lang: str, items: Sequence[Item] | None = None) -> Iterator[str]:
    """What is wrong with the items of a game, one line each.

    Args:
        items: other ones than those that are shipped.
    """
    found = items_of(game, lang) if items is None else items
    if items is None and len(found) < LEAST[lang]:
        yield f"{game} ({lang}): {len(found)} items, {LEAST[lang]} are needed"
    for id, count in Counter(item.id for item in found).items():
        if count > 1:
            yield f"{game} ({lang}): {id!r} is there {count} times"
    asked = Counter(" ".join((item.ask, item.riddle, *item.parts)).strip() for item in found)
    for text, count in asked.items():
        if count > 1:
            yield f"{game} ({lang}): {text!r} is asked {count} times"
    if game == "word_chain" and items is None:
        yield from chain_problems(
            lang, {word: followers(lang).get(word, ()) for word in (*lexicon(lang), *starts(lang))}
        )
    if game in OPEN:
        yield from _passing_for_others(game, lang, found)
    unsafe = _unsafe(lang)
    for item in found:
        if game in TOLD and (told := _told(item, lang)):
            yield f"{game} ({lang}): {item.id!r} holds its answer {told!r}"
        held = " ".join((item.id, item.ask, item.riddle, *item.answers, *item.choices, *item.parts))
        if item.riddle and item.riddle[-1] not in ".?!":
            # An unquoted comma ends it: the rest is another key of the file.
            yield f"{game} ({lang}): the riddle of {item.id!r} breaks off: {item.riddle!r}"
        if hit := unsafe.search(held):
            yield f"{game} ({lang}): {item.id!r} speaks of {hit[0]!r}"
        for at in DAYS if any(one.startswith("=") and one != OWN for one in item.answers) else DAYS[4:5]:
            for help in range(len(HELP)):
                yield from _played(game, lang, item, found, at, help)


def _played(game: str, lang: str, item: Item, items: Sequence[Item], at: datetime, help: int) -> Iterator[str]:
    where = f"{game} ({lang}): {item.id!r}"
    round = make_round(game, lang, item, items, at, help)
    step = round.begin()
    for _ in range(_STEPS):
        if not isinstance(step, Prompt):
            break
        yield from (f"{where}: {trouble}" for trouble in _spoken(step.said, lang))
        said = round.solution()
        if said and (calls_for_help(said, lang) or understand(said, lang) in ("help", "stop")):
            yield f"{where}: the answer {said!r} would be taken for a call or for 'stop'"
        if len(set(step.buttons)) != len(step.buttons):
            yield f"{where}: a choice is offered twice: {step.buttons}"
        # A choice that is not the answer must not pass for it.
        wrong = [one for one in step.buttons if one != said and len(step.buttons) > 1]
        if said is not None and any(round.judge(one) == "right" for one in wrong):
            yield f"{where}: of {step.buttons} more than one is taken for {said!r}"
        step = round.hear(said) if said is not None else round.silence()
    if isinstance(step, Prompt):
        yield f"{where} never ends"
    elif words := hard(step.say, lang):
        yield f"{where}: hard words {words} in {step.say!r}"
    elif step.grade not in ("right", "helped", "talked"):
        yield f"{where}: its own answer {round.answer!r} is not taken for right (help {help})"
    again = make_round(game, lang, item, items, at, help)
    if not _ends(again, again.begin()):
        yield f"{where} never ends if nobody answers"


def _ends(round: Round, step: Step) -> bool:
    for _ in range(_STEPS):
        if not isinstance(step, Prompt):
            return True
        step = round.silence()
    return False


def make_round(
    game: str, lang: str, item: Item, items: Sequence[Item], at: datetime, help: int, seed: int = 0
) -> Round:
    """A round of one item by itself."""
    rng = Random(f"{seed} {item.id} {help}")  # noqa: S311
    own = {item.id: _OWN_ANSWER[lang]}
    return game_of(game).round(item, Table(lang, rng, at, Wording(lang, rng), help=help, own=own, others=items))


def chain_problems(lang: str, follow: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Where the word chain would break off, one line each: it begins where hardly anything follows, or every word that
    may follow ends it.

    Args:
        follow: the words that may follow each word.
    """
    for word in sorted(starts(lang)):
        if len(follow[word]) < LEAST_WAYS:
            yield f"word_chain ({lang}): it begins with {word!r}, which only {list(follow[word])} follow"
    for word, next in follow.items():
        if next and not any(follow[one] for one in next):
            yield f"word_chain ({lang}): after {word!r} come only {list(next)}, and nothing follows them"


def _told(item: Item, lang: str) -> str:
    """The answer that the question itself says, if one does; not where it is meant: told first, or as a choice."""
    asked = f"{item.ask} {item.riddle}"
    if "{" in asked or re.search(r"까요, | or ", asked):
        return ""
    said = [one.casefold() for one in words_of(asked)]
    for answer in item.answers:
        if answer == ANY or answer.startswith("="):
            continue
        sought = [one.casefold() for one in words_of(answer)]
        if lang == "ko" and len("".join(sought)) > 1 and "".join(sought) in "".join(said):
            return answer
        if (lang != "ko" or len("".join(sought)) == 1) and f" {' '.join(sought)} " in f" {' '.join(said)} ":
            return answer
    return ""


def _passing_for_others(game: str, lang: str, items: Sequence[Item]) -> Iterator[str]:
    asked = [item for item in items if item.answers and item.answers[0] not in (ANY, OWN)]
    # Which drawing differs is answered by its place, the name of a tune is asked beside tunes only.
    asked = [item for item in asked if not item.picture.startswith(ROW)]
    rounds = {item.id: make_round(game, lang, item, asked, DAYS[4], 0) for item in asked}
    answers = {id: round.answer for id, round in rounds.items()}
    for item in asked:
        round = rounds[item.id]
        round.begin()
        own = (round.answer, *item.answers)
        others = {answers[one.id] for one in asked if bool(one.tune) == bool(item.tune)}
        for other in sorted(others - set(own)):
            if (item.id, other) not in ALIKE and round.judge(other) == "right":
                yield f"{game} ({lang}): {item.id!r} takes {other!r} for right, the answer of another"


def _spoken(text: str, lang: str) -> Iterator[str]:
    """Whether a text can be followed by ear."""
    if words := hard(text, lang):
        yield f"hard words {words} in {text!r}"
    if "{" in text or "}" in text:
        yield f"a placeholder is left in {text!r}"
    if syllables(text) / 6.0 > LONGEST_S:
        yield f"too long to listen to: {text!r}"
    for sentence in re.split(r"[.?!…♪]", text):
        if syllables(sentence) > LONGEST_SENTENCE and sentence.count(",") < 2:
            yield f"too long a sentence: {sentence.strip()!r}"


def _unsafe(lang: str) -> re.Pattern[str]:
    words = "|".join(re.escape(one) for one in catalogue(lang, "games")["unsafe"])
    return re.compile(words if lang == "ko" else rf"\b(?:{words})\b", re.IGNORECASE)
