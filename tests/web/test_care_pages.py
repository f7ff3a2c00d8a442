"""The care worker's pages in a real browser: every page of every role, both languages, phone and desktop, and live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.care_pages import CarePages, furnish, live, make_home, move, play, raise_alarm, robot_of, settle
from tests.web.conftest import log_in
from tests.web.test_desk import PHONE, violations

from dolbom.routines.due import State
from dolbom.routines.routine import routine_from

DESKTOP = {"width": 1280, "height": 800}
PLACES = {
    "hana": ("/", "/routines", "/routines/heart", "/routines/new?kind=medicine", "/routines/heart/history", "/calendar",
             "/calendar/2026-11-26?if=silent", "/people", "/games", "/exercise", "/face", "/files", "/events",
             "/reports?week=2026-W48", "/talk", "/robot", "/audit", "/?on=2026-11-24"),
    "minsu": ("/talk",),
    "junho": ("/robot", "/robot/logs"),
    "admin": ("/staff", "/audit"),
}  # fmt: skip
OFTEN = {"hana": ("/", "/routines/heart", "/calendar/2026-11-26?if=silent", "/people", "/games", "/events", "/talk"),
         "junho": ("/robot",)}  # fmt: skip
"""What is looked at in the quick tests: a look takes three seconds."""


@pytest.fixture
def care(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CarePages]:
    """A furnished home's pages."""
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    home = make_home(tmp_path)
    furnish(home)
    pages = CarePages(home)
    yield pages
    pages.close()


def at(
    browser: Browser, care: CarePages, name: str, lang: str = "ko", size: dict[str, int] | None = None, **more: str
) -> Page:
    """Somebody's page, logged in."""
    context = browser.new_context(viewport=size or DESKTOP, locale="ko-KR", reduced_motion="reduce", **more)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, care.url, name, lang)
    if lang == "en":
        page.click("#language")
    return page


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("lang", "size", "scheme", "looked_at"),
    [("ko", PHONE, "light", OFTEN),
     *(pytest.param(*one, PLACES, marks=pytest.mark.slow)
       for one in (("ko", PHONE, "light"), ("en", DESKTOP, "dark"), ("ko", DESKTOP, "dark"), ("en", PHONE, "light")))],
)  # fmt: skip
def test_no_page_of_any_role_breaks_a_rule_of_accessibility_or_is_wider_than_its_screen(
    browser: Browser,
    care: CarePages,
    lang: str,
    size: dict[str, int],
    scheme: str,
    looked_at: dict[str, tuple[str, ...]],
) -> None:
    person = care.home.routines.people.ids()[0]
    raise_alarm(care.home, person)
    live(care.home, person)
    play(care.home, person)
    move(care.home, person)
    broken: list[str] = []
    for name, places in looked_at.items():
        page = at(browser, care, name, lang, size, color_scheme=scheme)
        for place in places:
            page.goto(care.url + place)
            expect(page.locator("h1")).to_be_visible()
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            where = f"{place} as {name} in {lang}"
            broken += [f"{where}: {one}" for one in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                broken.append(f"{where}: wider than the screen")
            assert page.locator("html").get_attribute("lang") == lang
        page.context.close()
    assert broken == []


def test_an_alarm_and_a_dose_appear_without_a_reload_and_acknowledge_reaches_the_robot(
    browser: Browser, care: CarePages
) -> None:
    page = at(browser, care, "sunhee", size=PHONE)
    expect(page.locator(".timeline")).to_contain_text("혈압약")
    alarm = raise_alarm(care.home, care.home.routines.people.ids()[0])
    expect(page.locator(".card.open")).to_contain_text("괜찮으세요?")
    page.click(f"#ack-{alarm}")
    expect(page.locator(".card.acknowledged")).to_contain_text("sunhee님이 맡음")
    person = care.home.routines.people.ids()[0]
    said = [("guard", alarm, "care_worker"), ("outbox", alarm, "coming", "care_worker", person)]
    assert robot_of(care.home).did == said
    settle(care.home, "check", "2026-11-25T10:30", State.DONE, person)
    expect(page.locator(".timeline .done")).to_contain_text("안부")
    page.click("#camera-switch")
    expect(page.locator("#camera")).to_have_text("꺼짐")
    page.context.close()


def test_beside_the_editor_stands_at_once_what_the_robot_will_say(browser: Browser, care: CarePages) -> None:
    page = at(browser, care, "sunhee")
    page.goto(f"{care.url}/routines/heart")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("반 알")
    page.fill("#dose", "두 알")
    expect(preview.locator(".own")).to_contain_text("두 알")
    page.select_option("#preview_if", "silent")
    expect(preview.locator(".own").last).to_contain_text("놓침")
    page.fill("#at", "8시")
    expect(preview).to_contain_text("‘8시’는 시각이 아닙니다")
    page.fill("#at", "8:30")
    expect(preview.locator(".own").first).to_contain_text("08:30")
    page.click("#save")
    expect(page.locator(".told[role=status]")).to_contain_text("저장했습니다")
    now = care.home.routines.get("heart").routine
    assert now is not None
    assert now.schedule.at == ("08:30",)
    page.context.close()


def test_who_was_slower_sees_both_changes_and_can_keep_their_own(browser: Browser, care: CarePages) -> None:
    page = at(browser, care, "hana")
    page.goto(f"{care.url}/routines/lunch")
    page.fill("#title", "점심밥")
    now = care.home.routines.get("lunch")
    assert now.routine is not None
    theirs = routine_from(now.routine.model_dump() | {"title": "국수"}, care.home.today())
    care.home.routines.change(theirs, now.version, care.home.now(), "sunhee")
    page.click("#save")
    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("sunhee님이 이 일과를 고쳤습니다")
    expect(conflict.locator("tbody tr", has_text="무엇")).to_contain_text("국수")
    expect(page.locator("#title")).to_have_value("점심밥")
    assert violations(page) == []
    page.click("#save")
    expect(page.locator(".told[role=status]")).to_be_visible()
    assert [one.routine.title for one in care.home.routines.versions("lunch") if one.routine] == [
        "점심",
        "국수",
        "점심밥",
    ]
    page.context.close()


def test_everything_can_be_done_by_the_keyboard_and_without_scripts(browser: Browser, care: CarePages) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ko-KR")
    page = context.new_page()
    log_in(page, care.url, "sunhee")
    page.goto(f"{care.url}/routines")
    page.focus("#kind")
    page.select_option("#kind", "reminder")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.fill("#title", "창문 닫기")
    page.fill("#at", "21:00")
    page.press("#at", "Enter")
    expect(page.locator("h1")).to_have_text("일과")
    expect(page.locator("main")).to_contain_text("창문 닫기")
    context.close()
