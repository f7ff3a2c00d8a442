"""The JSON API of a recorded message: played once through the robot, then erased."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException

from dolbom.i18n import phrase
from dolbom.staff.session import Visit, allowed, note
from dolbom.staff.uploads import Sent, described, sent
from dolbom.web.app import NotNowError
from dolbom.web.care.access import Action
from dolbom.web.care.home import home_of
from dolbom.web.care.recordings import forget_message, keep_message
from dolbom.web.care.routes.rest_api import Talking

router = APIRouter(prefix="/api", tags=["robot"])


async def posted(request: Request, visit: Annotated[Visit, Depends(allowed(Action.TALK))]) -> Sent:  # noqa: ARG001
    """What somebody sent who may; read only after that is known."""
    return await sent(request)


Posted = Annotated[Sent, Depends(posted)]


@router.post("/message", status_code=204, openapi_extra=described({}, {}, "message"))
def message(request: Request, visit: Talking, posted: Posted) -> None:
    """Play a recorded message (WAV, MP3, OGG, FLAC, M4A, WebM), up to a minute of it, and keep nothing."""
    if not posted.files:
        raise HTTPException(422, "no recording was sent")
    home = home_of(request)
    home.tidy()
    name = keep_message(posted.files[0][1])
    otherwise = phrase(home.lang, "enrolment.talk.recorded")
    try:
        home.robot.play_message(name, otherwise, "ko" if home.lang == "ko" else "en")
    except NotNowError:
        forget_message(name)
        raise
    note(request, visit, "play_message")
