"""The JSON API: everything that a page does, with the same permissions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from dolbom.district.access import Action
from dolbom.district.feed import as_sse
from dolbom.district.models import Alarm, Downlink, Outcome, Person, Quarantined
from dolbom.district.repositories import alarms, downlinks, homes, intake, robots
from dolbom.district.service import district_of
from dolbom.events import Name, new_id
from dolbom.platform.invitation import Invitation
from dolbom.platform.messages import Cancel, Ping, Say
from dolbom.staff import audit
from dolbom.staff.routes_api import Asked, Model, RowId
from dolbom.staff.session import Visit, allowed, identify, viewed

router = APIRouter(prefix="/api", tags=["district"])

# A text that every database can keep.
Words = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]


# --- alarms ---


class NoteOut(Model):
    at: datetime
    author: str
    text: str


class AlarmOut(Model):
    """An alarm. Its id is that of the event that raised it."""

    id: UUID
    home_id: str
    robot_id: str
    person_id: str | None
    person: str | None = None
    origin: str
    kind: str
    cause: str
    raised_at: datetime
    received_at: datetime
    state: str
    deadline: datetime
    escalated_at: datetime | None
    owner: str | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    data: dict[str, Any]
    notes: list[NoteOut]


class EventOut(Model):
    id: UUID
    robot_id: str
    home_id: str
    kind: str
    severity: str
    subject: str | None
    time: datetime
    received_at: datetime
    alarm_id: UUID | None
    data: dict[str, Any]


class AlarmStory(Model):
    alarm: AlarmOut
    events: list[EventOut]


def _out(alarm: Alarm, people: dict[tuple[str, str], Person]) -> AlarmOut:
    shown = AlarmOut.model_validate(alarm)
    if alarm.person_id is not None and (known := people.get((alarm.home_id, alarm.person_id))) is not None:
        shown.person = known.name
    return shown


@router.get("/alarms")
def list_alarms(
    request: Request,
    visit: Annotated[Visit, Depends(allowed(Action.VIEW_DESK))],
    state: Literal["standing", "open", "acknowledged", "closed", "all"] = "standing",
    home: Annotated[str, Query(max_length=48)] = "",
    cause: Annotated[str, Query(max_length=32)] = "",
    words: Annotated[str, Query(max_length=80)] = "",
    before: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AlarmOut]:
    """Alarms: the unanswered first, then the oldest; closed ones newest first."""
    with district_of(request).database.reading() as session:
        found = alarms.listed(session, state=state, home=home, cause=cause, words=words, before=before, limit=limit)
        people = alarms.people(session, found)
        shown = [_out(a, people) for a in found]
    viewed(request, visit, "alarms", state)
    return shown


@router.get("/alarms/{alarm_id}")
def one_alarm(
    request: Request, alarm_id: UUID, visit: Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]
) -> AlarmStory:
    """One alarm with everything that belongs to it."""
    with district_of(request).database.reading() as session:
        alarm = alarms.get(session, alarm_id)
        story = AlarmStory(
            alarm=_out(alarm, alarms.people(session, [alarm])),
            events=[EventOut.model_validate(e) for e in alarms.story(session, alarm)],
        )
    viewed(request, visit, str(alarm_id))
    return story


class AcknowledgeIn(Asked):
    note: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$", description="Spoken to the person.")] = ""


class NoteIn(Asked):
    text: Annotated[Words, Field(min_length=1)]


class CloseIn(Asked):
    outcome: Literal["emergency", "needed_help", "false_alarm", "test"]
    text: Words = ""


Answering = Annotated[Visit, Depends(allowed(Action.ANSWER_ALARM))]


@router.post("/alarms/{alarm_id}/acknowledge")
def acknowledge(request: Request, alarm_id: UUID, asked: AcknowledgeIn, visit: Answering) -> AlarmOut:
    """Take the alarm on. The robot tells the person that help is coming."""
    district = district_of(request)
    with district.database.writing() as session:
        alarm = alarms.acknowledge(session, alarm_id, visit.who, district.now(), asked.note)
        shown = _out(alarm, alarms.people(session, [alarm]))
    district.send_soon()
    district.touched()
    return shown


@router.post("/alarms/{alarm_id}/notes")
def note(request: Request, alarm_id: UUID, asked: NoteIn, visit: Answering) -> AlarmOut:
    """Write something down for the next shift."""
    district = district_of(request)
    with district.database.writing() as session:
        shown = _out(alarms.add_note(session, alarm_id, visit.who, district.now(), asked.text), {})
    district.touched()
    return shown


@router.post("/alarms/{alarm_id}/close")
def close(request: Request, alarm_id: UUID, asked: CloseIn, visit: Answering) -> AlarmOut:
    """Close the alarm with what it turned out to be."""
    district = district_of(request)
    with district.database.writing() as session:
        shown = _out(alarms.close(session, alarm_id, visit.who, district.now(), Outcome(asked.outcome), asked.text), {})
    district.send_soon()
    district.touched()
    return shown


# --- homes and people ---


class RobotOut(Model):
    id: str
    home_id: str
    state: str
    online: bool
    heard_at: datetime | None
    certificate_expires: datetime | None
    status: dict[str, Any]


class HomeOut(Model):
    id: str
    label: str
    phone: str
    robots: list[RobotOut]


class PersonOut(Model):
    home_id: str
    id: str
    name: str
    remark: str


class HomeIn(Asked):
    label: Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
    phone: Annotated[str, Field(max_length=40, pattern=r"^[0-9+() -]*$")] = ""


class PersonIn(Asked):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    remark: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


@router.get("/homes")
def list_homes(request: Request, visit: Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]) -> list[HomeOut]:
    """Every home with its robots and their last sign of life."""
    with district_of(request).database.reading() as session:
        shown = [HomeOut.model_validate(h) for h in robots.homes(session)]
    viewed(request, visit, "homes")
    return shown


Naming = Annotated[Visit, Depends(allowed(Action.NAME_PEOPLE))]


@router.put("/homes/{home_id}")
def describe_home(request: Request, home_id: Name, asked: HomeIn, visit: Naming) -> HomeOut:
    """Say what the desk calls this home."""
    district = district_of(request)
    with district.database.writing() as session:
        shown = HomeOut.model_validate(
            homes.describe(session, home_id, asked.label, asked.phone, visit.who, district.now())
        )
    district.touched()
    return shown


@router.get("/people")
def list_people(request: Request, visit: Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]) -> list[PersonOut]:
    """The names that belong to the robots' opaque person ids."""
    with district_of(request).database.reading() as session:
        shown = [PersonOut.model_validate(p) for ps in homes.people(session).values() for p in ps]
    viewed(request, visit, "people")
    return shown


@router.put("/homes/{home_id}/people/{person_id}")
def name_person(request: Request, home_id: Name, person_id: Name, asked: PersonIn, visit: Naming) -> PersonOut:
    """Give a person id its name."""
    district = district_of(request)
    with district.database.writing() as session:
        shown = PersonOut.model_validate(
            homes.name_person(session, home_id, person_id, asked.name, asked.remark, visit.who, district.now())
        )
    district.touched()
    return shown


@router.get("/events")
def list_events(
    request: Request,
    visit: Annotated[Visit, Depends(allowed(Action.VIEW_DESK))],
    home: Annotated[str, Query(max_length=48)] = "",
    kind: Annotated[str, Query(max_length=64)] = "",
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[EventOut]:
    """Care events newest first."""
    with district_of(request).database.reading() as session:
        shown = [
            EventOut.model_validate(e) for e in intake.events(session, home=home, kind=kind, before=before, limit=limit)
        ]
    viewed(request, visit, "events", home)
    return shown


# --- robots ---


class InviteIn(Asked):
    robot: Name
    home: Name
    label: Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")] = ""


class InviteOut(Model):
    robot: str
    home: str
    code: str


class SayIn(Asked):
    text: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    lang: Literal["ko", "en"] = "ko"


class CancelIn(Asked):
    event_id: UUID


class DownlinkOut(Model):
    """A message to a robot, and its answer when it came."""

    id: UUID
    robot_id: str
    channel: str
    made_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    ok: bool | None
    said: str | None


@router.get("/robots")
def list_robots(request: Request, _visit: Annotated[Visit, Depends(allowed(Action.VIEW_ROBOTS))]) -> list[RobotOut]:
    """Every robot and how it is."""
    with district_of(request).database.reading() as session:
        return [RobotOut.model_validate(r) for h in robots.homes(session) for r in h.robots]


Managing = Annotated[Visit, Depends(allowed(Action.MANAGE_ROBOTS))]


@router.post("/robots", status_code=201)
def invite_robot(request: Request, asked: InviteIn, visit: Managing) -> InviteOut:
    """Make a one-time enrolment code."""
    district = district_of(request)
    with district.database.writing() as session:
        secret = robots.invite(session, asked.robot, asked.home, visit.who, district.now(), asked.label)
    district.touched()
    invitation = Invitation(
        url=district.enrol_url, robot=asked.robot, fingerprint=district.authority.fingerprint, secret=secret
    )
    return InviteOut(robot=asked.robot, home=asked.home, code=invitation.code())


@router.delete("/robots/{robot_id}", status_code=204)
def revoke_robot(request: Request, robot_id: Name, visit: Managing) -> None:
    """Let this robot connect no more."""
    district = district_of(request)
    with district.database.writing() as session:
        robots.revoke(session, robot_id, visit.who, district.now())
    district.robots_changed()
    district.touched()


@router.post("/robots/{robot_id}/ping", status_code=202)
def ping_robot(
    request: Request, robot_id: Name, visit: Annotated[Visit, Depends(allowed(Action.PING_ROBOT))]
) -> DownlinkOut:
    """Ask a robot for an answer; see `/api/downlinks/{id}` for it."""
    return _command(request, visit, robot_id, Ping(id=new_id(), kind="ping"))


@router.post("/robots/{robot_id}/say", status_code=202)
def say(
    request: Request, robot_id: Name, asked: SayIn, visit: Annotated[Visit, Depends(allowed(Action.SPEAK))]
) -> DownlinkOut:
    """Say something to the person through the robot."""
    return _command(request, visit, robot_id, Say(id=new_id(), kind="say", text=asked.text, lang=asked.lang))


@router.post("/robots/{robot_id}/cancel", status_code=202)
def cancel(request: Request, robot_id: Name, asked: CancelIn, visit: Managing) -> DownlinkOut:
    """Ask a robot not to send an event any more. It refuses for alarms."""
    return _command(request, visit, robot_id, Cancel(id=new_id(), kind="cancel", event_id=asked.event_id))


def _command(request: Request, visit: Visit, robot_id: str, message: Ping | Say | Cancel) -> DownlinkOut:
    district = district_of(request)
    with district.database.writing() as session:
        if robot_id not in robots.admitted(session):
            raise HTTPException(404, f"there is no enrolled robot {robot_id}")
        id = downlinks.command(session, robot_id, message, district.now())
        audit.record(session, visit.who, f"{message.kind}_robot", district.now(), robot_id)
        session.flush()
        shown = DownlinkOut.model_validate(session.get(Downlink, id))
    district.send_soon()
    return shown


@router.get("/downlinks/{downlink_id}")
def one_downlink(
    request: Request, downlink_id: UUID, _visit: Annotated[Visit, Depends(allowed(Action.VIEW_ROBOTS))]
) -> DownlinkOut:
    """What became of a message to a robot."""
    with district_of(request).database.reading() as session:
        row = session.get(Downlink, downlink_id)
        if row is None:
            raise HTTPException(404, "there is no such message")
        return DownlinkOut.model_validate(row)


# --- what could not be read ---


class QuarantinedOut(Model):
    id: int
    at: datetime
    subject: str
    reason: str
    payload: str
    times: int
    settled_by: str | None


Settling = Annotated[Visit, Depends(allowed(Action.SETTLE_QUARANTINE))]


@router.get("/quarantine")
def list_quarantine(request: Request, visit: Settling, settled: bool = False) -> list[QuarantinedOut]:
    """Messages that could not be taken as care events."""
    with district_of(request).database.reading() as session:
        shown = [QuarantinedOut.model_validate(q) for q in intake.quarantined(session, settled=settled)]
    viewed(request, visit, "quarantine")
    return shown


@router.post("/quarantine/{row_id}/settle")
def settle(request: Request, row_id: RowId, visit: Settling) -> QuarantinedOut:
    """Somebody has looked at it."""
    district = district_of(request)
    with district.database.writing() as session:
        row = session.get(Quarantined, row_id)
        if row is None:
            raise HTTPException(404, "there is no such message")
        row.settled_by = visit.who.name[:48]
        audit.record(session, visit.who, "settle_quarantine", district.now(), str(row_id))
        shown = QuarantinedOut.model_validate(row)
    district.touched()
    return shown


# --- live ---


@router.get("/changes", response_class=StreamingResponse)
async def changes(
    request: Request,
    _visit: Annotated[Visit, Depends(allowed(Action.VIEW_DESK))],
    last_event_id: Annotated[str, Header(max_length=20)] = "",
    last: Annotated[int | None, Query(ge=0, le=2**62)] = None,
) -> StreamingResponse:
    """What changes on the desk, as server-sent events.

    Goes on after `Last-Event-ID` (which a browser sends when it reconnects), else after `last`, else from now.
    """
    district = district_of(request)
    known = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else last
    start = await district.feed.newest() if known is None else min(known, 2**62)

    async def stream() -> AsyncIterator[str]:
        yield f"retry: 1000\nid: {start}\n\n"
        async for batch in district.feed.follow(start):
            # A login that ended while the page was open must not go on listening.
            if not batch and await _ended(request):
                return
            yield "".join(map(as_sse, batch)) or ": still here\n\n"

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _ended(request: Request) -> bool:
    visit = await run_in_threadpool(identify, request)
    return visit is None or not visit.may(Action.VIEW_DESK)
