"""The JSON API of the robot itself: its parts and their restart, versions, network, logs, recordings of its graph."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from dolbom.platform.outbox import depth
from dolbom.runtime.reading_logs import LogLine, Sought, lines
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.web.care.access import Action
from dolbom.web.care.graph_recording import NAME, Recording
from dolbom.web.care.home import home_of
from dolbom.web.care.machine import Interface, interfaces, link, versions

router = APIRouter(prefix="/api/robot", tags=["robot"])

Technical = Annotated[Visit, Depends(allowed(Action.VIEW_ROBOT))]
Restarting = Annotated[Visit, Depends(allowed(Action.RESTART_PART))]
RecordingIt = Annotated[Visit, Depends(allowed(Action.RECORD))]
TakingOut = Annotated[Visit, Depends(allowed(Action.TAKE_RECORDING))]
File = Annotated[str, Path(pattern=f"^{NAME.pattern}$")]
PartName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
LONGEST_S = 3600


class PartOut(Model):
    """How one node is: ok, warn, error or stale; whether it can be restarted from here."""

    level: str
    message: str
    restarts: bool


class RobotOut(Model):
    """How the robot is; nothing of the person."""

    versions: dict[str, str]
    parts: dict[str, PartOut]
    waiting: int
    link: str
    interfaces: list[Interface]
    disk_free_mb: int
    disk_mb: int
    home_db_mb: float


class RecordIn(Asked):
    """For how long; it can be ended before."""

    seconds: Annotated[float, Field(ge=1, le=LONGEST_S)] = 60.0


class BegunOut(Model):
    """The name of the file."""

    name: str
    at: datetime


@router.get("")
def robot(request: Request, visit: Technical) -> RobotOut:
    """Parts and their health, versions, network, the disk, and what waits for the district."""
    home = home_of(request)
    disk, parts = shutil.disk_usage(home.store.path.parent), home.board.parts
    viewed(request, visit, "robot")
    return RobotOut(
        versions=versions(),
        parts={
            name: PartOut(level=part.level, message=part.message, restarts=home.robot.restarts(name))
            for name, part in sorted(parts.items())
        },
        waiting=depth(home.store),
        link=link({name: part.values for name, part in parts.items()}),
        interfaces=interfaces(),
        disk_free_mb=disk.free // 1_000_000,
        disk_mb=disk.total // 1_000_000,
        home_db_mb=round(home.store.path.stat().st_size / 1e6, 1),
    )


@router.post("/parts/{name}/restart", status_code=204)
def restart(request: Request, name: PartName, visit: Restarting) -> None:
    """Take a part down and bring it up again; what it had to do is on disk."""
    home = home_of(request)
    if name not in home.board.parts or not home.robot.restarts(name):
        raise HTTPException(404, "there is no such part that could be restarted from here")
    home.robot.restart(name)
    note(request, visit, "restart_part", name)


@router.get("/logs")
def logs(
    request: Request,
    visit: Technical,
    id: Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z-]*$")] = "",
    node: Annotated[str, Query(max_length=48, pattern=r"^[a-z0-9_]*$")] = "",
    level: Literal["debug", "info", "warning", "error"] = "debug",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[LogLine]:
    """What the robot's processes wrote down, the oldest first; with an id, everything about that event or distress.

    Who may not see events gets errors only: other lines tell of the person.
    """
    if not visit.may(Action.VIEW_EVENTS):
        id, level = "", "error"
    viewed(request, visit, "logs", f"{id} {node} {level}".strip())
    return lines(home_of(request).store.path.parent / "logs", Sought(id, node, level), limit)


@router.get("/recordings")
def recordings(request: Request, visit: RecordingIt) -> list[Recording]:
    """Recordings of the graph (never pictures or sound), the newest first. They are erased after two weeks."""
    home = home_of(request)
    viewed(request, visit, "recordings")
    return home.graph.all(home.now())


@router.post("/recordings", status_code=202)
def record(request: Request, asked: RecordIn, visit: RecordingIt) -> BegunOut:
    """Begin a recording."""
    home, now = home_of(request), home_of(request).now()
    name = home.graph.start(now, asked.seconds)
    note(request, visit, "record", name, f"{asked.seconds:.0f} s")
    return BegunOut(name=name, at=now)


@router.post("/recordings/stop", status_code=204)
def stop(request: Request, visit: RecordingIt) -> None:
    """End the recording that is being made."""
    if home_of(request).graph.stop():
        note(request, visit, "stop_recording")


@router.get("/recordings/{name}", response_class=FileResponse)
def take_out(request: Request, name: File, visit: TakingOut) -> FileResponse:
    """A recording as a file. It contains what was said in the home."""
    path = home_of(request).graph.path(name)
    if path is None:
        raise HTTPException(404, "there is no such recording, or it is not complete yet")
    note(request, visit, "take_recording", name)
    return FileResponse(path, media_type="application/octet-stream", filename=name)


@router.delete("/recordings/{name}", status_code=204)
def erase(request: Request, name: File, visit: RecordingIt) -> None:
    """Erase a recording."""
    path = home_of(request).graph.path(name)
    if path is None:
        raise HTTPException(404, "there is no such recording, or it is not complete yet")
    path.unlink(missing_ok=True)
    note(request, visit, "erase_recording", name)
