"""The desk in a real browser: live without a reload, with the keyboard alone, in both languages, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from tests.web.conftest import log_in
from tests.web.district_pages import Pages, raise_alarm

from dolbom.district.models import Downlink
from dolbom.district.repositories import robots

PHONE = {"width": 375, "height": 740}


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


def touch(pages: Pages) -> None:
    pages.district.touched()


@pytest.mark.timeout(120)
def test_an_alarm_appears_without_a_reload_is_announced_and_flashes_in_the_title(page: Page, pages: Pages) -> None:
    log_in(page, pages.url, "minji")
    expect(page.get_by_text("지금은 조용합니다")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    alarm = raise_alarm(pages.district)
    touch(pages)
    card = page.locator(f"#alarm-{alarm}")
    expect(card).to_be_visible(timeout=10_000)
    expect(card).to_contain_text("김정자")
    expect(card).to_contain_text("행복마을 3동 502호")
    expect(card).to_contain_text("괜찮으세요?")
    expect(card).to_contain_text("대답 없음")
    expect(page.locator("#announce")).to_contain_text("김정자")
    expect(page).to_have_title(re.compile("^●"), timeout=5000)
    first = card.locator(".age time").inner_text()
    expect(card.locator(".age time")).not_to_have_text(first, timeout=5000)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"


@pytest.mark.timeout(120)
def test_with_the_keyboard_alone_an_alarm_is_taken_on_noted_and_closed(page: Page, pages: Pages) -> None:
    alarm = raise_alarm(pages.district)
    log_in(page, pages.url, "minji")

    def tab_to(selector: str) -> None:
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{selector} is not reached by the Tab key")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(f"#ack-{alarm}")
    page.keyboard.press("Enter")
    expect(page.locator(f"#alarm-{alarm} .owner")).to_have_text(re.compile("내가 대응 중"), timeout=10_000)
    tab_to(f"#open-{alarm}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alarms/{alarm}")
    tab_to("textarea[name=text]")
    page.keyboard.type("이웃에게 전화함")
    tab_to("#add-note")
    page.keyboard.press("Enter")
    expect(page.locator(".story .note")).to_contain_text("이웃에게 전화함")
    tab_to("input[name=outcome]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    tab_to("#close")
    page.keyboard.press("Enter")
    expect(page.locator(".facts .badge")).to_have_text("종료")
    page.goto(f"{pages.url}/history")
    expect(page.locator("tbody tr")).to_contain_text("도움이 필요했음")
    with pages.district.database.reading() as session:
        kinds = [d.channel for d in session.scalars(select(Downlink))]
    assert kinds == ["receipt", "receipt"], "the robot is told of both"


@pytest.mark.timeout(120)
def test_what_one_operator_does_another_sees_and_half_written_words_stay(
    page: Page, pages: Pages, browser: Browser
) -> None:
    alarm = raise_alarm(pages.district)
    log_in(page, pages.url, "minji")
    page.goto(f"{pages.url}/alarms/{alarm}")
    page.fill("textarea[name=text]", "half a sentence")
    page.fill("#message", "지금 가고 있어요")
    other = browser.new_page()
    log_in(other, pages.url, "seoyeon")
    other.click(f"#ack-{alarm}")
    expect(other.locator(".owner")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("seoyeon", timeout=10_000)
    assert page.input_value("textarea[name=text]") == "half a sentence"
    expect(page.locator("#acknowledge")).to_have_count(0)
    other.close()


@pytest.mark.timeout(120)
def test_a_page_that_lost_the_district_says_so_and_catches_up_when_it_is_back(page: Page, pages: Pages) -> None:
    log_in(page, pages.url, "minji")
    expect(page.locator("#lost")).to_be_hidden()
    page.context.set_offline(True)
    # The running stream is not cut by that; a new one cannot be made.
    page.evaluate("navigator.onLine")
    pages.district.feed.closed = True
    touch(pages)
    expect(page.locator("#lost")).to_be_visible(timeout=20_000)
    pages.district.feed.closed = False
    alarm = raise_alarm(pages.district)
    page.context.set_offline(False)
    expect(page.locator(f"#alarm-{alarm}")).to_be_visible(timeout=20_000)
    expect(page.locator("#lost")).to_be_hidden()


@pytest.mark.timeout(120)
def test_the_desk_speaks_both_languages_and_remembers_which(page: Page, pages: Pages) -> None:
    raise_alarm(pages.district)
    log_in(page, pages.url, "minji")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator(".card.open")).to_contain_text("제가 맡겠습니다")
    page.click("#language")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".card.open")).to_contain_text("I am on it")
    expect(page.locator(".card.open")).to_contain_text("no answer")
    page.goto(f"{pages.url}/homes")
    expect(page.locator("h1")).to_have_text("Homes")


@pytest.mark.timeout(120)
def test_sound_can_be_muted_and_stays_so(page: Page, pages: Pages) -> None:
    log_in(page, pages.url, "minji")
    sound = page.locator("#sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")


@pytest.mark.timeout(120)
def test_filters_show_only_what_is_asked_for(page: Page, pages: Pages) -> None:
    raise_alarm(pages.district)
    raise_alarm(pages.district, "dasom-2", "h201")
    log_in(page, pages.url, "minji")
    expect(page.locator(".card")).to_have_count(2)
    page.fill("#filter-words", "박영수")
    page.press("#filter-words", "Enter")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card")).to_contain_text("박영수")
    page.goto(f"{pages.url}/?cause=button")
    expect(page.locator(".card")).to_have_count(0)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("lang", "scheme"), [("ko", "light"), pytest.param("en", "dark", marks=pytest.mark.slow)])
def test_no_page_breaks_a_rule_of_accessibility(browser: Browser, pages: Pages, lang: str, scheme: str) -> None:
    alarm, taken = raise_alarm(pages.district), raise_alarm(pages.district, "dasom-2", "h201")
    late = raise_alarm(pages.district, "dasom-3", "h1104")
    with pages.district.database.writing() as session:
        robots.watch(session, pages.district.now(), robots.HEARD_STEP, pages.district.now() - robots.CODE_LIFE)
        robots.alarms.get(session, late).escalated_at = pages.district.now()
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{pages.url}/login?lang={lang}")
    found = {"/login": violations(page)}
    log_in(page, pages.url, "admin", lang)
    if lang == "en":
        page.click("#language")
    page.click(f"#ack-{taken}")
    expect(page.locator(f"#alarm-{taken} .owner")).to_be_visible()
    others = ("/", "/history", "/homes", "/homes/h502/day", "/robots", "/audit", "/staff")
    for path in (*others, f"/alarms/{alarm}", f"/alarms/{taken}"):
        page.goto(f"{pages.url}{path}")
        found[path] = violations(page)
    context.close()
    assert not any(found.values()), found


def violations(page: Page) -> list[str]:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    response = Axe().run(page, options=rules).response
    return [f"{v['id']}: {n['html'][:120]}" for v in response["violations"] for n in v["nodes"]]


@pytest.mark.timeout(120)
def test_on_a_phone_nothing_is_cut_off_and_everything_can_be_touched(browser: Browser, pages: Pages) -> None:
    alarm = raise_alarm(pages.district)
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="ko-KR")  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, pages.url, "minji")
    for path in ("/", f"/alarms/{alarm}", "/history", "/homes", "/robots"):
        page.goto(f"{pages.url}{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} px wide"
        small = page.evaluate(
            "[...document.querySelectorAll('button, .button, nav a, select, input:not([type=hidden])')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 24)"
            ".map(e => e.outerHTML.slice(0, 80))"
        )
        assert not small, f"{path}: too small to touch: {small}"
    page.goto(pages.url)
    page.tap(f"#ack-{alarm}")
    expect(page.locator(".owner")).to_be_visible()
    context.close()


@pytest.mark.timeout(120)
def test_without_scripts_an_alarm_can_still_be_taken_on(browser: Browser, pages: Pages) -> None:
    alarm = raise_alarm(pages.district)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, pages.url, "minji")
    page.click(f"#ack-{alarm}")
    page.wait_for_url(f"**/alarms/{alarm}")
    expect(page.locator(".facts")).to_contain_text("내가 대응 중")
    context.close()


@pytest.mark.timeout(120)
def test_a_technician_enrols_a_robot_and_sees_no_alarm_and_no_name(page: Page, pages: Pages) -> None:
    raise_alarm(pages.district)
    log_in(page, pages.url, "junho")
    expect(page).to_have_url(re.compile("/robots$"))
    page.fill("#robot", "dasom-9")
    page.fill("#home", "h9")
    page.click("text=등록 코드 만들기")
    expect(page.locator(".told code")).to_contain_text("dolbom enrol dolbom1.")
    assert "김정자" not in page.content()
    page.goto(pages.url)
    expect(page.locator(".refused")).to_be_visible()
    page.goto(f"{pages.url}/robots")
    row = page.locator("tr", has_text="dasom-3")
    row.get_by_role("button", name="해지").click()
    expect(row).to_contain_text("한 번 더")
    row.get_by_role("button", name=re.compile("해지")).click()
    expect(page.locator("tr", has_text="dasom-3")).to_contain_text("해지됨")
