"""Doses and notices in a real browser: live without a reload, on a phone, and no rule of accessibility broken."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect
from tests.web.conftest import log_in
from tests.web.district_pages import Pages
from tests.web.test_check_ins import PHONE, tell, violations

from dolbom.events import DoseMissed, Severity


@pytest.mark.timeout(120)
def test_a_missed_dose_appears_without_a_reload_and_breaks_no_rule(browser: Browser, pages: Pages) -> None:
    context = browser.new_context(viewport=PHONE, locale="ko-KR")  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, pages.url, "minji")
    page.goto(f"{pages.url}/doses")
    expect(page.locator("#doses")).to_contain_text("살펴볼 것이 없습니다.")
    local = datetime(2026, 11, 25, 8, 0)  # noqa: DTZ001
    dose = {
        "dose_id": "heart@2026-11-25T08:00",
        "routine": "heart",
        "medicine": "heart",
        "title": "심장약",
        "dose": "한 알",
    }
    tell(
        pages,
        DoseMissed.model_validate(
            dose
            | {
                "importance": "normal",
                "local": local,
                "due": pages.district.now(),
                "reason": "no_answer",
                "reminders": 3,
            }
        ),
        Severity.WARNING,
    )
    expect(page.locator("#doses")).to_contain_text("심장약 · 한 알 · 2026-11-25 08:00")
    expect(page.locator("#doses")).to_contain_text("약을 놓침 — 기한까지 대답 없음")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(pages.url)
    page.locator(".summary a[href='/doses']").click()
    expect(page.locator("h1")).to_have_text("약과 알림")
    context.close()
