"""The pages that every application with staff has: coming and going, the staff, the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from dolbom.events import NAME
from dolbom.staff import accounts, audit
from dolbom.staff import routes_api as api
from dolbom.staff.access import MANAGE_TOKENS, MANAGE_USERS, VIEW_AUDIT
from dolbom.staff.gate import gate_of
from dolbom.staff.models import User
from dolbom.staff.pages import cleaned, pages_of, render, wished
from dolbom.staff.routes_api import RowId
from dolbom.staff.session import Visit, address_of, allowed, viewed

router = APIRouter(include_in_schema=False)

OPEN_TO_ALL = ("/login", "/welcome/{secret}")
"""Paths that nobody needs to be known for."""

Anybody = Annotated[Visit, Depends(allowed(None))]

# --- audit and staff ---


@router.get("/audit")
def list_audit(
    request: Request,
    visit: Annotated[Visit, Depends(allowed(VIEW_AUDIT))],
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """Who saw and changed what."""
    with gate_of(request).database.reading() as session:
        rows = audit.lines(session, before=before)
    viewed(request, visit, "audit")
    return render(request, "audit.html", visit, rows=rows)


Staffing = Annotated[Visit, Depends(allowed(MANAGE_USERS))]
RoleField = Annotated[str, Form(max_length=16)]
Tokens = Annotated[Visit, Depends(allowed(MANAGE_TOKENS))]


@router.get("/staff")
def list_staff(request: Request, visit: Staffing) -> Response:
    """Members of staff and programs."""
    return _staff(request, visit)


def _staff(request: Request, visit: Visit, link: str = "", secret: str = "") -> Response:
    with gate_of(request).database.reading() as session:
        users, tokens = accounts.users(session), accounts.tokens(session)
    if link:
        link = f"{request.base_url}{link.removeprefix('/')}"
    return render(
        request,
        "staff.html",
        visit,
        users=users,
        tokens=tokens,
        roles=gate_of(request).permissions.roles,
        link=link,
        secret=secret,
    )


@router.post("/staff")
def add_user(
    request: Request,
    visit: Staffing,
    name: Annotated[str, Form(pattern=NAME)],
    role: RoleField,
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
    role: RoleField,
    days: Annotated[int, Form(ge=1, le=730)] = 90,
) -> Response:
    """A program's token."""
    made = api.add_token(request, api.TokenIn(label=label, role=role, days=days), visit)
    return _staff(request, visit, secret=made.secret)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(request: Request, token_id: RowId, visit: Tokens) -> Response:
    """End a token."""
    api.revoke_token(request, token_id, visit)
    return RedirectResponse("/staff", 303)


# --- coming and going ---


@router.get("/login")
def login_page(request: Request) -> Response:
    """The login form."""
    return render(request, "login.html", None, refused="", name="")


@router.post("/login")
def log_in(
    request: Request,
    name: Annotated[str, Form(max_length=48)] = "",
    password: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Opens a login, or says why not; slower with each failure."""
    gate, address = gate_of(request), address_of(request)
    name = cleaned(name)
    with gate.database.reading() as session:
        wait = accounts.pause(session, name, address, gate.now())
        right = wait <= timedelta(0) and accounts.check_password(session, name, password)
    t = pages_of(request).words(wished(request))
    entry: accounts.Entry | None = None
    refusal: accounts.LoginRefused | None = None
    with gate.database.writing() as session:
        try:
            entry = accounts.log_in(session, name, right, address, gate.now())
        except accounts.LoginRefused as refused:
            refusal = refused
        user = session.get(User, name) if entry else None
    if entry is None or user is None:
        seconds = int(refusal.wait.total_seconds()) + 1 if refusal and refusal.wait else 0
        said = t("login.wait", seconds=seconds) if seconds else t("login.wrong")
        return render(request, "login.html", None, 429 if seconds else 401, refused=said, name=name)
    return _entered(request, user, entry)


def _entered(request: Request, user: User, entry: accounts.Entry) -> Response:
    """The page on which somebody lands, with the cookie of their login."""
    gate = gate_of(request)
    response = RedirectResponse(gate.home_page(user.role), 303)
    response.set_cookie(
        gate.cookie, entry.cookie, max_age=int(accounts.LOGIN_LIFE.total_seconds()), httponly=True, samesite="lax",
        secure=gate.secure, path="/",
    )  # fmt: skip
    return response


@router.post("/logout")
def log_out(request: Request, visit: Anybody) -> Response:
    """Ends this login."""
    gate = gate_of(request)
    with gate.database.writing() as session:
        accounts.log_out(session, visit.cookie, visit.who, gate.now())
    response = RedirectResponse("/login", 303)
    response.delete_cookie(gate.cookie, path="/")
    return response


@router.post("/language")
def set_language(
    request: Request,
    visit: Anybody,
    lang: Annotated[Literal["ko", "en"], Form()],
    back: Annotated[str, Form(max_length=300)] = "/",
) -> Response:
    """In which language I read the desk."""
    with gate_of(request).database.writing() as session:
        accounts.set_language(session, visit.who.name, lang)
    # Only a path of this desk: "//elsewhere" and "/\elsewhere" are other hosts to a browser.
    inside = back.startswith("/") and not back.startswith(("//", "/\\")) and "\n" not in back
    return RedirectResponse(back if inside else "/", 303)


@router.get("/welcome/{secret}")
def welcome_page(request: Request, secret: str) -> Response:
    """Where a one-time link leads."""
    gate = gate_of(request)
    try:
        with gate.database.reading() as session:
            name = accounts.by_link(session, secret, gate.now()).name
    except accounts.LinkRefused:
        return render(request, "welcome.html", None, 403, name="", refused="")
    return render(request, "welcome.html", None, name=name, refused="")


@router.post("/welcome/{secret}")
def welcome(
    request: Request,
    secret: str,
    password: Annotated[str, Form(max_length=256)] = "",
    again: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Sets the password, and opens a login: who has just chosen it is not asked for it again."""
    gate, address = gate_of(request), address_of(request)
    t = pages_of(request).words(wished(request))
    try:
        with gate.database.reading() as session:
            name = accounts.by_link(session, secret, gate.now()).name
        if password != again:
            return render(request, "welcome.html", None, 422, name=name, refused=t("welcome.differ"))
        with gate.database.writing() as session:
            user = accounts.set_password(session, secret, password, address, gate.now())
            entry = accounts.open_login(session, user, address, gate.now())
    except accounts.LinkRefused:
        return render(request, "welcome.html", None, 403, name="", refused="")
    except ValueError:
        return render(request, "welcome.html", None, 422, name=name, refused=t("welcome.short"))
    return _entered(request, user, entry)
