"""Takes docs/pictures/desk.png: python -m tests.web.picture_of_the_desk [PATH [LANG]]"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.web.conftest import QUIET, log_in
from tests.web.district_pages import Pages, furnish, make_district, raise_alarm

from dolbom.district.access import Role, Who
from dolbom.district.repositories import alarms
from dolbom.staff import accounts


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/desk.png")
    lang = sys.argv[2] if len(sys.argv) > 2 else "ko"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        district = make_district(Path(folder))
        furnish(district)
        now = district.now()
        earlier = raise_alarm(district, "dasom-2", "h201", at=now - timedelta(minutes=6, seconds=12))
        with district.database.writing() as session:
            alarms.acknowledge(session, earlier, Who("seoyeon", Role.SUPERVISOR), now - timedelta(minutes=6))
            alarms.add_note(session, earlier, Who("seoyeon", Role.SUPERVISOR), now, "119 출동 확인, 이웃이 함께 있음")
            accounts.set_language(session, "minji", lang)
        raise_alarm(district, at=now - timedelta(seconds=19))
        pages = Pages(district)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        log_in(page, pages.url, "minji", lang)
        page.wait_for_selector(".card.open")
        page.wait_for_timeout(1200)
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path)
        browser.close()
        pages.close()


if __name__ == "__main__":
    main()
