"""The JSON API of one home's day, as far as its robot has told."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from dolbom.district.access import Action
from dolbom.district.repositories import home_day, homes
from dolbom.district.routes.api import EventOut
from dolbom.district.service import district_of
from dolbom.events import NAME
from dolbom.staff.session import Visit, allowed, viewed

router = APIRouter(prefix="/api", tags=["district"])

Looking = Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]
HomeId = Annotated[str, Path(pattern=NAME)]
Day = Annotated[date | None, Query(ge=date(1970, 1, 2), le=date(9990, 12, 31))]


@router.get("/homes/{home_id}/day")
def one_day(request: Request, home_id: HomeId, visit: Looking, on: Day = None) -> list[EventOut]:
    """What the robots of a home told on a day (today unless it is given), the oldest first: of each dose the newest."""
    district = district_of(request)
    zone = district.clock.zone
    day = on or district.now().astimezone(zone).date()
    with district.database.reading() as session:
        homes.get(session, home_id)
        found = [EventOut.model_validate(e) for e in home_day.told(session, home_id, *home_day.bounds(day, zone))]
    viewed(request, visit, f"home {home_id}", day.isoformat())
    return found
