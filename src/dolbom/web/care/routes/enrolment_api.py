"""The JSON API by which people become known: name, face by camera or by pictures; and are forgotten."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException

from dolbom.plain import plain
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.staff.uploads import Sent, described, sent
from dolbom.store.people import Consent, Purpose
from dolbom.trouble import TroubleError
from dolbom.web.care import face_pictures
from dolbom.web.care.access import Action
from dolbom.web.care.home import CareHome, home_of
from dolbom.web.care.routes.people_api import Consenting, Forgetting, PersonId, Viewing, _known

router = APIRouter(prefix="/api", tags=["people"])

PICTURES = 12
"""So many are looked at."""
GIVEN = {"given_by": "Who consents: the person, or who may decide for them."}
UNTIL = {"until": "Last day of the consent, as 2027-11-30; empty: open."}


async def posted(request: Request, visit: Annotated[Visit, Depends(allowed(Action.MANAGE_CONSENT))]) -> Sent:  # noqa: ARG001
    """What somebody sent who may; read only after that is known."""
    return await sent(request)


Posted = Annotated[Sent, Depends(posted)]


class LearntOut(Model):
    """Who was learnt (empty: nobody); which pictures could not be used, and why; sides that would make it better."""

    person: str
    refused: dict[str, str]
    missing: list[str]


class FaceIn(Asked):
    """Whose consent to face recognition it is, and until the end of which day."""

    given_by: Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=60)]
    until: date | None = None


class NewPersonIn(FaceIn):
    """Somebody new whose face the robot learns with its camera."""

    name: Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=60)]


class LearningOut(Model):
    """A face that is learnt with the camera, or was learnt last."""

    name: str
    guidance: str
    progress: float
    over: bool
    person: str
    message: str


@router.post(
    "/people",
    status_code=201,
    openapi_extra=described(
        {"name": "How the robot calls them.", "purpose": "What is consented to.", **GIVEN},
        UNTIL,
        "pictures",
        needed=False,
    ),
)
def add(request: Request, visit: Consenting, posted: Posted) -> LearntOut:
    """Somebody new. For face recognition at least three pictures; they are looked at and not kept."""
    home = home_of(request)
    name = _words(posted, "name")
    if name in home.names().values():
        raise TroubleError("enrolment.trouble.name_taken", name=name)
    try:
        purpose = Purpose(posted.get("purpose"))
    except ValueError:
        raise HTTPException(422, f"there is no purpose {posted.get('purpose')!r}") from None
    consent = consent_of(home, purpose, posted)
    if purpose is Purpose.FACE:
        return learn(request, visit, posted, name, consent, None)
    person = home.routines.people.add(name, consent, home.now())
    note(request, visit, "add_person", person, purpose)
    home.board.changed("routine")
    return LearntOut(person=person, refused={}, missing=[])


@router.post("/people/{person_id}/face", openapi_extra=described(GIVEN, UNTIL, "pictures"))
def learn_from_pictures(request: Request, person_id: PersonId, visit: Consenting, posted: Posted) -> LearntOut:
    """Learn somebody's face from at least three pictures, with the consent for it. No picture is kept."""
    _known(request, person_id)
    home = home_of(request)
    consent = consent_of(home, Purpose.FACE, posted)
    return learn(request, visit, posted, home.names()[person_id], consent, person_id)


@router.post("/people/{person_id}/face/live", status_code=204)
def learn_live(request: Request, person_id: PersonId, asked: FaceIn, visit: Consenting) -> None:
    """Learn somebody's face with the robot's camera; `/api/face` tells how it goes on."""
    _known(request, person_id)
    _begin(request, visit, asked, home_of(request).names()[person_id], person_id)


@router.post("/face/live", status_code=204)
def learn_somebody_new(request: Request, asked: NewPersonIn, visit: Consenting) -> None:
    """Learn the face of somebody new with the robot's camera."""
    if asked.name in home_of(request).names().values():
        raise TroubleError("enrolment.trouble.name_taken", name=asked.name)
    _begin(request, visit, asked, asked.name, "")


@router.get("/face")
def learning(request: Request, visit: Viewing) -> LearningOut | None:
    """The face that is learnt with the camera."""
    viewed(request, visit, "face")
    found = home_of(request).board.learns
    return None if found is None else LearningOut.model_validate(found)


@router.delete("/face", status_code=204)
def stop(request: Request, visit: Consenting) -> None:
    """Stop learning; nothing is kept then."""
    home_of(request).robot.stop_learning()
    note(request, visit, "stop_face")


@router.delete("/people/{person_id}", status_code=204)
def forget(request: Request, person_id: PersonId, visit: Forgetting) -> None:
    """Forget somebody to the last byte: name, face, consents, memory, history."""
    _known(request, person_id)
    home = home_of(request)
    home.routines.people.forget([person_id], visit.who.role, home.now())
    note(request, visit, "forget_person", person_id)
    home.board.changed("routine")


def learn(request: Request, visit: Visit, posted: Sent, name: str, consent: Consent, person: str | None) -> LearntOut:
    """Learns a face from what was sent; see `face_pictures.learn`."""
    home = home_of(request)
    learnt = face_pictures.learn(home.routines.people, posted.files[:PICTURES], name, consent, person)
    note(request, visit, "learn_face", learnt.person, f"{learnt.used} pictures")
    home.board.changed("routine")
    return LearntOut.model_validate(learnt)


def consent_of(home: CareHome, purpose: Purpose, posted: Sent) -> Consent:
    """The consent that a form gives.

    Raises:
        UserError: if nobody is named as giving it, or it has ended already.
    """
    try:
        last = date.fromisoformat(posted.get("until")) if posted.get("until") else None
    except ValueError:
        raise TroubleError("enrolment.trouble.no_date", given=posted.get("until")) from None
    return _consent(home, purpose, _words(posted, "given_by"), last)


def _consent(home: CareHome, purpose: Purpose, given_by: str, last: date | None) -> Consent:
    now = home.now()
    try:
        until = datetime.combine(last, time.max, home.clock.zone) if last is not None else None
        given = Consent(purpose, given_by, now, until)
        held = given.holds(now)
    except OverflowError:
        held = False
    if not held:
        raise TroubleError("enrolment.trouble.ended")
    return given


def _begin(request: Request, visit: Visit, asked: FaceIn, name: str, person: str) -> None:
    home = home_of(request)
    _consent(home, Purpose.FACE, asked.given_by, asked.until)
    until = asked.until.isoformat() if asked.until is not None else ""
    home.robot.learn_face(name=name, given_by=asked.given_by, until=until, person=person)
    note(request, visit, "learn_face", person, "camera")


def _words(posted: Sent, field: str) -> str:
    words = plain(posted.get(field))
    if not 1 <= len(words) <= 60:
        raise TroubleError(f"enrolment.trouble.no_{field}")
    return words
