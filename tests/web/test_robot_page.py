"""The robot's page in a real browser: what a person sees, presses, holds, tabs to and hears from a screen reader."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api as playwright

from dolbom.web.app import NotNowError, PageServer, WebParameters
from dolbom.web.board import Board, Line


class Robot:
    """A robot that notes what is done to it, and switches its camera."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.done: list[Any] = []
        self.trouble = ""

    def _do(self, what: Any) -> None:
        if self.trouble:
            raise NotNowError(self.trouble)
        self.done.append(what)

    def answer(self, text: str, lang: str) -> None:
        self._do((text, lang))
        self.board.said(Line("person", text, "2026-11-22T09:00:05+09:00"))

    def call(self) -> None:
        self._do("call")

    def switch_camera(self, on: bool) -> None:
        self._do(on)
        self.board.camera("on" if on else "off")


class Served:
    """The page on a port of its own."""

    def __init__(self, port: int = 0) -> None:
        self.board = Board()
        self.board.guarded(True)
        self.board.camera("on")
        self.robot = Robot(self.board)
        self._server = PageServer(WebParameters(port=port), self.board, self.robot)
        self.url = self._server.url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._server.run, args=(self._stopping,))
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    served = Served()
    yield served
    served.stop()


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 800, "height": 1280}, locale="ko-KR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if "Content Security" in message.text else None)
    page.on(
        "request",
        lambda request: troubles.append(request.url) if not request.url.startswith((served.url, "data:")) else None,
    )
    page.goto(served.url)
    expect(page.locator("#doing")).not_to_be_empty()  # what the page is served with has none: the wire is there
    yield page
    assert troubles == []
    context.close()


def expect(what: Any) -> Any:
    return playwright.expect(what)


def until(condition: Any, seconds: float = 10.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "did not become true"
        time.sleep(0.02)
    return found


@pytest.mark.parametrize(
    ("care", "words"),
    [
        ("asking", "괜찮으신지 여쭤보고 있어요"),
        ("watching", "조금 있다가 다시 여쭤볼게요"),
        ("raised", "도와드릴 분을 불렀어요"),
        ("acknowledged", "도와주실 분이 오고 있어요"),
    ],
)
def test_the_state_changes_on_the_open_page(page: Any, served: Served, care: Any, words: str) -> None:
    served.board.distress("d", care)
    expect(page.get_by_role("alert").first).to_contain_text(words)
    served.board.distress("d", "well")
    expect(page.get_by_role("alert").first).to_have_text("모두 괜찮아요")


def test_what_is_said_appears_as_it_is_said_and_is_there_after_a_reload(page: Any, served: Served) -> None:
    served.board.said(Line("robot", "어르신, 괜찮으세요? <b>", "2026-11-22T09:00:00+09:00", True))
    talk = page.get_by_role("log")
    expect(talk).to_contain_text("로봇09:00어르신, 괜찮으세요? <b>")
    page.get_by_role("button", name="괜찮아요").click()
    expect(talk).to_contain_text("어르신09:00괜찮아요")
    assert served.robot.done == [("괜찮아요", "ko")]
    page.reload()
    expect(page.get_by_role("log").get_by_role("listitem")).to_have_count(2)


def test_an_answer_is_typed_and_sent_with_the_keyboard_alone(page: Any, served: Served) -> None:
    page.get_by_label("로봇에게 하실 말씀").focus()
    page.keyboard.type("허리가 아파")
    page.keyboard.press("Enter")
    until(lambda: served.robot.done == [("허리가 아파", "ko")])
    expect(page.get_by_label("로봇에게 하실 말씀")).to_have_value("")


def said(text: str, picture: str = "", lang: str = "ko", at: str = "2026-11-22T09:00:00+09:00") -> Line:
    return Line("robot", text, at, True, lang, picture)


def test_what_the_robot_says_stands_large_beside_its_picture(page: Any, served: Served) -> None:
    face, picture = page.locator(".face"), page.locator("#picture")
    expect(page.locator("#now")).to_have_text("안녕하세요")
    expect(face).to_be_visible()
    served.board.said(said("약 드실 시간이에요.", "medicine"))
    expect(page.locator("#now")).to_have_text("약 드실 시간이에요.")
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("src", "/pictures/medicine")
    expect(face).to_be_hidden()
    assert picture.evaluate("one => one.complete && one.naturalWidth > 0")
    assert page.evaluate("parseFloat(getComputedStyle(document.getElementById('now')).fontSize)") >= 33
    served.board.said(said("Good morning!", lang="en"))
    expect(page.locator("#now")).to_have_attribute("lang", "en")
    expect(face).to_be_visible()
    expect(picture).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
def test_answers_that_the_robot_offers_are_touched_and_go_with_the_next_words(
    page: Any, served: Served, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    offered = page.get_by_role("group", name="고르실 수 있는 대답")
    expect(offered).to_be_hidden()
    question = "사과는 어디에 들어갈까요? 과일일까요, 채소일까요?"
    at = "2026-11-22T09:00:00+09:00"
    served.board.said(Line("robot", question, at, True, "ko", "game-apple", ("과일", "채소")))
    expect(offered.get_by_role("button")).to_have_text(["과일", "채소"])
    expect(page.locator("#picture")).to_be_visible()
    for button in offered.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= 80
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    offered.get_by_role("button", name="과일").click()
    until(lambda: served.robot.done == [("과일", "ko")])
    served.board.said(said("과일! 바로 그거예요."))
    expect(offered).to_be_hidden()


@pytest.mark.parametrize(
    "name",
    ["nothing", "https://evil.example/x.png", "../static/page.js"],
)
def test_what_names_no_picture_shows_the_face_and_fetches_nothing_from_elsewhere(
    page: Any, served: Served, name: str
) -> None:
    with page.expect_response(lambda answer: "/pictures/" in answer.url or answer.status >= 400):
        served.board.said(said("안녕하세요, 어르신", name))
    expect(page.locator("#now")).to_have_text("안녕하세요, 어르신")
    expect(page.locator(".face")).to_be_visible()
    expect(page.locator("#picture")).to_be_hidden()


def test_a_picture_of_the_home_goes_before_the_shipped_one(page: Any, served: Served, home: Path) -> None:
    (home / "pictures").mkdir(parents=True)
    (home / "pictures" / "medicine.png").write_bytes(page.locator("body").screenshot())
    served.board.said(said("약 드실 시간이에요.", "medicine"))
    expect(page.locator("#picture")).to_be_visible()
    assert page.locator("#picture").evaluate("one => one.naturalWidth") == 800


def test_words_said_a_while_ago_are_taken_away_so_that_nobody_follows_them_twice(page: Any, served: Served) -> None:
    page.clock.install()
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-care", "well")
    served.board.said(said("약 드실 시간이에요.", "medicine"))
    expect(page.locator("#now")).to_have_text("약 드실 시간이에요.")
    page.clock.run_for(110_000)
    expect(page.locator("#now")).to_have_text("약 드실 시간이에요.")
    page.clock.run_for(15_000)
    expect(page.locator("#now")).to_have_text("안녕하세요")
    expect(page.locator(".face")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("약 드실 시간이에요.")


def test_a_page_that_is_opened_later_shows_what_was_just_said_and_not_what_is_old(page: Any, served: Served) -> None:
    served.board.time("2026-11-22T09:01")
    served.board.said(said("물 한 잔 드세요.", "water"))
    page.reload()
    expect(page.locator("#now")).to_have_text("물 한 잔 드세요.")
    served.board.time("2026-11-22T09:30")
    page.reload()
    expect(page.get_by_role("log")).to_contain_text("물 한 잔 드세요.")
    expect(page.locator("#now")).to_have_text("안녕하세요")


def test_day_and_time_are_the_homes_own(page: Any, served: Served) -> None:
    served.board.time("2026-11-22T21:05")
    expect(page.locator("#clock")).to_have_text("오후 9:05")
    expect(page.locator("#day")).to_have_text("11월 22일 일요일")


def test_whether_it_speaks_hears_or_waits_is_shown(page: Any, served: Served) -> None:
    shown = page.locator("#doing")
    served.board.microphone("on")
    expect(shown).to_have_text("부르시면 들을게요")
    expect(page.locator("#microphone")).to_have_text("마이크가 켜져 있어요")
    for doing, words in (("speaking", "말하고"), ("hearing", "듣고"), ("listening", "대답을 기다리고")):
        served.board.doing(doing)  # type: ignore[arg-type]
        expect(shown).to_contain_text(words)
    served.board.doing("quiet")
    served.board.microphone("lost")
    expect(shown).to_have_text("적어 주시면 들을게요")
    expect(page.locator("#microphone")).to_have_text("마이크가 연결되지 않았어요")


def test_stop_is_said_as_a_person_would(page: Any, served: Served) -> None:
    page.get_by_role("button", name="그만").click()
    until(lambda: served.robot.done == [("그만", "ko")])


@pytest.mark.parametrize(
    "text", ["가" * 10_000, "<script>alert(1)</script><img src=x onerror=alert(1)>" * 100, "\u202eabc"]
)
@pytest.mark.parametrize("width", [320])
def test_hostile_words_are_only_words_and_break_nothing(page: Any, served: Served, text: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    served.board.said(said(text))
    expect(page.locator("#now")).to_have_text(text)
    assert page.locator("#now *, #log img, #log script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.getElementById('now').getBoundingClientRect().height <= 0.7 * window.innerHeight")


def test_a_conversation_is_typed_in_either_language(page: Any, served: Served) -> None:
    page.goto(f"{served.url}?lang=en")
    field = page.get_by_label("Say something to the robot")
    field.fill("What day is it today?")
    page.get_by_role("button", name="Send").click()
    until(lambda: served.robot.done == [("What day is it today?", "en")])
    served.board.said(said("It is Sunday.", lang="en"))
    expect(page.get_by_role("log").get_by_role("listitem")).to_have_text(
        ["You09:00What day is it today?", "Robot09:00It is Sunday."]
    )
    expect(page.locator("#log li").last.locator("span")).to_have_attribute("lang", "en")
    expect(field).to_have_value("")


def test_what_the_robot_did_not_hear_stays_in_the_field(page: Any, served: Served) -> None:
    served.robot.trouble = "voice"
    page.get_by_label("로봇에게 하실 말씀").fill("안녕")
    page.keyboard.press("Enter")
    expect(page.locator("#trouble")).to_have_text("로봇이 지금 듣지 못해요. 다시 해 주세요")
    expect(page.get_by_label("로봇에게 하실 말씀")).to_have_value("안녕")


def test_the_call_button_calls_after_three_seconds_and_not_before(page: Any, served: Served) -> None:
    button = page.get_by_role("button", name="도움 부르기")
    button.hover()
    page.mouse.down()
    expect(page.locator("#call-hint")).to_have_text("계속 누르고 계세요")
    page.wait_for_timeout(1500)
    page.mouse.up()
    expect(page.locator("#call-hint")).to_have_text("3초 동안 누르고 계세요")
    page.wait_for_timeout(2000)
    assert served.robot.done == []
    page.mouse.down()
    expect(page.locator("#call-hint")).to_have_text("로봇에게 알렸어요")
    page.mouse.up()
    assert served.robot.done == ["call"]


def test_the_call_button_is_held_with_the_keyboard_too(page: Any, served: Served) -> None:
    page.get_by_role("button", name="도움 부르기").focus()
    page.keyboard.down("Enter")
    expect(page.locator("#call-hint")).to_have_text("로봇에게 알렸어요")
    page.keyboard.up("Enter")
    assert served.robot.done == ["call"]


def test_whoever_cannot_hold_a_button_confirms_instead(page: Any, served: Served) -> None:
    page.get_by_role("button", name="도움 부르기").evaluate("button => button.click()")  # as a screen reader does
    confirm = page.get_by_role("button", name="네, 도움을 부를게요")
    expect(confirm).to_be_focused()
    confirm.click()
    expect(page.locator("#call-hint")).to_have_text("로봇에게 알렸어요")
    expect(confirm).to_be_hidden()
    assert served.robot.done == ["call"]


def test_the_camera_is_always_shown_and_switched(page: Any, served: Served) -> None:
    switch = page.get_by_role("switch", name="카메라 켜기")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(page.locator("#camera")).to_have_text("카메라가 꺼져 있어요")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(page.locator("#camera")).to_have_text("카메라가 보고 있어요")
    assert served.robot.done == [False, True]
    served.board.camera("lost", "no frames")
    expect(page.locator("#camera")).to_have_text("카메라가 보이지 않아요")


def test_a_robot_that_cannot_call_says_to_use_the_telephone(page: Any, served: Served) -> None:
    served.robot.trouble = "guard"
    page.get_by_role("button", name="도움 부르기").focus()
    page.keyboard.down(" ")
    expect(page.locator("#call-hint")).to_have_text("로봇이 지금 부르지 못해요. 전화로 119에 알려 주세요")
    page.keyboard.up(" ")
    expect(page.locator("#trouble")).to_contain_text("119")


def test_a_robot_that_is_not_guarded_or_not_there_is_not_all_well(page: Any, served: Served) -> None:
    served.board.guarded(False)
    expect(page.locator("#state")).to_have_text("로봇이 지금 지켜보지 못하고 있어요")
    served.board.guarded(True)
    expect(page.locator("#state")).to_have_text("모두 괜찮아요")
    served.stop()
    expect(page.locator("#state")).to_have_text("로봇과 연결이 끊겼어요")


def test_the_page_comes_back_by_itself_when_the_robot_does(page: Any, served: Served) -> None:
    port = int(served.url.rsplit(":", 1)[1].strip("/"))
    served.stop()
    expect(page.locator("#state")).to_have_text("로봇과 연결이 끊겼어요")
    again = Served(port)
    try:
        again.board.distress("d", "raised")
        expect(page.locator("#state")).to_have_text("도와드릴 분을 불렀어요", timeout=15_000)
    finally:
        again.stop()


def test_english_is_one_press_away(page: Any, served: Served) -> None:
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("alert").first).to_have_text("All is well")
    page.get_by_role("button", name="I'm fine").click()
    until(lambda: served.robot.done == [("I'm fine", "en")])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("care", ["well", "asking", "raised", "acknowledged"])
def test_the_page_breaks_no_accessibility_rule(page: Any, served: Served, scheme: Any, care: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    served.board.distress("d", care)
    served.board.said(Line("person", "응", "2026-11-22T09:00:00+09:00"))
    served.board.said(said("어르신, 괜찮으세요?", "medicine" if care == "well" else ""))
    served.board.doing("listening")
    expect(page.get_by_role("log").get_by_role("listitem")).to_have_count(2)
    expect(page.locator("body")).to_have_attribute("data-care", care)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 800, 1280])
def test_large_print_fits_every_screen(page: Any, width: int, tmp_path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 24
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or min(box["height"], box["width"]) >= 48


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_whoever_sees_badly_has_larger_letters_at_once_and_they_fit(page: Any, served: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    served.board.said(Line("robot", "점심 드실 시간이에요.", "2026-11-22T09:00:05+09:00"))
    now = page.locator("#now")
    expect(now).to_have_text("점심 드실 시간이에요.")

    def size() -> float:
        return float(now.evaluate("one => parseFloat(getComputedStyle(one).fontSize)"))

    usual = size()
    served.board.text("largest")
    until(lambda: size() > 1.4 * usual)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
