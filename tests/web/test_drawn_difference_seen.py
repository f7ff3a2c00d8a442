"""Drawings that differ, as they are seen: in a real browser, in grey as whoever tells no colours apart sees them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.web.test_robot_page import Served, expect, until

from dolbom.games.catalogue import items
from dolbom.games.kinds.pictures import ROW
from dolbom.web.board import Line
from dolbom.web.rows import row

ROWS = sorted(
    {item.picture for lang in ("ko", "en") for item in items("pictures", lang) if item.picture.startswith(ROW)}
)
SIDE = 240
CLEAR = 40
"""Grey levels (of 255) by which two points clearly differ."""
LEAST_SHARE = 0.01
"""Of a card's points so many differ clearly at least."""


def grey(page: Any, svg: str) -> Any:
    """The picture as a browser draws it, in grey."""
    sized = svg.replace("<svg ", "<svg style='display:block;width:768px' ", 1)
    page.set_content(f"<body style='margin:0;background:#fff'>{sized}")
    return np.asarray(Image.open(io.BytesIO(page.locator("svg").screenshot())).convert("L"), np.int16)


def cards(picture: Any) -> list[Any]:
    """The drawings, without the numbers below them."""
    return [picture[8 : SIDE - 8, at * (SIDE + 24) + 8 : at * (SIDE + 24) + SIDE - 8] for at in range(3)]


@pytest.fixture(scope="module")
def sheet(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 800, "height": 400})
    yield page
    page.close()


@pytest.mark.parametrize("name", ROWS)
def test_the_odd_drawing_differs_clearly_even_without_colours_and_the_others_not_at_all(sheet: Any, name: str) -> None:
    drawn = row(name)
    assert drawn is not None
    one, other, odd = cards(grey(sheet, drawn))
    assert (np.abs(one - other) > CLEAR).mean() < 0.0005
    assert (np.abs(one - odd) > CLEAR).mean() >= LEAST_SHARE


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    served = Served()
    yield served
    served.stop()


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_the_drawings_are_large_on_the_robots_screen_each_over_its_button_and_a_touch_answers(
    browser: Any, served: Served, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 1000}, reduced_motion="reduce")
    page.goto(served.url)
    expect(page.locator("#doing")).not_to_be_empty()
    at = "2026-11-22T09:00:00+09:00"
    question = "그림 셋을 보세요. 어느 그림이 다를까요? 첫째, 둘째, 셋째?"
    places = ("첫째", "둘째", "셋째")
    served.board.said(Line("robot", question, at, True, "ko", "row-apple-bus-apple", places))
    picture = page.locator("#picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.complete && one.naturalWidth > 0")
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] >= min(width * 0.75, 700)  # each drawing at least a quarter of the width
    buttons = page.get_by_role("group", name="고르실 수 있는 대답").get_by_role("button")
    expect(buttons).to_have_text(list(places))
    for number, button in enumerate(buttons.all()):
        touched = button.bounding_box()
        assert touched is not None and min(touched["height"], touched["width"]) >= 80
        middle = touched["x"] + touched["width"] / 2
        assert box["x"] + number * box["width"] / 3 < middle < box["x"] + (number + 1) * box["width"] / 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    buttons.nth(1).click()
    until(lambda: served.robot.done == [("둘째", "ko")])
    served.board.said(Line("robot", "네, 둘째, 버스! 잘하셨어요.", at, True, "ko"))
    expect(picture).to_be_hidden()
    expect(page.locator(".face")).to_be_visible()
    assert not page.evaluate("document.body.hasAttribute('data-row')")
    page.close()
