"""What somebody does not want to hear of is in nothing that a game says: words drawn, hints, choices, what is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dolbom.clock import SEOUL
from dolbom.games.catalogue import games, items
from dolbom.games.game import Prompt, Step
from dolbom.games.item import Item, entries
from dolbom.games.kinds.word_chain import lexicon
from dolbom.games.player import Player, Sitting
from dolbom.games.serving import Serving
from dolbom.games.wording import Wording
from dolbom.i18n import catalogue

AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)


@cache
def topics(game: str) -> list[str]:
    """Words that the items of a game hold and that nothing else of its wording does."""
    held = " ".join(" ".join((item.ask, *item.answers, *item.parts, *item.choices)) for item in items(game, "ko"))
    if game in ("attention", "fluency"):
        held += " ".join(str(words) for _, _, words in entries("fluency", "ko"))
    if game == "word_chain":
        held += " ".join(lexicon("ko"))
    wording = str(catalogue("ko", "games"))
    words = {word.strip(".,?!…♪:>'{}") for word in held.split()}
    return sorted(word for word in words if len(word) > 1 and word.isalpha() and word not in wording)


@pytest.mark.parametrize("game", [game for game in games() if game != "number_span"])
@settings(max_examples=30, deadline=None)
@given(data=st.data(), seed=st.integers(0, 10_000))
def test_a_topic_to_avoid_is_in_nothing_that_is_said(game: str, data: st.DataObject, seed: int) -> None:
    said = " ".join(texts(game, seed, []))
    spoken_of = [word for word in topics(game) if word in said]
    assume(spoken_of)
    avoid = data.draw(st.lists(st.sampled_from(spoken_of), min_size=1, max_size=4, unique=True))
    for text in texts(game, seed, avoid):
        assert not any(topic in text for topic in avoid), (avoid, text)


@pytest.mark.parametrize(
    ("game", "avoid", "topic"),
    [("orientation", "christmas", "Christmas"), ("fluency", "Beer", "beer"), ("melody", "CHRISTMAS", "Christmas")],
)
def test_a_topic_is_avoided_with_and_without_capitals(game: str, avoid: str, topic: str) -> None:
    serving = Serving(Sitting(id="s", game=game, lang="en", begun=AT), Player(avoid=[avoid]), Wording("en", Random(1)))
    assert any(topic in held(item) for item in items(game, "en"))
    assert not any(topic in held(item) for item in items(game, "en") if not serving._avoided(item))
    for seed in range(5):
        assert not any(topic in text for text in texts(game, seed, [avoid], "en"))


def held(item: Item) -> str:
    return " ".join((item.ask, *item.answers, *item.parts, item.riddle))


def texts(game: str, seed: int, avoid: list[str], lang: str = "ko") -> list[str]:
    """All that is said and offered to somebody who finds nothing: hints, choices and answers, too."""
    player = Player(avoid=avoid)
    player.standing.ability(games()[game].domain).mean = -4.0
    serving = Serving(Sitting(id="s", game=game, lang=lang, seed=seed, begun=AT), player, Wording(lang, Random(seed)))
    chance, found = Random(seed), []
    for _ in range(4):
        if not serving.next(AT):
            break
        assert serving.round is not None
        step = serving.round.begin()
        while isinstance(step, Prompt):
            found.append(f"{step.text} {' '.join(step.buttons)}")
            one = serving.round
            ways: list[Callable[[], Step]] = [one.silence, one.give_up, partial(one.hear, "우산꽂이")]
            step = chance.choice(ways)()
        found.append(step.say)
        serving.note(step, AT, [])
    return found
