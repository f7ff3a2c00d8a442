"""A recorded message from the page Talk."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from dolbom.errors import UserError
from dolbom.web.app import NotNowError
from dolbom.web.care.routes import message_api as api
from dolbom.web.care.routes.message_api import Posted
from dolbom.web.care.routes.rest_api import Talking
from dolbom.web.care.routes.rest_pages import talk_page

router = APIRouter(include_in_schema=False)


@router.post("/talk/message")
def message(request: Request, visit: Talking, posted: Posted) -> Response:
    """Plays it; what was wrong is said on the page."""
    try:
        api.message(request, visit, posted)
    except NotNowError:
        return talk_page(request, visit, 503, trouble="voice")
    except UserError:
        return talk_page(request, visit, 422, trouble="no_sound")
    except HTTPException:
        return talk_page(request, visit, 422, trouble="no_file")
    return talk_page(request, visit, played="message")
