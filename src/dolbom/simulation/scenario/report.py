"""The verdicts as one HTML file: nothing from outside, light and dark, pictures of key moments where there are any."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dolbom import __version__
from dolbom.simulation.scenario.record import Entry
from dolbom.simulation.scenario.telling import line
from dolbom.simulation.scenario.verdict import Outcome, Verdict
from dolbom.simulation.scenario.words import in_clock

TEMPLATES = Path(__file__).with_name("templates")
WORDS = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.NOT_RUN: "not run", Outcome.BROKEN: "broken"}
LARGEST_PICTURE = 400_000
"""Bytes; a larger one is left out, so that the file stays one that can be sent."""


def report(verdicts: Sequence[Verdict], at: datetime, lang: str = "en") -> str:
    """The page.

    Args:
        at: when the runs ended.
        lang: of the titles, ko or en.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["clock"] = in_clock
    counts = {WORDS[outcome]: sum(one.outcome is outcome for one in verdicts) for outcome in Outcome}
    return environment.get_template("report.html.j2").render(
        verdicts=verdicts,
        at=at,
        version=__version__,
        counts=counts,
        words=WORDS,
        line=line,
        picture=_picture,
        lang=lang,
    )


def _picture(entry: Entry) -> str:
    """A picture as it can stand in the page itself; empty if there is none."""
    if not entry.picture or len(entry.picture) > LARGEST_PICTURE:
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(entry.picture).decode()}"
