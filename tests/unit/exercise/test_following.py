"""Somebody is followed through an exercise as far as they can be seen, and no farther."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dolbom.exercise.clips import Clip
from dolbom.exercise.exercises import exercise, exercises
from dolbom.exercise.following import Follower
from dolbom.exercise.form import FormWatch
from dolbom.exercise.quality import quality, spectral_arc
from dolbom.exercise.stands import five_times, thirty_seconds

from .moving import PLAIN, clip


def followed(name: str, seen: Clip) -> Follower:
    follower = Follower(exercise(name))
    for sight in seen.sights():
        follower.see(sight)
    return follower


@pytest.mark.parametrize("name", exercises())
def test_each_exercise_is_counted(name: str) -> None:
    assert followed(name, clip(name, 6)).count == 6


@pytest.mark.parametrize("name", ["arms_up", "arms_forward", "arm_circles", "neck_turn", "neck_tilt"])
def test_without_the_legs_in_view_arms_and_neck_are_counted(name: str) -> None:
    assert followed(name, clip(name, 6, replace(PLAIN, hidden=True))).count == 6


@pytest.mark.parametrize("name", ["knee_extension", "seated_march", "heel_raises", "toe_raises", "side_leg_raises"])
def test_what_cannot_be_seen_is_not_counted_and_is_said_so(name: str) -> None:
    follower = followed(name, clip(name, 6, replace(PLAIN, hidden=True)))
    assert (follower.count, follower.measure) == (0, None)


def test_with_the_legs_hidden_standing_up_is_counted_by_the_shoulders() -> None:
    follower = followed("sit_to_stand", clip("sit_to_stand", 5, replace(PLAIN, hidden=True, reach=1.0, tempo=5.0)))
    assert (follower.count, follower.measure) == (5, "rise")


def test_while_the_camera_moves_nothing_that_rises_is_counted() -> None:
    follower = Follower(exercise("sit_to_stand"))
    for sight in clip("sit_to_stand", 5, replace(PLAIN, hidden=True, reach=1.0, tempo=5.0)).sights():
        follower.see(replace(sight, steady=False))
    assert (follower.count, follower.measure) == (0, None)


def test_each_side_is_counted_by_itself() -> None:
    follower = followed("knee_extension", clip("knee_extension", 5))
    assert [one.side for one in follower.done] == ["left", "right", "left", "right", "left"]


def test_range_rhythm_and_steadiness_are_told_with_their_errors() -> None:
    follower = followed("arms_up", clip("arms_up", 8, replace(PLAIN, reach=0.7, tempo=3.0, uneven=0.02)))
    found = quality(follower.done, follower.trace)
    assert found is not None and found.tempo is not None and found.steadiness is not None
    assert found.reach.mean == pytest.approx(0.7 * 158, rel=0.1)
    assert found.reach.error is not None and 0 < found.reach.error < 8
    assert 2.7 < found.tempo.mean < 3.6
    assert -4 < found.steadiness.mean < -1


def test_a_halting_movement_is_less_steady_than_a_smooth_one() -> None:
    time = np.linspace(0, 1, 60)
    smooth = np.sin(np.pi * time) ** 2
    halting = smooth * (1 + 0.9 * np.sin(2 * np.pi * 3 * time))
    assert spectral_arc(halting, 30) < spectral_arc(smooth, 30)
    with pytest.raises(ValueError, match="nothing moved"):
        spectral_arc(np.zeros(20), 30)


def test_of_nothing_counted_nothing_is_told() -> None:
    assert quality([], []) is None


@pytest.mark.parametrize("tempo", [3.0, 4.5, 6.0])
def test_five_stands_take_as_long_as_they_take(tempo: float) -> None:
    follower = followed("sit_to_stand", clip("sit_to_stand", 7, replace(PLAIN, reach=1.0, tempo=tempo, uneven=0.0)))
    found = five_times(follower.done, follower.trace)
    gaps = [b.repetition.peak - a.repetition.peak for a, b in zip(follower.done[:4], follower.done[1:5], strict=True)]
    assert found is not None
    # Four whole repetitions, and from the seat to standing: about a third of one.
    assert found.seconds == pytest.approx(sum(gaps) + 0.3 * tempo, abs=0.25 * tempo)
    assert 0.1 < found.error < 0.5


def test_thirty_seconds_are_thirty_seconds() -> None:
    follower = followed("sit_to_stand", clip("sit_to_stand", 14, replace(PLAIN, reach=1.0, tempo=4.0, uneven=0.0)))
    begin = follower.done[0].repetition.begin
    found = thirty_seconds(follower.done, follower.trace, begin)
    assert found is not None
    assert found.low <= found.count <= found.high
    inside = sum(one.repetition.peak <= begin + 30 for one in follower.done)
    assert found.count in (inside, inside + 1)


def test_of_stands_that_were_hardly_seen_no_time_is_told() -> None:
    seen = clip("sit_to_stand", 12, replace(PLAIN, reach=1.0, tempo=4.0))
    landmarks, world = seen.landmarks.copy(), seen.world.copy()
    landmarks[100:300] = world[100:300] = np.nan
    follower = followed("sit_to_stand", Clip(seen.stamps, landmarks, world))
    assert thirty_seconds(follower.done, follower.trace, 1.0) is None
    assert five_times(follower.done[:4], follower.trace) is None


def hints(name: str, seen: Clip) -> list[str]:
    follower, watch, found = Follower(exercise(name)), FormWatch(exercise(name)), []
    for sight in seen.sights():
        done = follower.see(sight)
        if (form := watch.see(sight, follower.shares, done)) is not None:
            found.append(form)
    return found


@pytest.mark.parametrize("name", exercises())
def test_who_does_it_well_gets_no_hint(name: str) -> None:
    assert hints(name, clip(name, 6)) == []


def test_who_hurries_gets_one_hint_and_no_second() -> None:
    assert hints("arms_up", clip("arms_up", 9, replace(PLAIN, tempo=0.9, uneven=0.0, rate=15))) == ["too_fast"]
