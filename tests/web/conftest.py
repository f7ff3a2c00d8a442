"""What tests of pages share: the system's Chromium without a screen, and a furnished district."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.web.district_pages import PASSWORD, Pages, furnish, make_district

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it, without what it would do in the background."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program is not None, "tests of pages need Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """A furnished district's pages."""
    district = make_district(tmp_path)
    furnish(district)
    pages = Pages(district)
    yield pages
    pages.close()


def log_in(page: Page, url: str, name: str, lang: str = "ko") -> None:
    """By the form, as people do."""
    page.goto(f"{url}/login?lang={lang}")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(lambda now: "/login" not in now)
