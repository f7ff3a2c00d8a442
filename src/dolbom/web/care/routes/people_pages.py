"""The page People."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from dolbom.plain import plain
from dolbom.staff.pages import render
from dolbom.store.people import Purpose
from dolbom.store.sight import TEXTS
from dolbom.store.sight import Text as Sight
from dolbom.store.speech import SpeechSettings
from dolbom.trouble import TroubleError
from dolbom.web.care.events import Wanted, events
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import people_api as api
from dolbom.web.care.routes.people_api import Consenting, Editing, Forgetting, PersonId, Viewing

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=200)]
VISITORS = timedelta(days=14)
MANNER = ("rate", "volume_db", "pause_s", "end_of_turn_s")


@router.get("/people")
def people(request: Request, visit: Viewing) -> Response:
    """Everybody: how they are spoken to, consents, what is remembered."""
    home = home_of(request)
    found = api.list_people(request, visit)
    memory = {one.id: api.remembered(request, one.id, visit) for one in found}
    return render(
        request, "people.html", visit, people=found, memory=memory, manner=MANNER, purposes=list(Purpose),
        today=home.today(), changed=set(home.described), texts=TEXTS,
        visitors=events(home.store, Wanted(home.now() - VISITORS, home.now(), "visitor"), 30),
    )  # fmt: skip


@router.post("/people/{person_id}")
def describe(
    request: Request,
    person_id: PersonId,
    visit: Editing,
    name: Text,
    rate: Text = "",
    volume_db: Text = "",
    pause_s: Text = "",
    end_of_turn_s: Text = "",
    text: Annotated[Sight, Form()] = "normal",
) -> Response:
    """How somebody is called and spoken to; an empty field is as for everybody."""
    given = {"rate": rate, "volume_db": volume_db, "pause_s": pause_s, "end_of_turn_s": end_of_turn_s}
    try:
        manner = SpeechSettings.model_validate({key: value.strip() or None for key, value in given.items()})
        asked = api.PersonIn(name=name, manner=manner, text=text)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][-1])
        raise TroubleError("enrolment.trouble.bad_manner", field=field) from None
    api.describe(request, person_id, asked, visit)
    return RedirectResponse("/people", 303)


@router.post("/people/{person_id}/undo")
def undo(request: Request, person_id: PersonId, visit: Editing) -> Response:
    """Takes the last change of how they are called and spoken to back."""
    api.undo(request, person_id, visit)
    return RedirectResponse("/people", 303)


@router.post("/people/{person_id}/consents")
def consent(
    request: Request,
    person_id: PersonId,
    visit: Consenting,
    purpose: Annotated[Purpose, Form()],
    given_by: Text,
    until: Text = "",
) -> Response:
    """Write down that somebody agreed."""
    if not plain(given_by):
        raise TroubleError("enrolment.trouble.no_given_by")
    try:
        end = date.fromisoformat(until) if until else None
    except ValueError:
        raise TroubleError("enrolment.trouble.no_date", given=until) from None
    api.consent(request, person_id, api.ConsentIn(purpose=purpose, given_by=given_by[:60], until=end), visit)
    return RedirectResponse("/people", 303)


@router.post("/people/{person_id}/consents/{purpose}/withdraw")
def withdraw(request: Request, person_id: PersonId, purpose: Purpose, visit: Consenting) -> Response:
    """Take a consent back."""
    api.withdraw(request, person_id, purpose, visit)
    return RedirectResponse("/people", 303)


@router.post("/people/{person_id}/memory/{fact_id}/forget")
def forget(request: Request, person_id: PersonId, fact_id: UUID, visit: Forgetting) -> Response:
    """Forget one thing."""
    api.forget(request, person_id, fact_id, visit)
    return RedirectResponse("/people", 303)
