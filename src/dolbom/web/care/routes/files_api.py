"""The JSON API of the home's own pictures and recordings: sent, looked at, listened to, removed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from dolbom.speech.own_sounds import find_sound
from dolbom.speech.own_sounds import own_folder as sounds_folder
from dolbom.staff.routes_api import Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.staff.uploads import Sent, described, sent
from dolbom.web.care import photos, recordings
from dolbom.web.care.access import Action
from dolbom.web.care.home import home_of
from dolbom.web.care.removed import put_back, removed
from dolbom.web.care.routes.routines_api import Editing, Looking
from dolbom.web.pictures import SHIPPED, find_picture, picture_names
from dolbom.web.pictures import own_folder as pictures_folder

router = APIRouter(prefix="/api", tags=["files"])

PictureName = Annotated[str, Path(pattern=r"^[\w-]{1,64}$")]
SoundName = Annotated[str, Path(max_length=120)]
Kind = Annotated[Literal["pictures", "recordings"], Path()]
CALLED = {"name": "How it shall be called; empty: as the file."}


async def posted(request: Request, visit: Annotated[Visit, Depends(allowed(Action.EDIT_ROUTINES))]) -> Sent:  # noqa: ARG001
    """What somebody sent who may; read only after that is known."""
    return await sent(request)


Posted = Annotated[Sent, Depends(posted)]


class FilesOut(Model):
    """Names of what routines can show and play, and of files that can be put back; `shipped` cannot be removed."""

    pictures: list[str]
    shipped: list[str]
    recordings: list[str]
    removed_pictures: list[str]
    removed_recordings: list[str]


class KeptOut(Model):
    """Under which names they are kept."""

    names: list[str]


@router.get("/files")
def list_files(request: Request, visit: Looking) -> FilesOut:
    """The pictures and recordings that there are."""
    viewed(request, visit, "files")
    home_of(request).tidy()
    return FilesOut(
        pictures=picture_names(),
        shipped=sorted(file.stem for file in SHIPPED.glob("*.svg")),
        recordings=recordings.recording_names(),
        removed_pictures=removed(pictures_folder()),
        removed_recordings=removed(sounds_folder()),
    )


@router.get("/pictures/{name}", response_class=Response)
def picture(name: PictureName, visit: Looking) -> Response:  # noqa: ARG001 - the list of them is in the trail
    """One picture."""
    found = find_picture(name)
    if found is None:
        raise HTTPException(404, "no picture of that name")
    return FileResponse(found[0], media_type=found[1])


@router.post("/pictures", status_code=201, openapi_extra=described({}, CALLED, "files"))
def add_pictures(request: Request, visit: Editing, posted: Posted) -> KeptOut:
    """Keep pictures, as of a medicine; time and place that a phone wrote into them are taken out."""
    names = [photos.keep_picture(posted.get("name") or file, content) for file, content in _some(posted)]
    note(request, visit, "add_picture", ", ".join(names))
    return KeptOut(names=names)


@router.delete("/pictures/{name}", status_code=204)
def remove_picture(request: Request, name: PictureName, visit: Editing) -> None:
    """Remove a picture of the home's own; a routine that names it shows none. It can be put back for 30 days."""
    if not photos.remove_picture(name, home_of(request).now()):
        raise HTTPException(404, "no picture of that name that can be removed")
    note(request, visit, "remove_picture", name)


@router.get("/recordings/{name}", response_class=Response)
def recording(request: Request, name: SoundName, visit: Looking) -> Response:
    """One recording, to be listened to."""
    found = find_sound(name)
    if found is None:
        raise HTTPException(404, "no recording of that name")
    viewed(request, visit, f"recording {name}")
    return FileResponse(found)


@router.post("/recordings", status_code=201, openapi_extra=described({}, CALLED, "files"))
def add_recordings(request: Request, visit: Editing, posted: Posted) -> KeptOut:
    """Keep recordings of familiar voices, or songs; of each the robot plays a minute."""
    names = [recordings.keep_recording(posted.get("name") or file, content) for file, content in _some(posted)]
    note(request, visit, "add_recording", ", ".join(names))
    return KeptOut(names=names)


@router.delete("/recordings/{name}", status_code=204)
def remove_recording(request: Request, name: SoundName, visit: Editing) -> None:
    """Remove a recording; a routine that names it is spoken instead. It can be put back for 30 days."""
    if not recordings.remove_recording(name, home_of(request).now()):
        raise HTTPException(404, "no recording of that name")
    note(request, visit, "remove_recording", name)


@router.post("/removed/{kind}/{name}/back", status_code=204)
def put_back_file(request: Request, kind: Kind, name: SoundName, visit: Editing) -> None:
    """Put a file back that was removed; the name is that of the file, with its ending."""
    if not put_back(pictures_folder() if kind == "pictures" else sounds_folder(), name):
        raise HTTPException(404, "no such file was removed, or another has its name now")
    note(request, visit, "put_back_file", name)


def _some(posted: Sent) -> tuple[tuple[str, bytes], ...]:
    if not posted.files:
        raise HTTPException(422, "no file was sent")
    return posted.files


def used(request: Request) -> dict[str, list[str]]:
    """By picture and recording, the titles of the routines that name it."""
    found: dict[str, list[str]] = {}
    for version in home_of(request).routines.all():
        routine = version.routine
        if routine is None:
            continue
        photo = routine.medicine.photo if routine.medicine is not None else ""
        for name in {routine.picture, routine.recording, routine.song, photo} - {""}:
            found.setdefault(name, []).append(routine.title)
    return found
