"""The desk's page of the daily check-ins: how everybody said they are, in the reader's words."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dolbom.district.repositories import changes, checkins, homes, robots
from dolbom.district.routes.desk import Desk
from dolbom.district.service import district_of
from dolbom.staff.pages import is_fragment, render
from dolbom.staff.session import viewed

router = APIRouter(include_in_schema=False)


@router.get("/check-ins")
def list_check_ins(request: Request, visit: Desk) -> Response:
    """Everybody's newest check-in, whom somebody should look after first."""
    district = district_of(request)
    with district.database.reading() as session:
        last = changes.newest(session)
        found = checkins.newest(session, district.now())
        names = {(home, one.id): one.name for home, people in homes.people(session).items() for one in people}
        everywhere = {home.id: home for home in robots.homes(session)}
    if is_fragment(request):
        return render(request, "_check_ins.html", visit, found=found, names=names, homes=everywhere)
    viewed(request, visit, "check-ins")
    return render(request, "check_ins.html", visit, last=last, found=found, names=names, homes=everywhere)
