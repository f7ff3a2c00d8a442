"""Looks over the items of a game: enough of them, none twice, safe, short, and each answer right and nothing else.

An item must also not have an answer that the robot would take for a call for help, or for "stop".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random

from dolbom.clock import SEOUL
from dolbom.dialog.engine import syllables
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import items as items_of
from dolbom.games.game import HELP, Prompt, Round, Step, Table
from dolbom.games.item import OWN, Item
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
    unsafe = _unsafe(lang)
    for item in found:
        held = " ".join((item.id, item.ask, item.riddle, *item.answers, *item.choices, *item.parts))
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
        yield from (f"{where}: {trouble}" for trouble in _spoken(step.text))
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


def _spoken(text: str) -> Iterator[str]:
    """Whether a text can be followed by ear."""
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
