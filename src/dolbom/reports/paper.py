"""The report as HTML: the same for the page, for a printer and for the PDF."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from dolbom.companion.checkin import TOPICS
from dolbom.reports.chart import draw, fill_of
from dolbom.reports.week import WEEKS, PersonWeek, WeekReport
from dolbom.reports.weeks import GROUPS, Group, Series, days_of
from dolbom.staff.pages import Translate, translate

TEMPLATES = Path(__file__).parent / "templates"
DOMAINS = ("report", "routines", "desk", "games")
"""Of the words, in the order in which they are looked for."""


@lru_cache(maxsize=64)  # drawn anew when a number changes: who looks at a report looks at it more than once
def charts(series: tuple[Series, ...], lang: str, prefix: str, person: bool = True) -> Markup:
    """Some series as drawings, each with its numbers in a table.

    Args:
        prefix: of the ids in it, once a page.
        person: False for whoever was at home, of whom no check-in is held.
    """
    groups = GROUPS if person else ("medicine", "activity")
    return _render("_charts.html", lang, series=series, prefix=prefix, groups=groups)


def week(report: WeekReport, lang: str, zone: tzinfo) -> Markup:
    """What the report says, without its charts."""
    return _week("_week.html", report, lang, zone, with_charts=False)


def paper(report: WeekReport, lang: str, zone: tzinfo, style: str = "") -> str:
    """The report as a document of its own.

    Args:
        style: CSS before that of the paper, such as where its font is.
    """
    rules = Markup(style + (TEMPLATES / "paper.css").read_text(encoding="utf-8"))  # noqa: S704 - ours, no data in it
    return str(_week("paper.html", report, lang, zone, with_charts=True, style=rules))


def title(report: WeekReport, lang: str) -> str:
    """What it is called."""
    return translate(lang, *DOMAINS)("report.title", first=report.first, last=report.last)


def _week(template: str, report: WeekReport, lang: str, zone: tzinfo, **more: object) -> Markup:
    def moment_of(at: datetime) -> str:
        return f"{at.astimezone(zone) if at.tzinfo is not None else at:%Y-%m-%d %H:%M}"

    def groups_of(one: PersonWeek) -> tuple[Group, ...]:
        return GROUPS if one.id else ("medicine", "activity")

    return _render(
        template, lang, report=report, topics=TOPICS, moment_of=moment_of, groups_of=groups_of, weeks=WEEKS,
        title=title(report, lang), **more,
    )  # fmt: skip


def _render(template: str, lang: str, **values: object) -> Markup:
    t: Translate = translate(lang, *DOMAINS)
    page = _environment().get_template(template).render(
        t=t, lang=lang, draw=draw, fill_of=fill_of, monday=lambda week: days_of(week)[0], **values
    )  # fmt: skip
    return Markup(page)  # noqa: S704 - rendered with autoescape


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
