"""The desk's pages of check-ins in a real browser: previewed, started, live home by home, withdrawn, accessible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from tests.web.conftest import log_in
from tests.web.district_pages import NAME, Pages, take
from tests.web.test_desk import PHONE, violations

from dolbom.district.access import SYSTEM
from dolbom.district.models import Campaign, Downlink
from dolbom.district.repositories import campaigns, notices
from dolbom.events import CampaignNeedsHelp, CampaignOk, CampaignReport, new_event, source
from dolbom.platform.messages import CampaignText

WHAT, DO = "지진이 났어요.", "식탁 아래로 들어가세요."


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when a script fails or the content policy is broken."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ko-KR")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert not wrong, wrong


def start(pages: Pages) -> UUID:
    district = pages.district
    with district.database.writing() as session:
        made = campaigns.start(
            session, SYSTEM, district.now(), texts={"ko": CampaignText(what=WHAT, instruction=DO)},
            deadline=district.now() + timedelta(minutes=30),
        )  # fmt: skip
    return made.id


def says(pages: Pages, robot: str, home: str, data: CampaignReport) -> None:
    take(pages.district, robot, new_event(data, at=pages.district.now(), source=source(NAME, home, robot)))
    pages.district.touched()


@pytest.mark.timeout(120)
def test_a_check_in_is_previewed_started_followed_live_and_withdrawn(page: Page, pages: Pages) -> None:
    log_in(page, pages.url, "seoyeon")
    page.click("nav >> text=안부 확인")
    page.fill("#what-ko", WHAT)
    page.fill("#instruction-ko", f"{DO}\n기다리세요.")
    page.fill("#area", "행복마을")
    page.click("#preview")
    expect(page.locator("#whom")).to_have_text("행복마을 1동 201호, 행복마을 3동 502호")
    page.click("#change")
    expect(page.locator("#what-ko")).to_have_value(WHAT)
    page.fill("#area", "")
    page.click("#preview")
    expect(page.locator(".bad")).to_contain_text("연남로 33-2")
    with pages.district.database.reading() as session:
        assert session.scalars(select(Campaign)).all() == [], "nothing is sent before it is confirmed"
    page.click("#start")
    page.wait_for_url(re.compile("/campaigns/[0-9a-f-]{36}$"))
    expect(page.locator("[data-answer=not_reached] b")).to_have_text("4")
    id = UUID(page.url.rsplit("/", 1)[1])
    page.evaluate("window.sameDocument = true")
    says(pages, "dasom-1", "h502", CampaignOk(campaign_id=id))
    expect(page.locator("#home-h502 .badge")).to_have_text("괜찮음", timeout=10_000)
    says(pages, "dasom-2", "h201", CampaignNeedsHelp(campaign_id=id))
    expect(page.locator("[data-answer=needs_help] b")).to_have_text("1", timeout=10_000)
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("도움 필요")
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    page.click("#withdraw")
    expect(page.locator("#withdraw")).to_contain_text("한 번 더")
    page.click("#withdraw")
    expect(page.locator("aside .badge")).to_have_text("거둠")
    with pages.district.database.reading() as session:
        sent = [d.json for d in session.scalars(select(Downlink))]
    assert len(sent) == 8
    assert sum('"withdrawn":true' in one for one in sent) == 4
    assert all("식탁 아래로 들어가세요. 기다리세요." in one for one in sent)
    first.get_by_role("link", name=re.compile("알람")).click()
    expect(page.locator("h1")).to_contain_text("재난 안부")


@pytest.mark.timeout(120)
def test_what_cannot_be_sent_is_said_and_nothing_written_is_lost(page: Page, pages: Pages) -> None:
    log_in(page, pages.url, "seoyeon")
    page.goto(f"{pages.url}/campaigns")
    page.fill("#what-ko", WHAT)
    page.click("#preview")
    expect(page.locator(".refused")).to_contain_text("두 칸을 모두")
    expect(page.locator("#what-ko")).to_have_value(WHAT)
    page.fill("#instruction-ko", DO)
    page.fill("#area", "없는 동네")
    page.click("#preview")
    expect(page.locator(".refused")).to_contain_text("없습니다")
    expect(page.locator("#instruction-ko")).to_have_value(DO)


@pytest.mark.timeout(120)
def test_an_operator_follows_a_check_in_and_starts_none(page: Page, pages: Pages) -> None:
    id = start(pages)
    log_in(page, pages.url, "minji")
    page.goto(f"{pages.url}/campaigns")
    expect(page.locator("#preview")).to_have_count(0)
    page.click(f"#campaign-{id}")
    expect(page.locator("[data-answer=not_reached] b")).to_have_text("4")
    expect(page.locator("#withdraw")).to_have_count(0)


@pytest.mark.timeout(120)
def test_the_notice_of_the_day_is_given_and_withdrawn(page: Page, pages: Pages) -> None:
    log_in(page, pages.url, "seoyeon")
    page.goto(f"{pages.url}/campaigns")
    page.fill("#text-ko", "오늘은 비가 와요.")
    page.click("#give-notice")
    expect(page.locator("#campaigns")).to_contain_text("오늘은 비가 와요.")
    page.get_by_role("button", name="거두기").click()
    expect(page.get_by_role("button", name="거두기")).to_have_count(0)
    with pages.district.database.reading() as session:
        assert [notices.state(n, pages.district.now()) for n in notices.listed(session)] == ["withdrawn"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("lang", "scheme"), [("ko", "light"), pytest.param("en", "dark", marks=pytest.mark.slow)])
def test_no_page_of_check_ins_breaks_a_rule_of_accessibility(
    browser: Browser, pages: Pages, lang: str, scheme: str
) -> None:
    id = start(pages)
    says(pages, "dasom-1", "h502", CampaignOk(campaign_id=id))
    says(pages, "dasom-2", "h201", CampaignNeedsHelp(campaign_id=id))
    with pages.district.database.writing() as session:
        now = pages.district.now()
        notices.give(session, SYSTEM, now, texts={"ko": "오늘은 비가 와요."}, until=now + timedelta(hours=9))
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, pages.url, "admin", lang)
    if lang == "en":
        page.click("#language")
    found = {}
    for path in ("/campaigns", f"/campaigns/{id}"):
        page.goto(f"{pages.url}{path}")
        found[path] = violations(page)
    page.goto(f"{pages.url}/campaigns")
    page.fill("#what-en", "There was an earthquake.")
    page.fill("#instruction-en", "Get under the table.")
    page.click("#preview")
    expect(page.locator("#start")).to_be_visible()
    found["preview"] = violations(page)
    context.close()
    assert not any(found.values()), found


@pytest.mark.timeout(120)
def test_on_a_phone_nothing_of_it_is_cut_off(browser: Browser, pages: Pages) -> None:
    id = start(pages)
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="ko-KR")  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, pages.url, "admin")
    for path in ("/campaigns", f"/campaigns/{id}"):
        page.goto(f"{pages.url}{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} px wide"
    context.close()
