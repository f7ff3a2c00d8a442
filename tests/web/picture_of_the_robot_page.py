"""Takes docs/pictures/robot_page.png: python -m tests.web.picture_of_the_robot_page [PATH [LANG]]"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.web.conftest import QUIET
from tests.web.test_robot_page import Served

from dolbom.web.board import Line

TALK = {
    "ko": ("안녕히 주무셨어요?", "응, 잘 잤어.", "다행이에요. 물 한 잔과 함께 아침 약을 드실 시간이에요."),
    "en": (
        "Good morning! Did you sleep well?",
        "Yes, thank you.",
        "It is time for your morning medicine, with some water.",
    ),
}


def pictured(served: Served, lang: str, path: Path) -> None:
    """Write what the robot's page shows, once its picture is there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 1180}, reduced_motion="reduce")
        page.goto(f"{served.url}?lang={lang}")
        page.wait_for_selector("#picture", state="visible")
        page.wait_for_timeout(300)
        page.screenshot(path=path, full_page=True)
        browser.close()


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/robot_page.png")
    lang = sys.argv[2] if len(sys.argv) > 2 else "ko"
    served = Served()
    board = served.board
    board.time("2026-11-25T09:20")
    board.microphone("on")
    board.doing("speaking")
    asked, answered, told = TALK[lang]
    board.said(Line("robot", asked, "2026-11-25T09:19:40+09:00", True, lang))
    board.said(Line("person", answered, "2026-11-25T09:19:46+09:00", False, lang))
    board.said(Line("robot", told, "2026-11-25T09:19:48+09:00", True, lang, "medicine"))
    pictured(served, lang, path)
    served.stop()


if __name__ == "__main__":
    main()
