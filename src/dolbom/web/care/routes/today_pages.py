"""The page Today: alarms on top, who is there, what was and what will be; live."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dolbom.companion.schedule import read as read_check_ins
from dolbom.plain import plain
from dolbom.sensors.state import Stage
from dolbom.staff.pages import is_fragment, render
from dolbom.staff.session import Visit, viewed
from dolbom.trouble import TroubleError
from dolbom.web.care import alarms
from dolbom.web.care.access import Action
from dolbom.web.care.home import CareHome, home_of
from dolbom.web.care.routes import today_api as api
from dolbom.web.care.routes.routines_api import Looking
from dolbom.web.care.routes.today_api import Acknowledging, Day, Noting, Switching
from dolbom.web.care.supply import running_out
from dolbom.web.care.timeline import timeline, upcoming

router = APIRouter(include_in_schema=False)

LATELY_DAYS = 14
SOMEBODYS = secrets.token_urlsafe(32)
"""Stands in what is made for several readers where the token of each one's login goes."""
CORRECTABLE = ("taken", "refused", "missed", "unknown")


def _today(request: Request, visit: Visit, on: date) -> dict[str, Any]:
    home = home_of(request)
    now, today = home.now(), home.today()
    last = home.board.number  # before anything is read: what changes meanwhile is shown by the next look
    with home.database.reading() as session:
        standing = alarms.standing(home.store, session, now)
    lines = timeline(home, on, visit.lang)
    return {
        "last": last,
        "on": on,
        "today": today,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "alarms": standing,
        "open": sum(alarm.open for alarm in standing),
        "lines": lines,
        "next": upcoming(lines, now) if on == today else None,
        "board": home.board.state(),
        "present": home.board.people,
        "names": home.names(),
        "low": running_out(home) if on == today else [],
        "check_ins": _check_ins(home) if on == today else [],
        "quiet": _quiet(home) if on == today else [],
        "correctable": CORRECTABLE,
    }


def _quiet(home: CareHome) -> list[dict[str, Any]]:
    """When somebody was noticed last, and the stage of the silence since."""
    names, found = home.names(), []
    for subject, quiet in sorted(home.activity.read().quiet.items()):
        stage = "unknown" if quiet.unknown and quiet.stage is Stage.NONE else quiet.stage.value
        found.append({
            "name": names.get(subject, ""), "stage": "away" if quiet.away is not None else stage, "last": quiet.last,
            "since": quiet.since, "away": quiet.away,
        })  # fmt: skip
    return found


def _check_ins(home: CareHome) -> list[dict[str, Any]]:
    """The last check-in of everybody who had one lately."""
    names, found = home.names(), []
    for person in names:
        past = [
            one for one in read_check_ins(home.memory, person, home.today(), LATELY_DAYS) if one.topics or one.ended
        ]
        if past:
            last = past[-1]
            grades = {topic: told.grade for topic, told in last.topics.items()}
            found.append({"name": names[person], "day": last.day, "ended": last.ended or "open", "grades": grades})
    return found


def _fragment(request: Request, visit: Visit, day: date) -> Response:
    """The live part as an open page asks for it: all of one role and language see the same, but for their own token."""

    def made() -> str:
        page = render(request, "_today.html", replace(visit, csrf=SOMEBODYS), **_today(request, visit, day))
        return bytes(page.body).decode()

    text = home_of(request).fragments.get((visit.lang, visit.who.role, day), made)
    return HTMLResponse(text.replace(SOMEBODYS, visit.csrf))


@router.get("/")
def today(request: Request, visit: Looking, on: Day | None = None) -> Response:
    """The day."""
    day = on or home_of(request).today()
    if is_fragment(request):
        return _fragment(request, visit, day)
    shown = _today(request, visit, day)
    viewed(request, visit, "today" if on is None else f"timeline {day}")
    return render(request, "today.html", visit, **shown)


@router.post("/alarms/{event_id}/acknowledge")
def acknowledge(request: Request, event_id: UUID, visit: Acknowledging) -> Response:
    """Take an alarm on."""
    api.acknowledge(request, event_id, visit)
    return _after(request, visit)


@router.post("/alarms/{event_id}/done")
def close(request: Request, event_id: UUID, visit: Acknowledging) -> Response:
    """Close it on this page."""
    api.close(request, event_id, visit)
    return _after(request, visit)


@router.post("/camera")
def camera(request: Request, visit: Switching, to: Annotated[Literal["on", "off"], Form()]) -> Response:
    """Switch the camera."""
    api.camera(request, api.SwitchIn(on=to == "on"), visit)
    return _after(request, visit)


@router.post("/doses/note")
def note_dose(
    request: Request,
    visit: Noting,
    due: Annotated[str, Form(max_length=160)],
    state: Annotated[Literal["taken", "refused", "missed", "unknown", "done"], Form()],
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """A correction of a dose, with its reason."""
    if not plain(reason):
        raise TroubleError("enrolment.trouble.no_reason")
    api.note_dose(request, api.NoteIn(what="corrected", due=due, state=state, reason=reason), visit)
    return _after(request, visit)


def _after(request: Request, visit: Visit) -> Response:
    """The page's live part, or (without scripts) the page again."""
    if is_fragment(request) and visit.may(Action.VIEW_DAY):
        return render(request, "_today.html", visit, **_today(request, visit, home_of(request).today()))
    return RedirectResponse("/", 303)
