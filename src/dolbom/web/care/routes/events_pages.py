"""The page Events."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from dolbom.events import Severity, kinds
from dolbom.staff.pages import render
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import events_api as api
from dolbom.web.care.routes.events_api import BACK, Day, Family, Viewing

router = APIRouter(include_in_schema=False)

SHOWN = 300


@router.get("/events")
def list_events(
    request: Request,
    visit: Viewing,
    since: Day | None = None,
    until: Day | None = None,
    family: Family = "",
    severity: Annotated[Severity, Query()] = Severity.INFO,
) -> Response:
    """What happened, and how the medicines were taken."""
    home = home_of(request)
    until = until or home.today()
    since = since or until - BACK
    found = api.list_events(request, visit, since, until, family, severity)
    query = urlencode({"since": since, "until": until, "family": family, "severity": severity.value})
    return render(
        request, "events.html", visit, found=found[:SHOWN], all=len(found), since=since, until=until, family=family,
        severity=severity.value, severities=[one.value for one in Severity], query=query, names=home.names(),
        families=sorted({kind.split(".")[0] for kind in kinds()}), adherence=api.show_adherence(request, visit, 8),
        titles={one.routine.medicine_key: one.routine.title for one in home.routines.all() if one.routine},
    )  # fmt: skip
