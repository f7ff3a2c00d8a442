"""The JSON API of what happened: events, the same for a spreadsheet, and how the medicines were taken."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from dolbom.events import Severity
from dolbom.routines.history import adherence
from dolbom.staff.routes_api import Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.web.care.access import Action
from dolbom.web.care.events import Happened, as_csv, events
from dolbom.web.care.home import CareHome, home_of

router = APIRouter(prefix="/api", tags=["events"])

Viewing = Annotated[Visit, Depends(allowed(Action.VIEW_EVENTS))]
Exporting = Annotated[Visit, Depends(allowed(Action.EXPORT_EVENTS))]
Day = Annotated[date, Query(ge=date(1970, 1, 2), le=date(9990, 12, 31))]
Family = Annotated[str, Query(max_length=20, pattern=r"^[a-z_]*$")]
BACK = timedelta(days=7)


class EventOut(Model):
    """An event; `state` is how far it is at the district."""

    id: UUID
    at: datetime
    kind: str
    severity: Severity
    person: str
    title: str
    state: str
    data: dict[str, Any]


class AdherenceOut(Model):
    """How one person took one medicine in one week; computed from the history."""

    medicine: str
    person: str | None
    week: str
    due: int
    taken: int
    late: int
    refused: int
    missed: int
    unknown: int
    rate: float


def found(home: CareHome, since: date | None, until: date | None, family: str, severity: Severity) -> list[Happened]:
    """Events of days, both included; without days, of the last week."""
    until = until or home.today()
    since = since or until - BACK
    return events(
        home.store,
        first=home.bounds(since)[0],
        last=home.bounds(until)[1],
        family=family,
        severity=severity,
        limit=5000,
    )


@router.get("/events")
def list_events(
    request: Request,
    visit: Viewing,
    since: Day | None = None,
    until: Day | None = None,
    family: Family = "",
    severity: Severity = Severity.INFO,
) -> list[EventOut]:
    """Events, the newest first."""
    viewed(request, visit, "events", family)
    return [EventOut.model_validate(one) for one in found(home_of(request), since, until, family, severity)]


@router.get("/events.csv", response_class=Response)
def export(
    request: Request,
    visit: Exporting,
    since: Day | None = None,
    until: Day | None = None,
    family: Family = "",
    severity: Severity = Severity.INFO,
) -> Response:
    """The same for a spreadsheet."""
    home = home_of(request)
    text = as_csv(found(home, since, until, family, severity), home.names(), home.clock.zone)
    note(request, visit, "export_events", "events", family)
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    head = {"Content-Disposition": f'attachment; filename="events-{home.today()}.csv"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=head)


@router.get("/adherence")
def show_adherence(
    request: Request, visit: Viewing, weeks: Annotated[int, Query(ge=1, le=520)] = 4
) -> list[AdherenceOut]:
    """How the medicines were taken, by week."""
    home = home_of(request)
    viewed(request, visit, "adherence")
    taken = adherence(home.ledger.entries(since=home.now() - timedelta(weeks=weeks)))
    return [AdherenceOut.model_validate(one) for one in taken]
