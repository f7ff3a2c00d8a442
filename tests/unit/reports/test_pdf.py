"""The report on paper."""

from __future__ import annotations

import io
from datetime import date

import pytest
from pypdf import PdfReader
from tests.unit.reports.conftest import GOOD, NOW, Kept

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.reports.pdf import FONT, pdf
from dolbom.reports.week import week_report
from dolbom.routines.due import State


@pytest.mark.weights(FONT)
def test_the_paper_is_tagged_korean_with_its_own_font_and_nothing_else_is_fetched(kept: Kept) -> None:
    kept.settled("heart", "2026-11-16T09:00", State.MISSED, by="robot", reason="no_answer")
    kept.settled("pressure", "2026-11-16T08:00", State.TAKEN, medicine='<img src="file:///etc/passwd">')
    kept.check_in(date(2026, 11, 16), GOOD)
    read = PdfReader(io.BytesIO(pdf(week_report(kept.records, "2026-W47", NOW), "ko", SEOUL)))
    text = "\n".join(page.extract_text() for page in read.pages)
    assert "심장약" in text
    assert "돌봄 보고 2026-11-16 – 2026-11-22" in text
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "ko"
    fonts = {str(font["/BaseFont"]) for page in read.pages for font in page["/Resources"]["/Font"].values()}
    assert all("Dolbom-Korean" in font for font in fonts), fonts


def test_without_its_font_it_is_said_how_to_get_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_MODELS", "/nonexistent")
    with pytest.raises(UserError, match="weights fetch"):
        pdf(week_report(kept.records, "2026-W47", NOW), "ko", SEOUL)
