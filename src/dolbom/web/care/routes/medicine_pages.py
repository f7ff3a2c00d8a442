"""What care workers do with a medicine beside the routine: count it, or give it out of turn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.trouble import TroubleError
from dolbom.web.care.routes import today_api as api
from dolbom.web.care.routes.routines_api import RoutineId
from dolbom.web.care.routes.today_api import Noting

router = APIRouter(include_in_schema=False)


@router.post("/medicines/{routine_id}/count")
def count(
    request: Request, routine_id: RoutineId, visit: Noting, count: Annotated[str, Form(max_length=12)] = ""
) -> Response:
    """So many are there now; from here the robot counts on."""
    try:
        number = float(count.strip().replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 10_000:
        raise TroubleError("enrolment.trouble.no_count", given=count)
    api.note_dose(request, api.NoteIn(what="counted", routine=routine_id, count=number), visit)
    return RedirectResponse("/routines", 303)


@router.post("/medicines/{routine_id}/given")
def given(
    request: Request, routine_id: RoutineId, visit: Noting, person: Annotated[str, Form(max_length=48)] = ""
) -> Response:
    """Somebody gave it out of turn: the robot heeds its smallest gap from now on."""
    api.note_dose(request, api.NoteIn(what="taken", routine=routine_id, person=person), visit)
    return RedirectResponse("/", 303)
