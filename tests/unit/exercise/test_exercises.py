"""The exercises and routines as they are shipped, and the figure that does them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dolbom.errors import UserError
from dolbom.exercise.exercises import Exercise, exercise, exercises, read_exercises, routine, routines
from dolbom.exercise.following import span
from dolbom.exercise.mannequin import SITTING, Build, Mannequin
from dolbom.perception.pose import Pose
from dolbom.perception.posture import measure, posture


@pytest.mark.parametrize("one", exercises().values(), ids=lambda one: one.name)
def test_every_exercise_begins_and_ends_at_rest(one: Exercise) -> None:
    assert one.at(0.0) == pytest.approx(one.resting())
    assert one.at(1.0) == pytest.approx(one.resting())


@pytest.mark.parametrize("one", exercises().values(), ids=lambda one: one.name)
def test_what_is_looked_at_changes_by_much_when_the_whole_movement_is_done(one: Exercise) -> None:
    for name in one.measures:
        rest, whole = span(one.name, name)
        assert abs(whole - rest) > (0.03 if name == "rise" else 20)


@pytest.mark.parametrize("one", exercises().values(), ids=lambda one: one.name)
def test_no_foot_goes_through_the_floor_and_no_limb_changes_its_length(one: Exercise) -> None:
    mannequin = one.mannequin(Build(1.5))
    lengths = []
    for share in np.linspace(0, 1, 21):
        marks = mannequin.landmarks(one.at(float(share)))
        assert marks[:, 2].min() > -0.05
        lengths.append([np.linalg.norm(marks[a] - marks[b]) for a, b in ((11, 13), (13, 15), (23, 25), (25, 27))])
    assert np.ptp(np.array(lengths), axis=0).max() < 1e-6


def test_standing_up_takes_the_hips_from_the_seat_to_a_leg_s_length() -> None:
    one = exercise("sit_to_stand")
    mannequin = one.mannequin(Build(1.6))
    heights = [mannequin.landmarks(one.at(share))[[23, 24], 2].mean() for share in (0.0, 0.5)]
    assert heights[0] == pytest.approx(0.45, abs=0.08)
    assert heights[1] == pytest.approx(0.83, abs=0.08)


@pytest.mark.parametrize("one", exercises().values(), ids=lambda one: one.name)
def test_the_figure_is_taken_for_what_it_does_by_the_robot_s_own_eyes(one: Exercise) -> None:
    marks = one.mannequin().landmarks(one.resting())
    world = np.stack([marks[:, 1], -marks[:, 2], -marks[:, 0]], axis=1)
    picture = np.concatenate([world[:, :2] * 0.2 + (0.5, 0.5), np.ones((33, 1))], axis=1)
    found = posture(measure(Pose(picture.astype(np.float32), world.astype(np.float32)), 1.0))[0]
    assert found == ("upright" if one.base == "standing" else "sitting")


def test_whoever_has_no_leave_to_stand_has_routines_too() -> None:
    assert [one.name for one in routines().values() if not one.stands] == ["gentle", "seated", "ankles"]


def test_a_figure_of_another_height_has_the_same_angles() -> None:
    tall, small = Mannequin(SITTING, "seat", Build(1.8)), Mannequin(SITTING, "seat", Build(1.4))
    for a, b in ((11, 15), (23, 25)):
        directions = [marks[b] - marks[a] for marks in (tall.landmarks(SITTING), small.landmarks(SITTING))]
        assert directions[0] / np.linalg.norm(directions[0]) == pytest.approx(
            directions[1] / np.linalg.norm(directions[1]), abs=1e-6
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {base: sitting, keys: {0.5: {wing: 3}, 1.0: {}}, count: pair, measures: [arm], tempo_s: 3}", "wing"),
        ("a: {base: sitting, keys: {0.5: {}}, count: pair, measures: [arm], tempo_s: 3}", "go up from over 0 to 1"),
        ("a: {base: lying, keys: {1.0: {}}, count: pair, measures: [arm], tempo_s: 3}", "base"),
        ("a: {base: sitting, keys: {1.0: {}}, count: pair, measures: [], tempo_s: 3}", "measures"),
        ("- a", "no table"),
        ("a: [", "no YAML"),
    ],
)
def test_a_wrong_file_is_told_by_what_is_wrong_in_it(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "exercises.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=said):
        read_exercises(file)


def test_what_is_not_there_is_named_with_what_there_is() -> None:
    with pytest.raises(UserError, match="no exercise salto"):
        exercise("salto")
    with pytest.raises(UserError, match="no routine marathon"):
        routine("marathon")
