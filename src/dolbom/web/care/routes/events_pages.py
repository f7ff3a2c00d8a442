"""The page Events."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from dolbom.events import Severity, kinds
from dolbom.staff.pages import render
from dolbom.staff.session import viewed
from dolbom.web.care.events import count, events
from dolbom.web.care.home import home_of
from dolbom.web.care.routes.events_api import Chosen, Viewing

router = APIRouter(include_in_schema=False)

SHOWN = 200


@router.get("/events")
def list_events(request: Request, visit: Viewing, chosen: Chosen) -> Response:
    """What happened, and how the medicines were taken."""
    home = home_of(request)
    since, until = chosen.days(home)
    wanted = chosen.wanted(home)
    viewed(request, visit, "events", chosen.family)
    return render(
        request, "events.html", visit, found=events(home.store, wanted, SHOWN), all=count(home.store, wanted),
        since=since, until=until, family=chosen.family, severity=chosen.severity.value,
        severities=[one.value for one in Severity], names=home.names(),
        query=urlencode(chosen.model_copy(update={"since": since, "until": until}).model_dump(mode="json")),
        families=sorted({kind.split(".")[0] for kind in kinds()}), adherence=home.adherence(8),
        titles={one.routine.medicine_key: one.routine.title for one in home.listed() if one.routine},
    )  # fmt: skip
