"""Routines from a calendar file, on a page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dolbom.staff.pages import render
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import calendar_api as api
from dolbom.web.care.routes.files_api import Posted
from dolbom.web.care.routes.routines_api import Editing

router = APIRouter(include_in_schema=False)


@router.post("/calendar/import")
def add(request: Request, visit: Editing, posted: Posted) -> Response:
    """Adds them, and shows what came of it."""
    added = api.add(request, visit, posted)
    routines = [home_of(request).routines.get(id) for id in added.routines]
    return render(request, "imported.html", visit, routines=routines, notes=added.notes)
