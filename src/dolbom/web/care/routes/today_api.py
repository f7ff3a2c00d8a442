"""The JSON API of this moment: the day, alarms, the camera, what staff know of a dose; and that something changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from dolbom.plain import plain
from dolbom.staff.pages import reader
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, identify, note, viewed
from dolbom.web.care import alarms
from dolbom.web.care.access import Action
from dolbom.web.care.home import home_of
from dolbom.web.care.routes.routines_api import Looking
from dolbom.web.care.timeline import timeline

router = APIRouter(prefix="/api", tags=["today"])

Acknowledging = Annotated[Visit, Depends(allowed(Action.ACKNOWLEDGE))]
Switching = Annotated[Visit, Depends(allowed(Action.SWITCH_CAMERA))]
Noting = Annotated[Visit, Depends(allowed(Action.NOTE_DOSE))]
Day = Annotated[date, Query(ge=date(1970, 1, 2), le=date(9990, 12, 31))]


class PresentOut(Model):
    """Somebody whom the camera sees."""

    person: str
    posture: str


class NowOut(Model):
    """This moment."""

    care: str
    camera: str
    camera_message: str
    doing: str
    microphone: str
    present: list[PresentOut]


class LineOut(Model):
    """One thing of a day."""

    at: datetime
    due: str
    routine: str
    kind: str
    title: str
    person: str
    state: str
    reason: str
    corrected: bool
    settled: datetime | None
    what: tuple[str, ...]
    past: bool


class AlarmOut(Model):
    """An alarm that nobody has closed."""

    id: UUID
    kind: str
    at: datetime
    person: str
    data: dict[str, Any]
    state: str
    by: str
    taken_by: str
    taken_at: datetime | None


class SwitchIn(Asked):
    """How the camera shall be."""

    on: bool


class NoteIn(Asked):
    """What somebody knows of a dose: corrected (`due` was `state`), taken (out of turn), counted."""

    what: Literal["corrected", "taken", "counted"]
    due: Annotated[str, Field(max_length=160)] = ""
    state: Literal["", "taken", "refused", "missed", "unknown", "done"] = ""
    routine: Annotated[str, Field(max_length=48)] = ""
    person: Annotated[str, Field(max_length=48)] = ""
    count: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    reason: Annotated[str, Field(max_length=200), AfterValidator(plain)] = ""


@router.get("/now")
def now(request: Request, visit: Looking) -> NowOut:
    """Who is there, and how the robot stands."""
    board = home_of(request).board
    viewed(request, visit, "now")
    return NowOut.model_validate(board.state() | {"present": [PresentOut.model_validate(one) for one in board.people]})


@router.get("/timeline")
def one_day(
    request: Request, visit: Looking, on: Day | None = None, person: Annotated[str, Query(max_length=48)] = ""
) -> list[LineOut]:
    """A day as it was and as it will be."""
    home = home_of(request)
    on = on or home.today()
    viewed(request, visit, f"timeline {on}")
    return [LineOut.model_validate(line) for line in timeline(home, on, visit.lang, person)]


@router.get("/alarms")
def list_alarms(request: Request, visit: Looking) -> list[AlarmOut]:
    """Alarms that nobody has closed, the newest first."""
    home = home_of(request)
    with home.database.reading() as session:
        found = alarms.standing(home.store, session, home.now())
    viewed(request, visit, "alarms")
    return [AlarmOut.model_validate(alarm) for alarm in found]


@router.post("/alarms/{event_id}/acknowledge", status_code=204)
def acknowledge(request: Request, event_id: UUID, visit: Acknowledging) -> None:
    """Take an alarm on: the person is told that help comes, and the desk that somebody is on the way."""
    home, person = home_of(request), _person(request, event_id)
    home.robot.acknowledge(event_id, visit.who.role)
    with home.database.writing() as session:
        if alarms.take(session, event_id, visit.who.name, home.now()):
            home.robot.attended(event_id, "coming", visit.who.role, person)
    note(request, visit, "acknowledge_alarm", str(event_id))
    home.board.changed("updated", str(event_id))


@router.post("/alarms/{event_id}/done", status_code=204)
def close(request: Request, event_id: UUID, visit: Acknowledging) -> None:
    """Take an alarm off these pages; the desk is told that it is said to be over, and closes it by itself."""
    home, person = home_of(request), _person(request, event_id)
    with home.database.writing() as session:
        if alarms.done(session, event_id, visit.who.name, home.now()):
            home.robot.attended(event_id, "over", visit.who.role, person)
    note(request, visit, "close_alarm", str(event_id))
    home.board.changed("updated", str(event_id))


def _person(request: Request, event_id: UUID) -> str:
    person = alarms.person_of(home_of(request).store, event_id)
    if person is None:
        raise HTTPException(404, "there is no such alarm")
    return person


@router.post("/camera", status_code=204)
def camera(request: Request, asked: SwitchIn, visit: Switching) -> None:
    """Switch the camera."""
    home_of(request).robot.switch_camera(asked.on)
    note(request, visit, "switch_camera", "camera", "on" if asked.on else "off")


@router.post("/doses/note", status_code=204)
def note_dose(request: Request, asked: NoteIn, visit: Noting) -> None:
    """What somebody knows of a dose better than the robot: a new entry of the history, with its author."""
    home_of(request).robot.note_dose(**asked.model_dump(), by=visit.who.name, lang=reader(request, visit))
    note(request, visit, "note_dose", asked.due or asked.routine, f"{asked.what} {asked.state} {asked.reason}".strip())


@router.get("/changes", response_class=StreamingResponse)
async def changes(
    request: Request,
    _visit: Looking,
    last: Annotated[int | None, Query(ge=0, le=2**62)] = None,  # noqa: ARG001 - pages of the desk send it
) -> StreamingResponse:
    """That something changed, as server-sent events."""
    board = home_of(request).board

    async def stream() -> AsyncIterator[str]:
        async for message in board.follow():
            # A login that ended while the page was open must not go on listening.
            if message.startswith(":") and await _ended(request):
                return
            yield message

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _ended(request: Request) -> bool:
    visit = await run_in_threadpool(identify, request)
    return visit is None or not visit.may(Action.VIEW_DAY)
