"""Ratings, the choice of items, spaced retrieval, and the change against somebody's own past."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dolbom.games.catalogue import games, items
from dolbom.games.change import BASELINE, LIMIT, Effort, changes
from dolbom.games.choosing import TARGET, choose
from dolbom.games.game import HELP, Try
from dolbom.games.item import DOMAINS, Item
from dolbom.games.rating import ITEM_VARIANCE, Rating, Standing, of_rounds, probability, updated
from dolbom.games.simulate import banks, people, simulate
from dolbom.games.spacing import GAPS, Spaced, after, next_fact
from dolbom.routines.simulate_cli import app

AT = datetime(2026, 11, 26, 10, tzinfo=UTC)
ratings = st.builds(Rating, mean=st.floats(-4, 4), variance=st.floats(0.01, 2))


@given(ratings, st.floats(-4, 4), st.floats(0, 1))
def test_a_try_makes_a_rating_surer_and_moves_it_towards_what_was_found(
    ability: Rating, difficulty: float, share: float
) -> None:
    after_try = updated(ability, difficulty, share)
    assert after_try.variance < ability.variance
    surprise = share - probability(ability.mean, difficulty)
    assert (after_try.mean - ability.mean) * surprise >= 0


@given(ratings, st.floats(-4, 4))
def test_help_makes_a_round_easier_and_a_hint_is_worth_something(ability: Rating, difficulty: float) -> None:
    chances = [of_rounds(ability, np.array([difficulty]), help)[0] for help in range(len(HELP))]
    assert 0 < chances[1] <= 1
    alone = probability(ability.mean, difficulty)
    if ability.variance < 0.02:
        assert chances[0] >= alone - 0.02


def test_steps_fall_with_the_evidence() -> None:
    ability, steps = Rating(), []
    for _ in range(30):
        before = ability.mean
        ability = updated(ability, ability.mean, 1.0)
        steps.append(ability.mean - before)
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] < steps[0] / 4


def test_items_drift_slowly_and_a_person_faster() -> None:
    standing, item = Standing(), Item(id="a", level=3, answers=("x",))
    for _ in range(10):
        standing.learn("proverbs", "language", item, [Try(0, 0.0)])
    assert standing.ability("language").mean < -1
    assert 0 < standing.difficulty("proverbs", item) - item.first_difficulty < 4 * ITEM_VARIANCE


def test_somebody_new_begins_with_what_is_easy() -> None:
    bank = items("proverbs", "ko")
    chosen = [choose(Standing(), "proverbs", "language", bank, Random(seed)) for seed in range(20)]
    assert all(one.item.level <= 2 or one.help for one in chosen)
    assert all(one.chance > TARGET for one in chosen)


@given(st.floats(-2.5, 2.2))
def test_what_is_served_will_most_likely_be_found(mean: float) -> None:
    standing = Standing(abilities={"language": Rating(mean=mean, variance=0.05, count=50)})
    bank = items("proverbs", "ko")
    chances = [choose(standing, "proverbs", "language", bank, Random(seed)).chance for seed in range(60)]
    # Between two levels now the easier, now the harder is served.
    assert 0.8 <= sum(chances) / len(chances) <= 0.92


def test_what_was_just_played_rests() -> None:
    bank = items("proverbs", "ko")
    standing = Standing(abilities={"language": Rating(mean=0.5, variance=0.05, count=50)})
    lately: list[str] = []
    for seed in range(12):
        chosen = choose(standing, "proverbs", "language", bank, Random(seed), lately)
        assert chosen.item.id not in lately
        lately.append(chosen.item.id)


# --- spaced retrieval -------------------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=40))
def test_gaps_grow_on_success_and_fall_back_on_failure(recalls: list[bool]) -> None:
    fact, at = Spaced(), AT
    for recalled in recalls:
        before = fact
        fact = after(fact, recalled=recalled, at=at)
        assert 0 <= fact.gap < len(GAPS)
        assert fact.due == at + GAPS[fact.gap]
        if recalled and before.due is not None:
            assert fact.gap == min(before.gap + 1, len(GAPS) - 1)
        elif not recalled:
            assert fact.gap <= before.gap
        at = fact.due


def test_a_missed_fact_comes_back_at_a_gap_that_held() -> None:
    fact = Spaced()
    for _ in range(4):
        fact = after(fact, recalled=True, at=AT)
    assert fact.gap == 3
    missed = after(fact, recalled=False, at=AT)
    assert missed.gap == 2
    assert after(missed, recalled=False, at=AT).gap <= 1


def test_the_longest_overdue_fact_is_asked_and_only_few_are_learnt_at_a_time() -> None:
    facts = ["a", "b", "c", "d", "e"]
    assert next_fact(facts, {}, AT) == "a"
    known = {"a": Spaced(due=AT + timedelta(seconds=30))}
    assert next_fact(facts, known, AT, last="a") == "b"
    known |= {"b": Spaced(due=AT + timedelta(seconds=60)), "c": Spaced(due=AT + timedelta(seconds=90))}
    assert next_fact(facts, known, AT, last="c") == "a", "three are being learnt: no fourth"
    assert next_fact(facts, known, AT + timedelta(minutes=5), last="a") == "b"


# --- change -----------------------------------------------------------------------------------------------------------


def efforts(shares: list[float], tries: int = 12) -> list[Effort]:
    day = date(2026, 1, 1)
    return [
        Effort(day + timedelta(days=at), [(0.0, Try(0, float(one < share * tries))) for one in range(tries)])
        for at, share in enumerate(shares)
    ]


def test_before_ten_sessions_nothing_is_said() -> None:
    assert changes(efforts([0.8] * BASELINE)) == []


def test_a_steady_person_is_not_told_of_and_one_who_finds_much_less_is() -> None:
    assert not any(change.told for change in changes(efforts([0.75] * 60)))
    found = changes(efforts([0.75] * 15 + [0.4] * 15))
    told = next(at for at, change in enumerate(found) if change.told)
    assert 5 <= told <= 12
    assert found[told].sum > LIMIT
    assert found[told].lower == found[told].sessions


def test_getting_better_is_never_told() -> None:
    assert not any(change.told for change in changes(efforts([0.5] * 12 + [0.9] * 40)))


def test_after_it_was_told_it_is_not_told_again_at_once() -> None:
    told = [at for at, change in enumerate(changes(efforts([0.75] * 10 + [0.3] * 40))) if change.told]
    assert len(told) >= 2
    assert all(b - a >= 10 for a, b in pairwise(told))


def test_a_session_of_few_answers_counts_for_nothing() -> None:
    day = date(2026, 1, 1)
    short = [Effort(day, [(0.0, Try(0, 0.0))])] * 30
    assert len(changes([*efforts([0.75] * 12), *short])) == 2


def test_simulated_people_are_served_and_known_better_than_by_a_ladder_or_a_staircase() -> None:
    found = simulate(24, 30, 7)
    assert found["served_in_band"] >= 0.85
    assert found["served_in_band"] > found["ladder"]["served_in_band"]
    assert found["served_in_band"] > found["staircase"]["served_in_band"]
    assert found["ability_correlation"] >= 0.9
    assert simulate(12, 24, 7) == simulate(12, 24, 7), "the same seed, the same people"


def test_every_game_that_is_chosen_by_difficulty_is_simulated_with_as_many_rounds_as_it_has() -> None:
    rounds = sorted(one.rounds for domain in DOMAINS for one in banks(domain, own_rounds=True))
    assert rounds == sorted(game.rounds for name, game in games().items() if name != "facts")
    assert all(len(one.items) >= 40 for domain in DOMAINS for one in banks(domain, own_rounds=True))
    assert [(len(banks(domain)), banks(domain)[0].rounds) for domain in DOMAINS] == [(1, 10)] * len(DOMAINS)


def test_in_every_domain_some_simulated_people_decline_and_some_do_not() -> None:
    crowd = people(24, 60, 1)
    assert {(one.domain, one.declines is None) for one in crowd} == {
        (domain, steady) for domain in DOMAINS for steady in (False, True)
    }


def test_a_decline_of_few_simulated_people_is_told_and_steady_ones_are_left_alone() -> None:
    found = simulate(24, 60, 1)
    assert found["decline_noticed"] >= 0.5
    assert found["decline_sessions_median"] <= 20  # of a dozen declines; the bar itself is for two hundred people
    assert found["false_alerts"] <= 3


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_whole_measure_meets_its_four_bars(seed: int) -> None:
    ran = CliRunner().invoke(app, ["play", "--json", "--seed", str(seed)])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert found["served_in_band"] >= 0.9
    assert found["ability_correlation"] >= 0.9
    assert found["decline_sessions_median"] <= 10
    assert found["false_alerts_per_year"] <= 1
