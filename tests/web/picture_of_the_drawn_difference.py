"""Takes docs/pictures/robot_game_odd.png: python -m tests.web.picture_of_the_drawn_difference [PATH [LANG]]"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.web.conftest import QUIET
from tests.web.test_robot_page import Served

from dolbom.i18n import catalogue
from dolbom.web.board import Line


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/robot_game_odd.png")
    lang = sys.argv[2] if len(sys.argv) > 2 else "ko"
    words = catalogue(lang, "games")["pictures"]
    served = Served()
    board = served.board
    board.time("2026-11-25T14:20")
    board.microphone("on")
    board.doing("listening")
    question, at = words["differs"][0], "2026-11-25T14:19:48+09:00"
    board.said(Line("robot", question, at, True, lang, "row-house-house__less-house", tuple(words["places"])))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 1180}, reduced_motion="reduce")
        page.goto(f"{served.url}?lang={lang}")
        page.wait_for_selector("#picture", state="visible")
        page.wait_for_timeout(300)
        page.screenshot(path=path, full_page=True)
        browser.close()
    served.stop()


if __name__ == "__main__":
    main()
