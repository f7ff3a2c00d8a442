"""The JSON API of the people of the home: how they are spoken to, what they agreed to, what is remembered of them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException

from dolbom.events import NAME
from dolbom.plain import plain
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.store.people import Consent, Purpose
from dolbom.store.sight import Text
from dolbom.store.speech import SpeechSettings
from dolbom.trouble import TroubleError
from dolbom.web.care.access import Action
from dolbom.web.care.home import CareHome, home_of

router = APIRouter(prefix="/api", tags=["people"])

Viewing = Annotated[Visit, Depends(allowed(Action.VIEW_PEOPLE))]
Editing = Annotated[Visit, Depends(allowed(Action.EDIT_PEOPLE))]
Consenting = Annotated[Visit, Depends(allowed(Action.MANAGE_CONSENT))]
Forgetting = Annotated[Visit, Depends(allowed(Action.FORGET))]
PersonId = Annotated[str, Path(pattern=NAME)]


class ConsentOut(Model):
    """One line of the ledger."""

    purpose: Purpose
    given_by: str
    given: datetime
    until: datetime | None
    withdrawn: datetime | None
    holds: bool


class PersonOut(Model):
    """Somebody who is known here."""

    id: str
    name: str
    face: bool
    consents: list[ConsentOut]
    manner: SpeechSettings
    text: Text


class PersonIn(Asked):
    """How somebody is called and spoken to; `text`: how large the robot's page writes for them (null: as before)."""

    name: Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=60)]
    manner: SpeechSettings
    text: Text | None = None


class ConsentIn(Asked):
    """What somebody agreed to; by whom; until the end of which day."""

    purpose: Purpose
    given_by: Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=60)]
    until: date | None = None


class FactOut(Model):
    """One thing that is remembered."""

    id: UUID
    at: datetime
    expires: datetime
    topic: str
    utterance: str


@router.get("/people")
def list_people(request: Request, visit: Viewing) -> list[PersonOut]:
    """Everybody who is known here."""
    home, now = home_of(request), home_of(request).now()
    viewed(request, visit, "people")
    return [
        PersonOut(
            id=one.id,
            name=one.name,
            face=bool(one.views),
            consents=[ConsentOut(**vars(consent), holds=consent.holds(now)) for consent in one.consents],
            manner=home.speech.own(one.id),
            text=home.sight.of(one.id),
        )
        for one in home.people()
    ]


@router.put("/people/{person_id}", status_code=204)
def describe(request: Request, person_id: PersonId, asked: PersonIn, visit: Editing) -> None:
    """How somebody is called and spoken to."""
    _known(request, person_id)
    home = home_of(request)
    _describe(home, person_id, asked.name, asked.manner, asked.text or home.sight.of(person_id))
    note(request, visit, "describe_person", person_id)


@router.post("/people/{person_id}/undo", status_code=204)
def undo(request: Request, person_id: PersonId, visit: Editing) -> None:
    """How somebody was called and spoken to before the last change; as long as the robot runs, and once more: back."""
    _known(request, person_id)
    home = home_of(request)
    if person_id not in home.described:
        raise TroubleError("enrolment.trouble.not_changed")
    _describe(home, person_id, *home.described[person_id])
    note(request, visit, "undo_person", person_id)


@router.post("/people/{person_id}/consents", status_code=204)
def consent(request: Request, person_id: PersonId, asked: ConsentIn, visit: Consenting) -> None:
    """Write down that somebody agreed."""
    _known(request, person_id)
    home, now = home_of(request), home_of(request).now()
    until = datetime.combine(asked.until, time.max, home.clock.zone) if asked.until is not None else None
    given = Consent(asked.purpose, asked.given_by, now, until)
    if not given.holds(now):
        raise TroubleError("enrolment.trouble.ended")
    home.routines.people.consent(person_id, given)
    note(request, visit, "give_consent", person_id, asked.purpose)


@router.delete("/people/{person_id}/consents/{purpose}", status_code=204)
def withdraw(request: Request, person_id: PersonId, purpose: Purpose, visit: Consenting) -> None:
    """Take a consent back; what rested on it is erased."""
    _known(request, person_id)
    home, now = home_of(request), home_of(request).now()
    home.routines.people.withdraw(person_id, now, purpose)
    home.memory.purge(now)
    home.games.purge(now)
    note(request, visit, "withdraw_consent", person_id, purpose)


@router.get("/people/{person_id}/memory")
def remembered(request: Request, person_id: PersonId, visit: Viewing) -> list[FactOut]:
    """What the robot remembers of somebody."""
    _known(request, person_id)
    home = home_of(request)
    viewed(request, visit, f"memory {person_id}")
    return [
        FactOut(id=one.id, at=one.at, expires=one.expires, topic=one.fact.topic, utterance=one.fact.utterance)
        for one in home.memory.facts(person_id, home.now())
    ]


@router.delete("/people/{person_id}/memory/{fact_id}", status_code=204)
def forget(request: Request, person_id: PersonId, fact_id: UUID, visit: Forgetting) -> None:
    """Forget one thing to the last byte."""
    _known(request, person_id)
    home = home_of(request)
    if fact_id not in {one.id for one in home.memory.facts(person_id, home.now())}:
        raise HTTPException(404, "this is not remembered")
    home.memory.erase([fact_id], home.now(), visit.who.role)
    note(request, visit, "forget_fact", person_id)


def _describe(home: CareHome, person: str, name: str, manner: SpeechSettings, text: Text) -> None:
    before = (home.names()[person], home.speech.own(person), home.sight.of(person))
    home.routines.people.rename(person, name)
    home.speech.set(person, manner)
    home.sight.set(person, text)
    home.described[person] = before


def _known(request: Request, person: str) -> None:
    if person not in home_of(request).routines.people.ids():
        raise HTTPException(404, "nobody is known here by that id")
