"""The drawn figure: from the same poses as the counting, shipped as it is drawn, safe to show."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from dolbom.exercise.exercises import Exercise, exercises
from dolbom.exercise.figure import FOLDER, moving, name_of, still
from dolbom.web.pictures import find_picture

ALL = pytest.mark.parametrize("one", exercises().values(), ids=lambda one: one.name)


@ALL
def test_what_is_shipped_is_what_the_poses_give(one: Exercise) -> None:
    assert (FOLDER / f"{name_of(one.name)}.svg").read_text(encoding="utf-8") == moving(one)
    assert (FOLDER / f"{name_of(one.name, still=True)}.svg").read_text(encoding="utf-8") == still(one)


def test_no_picture_is_left_of_an_exercise_that_is_gone() -> None:
    names = {name_of(name, still=also) for name in exercises() for also in (False, True)}
    assert {file.stem for file in FOLDER.glob("exercise-*.svg")} == names


@ALL
def test_the_page_finds_both_pictures(one: Exercise) -> None:
    for also in (False, True):
        found = find_picture(name_of(one.name, still=also))
        assert found is not None and found[1] == "image/svg+xml"


@ALL
def test_the_figure_moves_in_the_rhythm_of_the_exercise_and_the_still_does_not(one: Exercise) -> None:
    drawn = ElementTree.fromstring(moving(one))
    moved = [element for element in drawn.iter() if element.tag.endswith("animate")]
    assert moved and {element.get("dur") for element in moved} == {f"{one.tempo_s:g}s"}
    assert "animate" not in still(one)


@ALL
def test_everything_is_inside_the_picture(one: Exercise) -> None:
    for drawing in (moving(one), still(one)):
        numbers = [
            float(value)
            for path in re.findall(r'(?:d|values)="([^"]+)"', drawing)
            for value in re.findall(r"-?\d+(?:\.\d+)?", path)
        ]
        assert numbers and min(numbers) >= 0 and max(numbers) <= 480
        assert "<script" not in drawing and "href" not in drawing
