"""The desk's page of doses and notices: what was not taken or is not known, in the reader's words."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dolbom.district.repositories import changes, doses, homes, robots
from dolbom.district.routes.desk import Desk
from dolbom.district.service import district_of
from dolbom.staff.pages import is_fragment, render
from dolbom.staff.session import viewed

router = APIRouter(include_in_schema=False)


@router.get("/doses")
def list_doses(request: Request, visit: Desk) -> Response:
    """What a person should look at, the most urgent first."""
    district = district_of(request)
    with district.database.reading() as session:
        last = changes.newest(session)
        found = doses.newest(session, district.now())
        names = {(home, one.id): one.name for home, people in homes.people(session).items() for one in people}
        everywhere = {home.id: home for home in robots.homes(session)}
    if is_fragment(request):
        return render(request, "_doses.html", visit, found=found, names=names, homes=everywhere)
    viewed(request, visit, "doses")
    return render(request, "doses.html", visit, last=last, found=found, names=names, homes=everywhere)
