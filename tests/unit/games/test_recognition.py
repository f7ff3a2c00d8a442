"""How answers fare that are misheard, and what is said that is no answer: shares over all items, not examples."""

from __future__ import annotations

from random import Random

import pytest

from dolbom.evaluation.jamo_noise import misheard
from dolbom.games.catalogue import items
from dolbom.games.item import ANY, OWN
from dolbom.games.kinds.pictures import ROW
from dolbom.games.lint import DAYS, make_round

QUESTIONS = ("proverbs", "orientation", "melody", "pictures")


@pytest.mark.parametrize(
    ("lang", "rate", "least"), [("ko", 0.0, 1.0), ("ko", 0.1, 0.9), ("en", 0.0, 1.0), ("en", 0.1, 0.82)]
)
def test_answers_are_known_again_though_letters_are_misheard(lang: str, rate: float, least: float) -> None:
    known = tried = 0
    for game in QUESTIONS:
        asked = [item for item in items(game, lang) if item.answers[0] not in (ANY, OWN)]
        for item in asked:
            round = make_round(game, lang, item, asked, DAYS[4], 0)
            round.begin()
            for seed in "ab":
                known += round.judge(misheard(round.answer, rate, seed)) == "right"
                tried += 1
    assert known / tried >= least, f"{known} of {tried}"


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
