"""The page Reports: a week as it can be printed, and the weeks side by side."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from dolbom.reports import paper
from dolbom.reports.week import WEEKS, last_whole_week
from dolbom.reports.weeks import week_of
from dolbom.staff.pages import render
from dolbom.staff.session import viewed
from dolbom.web.care.home import home_of
from dolbom.web.care.routes.reports_api import Day, Number, Viewing, Week, Who, report_of

router = APIRouter(include_in_schema=False)


@router.get("/reports")
def reports(
    request: Request, visit: Viewing, week: Week = "", on: Day | None = None, person: Who = "", weeks: Number = WEEKS
) -> Response:
    """The report of a week, by its name or one of its days; the last whole one unless another is asked for."""
    home = home_of(request)
    week = week or (week_of(on) if on is not None else last_whole_week(home.today()))
    found = report_of(home, week, person, weeks)
    viewed(request, visit, f"report {week}")
    drawn = [
        (one, paper.charts(one.series, visit.lang, f"chart-{number}", person=bool(one.id)))
        for number, one in enumerate(found.people)
    ]
    before, after = found.first - timedelta(days=7), found.last + timedelta(days=1)
    return render(
        request, "reports.html", visit, report=found, body=paper.week(found, visit.lang, home.clock.zone), drawn=drawn,
        week=week, weeks=weeks, today=home.today(), person=person, names=home.names(), before=week_of(before),
        after=week_of(after) if after <= home.today() else "", query=urlencode({"week": week, "person": person}),
        fhir=urlencode({"since": found.first, "until": found.last, "person": person}),
    )  # fmt: skip
