"""The desk's page of silences and nights in a real browser: live, in both languages, on a phone, accessible."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from tests.web.conftest import log_in
from tests.web.district_pages import Pages
from tests.web.test_check_ins import tell
from tests.web.test_desk import PHONE, violations

from dolbom.events import (
    ActivityLeftAtNight,
    ActivityWandering,
    Asked,
    InactivityAttention,
    InactivityCaution,
    InactivityOver,
    InactivityUnknown,
    LastSign,
    new_id,
)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("lang", "scheme"), [("ko", "light"), pytest.param("en", "dark", marks=pytest.mark.slow)])
def test_a_stage_appears_without_a_reload_with_its_evidence_and_goes_when_it_is_over(
    browser: Browser, pages: Pages, lang: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport=PHONE, locale="ko-KR")  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, pages.url, "minji", lang)
    if lang == "en":
        page.click("#language")
    page.goto(f"{pages.url}/activity")
    live = page.locator("#activities")
    expect(live).to_contain_text("살펴볼 것이 없습니다." if lang == "ko" else "Nothing to look at.")
    now = pages.district.now()
    episode, since = new_id(), now - timedelta(hours=4)
    asked = [Asked(at=now, question="잘 계세요?", understood="silence")]
    told = {
        "episode_id": episode, "since": since, "last_sign": LastSign(kind="moved", at=since), "silent_s": 10800,
        "unseen_s": 0, "limit_s": 10800, "learned": True, "asked": asked,
    }  # fmt: skip
    tell(pages, InactivityAttention(**told))  # type: ignore[arg-type]
    expect(live.locator(".badge").first).to_have_text("관심" if lang == "ko" else "attention")
    expect(live).to_contain_text("마지막 기척" if lang == "ko" else "last sign")
    tell(pages, InactivityCaution(**told))  # type: ignore[arg-type]
    expect(live.locator(".badge").first).to_have_text("주의" if lang == "ko" else "caution")
    blind = told | {"episode_id": new_id(), "unseen_s": 7200, "blind": ["dark", "robot_off"]}
    tell(pages, InactivityUnknown(**blind))  # type: ignore[arg-type]
    night, day = new_id(), now.date()
    tell(
        pages,
        ActivityWandering(night=day, episode_id=night, since=now, ways=4, up_s=50, at_the_door=True, asked=asked),
    )
    tell(
        pages,
        ActivityLeftAtNight(night=day, episode_id=night, state="gone", how="sensor", door_at=now, last_seen=None),
    )
    expect(live).to_contain_text("현관을 나가신 듯함" if lang == "ko" else "seems to have left")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    tell(pages, InactivityOver(episode_id=episode, was="caution", since=since, sign=LastSign(kind="answered", at=now)))
    expect(live).to_contain_text("로봇에게 대답하심" if lang == "ko" else "answered the robot")
    expect(live).to_contain_text("끝남" if lang == "ko" else "over")
    page.goto(pages.url)
    look = page.locator(".summary a[href='/activity']")
    expect(look).to_have_text(re.compile("기척을 살펴볼 분" if lang == "ko" else "to look in on"))
    assert violations(page) == []
    look.click()
    expect(page.locator("h1")).to_have_text("기척과 밤" if lang == "ko" else "Quiet and nights")
    context.close()
