"""The report on paper: HTML to PDF, tagged for screen readers, with its own Korean font and nothing from outside."""

from __future__ import annotations

import threading
from datetime import tzinfo
from pathlib import Path
from typing import Any

from dolbom.errors import UserError
from dolbom.places import models_folder
from dolbom.reports.paper import paper
from dolbom.reports.week import WeekReport

FONT = "NotoSansKR-Regular.otf"
FAMILY = "Dolbom Korean"
_drawing = threading.Lock()
"""One paper at a time: it takes a second of a core, and Pango's fonts are shared by the process."""


def font() -> Path:
    """Where the font is.

    Raises:
        UserError: if it was not fetched.
    """
    file = models_folder() / FONT
    if not file.is_file():
        raise UserError(f"the Korean font {FONT} is not there", "dolbom weights fetch")
    return file


def pdf(report: WeekReport, lang: str, zone: tzinfo) -> bytes:
    """The report as PDF/UA.

    Raises:
        UserError: if the font was not fetched, or what draws it is not installed.
    """
    file = font()
    try:
        import weasyprint  # half a second and 60 MB: only for those who print
    except OSError as error:  # Pango is a library of the system
        raise UserError(f"what draws the paper cannot be loaded: {error}", "tools/system_packages run") from None
    own = file.as_uri()

    class Fetcher(weasyprint.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            """Only the font; the paper has no picture and no link that is followed."""
            if url != own:
                raise ValueError(f"the paper asks for {url}")
            return super().fetch(url, headers)

    style = f'@font-face {{ font-family: "{FAMILY}"; src: url("{own}"); }}\n'
    page = weasyprint.HTML(string=paper(report, lang, zone, style), url_fetcher=Fetcher(allowed_protocols={"file"}))
    with _drawing:
        made: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return made
