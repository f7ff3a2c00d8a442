"""Facts that keep safe: the unsafe answer is never praised, and the safe one told at once."""

from __future__ import annotations

import pytest
from tests.unit.games.test_rounds import begun, text

from dolbom.games.catalogue import items
from dolbom.games.game import Result
from dolbom.games.item import OWN
from dolbom.i18n import catalogue

UNSAFE = {
    "ko": ["한 번 더 먹어야지", "또 먹어야지", "더 먹는다", "돈을 보내 준다", "벌떡 일어나지", "밖에 나가지"],
    "en": ["take another", "I'd take one more", "send the money", "quickly", "touch it"],
}


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_an_unsafe_answer_is_never_praised_and_the_safe_one_is_told_at_once(lang: str) -> None:
    words = catalogue(lang, "games")
    praise = [one for key in ("missed", "near", "praise", "helped") for one in words[key]]
    for item in (one for one in items("facts", lang) if one.answers[0] != OWN):
        for unsafe in UNSAFE[lang]:
            round, _ = begun("facts", item.id, lang)
            if round.judge(unsafe) == "right":
                continue
            step = round.hear(unsafe)
            assert isinstance(step, Result)
            assert step.grade == "told"
            assert item.answers[0] in text(step)
            assert not any(one in text(step) for one in praise)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_who_does_not_know_is_still_helped_along(lang: str) -> None:
    item = next(one for one in items("facts", lang) if one.answers[0] != OWN)
    round, _ = begun("facts", item.id, lang)
    assert not isinstance(round.give_up(), Result)
