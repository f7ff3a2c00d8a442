"""Steps of everyday work as they are named: in any form of their verb."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from dolbom.dialog.morphemes import KiwiMorphemes
from dolbom.games.catalogue import items
from dolbom.games.kinds.sequencing import which_step

ENDINGS = ["기", "지", "어야지", "어요", "을래", "ᆫ다", "으면", "었지"]
IRREGULAR = {"눕", "싣", "짓", "붓"}


@cache
def said(step: str, ending: str) -> tuple[str, str]:
    """What it is done to, and the verb with another ending, put together by kiwi."""
    *rest, verb = step.removesuffix("기").split()
    does = verb.endswith("하") and len(verb) > 1
    stem = [(verb[:-1], "NNG"), ("하", "XSV")] if does else [(verb, "VV-I" if verb in IRREGULAR else "VV")]
    return " ".join(rest), KiwiMorphemes._loaded().join([*stem, (ending, "ETN" if ending == "기" else "EF")])


def pairs() -> Iterator[tuple[str, str]]:
    """Every step that may be asked for, with every other that may be offered beside it."""
    for item in items("sequencing", "ko"):
        if not item.choices:
            for at in range(1, len(item.parts) - 1):
                yield from ((item.parts[at], later) for later in item.parts[at + 1 :])


@pytest.mark.parametrize(("how", "least"), [("whole", 1.0), ("verb alone", 1.0), ("without spaces", 0.88)])
def test_a_step_is_known_by_its_verb_in_every_ending(how: str, least: float) -> None:
    known = tried = 0
    for pair in pairs():
        for at, step in enumerate(pair):
            for ending in ENDINGS:
                thing, verb = said(step, ending)
                if (not thing and how != "whole") or (
                    how == "verb alone" and pair[0].split()[-1] == pair[1].split()[-1]
                ):
                    continue
                words = {"whole": f"{thing} {verb}".strip(), "verb alone": verb, "without spaces": f"{thing}{verb}"}[
                    how
                ]
                found = which_step(words, pair)
                assert found != 1 - at, (words, pair)
                known += found == at
                tried += 1
    assert known / tried >= least, f"{known} of {tried}"


@pytest.mark.parametrize(
    ("words", "steps", "found"),
    [
        ("널어야지", ("빨래 널기", "빨래 개기"), 0),
        ("빨래를 널지", ("빨래 널기", "빨래 개기"), 0),
        ("널지 말고 개야지", ("빨래 널기", "빨래 개기"), 1),
        ("빚어야지", ("빚기", "찌기"), 0),
        ("쪄야 되지", ("빚기", "찌기"), 1),
        ("누워야지", ("눕기", "불 끄기"), 0),
        ("불을 꺼야지", ("눕기", "불 끄기"), 1),
        ("빨래", ("빨래 널기", "빨래 개기"), None),
        ("몰라", ("눕기", "불 끄기"), None),
        ("우리 딸이 왔어", ("눕기", "불 끄기"), None),
    ],
)
def test_what_tells_two_steps_apart_is_what_counts(words: str, steps: tuple[str, str], found: int | None) -> None:
    assert which_step(words, steps) == found
