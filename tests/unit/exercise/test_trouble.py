"""A hand at the chest, sinking down and being gone are noticed; exercising is not taken for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dolbom.exercise.exercises import exercise, exercises
from dolbom.exercise.mannequin import STANDING, between
from dolbom.exercise.measures import Sight
from dolbom.exercise.trouble import TroubleWatch

from .moving import PLAIN, clip, sight

RATE = 12
CHEST = {"right_upper_up": 25, "right_upper_ahead": 35, "right_fore_up": 125, "right_fore_ahead": 150}
"""The right arm bent, with the hand at the breastbone."""


def first(watch: TroubleWatch, sights: list[Sight]) -> tuple[str, float] | None:
    for one in sights:
        if (sign := watch.see(one)) is not None:
            return sign, one.stamp
    return None


def seated(seconds: float, begin: float = 0.0, change: dict | None = None, down: float = 0.0) -> list[Sight]:
    one = exercise("arms_up")
    mannequin, angles = one.mannequin(), one.resting() | (change or {})
    return [sight(angles, mannequin, begin + i / RATE, down) for i in range(int(seconds * RATE))]


@pytest.mark.parametrize("name", exercises())
@pytest.mark.parametrize("hidden", [False, True])
def test_exercise_is_no_trouble(name: str, hidden: bool) -> None:
    watch = TroubleWatch(exercise(name).base == "standing")
    assert first(watch, list(clip(name, 6, replace(PLAIN, hidden=hidden)).sights())) is None


def test_a_hand_held_to_the_chest_is_noticed_within_three_seconds() -> None:
    found = first(TroubleWatch(), seated(4) + seated(6, 4.0, CHEST))
    assert found is not None and found[0] == "chest"
    assert found[1] < 4 + 3


def test_a_hand_that_only_touches_the_chest_is_no_sign() -> None:
    assert first(TroubleWatch(), seated(4) + seated(1.5, 4.0, CHEST) + seated(4, 5.5)) is None


def test_who_slides_from_the_chair_is_noticed_in_two_seconds() -> None:
    slides = [one for i in range(10) for one in seated(0.2, 4 + 0.2 * i, down=0.045 * i)]
    found = first(TroubleWatch(), seated(4) + slides + seated(3, 6.0, down=0.45))
    assert found is not None and found[0] == "sinking"
    assert found[1] < 6 + 2


def test_who_sits_down_on_the_chair_in_the_middle_is_only_sitting() -> None:
    standing, sitting = exercise("side_leg_raises"), exercise("sit_to_stand")
    sights = [sight(standing.resting(), standing.mannequin(), i / RATE) for i in range(4 * RATE)]
    up = sitting.at(0.5)
    for i in range(RATE * 4):
        angles = between(up, sitting.resting(), min(1.0, i / RATE))
        sights.append(sight(angles, sitting.mannequin(), 4 + i / RATE))
    found = first(TroubleWatch(standing=True), sights)
    assert found is not None and found[0] == "sat"


def test_who_stood_and_goes_down_to_the_floor_sinks() -> None:
    standing = exercise("side_leg_raises")
    sights = [sight(standing.resting(), standing.mannequin(), i / RATE) for i in range(4 * RATE)]
    for i in range(4 * RATE):
        sights.append(sight(STANDING, standing.mannequin(), 4 + i / RATE, down=min(0.75, 0.5 * i / RATE)))
    found = first(TroubleWatch(standing=True), sights)
    assert found is not None and found[0] == "sinking"


def test_frames_without_them_for_three_seconds_mean_gone() -> None:
    away = [Sight(4 + i / RATE, None) for i in range(5 * RATE)]
    found = first(TroubleWatch(), seated(4) + away)
    assert found is not None and found[0] == "gone"
    assert found[1] == pytest.approx(7, abs=0.2)


def test_a_camera_that_shows_nothing_is_no_sign_of_anything() -> None:
    assert first(TroubleWatch(), seated(4) + seated(4, 40.0)) is None
    assert first(TroubleWatch(), [*seated(4), Sight(40.0, None), Sight(41.0, None)]) is None
