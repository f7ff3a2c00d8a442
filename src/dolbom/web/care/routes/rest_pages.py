"""The page Talk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from dolbom.plain import plain
from dolbom.staff.pages import render
from dolbom.staff.session import Visit
from dolbom.web.app import NotNowError
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import rest_api as api
from dolbom.web.care.routes.rest_api import Talking

router = APIRouter(include_in_schema=False)


@router.get("/talk")
def talk(request: Request, visit: Talking) -> Response:
    """Where somebody writes what the robot says."""
    return talk_page(request, visit)


@router.post("/talk")
def say(request: Request, visit: Talking, text: Annotated[str, Form(max_length=400)] = "") -> Response:
    """Says it; what was not said stays in the field."""
    words = plain(text)[:200]
    if not words:
        return talk_page(request, visit, 422, trouble="empty")
    try:
        api.say(request, api.SayIn(text=words, lang="ko" if home_of(request).lang == "ko" else "en"), visit)
    except NotNowError:
        return talk_page(request, visit, 503, trouble="voice", text=words)
    return talk_page(request, visit, said=words)


def talk_page(request: Request, visit: Visit, status: int = 200, **shown: str) -> Response:
    """The page, which may ask for the microphone of whoever speaks a message; their browser asks them first."""
    fields = {"said": "", "trouble": "", "text": "", "played": ""} | shown
    answer = render(request, "talk.html", visit, status, **fields)
    answer.headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=()"
    return answer
