"""The pages Talk and Robot."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from dolbom.plain import plain
from dolbom.staff.pages import render
from dolbom.staff.session import viewed
from dolbom.web.app import NotNowError
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import rest_api as api
from dolbom.web.care.routes.rest_api import Talking, Technical

router = APIRouter(include_in_schema=False)


@router.get("/talk")
def talk(request: Request, visit: Talking) -> Response:
    """Where somebody writes what the robot says."""
    return render(request, "talk.html", visit, said="", trouble="", text="")


@router.post("/talk")
def say(request: Request, visit: Talking, text: Annotated[str, Form(max_length=400)] = "") -> Response:
    """Says it; what was not said stays in the field."""
    words = plain(text)[:200]
    if not words:
        return render(request, "talk.html", visit, 422, said="", trouble="empty", text="")
    try:
        api.say(request, api.SayIn(text=words, lang="ko" if home_of(request).lang == "ko" else "en"), visit)
    except NotNowError:
        return render(request, "talk.html", visit, 503, said="", trouble="voice", text=words)
    return render(request, "talk.html", visit, said=words, trouble="", text="")


@router.get("/robot")
def robot(request: Request, visit: Technical) -> Response:
    """How the robot is."""
    home = home_of(request)
    found = api.robot(request, visit)
    viewed(request, visit, "robot")
    return render(request, "robot.html", visit, robot=found, board=home.board.state())
