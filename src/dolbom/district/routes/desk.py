"""The desk's pages: server-rendered, kept live by small fragments; everything works without a pointer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dolbom.district.access import Action, Role
from dolbom.district.models import AlarmState, Home, Outcome, Robot, User
from dolbom.district.repositories import alarms, audit, changes, checkins, doses, homes, intake, robots, staff
from dolbom.district.routes import api
from dolbom.district.routes.session import (
    COOKIE,
    Visit,
    address_of,
    allowed,
    district_of,
    home_page,
    identify,
)
from dolbom.events import NAME
from dolbom.i18n import phrase

router = APIRouter(include_in_schema=False)

TEMPLATES = Path(__file__).parents[1] / "templates"
CAUSES = ("fall", "voice", "button", "inactivity", "hazard", "vital", "campaign", "silence", "unreadable", "device")
OUTCOMES = (Outcome.EMERGENCY, Outcome.NEEDED_HELP, Outcome.FALSE_ALARM, Outcome.TEST)

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Desk = Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]
Answering = Annotated[Visit, Depends(allowed(Action.ANSWER_ALARM))]
Anybody = Annotated[Visit, Depends(allowed(None))]
Line = Annotated[str, Form(max_length=1000)]


def translate(lang: str) -> Callable[..., str]:
    def t(key: str, fallback: str | None = None, **values: object) -> str:
        try:
            return phrase(lang, f"desk.{key}", **values)
        except KeyError:
            if fallback is not None:  # a word of a newer robot is shown as it is
                return fallback
            raise

    return t


def render(request: Request, template: str, visit: Visit | None, status: int = 200, **values: Any) -> HTMLResponse:
    district = district_of(request)
    lang = visit.lang if visit is not None else _wished(request)
    zone = district.clock.zone
    now = district.now()
    t = translate(lang)

    def ago(at: datetime) -> str:
        seconds = max(0, int((now - at).total_seconds()))
        for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
            if seconds >= size:
                return t(f"ago.{unit}", n=seconds // size)
        return t("ago.s", n=seconds)

    page = _environment.get_template(template).render(
        t=t,
        lang=lang,
        visit=visit,
        may=lambda action: visit is not None and visit.who.may(Action(action)),
        district=district.name,
        path=request.url.path,
        now=now,
        ago=ago,
        clock=lambda at: f"{_here(at, zone):%H:%M:%S}",
        day=lambda at: f"{_here(at, zone):%Y-%m-%d}",
        moment=lambda at: f"{_here(at, zone):%Y-%m-%d %H:%M:%S}",
        said_at=lambda text: f"{_here(datetime.fromisoformat(text), zone):%H:%M:%S}",
        **values,
    )
    return HTMLResponse(page, status)


def _here(at: datetime, zone: tzinfo) -> datetime:
    """A time as the clock on the wall shows it. A robot whose calendar stands at its end is shown as it says: one
    wrong clock must not take the board away from everybody."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def _wished(request: Request) -> str:
    asked = request.query_params.get("lang")
    if asked in ("ko", "en"):
        return asked
    first = request.headers.get("accept-language", "ko")[:2].lower()
    return "ko" if first == "ko" else "en"


def error_page(request: Request, status: int, because: str, said: str = "") -> Response:
    """An error for people; without a login it still says what is wrong.

    Args:
        because: key of `error.because` in `locale/<lang>/desk.yaml`, or empty.
        said: what is shown where there is no key.
    """
    return render(request, "error.html", identify(request), status, because=because, said=said)


def is_fragment(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


# --- the desk ---


def _board(request: Request, visit: Visit, home: str, cause: str, words: str) -> dict[str, Any]:
    district = district_of(request)
    with district.database.reading() as session:
        last = changes.newest(session)
        found = alarms.listed(session, home=home, cause=cause, words=words, limit=200)
        everywhere = robots.homes(session)
        counts = alarms.counts(session)
        people = alarms.people(session, found)
        look_after = checkins.to_look_after(session, district.now())
        concerns = doses.to_look_after(session, district.now())
    shown = [r for h in everywhere for r in h.robots if r.state != "revoked"]
    everywhere.sort(key=_worst_first)
    return {
        "last": last,
        "alarms": found,
        "homes": everywhere,
        "people": people,
        "counts": counts,
        "look_after": look_after,
        "doses": concerns,
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


def cleaned(text: str) -> str:
    return text.replace("\0", "").strip()


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
        quarantined = intake.quarantined(session) if visit.who.may(Action.SETTLE_QUARANTINE) else []
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
    request: Request, row_id: api.RowId, visit: Annotated[Visit, Depends(allowed(Action.SETTLE_QUARANTINE))]
) -> Response:
    """Somebody has seen it."""
    api.settle(request, row_id, visit)
    return RedirectResponse("/robots", 303)


# --- audit and staff ---


@router.get("/audit")
def list_audit(
    request: Request,
    visit: Annotated[Visit, Depends(allowed(Action.VIEW_AUDIT))],
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """Who saw and changed what."""
    with district_of(request).database.reading() as session:
        rows = audit.lines(session, before=before)
    viewed(request, visit, "audit")
    return render(request, "audit.html", visit, rows=rows)


Staffing = Annotated[Visit, Depends(allowed(Action.MANAGE_USERS))]
Tokens = Annotated[Visit, Depends(allowed(Action.MANAGE_TOKENS))]


@router.get("/staff")
def list_staff(request: Request, visit: Staffing) -> Response:
    """Members of staff and programs."""
    return _staff(request, visit)


def _staff(request: Request, visit: Visit, link: str = "", secret: str = "") -> Response:
    with district_of(request).database.reading() as session:
        users, tokens = staff.users(session), staff.tokens(session)
    if link:
        link = f"{request.base_url}{link.removeprefix('/')}"
    return render(request, "staff.html", visit, users=users, tokens=tokens, roles=list(Role), link=link, secret=secret)


@router.post("/staff")
def add_user(
    request: Request, visit: Staffing, name: Annotated[str, Form(pattern=NAME)], role: Annotated[Role, Form()]
) -> Response:
    """A new member."""
    made = api.add_user(request, api.UserIn(name=name, role=role), visit)
    return _staff(request, visit, link=made.link)


@router.post("/staff/{name}")
def change_user(
    request: Request, name: str, visit: Staffing, what: Annotated[Literal["stop", "start", "link"], Form()]
) -> Response:
    """Stop somebody, let them in again, or give a new link."""
    if what == "link":
        return _staff(request, visit, link=api.link_user(request, name, visit).link)
    api.change_user(request, name, api.UserChange(active=what == "start"), visit)
    return RedirectResponse("/staff", 303)


@router.post("/tokens")
def add_token(
    request: Request,
    visit: Tokens,
    label: Annotated[str, Form(pattern=NAME)],
    role: Annotated[Role, Form()],
    days: Annotated[int, Form(ge=1, le=730)] = 90,
) -> Response:
    """A program's token."""
    made = api.add_token(request, api.TokenIn(label=label, role=role, days=days), visit)
    return _staff(request, visit, secret=made.secret)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(request: Request, token_id: api.RowId, visit: Tokens) -> Response:
    """End a token."""
    api.revoke_token(request, token_id, visit)
    return RedirectResponse("/staff", 303)


# --- coming and going ---


@router.get("/login")
def login_page(request: Request, name: str = "") -> Response:
    """The login form; who comes from their one-time link finds their name in it."""
    return render(request, "login.html", None, refused="", name=name[:48])


@router.post("/login")
def log_in(
    request: Request,
    name: Annotated[str, Form(max_length=48)] = "",
    password: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Opens a login, or says why not; slower with each failure."""
    district, address = district_of(request), address_of(request)
    name = cleaned(name)
    with district.database.reading() as session:
        wait = staff.pause(session, name, address, district.now())
        right = wait <= timedelta(0) and staff.check_password(session, name, password)
    t = translate(_wished(request))
    entry: staff.Entry | None = None
    refusal: staff.LoginRefused | None = None
    with district.database.writing() as session:
        try:
            entry = staff.log_in(session, name, right, address, district.now())
        except staff.LoginRefused as refused:
            refusal = refused
        user = session.get(User, name) if entry else None
    if entry is None or user is None:
        seconds = int(refusal.wait.total_seconds()) + 1 if refusal and refusal.wait else 0
        said = t("login.wait", seconds=seconds) if seconds else t("login.wrong")
        return render(request, "login.html", None, 429 if seconds else 401, refused=said, name=name)
    response = RedirectResponse(home_page(user.role), 303)
    response.set_cookie(
        COOKIE, entry.cookie, max_age=int(staff.LOGIN_LIFE.total_seconds()), httponly=True, samesite="lax",
        secure=district.secure, path="/",
    )  # fmt: skip
    return response


@router.post("/logout")
def log_out(request: Request, visit: Anybody) -> Response:
    """Ends this login."""
    district = district_of(request)
    with district.database.writing() as session:
        staff.log_out(session, visit.cookie, visit.who, district.now())
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.post("/language")
def set_language(
    request: Request,
    visit: Anybody,
    lang: Annotated[Literal["ko", "en"], Form()],
    back: Annotated[str, Form(max_length=300)] = "/",
) -> Response:
    """In which language I read the desk."""
    with district_of(request).database.writing() as session:
        staff.set_language(session, visit.who.name, lang)
    # Only a path of this desk: "//elsewhere" and "/\elsewhere" are other hosts to a browser.
    inside = back.startswith("/") and not back.startswith(("//", "/\\")) and "\n" not in back
    return RedirectResponse(back if inside else "/", 303)


@router.get("/welcome/{secret}")
def welcome_page(request: Request, secret: str) -> Response:
    """Where a one-time link leads."""
    district = district_of(request)
    try:
        with district.database.reading() as session:
            name = staff.by_link(session, secret, district.now()).name
    except staff.LinkRefused:
        return render(request, "welcome.html", None, 403, name="", refused="")
    return render(request, "welcome.html", None, name=name, refused="")


@router.post("/welcome/{secret}")
def welcome(
    request: Request,
    secret: str,
    password: Annotated[str, Form(max_length=256)] = "",
    again: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Sets the password."""
    district = district_of(request)
    t = translate(_wished(request))
    try:
        with district.database.reading() as session:
            name = staff.by_link(session, secret, district.now()).name
        if password != again:
            return render(request, "welcome.html", None, 422, name=name, refused=t("welcome.differ"))
        with district.database.writing() as session:
            staff.set_password(session, secret, password, address_of(request), district.now())
    except staff.LinkRefused:
        return render(request, "welcome.html", None, 403, name="", refused="")
    except ValueError:
        return render(request, "welcome.html", None, 422, name=name, refused=t("welcome.short"))
    return RedirectResponse(f"/login?{urlencode({'name': name, 'lang': _wished(request)})}", 303)


def viewed(request: Request, visit: Visit, object: str) -> None:
    district = district_of(request)
    with district.database.writing() as session:
        audit.record(session, visit.who, "view", district.now(), object)
