"""Who asks: a browser by its cookie, a program by its token; and whether they may."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from dolbom.staff import accounts, audit
from dolbom.staff.access import Permissions, Who
from dolbom.staff.gate import gate_of
from dolbom.staff.uploads import refuse_large

SAFE = {"GET", "HEAD"}
_TOUCH = timedelta(minutes=1)


class FormTooOld(HTTPException):
    """A browser sent a form without the token of its login."""


@dataclass(frozen=True)
class Visit:
    """An authenticated request."""

    who: Who
    lang: str
    permissions: Permissions
    csrf: str = ""  # empty for programs: they have no cookie that somebody else could make them send
    cookie: str = ""

    def may(self, action: str) -> bool:
        """Whether who asks may do this."""
        return self.permissions.may(self.who.role, action)


def address_of(request: Request) -> str:
    """Whence the request comes."""
    return request.client.host if request.client else ""


def identify(request: Request) -> Visit | None:
    """Who asks, if anybody known; from the cookie or from `Authorization: Bearer`."""
    gate = gate_of(request)
    now, table = gate.now(), gate.permissions
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with gate.database.reading() as session:
            token = accounts.token(session, secret.strip(), now)
            if token is None:
                return None
            return Visit(Who(f"token:{token.label}", token.role, address_of(request)), "en", table)
    cookie = request.cookies.get(gate.cookie, "")
    if not cookie:
        return None
    with gate.database.reading() as session:
        login = accounts.login(session, cookie, now)
        if login is None:
            return None
        who = Who(login.user.name, login.user.role, address_of(request))
        visit = Visit(who, login.user.lang, table, login.csrf, cookie)
        touch = now - login.used_at > _TOUCH
    if touch:
        with gate.database.writing() as session:
            accounts.used(session, cookie, now)
    return visit


async def _csrf_given(request: Request) -> str:
    given = request.headers.get("x-csrf-token", "")
    kind = request.headers.get("content-type", "")
    if not given and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        given = str((await request.form()).get("csrf", ""))
    return given


def allowed(action: str | None) -> Callable[[Request], Coroutine[Any, Any, Visit]]:
    """A dependency: the visit of somebody who may do `action` (None: anybody who is logged in).

    Raises (in the dependency):
        HTTPException: 401 for nobody, 403 for somebody who may not, or for a browser without its form's token.
    """

    async def check(request: Request) -> Visit:
        visit = await run_in_threadpool(identify, request)
        if visit is None:
            raise HTTPException(401, "log in first")
        if action is not None and not visit.may(action):
            raise HTTPException(403, f"the role {visit.who.role} may not {action}")
        if request.method not in SAFE:
            refuse_large(request)
        by_form = visit.csrf and request.method not in SAFE
        if by_form and not hmac.compare_digest((await _csrf_given(request)).encode(), visit.csrf.encode()):
            raise FormTooOld(403, "the form is too old: load the page again")
        return visit

    check.action = action  # type: ignore[attr-defined]
    return check


def viewed(request: Request, visit: Visit, object: str, detail: str = "") -> None:
    """Every view of what concerns people is in the trail."""
    note(request, visit, "view", object, detail)


def note(request: Request, visit: Visit, action: str, object: str = "", detail: str = "") -> None:
    """Adds a line of its own to the trail."""
    gate = gate_of(request)
    with gate.database.writing() as session:
        audit.record(session, visit.who, action, gate.now(), object, detail)
