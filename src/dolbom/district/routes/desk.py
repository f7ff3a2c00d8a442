"""The desk's pages: server-rendered, kept live by small fragments; everything works without a pointer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.district.access import Action
from dolbom.district.models import AlarmState, Home, Outcome, Robot
from dolbom.district.repositories import activity, alarms, changes, checkins, doses, homes, intake, robots
from dolbom.district.routes import api
from dolbom.district.service import district_of
from dolbom.events import NAME
from dolbom.staff.pages import cleaned, is_fragment, render
from dolbom.staff.routes_api import RowId
from dolbom.staff.session import Visit, allowed, viewed

router = APIRouter(include_in_schema=False)

CAUSES = ("fall", "voice", "button", "inactivity", "hazard", "vital", "campaign", "silence", "unreadable", "device")
OUTCOMES = (Outcome.EMERGENCY, Outcome.NEEDED_HELP, Outcome.FALSE_ALARM, Outcome.TEST)

Desk = Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]
Answering = Annotated[Visit, Depends(allowed(Action.ANSWER_ALARM))]
Line = Annotated[str, Form(max_length=1000)]


# --- the desk ---


def _board(request: Request, visit: Visit, home: str, cause: str, words: str) -> dict[str, Any]:
    district = district_of(request)
    with district.database.reading() as session:
        last = changes.newest(session)
        found = alarms.listed(session, home=home, cause=cause, words=words, limit=200)
        everywhere = robots.homes(session)
        counts = alarms.counts(session)
        people = alarms.people(session, found)
        attended = alarms.attended(session, found)
        look_after = checkins.to_look_after(session, district.now())
        concerns = doses.to_look_after(session, district.now())
        quiet = activity.to_look_after(session, district.now())
    shown = [r for h in everywhere for r in h.robots if r.state != "revoked"]
    everywhere.sort(key=_worst_first)
    return {
        "last": last,
        "alarms": found,
        "homes": everywhere,
        "people": people,
        "attended": attended,
        "counts": counts,
        "look_after": look_after,
        "doses": concerns,
        "quiet": quiet,
        "online": sum(r.online for r in shown),
        "robots": len(shown),
        "filters": {"home": home, "cause": cause, "words": words},
        "query": urlencode({k: v for k, v in (("home", home), ("cause", cause), ("words", words)) if v}),
        "causes": CAUSES,
        "visit_name": visit.who.name,
    }


def _worst_first(home: Home) -> tuple[bool, str]:
    enrolled = [r for r in home.robots if r.state == "enrolled"]
    return all(r.online for r in enrolled), home.label or home.id


@router.get("/")
def desk(
    request: Request,
    visit: Desk,
    home: Annotated[str, Query(max_length=48)] = "",
    cause: Annotated[str, Query(max_length=32)] = "",
    words: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Standing alarms and every home's sign of life."""
    board = _board(request, visit, home, cause, words)
    if is_fragment(request):
        return render(request, "_board.html", visit, **board)
    viewed(request, visit, "desk")
    return render(request, "desk.html", visit, **board)


def _alarm(request: Request, alarm_id: UUID) -> dict[str, Any]:
    with district_of(request).database.reading() as session:
        alarm = alarms.get(session, alarm_id)
        around = [
            e
            for e in intake.events(session, home=alarm.home_id, limit=50)
            if e.id != alarm.id and abs(e.time - alarm.raised_at) < timedelta(hours=1)
        ]
        return {
            "last": changes.newest(session),
            "alarm": alarm,
            "person": alarms.people(session, [alarm]).get((alarm.home_id, alarm.person_id or "")),
            "events": alarms.story(session, alarm),
            "recent": around[:12],
            "outcomes": OUTCOMES,
        }


@router.get("/alarms/{alarm_id}")
def one_alarm(request: Request, alarm_id: UUID, visit: Desk) -> Response:
    """One alarm: evidence, the robot's questions, notes, and what can be done."""
    found = _alarm(request, alarm_id)
    if is_fragment(request):
        return render(request, "_alarm.html", visit, visit_name=visit.who.name, **found)
    viewed(request, visit, str(alarm_id))
    return render(request, "alarm.html", visit, visit_name=visit.who.name, **found)


@router.post("/alarms/{alarm_id}/acknowledge")
def acknowledge(
    request: Request, alarm_id: UUID, visit: Answering, message: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """Take the alarm on."""
    api.acknowledge(request, alarm_id, api.AcknowledgeIn(note=cleaned(message)), visit)
    return _after(request, visit, alarm_id)


@router.post("/alarms/{alarm_id}/notes")
def note(request: Request, alarm_id: UUID, visit: Answering, text: Line = "") -> Response:
    """Write something down."""
    if cleaned(text):
        api.note(request, alarm_id, api.NoteIn(text=cleaned(text)), visit)
    return _after(request, visit, alarm_id)


@router.post("/alarms/{alarm_id}/close")
def close(
    request: Request,
    alarm_id: UUID,
    visit: Answering,
    outcome: Annotated[Literal["emergency", "needed_help", "false_alarm", "test"], Form()],
    text: Line = "",
) -> Response:
    """Close the alarm with its outcome."""
    api.close(request, alarm_id, api.CloseIn(outcome=outcome, text=cleaned(text)), visit)
    return _after(request, visit, alarm_id)


def _after(request: Request, visit: Visit, alarm_id: UUID) -> Response:
    """What the page shows then: the same fragment, or (without scripts) the page again."""
    if not is_fragment(request):
        return RedirectResponse(f"/alarms/{alarm_id}", 303)
    if request.headers.get("hx-target") == "board":
        return render(request, "_board.html", visit, **_board(request, visit, "", "", ""))
    return render(request, "_alarm.html", visit, visit_name=visit.who.name, **_alarm(request, alarm_id))


@router.get("/history")
def history(
    request: Request,
    visit: Desk,
    home: Annotated[str, Query(max_length=48)] = "",
    cause: Annotated[str, Query(max_length=32)] = "",
    words: Annotated[str, Query(max_length=80)] = "",
    before: datetime | None = None,
) -> Response:
    """Closed alarms, newest first."""
    if before is not None and before.tzinfo is None:
        before = None
    with district_of(request).database.reading() as session:
        found = alarms.listed(
            session, state=AlarmState.CLOSED, home=home, cause=cause, words=words, before=before, limit=50
        )
        people = alarms.people(session, found)
        everywhere = robots.homes(session)
    viewed(request, visit, "history")
    filters = {"home": home, "cause": cause, "words": words}
    older = urlencode({**filters, "before": found[-1].raised_at.isoformat()}) if len(found) == 50 else ""
    return render(
        request, "history.html", visit, alarms=found, people=people, homes=everywhere, causes=CAUSES,
        filters=filters, older=older,
    )  # fmt: skip


# --- homes and robots ---


@router.get("/homes")
def list_homes(request: Request, visit: Desk) -> Response:
    """Homes and the names of their people."""
    with district_of(request).database.reading() as session:
        everywhere = robots.homes(session)
        people = homes.people(session)
    viewed(request, visit, "homes")
    return render(request, "homes.html", visit, homes=everywhere, people=people)


Naming = Annotated[Visit, Depends(allowed(Action.NAME_PEOPLE))]


@router.post("/homes/{home_id}")
def describe_home(
    request: Request,
    home_id: str,
    visit: Naming,
    label: Annotated[str, Form(max_length=120)] = "",
    phone: Annotated[str, Form(max_length=40, pattern=r"^[0-9+() -]*$")] = "",
) -> Response:
    """What the desk calls a home."""
    api.describe_home(request, home_id, api.HomeIn(label=cleaned(label), phone=phone), visit)
    return RedirectResponse("/homes", 303)


@router.post("/homes/{home_id}/people")
def name_person(
    request: Request,
    home_id: str,
    visit: Naming,
    person: Annotated[str, Form(pattern=NAME)],
    name: Annotated[str, Form(min_length=1, max_length=80)],
    remark: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """A person's name."""
    asked = api.PersonIn(name=cleaned(name) or person, remark=cleaned(remark))
    api.name_person(request, home_id, person, asked, visit)
    return RedirectResponse("/homes", 303)


Robots = Annotated[Visit, Depends(allowed(Action.VIEW_ROBOTS))]
Managing = Annotated[Visit, Depends(allowed(Action.MANAGE_ROBOTS))]


@router.get("/robots")
def list_robots(request: Request, visit: Robots) -> Response:
    """Robots, how they are, and what could not be read."""
    return _robots(request, visit)


def _robots(request: Request, visit: Visit, code: str = "", pinged: str = "") -> Response:
    with district_of(request).database.reading() as session:
        found: list[tuple[Home, Robot]] = [(h, r) for h in robots.homes(session) for r in h.robots]
        quarantined = intake.quarantined(session) if visit.may(Action.SETTLE_QUARANTINE) else []
    return render(request, "robots.html", visit, robots=found, quarantined=quarantined, code=code, pinged=pinged)


@router.post("/robots")
def invite_robot(
    request: Request,
    visit: Managing,
    robot: Annotated[str, Form(pattern=NAME)],
    home: Annotated[str, Form(pattern=NAME)],
    label: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Make an enrolment code."""
    made = api.invite_robot(request, api.InviteIn(robot=robot, home=home, label=cleaned(label)), visit)
    return _robots(request, visit, code=made.code)


@router.post("/robots/{robot_id}/revoke")
def revoke_robot(request: Request, robot_id: str, visit: Managing) -> Response:
    """Let a robot connect no more."""
    api.revoke_robot(request, robot_id, visit)
    return RedirectResponse("/robots", 303)


@router.post("/robots/{robot_id}/ping")
def ping_robot(
    request: Request, robot_id: str, visit: Annotated[Visit, Depends(allowed(Action.PING_ROBOT))]
) -> Response:
    """Ask for an answer."""
    api.ping_robot(request, robot_id, visit)
    return _robots(request, visit, pinged=robot_id)


@router.post("/quarantine/{row_id}")
def settle(
    request: Request, row_id: RowId, visit: Annotated[Visit, Depends(allowed(Action.SETTLE_QUARANTINE))]
) -> Response:
    """Somebody has seen it."""
    api.settle(request, row_id, visit)
    return RedirectResponse("/robots", 303)
