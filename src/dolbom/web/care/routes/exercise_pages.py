"""The page Exercise: who may stand, how often and how it was done, what was measured of standing up."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.reports.chart import draw
from dolbom.reports.weeks import Series
from dolbom.staff.pages import render
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import exercise_api as api
from dolbom.web.care.routes.games_api import Editing, Viewing, Weeks
from dolbom.web.care.routes.people_api import PersonId

router = APIRouter(include_in_schema=False)


@router.get("/exercise")
def exercise(request: Request, visit: Viewing, weeks: Weeks = 8) -> Response:
    """Everybody who exercises."""
    home = home_of(request)
    found = api.list_exercise(request, visit, weeks)
    charts = {
        one.person: draw(
            Series("activity", "exercise", "", one.person, ("done",), tuple(one.weeks),
                   tuple((number,) for number in one.weeks.values()))
        )
        for one in found
        if any(one.weeks.values())
    }  # fmt: skip
    others = [name for id, name in home.names().items() if id not in {one.person for one in found}]
    return render(request, "exercise.html", visit, movers=found, charts=charts, weeks=weeks, others=others)


@router.post("/exercise/{person_id}")
async def choose(request: Request, person_id: PersonId, visit: Editing) -> Response:
    """Keeps whether they may stand."""
    form = await request.form()
    api.choose(request, person_id, api.ExerciseIn(stands=form.get("stands") == "yes"), visit)
    return RedirectResponse("/exercise", 303)
