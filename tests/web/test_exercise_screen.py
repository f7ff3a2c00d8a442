"""The robot's screen while somebody exercises: the figure and the count, large, and nothing of it in an emergency."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.test_robot_page import Served, expect, home, page, served, until  # noqa: F401 (fixtures)

from dolbom.exercise.exercises import exercises
from dolbom.exercise.figure import name_of
from dolbom.web.board import Exercise

COUNTING = Exercise("counting", "팔 들어 올리기", "exercise-arms_up", 3, 8)


def test_the_figure_and_the_count_are_shown_large(page: Any, served: Served) -> None:  # noqa: F811
    expect(page.locator("#exercise")).to_be_hidden()
    served.board.exercise(COUNTING)
    expect(page.locator("#exercise")).to_be_visible()
    expect(page.locator("#count")).to_have_text("3")
    expect(page.locator("#exercise-title")).to_have_text("팔 들어 올리기")
    expect(page.locator("#counted")).to_contain_text("8번 가운데")
    size = page.evaluate("parseFloat(getComputedStyle(document.getElementById('count')).fontSize)")
    assert size >= 96, "to be read from the other end of the room"
    box = page.locator("#figure").bounding_box()
    assert box["width"] >= 300 and page.evaluate("document.getElementById('figure').naturalWidth") > 0
    served.board.exercise(Exercise())
    expect(page.locator("#exercise")).to_be_hidden()


def test_the_figure_moves(page: Any, served: Served) -> None:  # noqa: F811
    served.board.exercise(COUNTING)
    expect(page.locator("#figure")).to_be_visible()
    until(lambda: page.evaluate("document.getElementById('figure').complete"))
    first = page.locator("#figure").screenshot()
    until(lambda: page.locator("#figure").screenshot() != first)


def test_who_wants_nothing_to_move_sees_a_still(browser: Any, served: Served) -> None:  # noqa: F811
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()  # noqa: F811
    page.goto(served.url)
    served.board.exercise(COUNTING)
    expect(page.locator("#figure")).to_have_attribute("src", "/pictures/exercise-arms_up-still")
    context.close()


@pytest.mark.parametrize("care", ["asking", "raised", "acknowledged"])
def test_in_an_emergency_the_exercise_is_gone_from_the_screen(page: Any, served: Served, care: Any) -> None:  # noqa: F811
    served.board.exercise(COUNTING)
    expect(page.locator("#exercise")).to_be_visible()
    served.board.distress("d", care)
    expect(page.locator("#exercise")).to_be_hidden()
    served.board.distress("d", "well")
    expect(page.locator("#exercise")).to_be_visible()


def test_stop_is_one_touch_away(page: Any, served: Served) -> None:  # noqa: F811
    served.board.exercise(COUNTING)
    page.locator("#exercise button").click()
    until(lambda: ("그만", "ko") in served.robot.done)


def test_how_it_is_counted_is_said(page: Any, served: Served) -> None:  # noqa: F811
    served.board.exercise(Exercise("by_voice", "무릎 펴기", "exercise-knee_extension", 2, 6))
    expect(page.locator("#counted")).to_contain_text("소리로만")
    served.board.exercise(Exercise("timed", "앉았다 일어서기", "exercise-sit_to_stand", 4, 0, 17))
    expect(page.locator("#counted")).to_contain_text("17초")


@pytest.mark.parametrize("size", [(360, 640), (800, 1280), (1280, 800)])
@pytest.mark.parametrize("text", ["normal", "largest"])
def test_nothing_runs_out_of_the_screen(browser: Any, served: Served, size: tuple[int, int], text: str) -> None:  # noqa: F811
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()  # noqa: F811
    page.goto(served.url)
    served.board.text(text)
    longest = max(exercises(), key=len)
    served.board.exercise(Exercise("counting", "의자 잡고 다리 옆으로 들기", name_of(longest), 12, 12))
    expect(page.locator("#count")).to_have_text("12")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
