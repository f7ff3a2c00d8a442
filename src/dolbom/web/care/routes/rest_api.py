"""The JSON API of what is said through the robot."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, Field

from dolbom.plain import plain
from dolbom.staff.routes_api import Asked
from dolbom.staff.session import Visit, allowed, note
from dolbom.web.care.access import Action
from dolbom.web.care.home import home_of

router = APIRouter(prefix="/api", tags=["talk"])

Talking = Annotated[Visit, Depends(allowed(Action.TALK))]
Sentence = Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=200)]


class SayIn(Asked):
    """A sentence for the person."""

    text: Sentence
    lang: Literal["ko", "en"] = "ko"


@router.post("/say", status_code=204)
def say(request: Request, asked: SayIn, visit: Talking) -> None:
    """Say a sentence through the robot. The trail keeps that it was said, not the words."""
    home_of(request).robot.say(asked.text, asked.lang)
    note(request, visit, "say", "", f"{len(asked.text)} letters")
