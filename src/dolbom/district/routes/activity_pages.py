"""The desk's page of who was not noticed for long and who is up at night: stages with their last evidence, live."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dolbom.district.repositories import activity, changes, homes, robots
from dolbom.district.routes.desk import Desk
from dolbom.district.service import district_of
from dolbom.staff.pages import is_fragment, render
from dolbom.staff.session import viewed

router = APIRouter(include_in_schema=False)


@router.get("/activity")
def list_activity(request: Request, visit: Desk) -> Response:
    """Every silence and every night of the last days, whom somebody should look after first."""
    district = district_of(request)
    with district.database.reading() as session:
        last = changes.newest(session)
        found = activity.newest(session, district.now())
        names = {(home, one.id): one.name for home, people in homes.people(session).items() for one in people}
        everywhere = {home.id: home for home in robots.homes(session)}
    if is_fragment(request):
        return render(request, "_activities.html", visit, found=found, names=names, homes=everywhere)
    viewed(request, visit, "activity")
    return render(request, "activity.html", visit, last=last, found=found, names=names, homes=everywhere)
