"""The desk's page of daily check-ins in a real browser: live, in both languages, on a phone, accessible."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect
from tests.web.conftest import log_in
from tests.web.district_pages import NAME, Pages, take
from tests.web.test_desk import PHONE, violations

from dolbom.events import CheckInAnswer, CheckInScreen, CheckInSummary, CheckInUnanswered, Data, Severity, new_event
from dolbom.events import source as robot_of


def tell(pages: Pages, data: Data, severity: Severity | None = None) -> None:
    district = pages.district
    where = robot_of(NAME, "h502", "dasom-1")
    take(district, "dasom-1", new_event(data, at=district.now(), source=where, subject="p1", severity=severity))
    district.touched()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("lang", "scheme"), [("ko", "light"), pytest.param("en", "dark", marks=pytest.mark.slow)])
def test_a_check_in_appears_without_a_reload_in_words_and_breaks_no_rule(
    browser: Browser, pages: Pages, lang: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport=PHONE, locale="ko-KR")  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, pages.url, "minji", lang)
    if lang == "en":
        page.click("#language")
    page.goto(f"{pages.url}/check-ins")
    expect(page.locator("#check-ins")).to_contain_text("아직 없습니다." if lang == "ko" else "None yet.")
    today = pages.district.now().date()
    tell(pages, CheckInUnanswered(day=today, tries=[pages.district.now()] * 3, days=2))
    silent = "3번 여쭈었지만 대답이 없었습니다." if lang == "ko" else "Asked 3 times, no answer."
    expect(page.locator("#check-ins")).to_contain_text(silent)
    answers = [CheckInAnswer(topic="health", grade="bad", before="good", said="무릎이 쑤셔")]
    summary = CheckInSummary(day=today, ended="complete", answers=answers, worse=["health"], tries=1, duration_s=60)
    tell(pages, summary, Severity.NOTICE)
    tell(pages, CheckInScreen(day=today, answers=[3, 2], positive=True), Severity.WARNING)
    said = (
        "몸 안 좋음 (지난번 좋음) “무릎이 쑤셔”" if lang == "ko" else "health not well (last time well) “무릎이 쑤셔”"
    )
    expect(page.locator("#check-ins")).to_contain_text(said)
    expect(page.locator("#check-ins")).to_contain_text("김정자")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(pages.url)
    look = page.locator(".summary a[href='/check-ins']")
    expect(look).to_have_text(re.compile("안부를 살펴볼 분" if lang == "ko" else "People to look after"))
    assert violations(page) == []
    look.click()
    expect(page.locator("h1")).to_have_text("매일 안부" if lang == "ko" else "Daily check-ins")
    context.close()
