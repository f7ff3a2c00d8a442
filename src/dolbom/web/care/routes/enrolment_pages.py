"""The pages by which people become known: somebody new, a face from pictures, a face with the camera, forgetting."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from dolbom.staff.pages import is_fragment, render
from dolbom.staff.session import Visit
from dolbom.store.people import Purpose
from dolbom.trouble import TroubleError
from dolbom.web.care.face_pictures import TooFewError
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import enrolment_api as api
from dolbom.web.care.routes.enrolment_api import LearntOut, Posted
from dolbom.web.care.routes.people_api import Consenting, Forgetting, PersonId, Viewing

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=200)]
M = TypeVar("M", api.FaceIn, api.NewPersonIn)


@router.post("/people")
def add(request: Request, visit: Consenting, posted: Posted) -> Response:
    """Somebody new: with pictures from those, without them (for a face) with the camera."""
    if posted.get("purpose") == Purpose.FACE and not posted.files:
        asked = _asked(
            api.NewPersonIn, name=posted.get("name"), given_by=posted.get("given_by"), until=posted.get("until")
        )
        api.learn_somebody_new(request, asked, visit)
        return RedirectResponse("/face", 303)
    try:
        learnt = api.add(request, visit, posted)
    except TooFewError as error:
        return _not_learnt(request, visit, error)
    return _learnt(request, visit, learnt) if posted.files else RedirectResponse("/people", 303)


@router.post("/people/{person_id}/face")
def learn_from_pictures(request: Request, person_id: PersonId, visit: Consenting, posted: Posted) -> Response:
    """Learn somebody's face from pictures; without any, with the camera."""
    if not posted.files:
        asked = _asked(api.FaceIn, given_by=posted.get("given_by"), until=posted.get("until"))
        api.learn_live(request, person_id, asked, visit)
        return RedirectResponse("/face", 303)
    try:
        learnt = api.learn_from_pictures(request, person_id, visit, posted)
    except TooFewError as error:
        return _not_learnt(request, visit, error)
    return _learnt(request, visit, learnt)


@router.get("/face")
def learning(request: Request, visit: Viewing) -> Response:
    """What the robot asks of the person while it learns a face; live."""
    last = home_of(request).board.number
    found = api.learning(request, visit)
    return render(request, "_face.html" if is_fragment(request) else "face.html", visit, learns=found, last=last)


@router.post("/face/stop")
def stop(request: Request, visit: Consenting) -> Response:
    """Stop learning."""
    api.stop(request, visit)
    return RedirectResponse("/face", 303)


@router.post("/people/{person_id}/forget")
def forget(request: Request, person_id: PersonId, visit: Forgetting, name: Text = "") -> Response:
    """Forget somebody wholly; their name has to be written for it."""
    if name.strip() != home_of(request).names().get(person_id, name.strip()):
        raise TroubleError("enrolment.trouble.other_name")
    api.forget(request, person_id, visit)
    return RedirectResponse("/people", 303)


def _learnt(request: Request, visit: Visit, learnt: LearntOut) -> Response:
    name = home_of(request).names().get(learnt.person, "")
    return render(request, "learnt.html", visit, name=name, refused=learnt.refused, missing=learnt.missing, needed=0)


def _not_learnt(request: Request, visit: Visit, error: TooFewError) -> Response:
    return render(request, "learnt.html", visit, 422, name="", refused=error.refused, missing=[], needed=error.needed)


def _asked(model: type[M], **fields: str) -> M:
    try:
        return model.model_validate({key: value for key, value in fields.items() if value})
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][-1])
        key = field if field in ("name", "given_by") else "date"
        raise TroubleError(f"enrolment.trouble.no_{key}", given=fields.get(field, "")) from None
