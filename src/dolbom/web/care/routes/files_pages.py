"""The page of pictures and recordings."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.staff.pages import render
from dolbom.web.care.routes import files_api as api
from dolbom.web.care.routes.files_api import Kind, PictureName, Posted, SoundName
from dolbom.web.care.routes.routines_api import Editing, Looking

router = APIRouter(include_in_schema=False)


@router.get("/files")
def files(request: Request, visit: Looking) -> Response:
    """What routines can show and play."""
    return render(request, "files.html", visit, files=api.list_files(request, visit), used=api.used(request))


@router.post("/files/pictures")
def add_pictures(request: Request, visit: Editing, posted: Posted) -> Response:
    """Keep pictures."""
    api.add_pictures(request, visit, posted)
    return RedirectResponse("/files", 303)


@router.post("/files/recordings")
def add_recordings(request: Request, visit: Editing, posted: Posted) -> Response:
    """Keep recordings."""
    api.add_recordings(request, visit, posted)
    return RedirectResponse("/files", 303)


@router.post("/files/pictures/{name}/remove")
def remove_picture(request: Request, name: PictureName, visit: Editing) -> Response:
    """Remove a picture."""
    api.remove_picture(request, name, visit)
    return RedirectResponse("/files", 303)


@router.post("/files/recordings/{name}/remove")
def remove_recording(request: Request, name: SoundName, visit: Editing) -> Response:
    """Remove a recording."""
    api.remove_recording(request, name, visit)
    return RedirectResponse("/files", 303)


@router.post("/files/removed/{kind}/{name}/back")
def put_back(request: Request, kind: Kind, name: SoundName, visit: Editing) -> Response:
    """Put a file back."""
    api.put_back_file(request, kind, name, visit)
    return RedirectResponse("/files", 303)
