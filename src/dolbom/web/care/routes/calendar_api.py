"""The JSON API of routines as calendar files (iCalendar), for and from other programs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from dolbom.routines import ics
from dolbom.staff.pages import reader
from dolbom.staff.routes_api import Model
from dolbom.staff.session import note
from dolbom.staff.uploads import described
from dolbom.web.care.home import home_of
from dolbom.web.care.routes.files_api import Posted
from dolbom.web.care.routes.routines_api import Editing, Looking

router = APIRouter(prefix="/api", tags=["routines"])


LARGEST = 1_000_000
"""Bytes; thousands of events."""


class ImportedOut(Model):
    """Ids of the routines that were added, and what could not be taken over as it was."""

    routines: list[str]
    notes: list[str]


@router.get("/calendar.ics", response_class=Response)
def export(request: Request, visit: Looking) -> Response:
    """Every routine as iCalendar (.ics), to be read by other programs and by the import."""
    home = home_of(request)
    routines = [one.routine for one in home.listed() if one.routine is not None]
    text = ics.export(routines, home.clock.zone, home.now())
    note(request, visit, "export_calendar", "routines")
    head = {"Content-Disposition": f'attachment; filename="routines-{home.today()}.ics"'}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=head)


@router.post("/calendar", status_code=201, openapi_extra=described({}, {}, "files"))
def add(request: Request, visit: Editing, posted: Posted) -> ImportedOut:
    """The events of a calendar file as routines, all or none; each can be undone like any other."""
    if not posted.files or len(posted.files[0][1]) > LARGEST:
        raise HTTPException(422, "no calendar was sent, or one that is too large")
    home = home_of(request)
    routines, notes = ics.read(posted.files[0][1], home.today(), home.clock.zone)
    home.routines.add_all(routines, home.now(), visit.who.name)
    ids = [routine.id for routine in routines]
    note(request, visit, "import_calendar", "routines", ", ".join(ids))
    home.board.changed("routine")
    return ImportedOut(routines=ids, notes=[one.told(reader(request, visit)) for one in notes])
