"""The JSON API of what the records say over weeks: numbers week by week, the weekly report, FHIR."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from dolbom.errors import UserError
from dolbom.reports import fhir
from dolbom.reports.pdf import pdf
from dolbom.reports.records import check
from dolbom.reports.week import WEEKS, WeekReport, last_whole_week, week_report
from dolbom.reports.weeks import Group, days_of, week_of
from dolbom.staff.refusals import CONFLICT, MISSING
from dolbom.staff.routes_api import Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.web.care.access import Action
from dolbom.web.care.home import CareHome, home_of

router = APIRouter(prefix="/api", tags=["reports"])

Viewing = Annotated[Visit, Depends(allowed(Action.VIEW_EVENTS))]
Exporting = Annotated[Visit, Depends(allowed(Action.EXPORT_EVENTS))]
Week = Annotated[str, Query(pattern=r"^\d{4}-W\d{2}$")]
Who = Annotated[str, Query(max_length=48)]
Number = Annotated[int, Query(ge=1, le=26)]
Day = Annotated[date, Query(ge=date(1970, 1, 2), le=date(9990, 12, 31))]
EARLIEST, LATEST = date(1971, 1, 1), date(9990, 12, 31)
MONTH = timedelta(days=30)


class SeriesOut(Model):
    """One measure of one person (null: whoever was at home) by week; `counts` of each of `parts`, for each week."""

    group: Group
    topic: str
    title: str
    person: str | None
    parts: tuple[str, ...]
    weeks: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    of: int


def report_of(home: CareHome, week: str, person: str, number: int = WEEKS) -> WeekReport:
    """The report of a week; without one, of the last that is whole.

    Raises:
        HTTPException: 422 for what is no week, 404 for somebody who is not known here.
    """
    week = week or last_whole_week(home.today())
    try:
        first, last = days_of(week)
    except UserError as error:
        raise HTTPException(422, str(error)) from None
    if not EARLIEST < first < last < LATEST:
        raise HTTPException(422, "no such week")
    return week_report(home.records, week, home.now(), known(home, person), number)


def known(home: CareHome, person: str) -> str | None:
    """The person that is meant, if one is.

    Raises:
        HTTPException: 404 if they are not known here.
    """
    if person and person not in home.routines.people.ids():
        raise HTTPException(404, "nobody is known here by that id")
    return person or None


@router.get("/reports/weeks", responses=MISSING)
def weeks(
    request: Request, visit: Viewing, until: Week = "", number: Number = WEEKS, person: Who = ""
) -> list[SeriesOut]:
    """How the medicines were taken, how people said they slept and felt, what they did: week by week.

    Args:
        until: the last week; this one unless it is given.
    """
    home = home_of(request)
    found = report_of(home, until or week_of(home.today()), person, number)
    viewed(request, visit, "reports", until)
    return [SeriesOut.model_validate(one) for someone in found.people for one in someone.series]


@router.get("/reports/{week}")
def one_week(
    request: Request, visit: Viewing, week: Annotated[str, Path(pattern=r"^\d{4}-W\d{2}$")], person: Who = ""
) -> WeekReport:
    """The report of one ISO week."""
    found = report_of(home_of(request), week, person)
    viewed(request, visit, f"report {week}")
    return found


@router.get("/report.pdf", response_class=Response, responses=MISSING | CONFLICT)
def paper(
    request: Request, visit: Exporting, week: Week = "", person: Who = "", lang: Literal["", "ko", "en"] = ""
) -> Response:
    """The same to be printed; without a week, of the last that is whole."""
    home = home_of(request)
    found = report_of(home, week, person)
    made = pdf(found, lang or visit.lang, home.clock.zone)
    note(request, visit, "export_report", f"report {found.week}", person)
    return _file(made, "application/pdf", f"care-{found.week}.pdf")


@router.get("/fhir", response_class=Response, responses=MISSING | CONFLICT)
def bundle(
    request: Request,
    visit: Exporting,
    since: Day | None = None,
    until: Day | None = None,
    person: Who = "",
    lang: Literal["", "ko", "en"] = "",
) -> Response:
    """Doses, check-ins and alarms of days (both included; the last 30 unless they are given) as a FHIR R4 Bundle."""
    home = home_of(request)
    until = until or home.today()
    since = since or max(until - MONTH, date(1970, 1, 2))
    records = home.records
    try:
        check(since, until)
    except UserError as error:
        raise HTTPException(422, str(error)) from None
    made = fhir.bundle(records, since, until, home.now(), lang or visit.lang, known(home, person))
    note(request, visit, "export_fhir", "events", f"{since} {until} {person}".strip())
    body: dict[str, Any] = made
    text = json.dumps(body, ensure_ascii=False, indent=1).encode()
    return _file(text, "application/fhir+json", f"care-{since}-{until}.fhir.json")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
