"""The desk's page of one home: how its robot is, how the day goes as far as it was told, something to say there."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.district.access import Action
from dolbom.district.repositories import alarms, changes, downlinks, home_day, homes, robots
from dolbom.district.routes import api
from dolbom.district.routes.home_day_api import Day, HomeId, Looking
from dolbom.district.service import district_of
from dolbom.events import Name
from dolbom.plain import plain
from dolbom.staff.pages import is_fragment, render
from dolbom.staff.session import Visit, allowed, viewed

router = APIRouter(include_in_schema=False)

Speaking = Annotated[Visit, Depends(allowed(Action.SPEAK))]


@router.get("/homes/{home_id}/day")
def one_home(request: Request, home_id: HomeId, visit: Looking, on: Day = None) -> Response:
    """How the day of a home goes."""
    district = district_of(request)
    zone = district.clock.zone
    today = district.now().astimezone(zone).date()
    day = on or today
    with district.database.reading() as session:
        last = changes.newest(session)
        homes.get(session, home_id)
        home = next(one for one in robots.homes(session) if one.id == home_id)
        bounds = home_day.bounds(day, zone)
        told = home_day.told(session, home_id, *bounds)
        spoken = downlinks.spoken(session, [one.id for one in home.robots], *bounds)
        standing = alarms.listed(session, home=home_id)
        names = {one.id: one.name for one in homes.people(session).get(home_id, [])}
    shown: dict[str, Any] = {
        "home": home,
        "told": told,
        "standing": standing,
        "names": names,
        "spoken": spoken,
        "robots": [one for one in home.robots if one.state == "enrolled"],
    }
    if is_fragment(request):
        return render(request, "_home_day.html", visit, **shown)
    viewed(request, visit, f"home {home_id}", day.isoformat())
    return render(
        request, "home_day.html", visit, last=last, on=day, today=today, before=day - timedelta(days=1),
        after=day + timedelta(days=1), **shown,
    )  # fmt: skip


@router.post("/homes/{home_id}/say")
def say(
    request: Request,
    home_id: HomeId,
    visit: Speaking,
    robot: Annotated[Name, Form()],
    text: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Say something to the person through the robot; the page shows its answer when it comes."""
    if words := plain(text)[:300]:
        lang = "ko" if visit.lang == "ko" else "en"
        api.say(request, robot, api.SayIn(text=words, lang=lang), visit)
    return RedirectResponse(f"/homes/{home_id}/day", 303)
