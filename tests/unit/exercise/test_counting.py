"""Repetitions are counted whoever moves, however far, fast and often they are seen; halves and jitter are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.exercise.counting import Counter

from .moving import wave


def counted(course: list[tuple], usual_s: float = 3.0) -> Counter:
    counter = Counter(usual_s)
    for stamp, share in course:
        counter.update(stamp, share)
    return counter


@given(
    times=st.integers(0, 12),
    reach=st.floats(0.45, 1.5),
    shift=st.floats(-3, 3),
    rate=st.floats(8, 30),
    seconds=st.floats(1.5, 8),
)
def test_the_count_depends_on_nothing_but_how_often(
    times: int, reach: float, shift: float, rate: float, seconds: float
) -> None:
    course = wave(times, seconds, rate, reach)
    assert counted([(stamp, share + shift) for stamp, share in course]).count == times


@given(st.lists(st.one_of(st.none(), st.floats(-2, 2)), max_size=200), st.floats(0.02, 0.5))
def test_the_count_never_falls_and_rises_by_one_at_most(shares: list[float | None], step: float) -> None:
    counter, before = Counter(), 0
    for i, share in enumerate(shares):
        found = counter.update(i * step, share)
        assert counter.count == before + (found is not None)
        before = counter.count


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=300), st.floats(0.03, 0.3))
def test_no_moment_belongs_to_two_repetitions(shares: list[float], step: float) -> None:
    counter = counted([(i * step, share) for i, share in enumerate(shares)])
    for one, following in zip(counter.repetitions, counter.repetitions[1:], strict=False):
        assert one.begin < one.peak < one.end <= following.begin < following.peak


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_frames_that_are_lost_for_less_than_a_second_lose_no_repetition(times: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    course, gone = wave(times, 4.0), 0.0
    kept = []
    for stamp, share in course:
        if stamp >= gone + 1.5 and rng.random() < 0.05:
            gone = stamp + float(rng.uniform(0.1, 0.6))
        kept.append((stamp, None if stamp < gone else share))
    assert abs(counted(kept).count - times) <= 1


@pytest.mark.parametrize(("jitter", "at_most"), [(0.01, 0), (0.05, 0), (0.18, 6)])
def test_somebody_who_sits_still_is_hardly_ever_counted_however_the_landmarks_jitter(
    jitter: float, at_most: int
) -> None:
    still = [
        [(i / 15, float(jitter * share)) for i, share in enumerate(np.random.default_rng(seed).normal(size=300))]
        for seed in range(150)
    ]
    assert sum(counted(course).count > 0 for course in still) <= at_most


def test_halves_between_wholes_are_not_counted() -> None:
    course = wave(2) + [(stamp + 20, share) for stamp, share in wave(3, 2.0, reach=0.45)]
    course += [(stamp + 40, share) for stamp, share in wave(2)]
    assert counted(course).count == 4


def test_who_gets_tired_and_reaches_less_far_is_counted_on_after_three() -> None:
    course = wave(4) + [(stamp + 30, share) for stamp, share in wave(6, reach=0.5)]
    assert counted(course).count == 4 + 3


def test_a_movement_that_is_stopped_on_the_way_and_finished_later_is_one() -> None:
    up = [(i / 15, min(1.0, i / 30)) for i in range(20)]
    hold = [(20 / 15 + i / 15, 19 / 30) for i in range(90)]
    on = [(110 / 15 + i / 15, 19 / 30 + i / 30) for i in range(11)]
    down = [(121 / 15 + i / 15, 1 - i / 30) for i in range(31)]
    assert counted(up + hold + on + down).count == 1


def test_what_was_begun_before_somebody_was_away_for_long_is_no_repetition() -> None:
    up = [(i / 15, min(1.0, i / 20)) for i in range(30)]
    assert counted([*up, *[(40 + i / 15, 0.0) for i in range(30)]]).count == 0
    assert counted([*up, *[(4 + i / 15, 0.0) for i in range(30)]]).count == 1


@pytest.mark.parametrize("stamps", [[0.0, 1.0, 0.5, 0.2], [5.0, 5.0, 5.0]])
def test_a_clock_that_stands_or_runs_back_counts_nothing(stamps: list[float]) -> None:
    assert counted([(stamp, i % 2) for i, stamp in enumerate(stamps)]).count == 0
