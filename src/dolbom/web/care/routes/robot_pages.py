"""The page Robot: how its parts are, its logs, its recordings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.runtime.reading_logs import LEVELS
from dolbom.staff.pages import render
from dolbom.web.care.access import Action
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import robot_api as api
from dolbom.web.care.routes.robot_api import File, PartName, RecordingIt, Restarting, Technical

router = APIRouter(include_in_schema=False)

LENGTHS_S = (60, 300, 1800)
SHOWN = 200


@router.get("/robot")
def robot(request: Request, visit: Technical, restarted: Annotated[str, Query(max_length=48)] = "") -> Response:
    """How the robot is."""
    home = home_of(request)
    found = api.robot(request, visit)
    return render(
        request, "robot.html", visit, robot=found, board=home.board.state(), lengths=LENGTHS_S,
        recordings=home.graph.all(home.now()) if visit.may(Action.RECORD) else [], recording=home.graph.running,
        restarted=restarted if restarted in found.parts else "",
    )  # fmt: skip


@router.post("/robot/parts/{name}/restart")
def restart(request: Request, name: PartName, visit: Restarting) -> Response:
    """Take a part down and bring it up again."""
    api.restart(request, name, visit)
    return RedirectResponse(f"/robot?restarted={name}", 303)


@router.get("/robot/logs")
def logs(
    request: Request,
    visit: Technical,
    id: Annotated[str, Query(max_length=64)] = "",
    node: Annotated[str, Query(max_length=48)] = "",
    level: Annotated[str, Query(max_length=8)] = "info",
) -> Response:
    """What its processes wrote down."""
    level = level if level in LEVELS else "info"
    id = "".join(letter for letter in id if letter.isalnum() or letter == "-")
    found = api.logs(request, visit, id, node, level, SHOWN)  # type: ignore[arg-type]
    return render(
        request, "logs.html", visit, lines=found, id=id, node=node, level=level, levels=LEVELS,
        nodes=sorted(home_of(request).board.parts), all=visit.may(Action.VIEW_EVENTS), shown=SHOWN,
    )  # fmt: skip


@router.post("/robot/recordings")
def record(
    request: Request, visit: RecordingIt, seconds: Annotated[float, Form(ge=1, le=api.LONGEST_S)] = 60.0
) -> Response:
    """Begin a recording."""
    api.record(request, api.RecordIn(seconds=seconds), visit)
    return RedirectResponse("/robot#recordings", 303)


@router.post("/robot/recordings/stop")
def stop(request: Request, visit: RecordingIt) -> Response:
    """End it."""
    api.stop(request, visit)
    return RedirectResponse("/robot#recordings", 303)


@router.post("/robot/recordings/{name}/erase")
def erase(request: Request, name: File, visit: RecordingIt) -> Response:
    """Erase one."""
    api.erase(request, name, visit)
    return RedirectResponse("/robot#recordings", 303)
