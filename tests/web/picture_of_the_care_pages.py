"""Takes docs/pictures/care-*.png: python -m tests.web.picture_of_the_care_pages [FOLDER [LANG]]"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.web.care_pages import CarePages, furnish, live, make_home, move, play, raise_alarm
from tests.web.conftest import QUIET, log_in

from dolbom import __version__
from dolbom.store.people import Consent, Purpose
from dolbom.web.care.board import Learning
from dolbom.web.care.machine import Interface
from dolbom.web.care.routes import robot_api

WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def main() -> None:
    if not subprocess.check_output(["fc-list", ":lang=ko"]):
        sys.exit("no Korean font here: apt-get install fonts-noto-cjk")
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    lang = sys.argv[2] if len(sys.argv) > 2 else "ko"
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        os.environ["DOLBOM_HOME"] = data
        home = make_home(Path(data))
        person = furnish(home)
        for purpose, by in ((Purpose.MEMORY, "본인"), (Purpose.CHECK_IN_WORDS, "따님")):
            home.routines.people.consent(person, Consent(purpose, by, home.now()))
        robot_api.versions = lambda: {"dolbom": __version__, "Python": "3.11", "ROS 2": "jazzy", "Linux": "6.1"}
        robot_api.interfaces = lambda: [Interface("wlan0", True, ("192.168.0.10",))]
        pages = CarePages(home)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)

        def take(name: str, path: str, who: str = "hana", size: dict[str, int] = WIDE) -> None:
            page = browser.new_page(viewport=size, locale="ko-KR")  # type: ignore[arg-type]
            page.clock.set_fixed_time(home.now())
            log_in(page, pages.url, who, lang)
            if lang == "en":
                page.click("#language")
            page.goto(pages.url + path)
            page.wait_for_load_state("networkidle" if path in ("/talk", "/robot") else "load")
            page.wait_for_timeout(700)
            page.screenshot(path=folder / f"care-{name}.png")
            page.close()

        take("today", "/")
        take("today-phone", "/", size=PHONE)
        take("routines", "/routines")
        take("editor", "/routines/blood-pressure")
        take("calendar", "/calendar")
        take("day", "/calendar/2026-11-26?if=silent")
        take("people", "/people")
        play(home, person)
        take("games", "/games")
        move(home, person)
        take("exercise", "/exercise")
        take("talk", "/talk", who="minsu")
        take("robot", "/robot", who="junho")
        take("logs", "/robot/logs", who="junho")
        home.board.learning(Learning("순자 할머니", "left", 0.6))
        take("face", "/face")
        take("files", "/files")
        take("staff", "/staff", who="admin")
        take("audit", "/audit", who="admin")
        raise_alarm(home, person)
        take("events", "/events")
        live(home, person, weeks=8)
        take("reports", "/reports?week=2026-W47")
        take("alarm", "/", who="sunhee")
        browser.close()
        pages.close()


if __name__ == "__main__":
    main()
