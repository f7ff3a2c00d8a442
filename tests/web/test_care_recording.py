"""A voice message spoken into the browser's microphone, and the learning of a face as it goes on, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.care_pages import CarePages, furnish, make_home, robot_of
from tests.web.conftest import QUIET, log_in
from tests.web.test_desk import violations

from dolbom.speech.own_sounds import find_sound
from dolbom.speech.sound import level, read_sound
from dolbom.web.care.board import Learning

HEARING = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""A microphone that beeps, and nobody who has to be asked."""


@pytest.fixture
def care(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CarePages]:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    home = make_home(tmp_path)
    furnish(home)
    pages = CarePages(home)
    yield pages
    pages.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    hearing = browser.browser_type.launch(executable_path=program, args=[*QUIET, *HEARING])
    yield hearing.new_page(locale="ko-KR")
    hearing.close()


def test_a_message_is_recorded_in_the_browser_and_played_by_the_robot(page: Page, care: CarePages) -> None:
    log_in(page, care.url, "minsu")
    page.click("#record")
    expect(page.locator("#recorded")).to_contain_text("녹음하고 있습니다")
    page.wait_for_timeout(1500)  # so long is spoken
    page.click("#record")
    expect(page.locator("#recorded")).to_contain_text("녹음했습니다")
    assert violations(page) == []
    page.click("#message-form button.primary")
    expect(page.locator(".told[role=status]")).to_contain_text("목소리를 전했습니다")
    [(_, what, name)] = robot_of(care.home).did
    assert what == "message"
    file = find_sound(name)
    assert file is not None
    heard = read_sound(file)
    assert len(heard) > 8000
    assert level(heard) > -60, "the beeps of the microphone"


def test_what_the_robot_wants_while_it_learns_a_face_is_shown_as_it_changes(page: Page, care: CarePages) -> None:
    care.home.board.learning(Learning("김순자 님", "front", 0.0))
    log_in(page, care.url, "hana")
    page.goto(f"{care.url}/face")
    wish = page.locator(".wish")
    expect(wish).to_contain_text("저를 똑바로")
    assert violations(page) == []
    care.home.board.learning(Learning("김순자 님", "left", 0.5))
    expect(wish).to_contain_text("고개를 왼쪽으로")
    care.home.board.learning(Learning("김순자 님", "done", 1.0, over=True, person=care.home.routines.people.ids()[0]))
    expect(page.locator("#board")).to_contain_text("이제 김순자 님의 얼굴을 압니다")
