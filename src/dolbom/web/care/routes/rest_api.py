"""The JSON API of what remains: a sentence through the robot, and how the robot is."""

from __future__ import annotations

import shutil
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, Field

from dolbom import __version__
from dolbom.plain import plain
from dolbom.platform.outbox import depth
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.web.care.access import Action
from dolbom.web.care.home import home_of

router = APIRouter(prefix="/api", tags=["robot"])

Talking = Annotated[Visit, Depends(allowed(Action.TALK))]
Technical = Annotated[Visit, Depends(allowed(Action.VIEW_ROBOT))]
Sentence = Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=200)]


class SayIn(Asked):
    """A sentence for the person."""

    text: Sentence
    lang: Literal["ko", "en"] = "ko"


class PartOut(Model):
    """How one node is: ok, warn, error or stale."""

    level: str
    message: str


class RobotOut(Model):
    """How the robot is; nothing of the person."""

    version: str
    parts: dict[str, PartOut]
    waiting: int
    disk_free_mb: int
    disk_mb: int
    home_db_mb: float


@router.post("/say", status_code=204)
def say(request: Request, asked: SayIn, visit: Talking) -> None:
    """Say a sentence through the robot. The trail keeps that it was said, not the words."""
    home_of(request).robot.say(asked.text, asked.lang)
    note(request, visit, "say", "", f"{len(asked.text)} letters")


@router.get("/robot")
def robot(request: Request, visit: Technical) -> RobotOut:
    """Nodes and their health, the disk, and what waits for the district."""
    home = home_of(request)
    disk = shutil.disk_usage(home.store.path.parent)
    viewed(request, visit, "robot")
    return RobotOut(
        version=__version__,
        parts={name: PartOut.model_validate(part) for name, part in sorted(home.board.parts.items())},
        waiting=depth(home.store),
        disk_free_mb=disk.free // 1_000_000,
        disk_mb=disk.total // 1_000_000,
        home_db_mb=round(home.store.path.stat().st_size / 1e6, 1),
    )
