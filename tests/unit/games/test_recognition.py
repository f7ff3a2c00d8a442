"""How answers fare that are misheard, and what is said that is no answer: shares over all items, not examples."""

from __future__ import annotations

from random import Random

import pytest

from dolbom.evaluation.jamo_noise import misheard
from dolbom.games.catalogue import games, items
from dolbom.games.game import Round
from dolbom.games.item import ANY, OWN, Item
from dolbom.games.kinds.pictures import ROW
from dolbom.games.lint import DAYS, make_round

QUESTIONS = ("proverbs", "orientation", "melody", "pictures")
REACHED = {
    "ko": {
        "attention": 1.0, "facts": 0.83, "fluency": 0.96, "market": 0.9, "melody": 0.96, "number_span": 0.86,
        "orientation": 0.85, "pictures": 0.89, "proverbs": 0.94, "sequencing": 0.94, "word_chain": 0.85,
        "word_memory": 0.98,
    },
    "en": {
        "attention": 1.0, "facts": 0.83, "fluency": 0.96, "market": 0.97, "melody": 0.94, "number_span": 0.86,
        "orientation": 0.82, "pictures": 0.87, "proverbs": 0.8, "sequencing": 0.83, "word_chain": 0.97,
        "word_memory": 0.94,
    },
}  # fmt: skip
"""Of the right answers with one letter in ten misheard so many count at once, at least."""


def asked(game: str, lang: str) -> list[Item]:
    """Items that something in particular answers, from the whole file."""
    found = [item for item in items(game, lang) if item.answers[:1] not in ((ANY,), (OWN,))]
    return found[:: max(1, len(found) // 150)]


def waiting(game: str, lang: str, item: Item) -> Round:
    """A round that waits for its answer: after the talk between, at a word that asks for the sign."""
    round = make_round(game, lang, item, items(game, lang), DAYS[4], 0)
    round.table.own = {}
    round.begin()
    for _ in range(2 if game == "word_memory" else 0):
        round.hear(round.solution() or "")
    while game == "attention" and round.solution() is None:
        round.silence()
    return round


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", list(games()))
def test_answers_of_every_game_are_known_again_though_letters_are_misheard(game: str, lang: str) -> None:
    for rate, least in ((0.0, 1.0), (0.1, REACHED[lang][game])):
        known = tried = 0
        for item in asked(game, lang):
            for seed in "ab":
                round = waiting(game, lang, item)
                known += round.judge(misheard(round.solution() or "", rate, seed)) == "right"
                tried += 1
        assert known / tried >= least, f"{known} of {tried} at {rate}"


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ["facts", "market", "number_span", "sequencing"])
def test_an_answer_of_another_item_is_hardly_ever_taken_for_right(game: str, lang: str) -> None:
    taken = tried = 0
    rng, found = Random(1), asked(game, lang)
    for item in found:
        round = waiting(game, lang, item)
        for other in rng.sample(found, 8):
            said = waiting(game, lang, other).solution() or ""
            # Another sum or row may have the same answer, and a kind may be that of several things.
            if said != round.solution() and (game != "sequencing" or said not in getattr(round, "choices", ())):
                taken += round.judge(said) == "right"
                tried += 1
    assert taken / tried <= 0.03, f"{taken} of {tried}"


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_answers_of_other_questions_are_hardly_ever_taken_for_right(lang: str) -> None:
    taken = tried = 0
    for game in QUESTIONS:
        # "The second" answers any row of drawings.
        asked = [item for item in items(game, lang)
                 if item.answers[0] not in (ANY, OWN) and not item.picture.startswith(ROW)]  # fmt: skip
        rng = Random(1)
        for item in asked:
            round = make_round(game, lang, item, asked, DAYS[4], 0)
            round.begin()
            for other in rng.sample(asked, 12):
                answer = make_round(game, lang, other, asked, DAYS[4], 0).answer
                if answer in (round.answer, *round.item.answers):
                    continue
                taken += round.judge(answer) == "right"
                tried += 1
    assert taken / tried <= 0.005, f"{taken} of {tried}"
