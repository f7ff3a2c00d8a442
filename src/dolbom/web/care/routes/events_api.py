"""The JSON API of what happened: events, the same for a spreadsheet, and how the medicines were taken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from dolbom.events import Severity
from dolbom.staff.routes_api import Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.web.care.access import Action
from dolbom.web.care.events import Happened, Wanted, as_csv, events
from dolbom.web.care.home import CareHome, home_of

router = APIRouter(prefix="/api", tags=["events"])

Viewing = Annotated[Visit, Depends(allowed(Action.VIEW_EVENTS))]
Exporting = Annotated[Visit, Depends(allowed(Action.EXPORT_EVENTS))]
Day = Annotated[date, Field(ge=date(1970, 1, 2), le=date(9990, 12, 31))]
BACK = timedelta(days=7)
MOST = 5000


class Choice(BaseModel):
    """Which events: of days, both included (without days, of the last week); of a family; at least so severe."""

    since: Day | None = None
    until: Day | None = None
    family: Annotated[str, Field(max_length=20, pattern=r"^[a-z_]*$")] = ""
    severity: Severity = Severity.INFO

    def days(self, home: CareHome) -> tuple[date, date]:
        """The first and the last day."""
        until = self.until or home.today()
        return self.since or until - BACK, until

    def wanted(self, home: CareHome) -> Wanted:
        """As instants of the home."""
        since, until = self.days(home)
        return Wanted(home.bounds(since)[0], home.bounds(until)[1], self.family, self.severity)


Chosen = Annotated[Choice, Query()]


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


@router.get("/events")
def list_events(request: Request, visit: Viewing, chosen: Chosen) -> list[Happened]:
    """Events, the newest first."""
    home = home_of(request)
    viewed(request, visit, "events", chosen.family)
    return events(home.store, chosen.wanted(home), MOST)


@router.get("/events.csv", response_class=Response)
def export(request: Request, visit: Exporting, chosen: Chosen) -> Response:
    """The same for a spreadsheet."""
    home = home_of(request)
    text = as_csv(events(home.store, chosen.wanted(home), MOST), home.names(), home.clock.zone)
    note(request, visit, "export_events", "events", chosen.family)
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
    return [AdherenceOut.model_validate(one) for one in home.adherence(weeks)]
