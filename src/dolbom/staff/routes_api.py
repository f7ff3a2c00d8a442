"""The JSON API of accounts: who I am, the staff, the programs' tokens, the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from dolbom.events import Name
from dolbom.staff import accounts, audit
from dolbom.staff.access import MANAGE_TOKENS, MANAGE_USERS, VIEW_AUDIT
from dolbom.staff.gate import gate_of
from dolbom.staff.models import Audit, Token, User
from dolbom.staff.session import Visit, allowed, viewed

router = APIRouter(prefix="/api", tags=["staff"])

# SQLite's integers end here; a larger id would be an error of the database instead of "not found".
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Model(BaseModel):
    """What is answered."""

    model_config = ConfigDict(from_attributes=True)


class Asked(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid")


def role_of(request: Request, role: str) -> str:
    """A role of this application.

    Raises:
        HTTPException: 422 if there is none of that name.
    """
    if role not in gate_of(request).permissions.roles:
        raise HTTPException(422, f"there is no role {role!r}: {', '.join(gate_of(request).permissions.roles)}")
    return role


# --- me ---


class MeOut(Model):
    name: str
    role: str
    actions: list[str]


@router.get("/me")
def me(visit: Annotated[Visit, Depends(allowed(None))]) -> MeOut:
    """Who I am and what I may do."""
    return MeOut(name=visit.who.name, role=visit.who.role, actions=visit.permissions.actions(visit.who.role))


# --- audit, staff, programs ---


class AuditOut(Model):
    id: int
    at: datetime
    who: str
    role: str
    action: str
    object: str
    detail: str
    address: str


@router.get("/audit")
def list_audit(
    request: Request,
    visit: Annotated[Visit, Depends(allowed(VIEW_AUDIT))],
    before: RowId | None = None,
    who: Annotated[str, Query(max_length=100)] = "",
    object: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditOut]:
    """Who saw or changed what, newest first."""
    with gate_of(request).database.reading() as session:
        rows: list[Audit] = audit.lines(session, before=before, who=who, object=object, limit=limit)
        shown = [AuditOut.model_validate(r) for r in rows]
    viewed(request, visit, "audit")
    return shown


class UserOut(Model):
    name: str
    role: str
    active: bool
    lang: str


class UserIn(Asked):
    name: Name
    role: str
    lang: Literal["ko", "en"] = "ko"


class UserChange(Asked):
    role: str | None = None
    active: bool | None = None


class LinkOut(Model):
    """The secret of a one-time link, `/welcome/<secret>`."""

    name: str
    link: str


Staffing = Annotated[Visit, Depends(allowed(MANAGE_USERS))]


@router.get("/users")
def list_users(request: Request, _visit: Staffing) -> list[UserOut]:
    """All members of staff."""
    with gate_of(request).database.reading() as session:
        rows: list[User] = accounts.users(session)
        return [UserOut.model_validate(u) for u in rows]


@router.post("/users", status_code=201)
def add_user(request: Request, asked: UserIn, visit: Staffing) -> LinkOut:
    """A new member of staff; they set their password by the link."""
    gate = gate_of(request)
    with gate.database.writing() as session:
        secret = accounts.add(session, asked.name, role_of(request, asked.role), visit.who, gate.now(), asked.lang)
    return LinkOut(name=asked.name, link=f"/welcome/{secret}")


@router.patch("/users/{name}")
def change_user(request: Request, name: Name, asked: UserChange, visit: Staffing) -> UserOut:
    """Another role, or no access any more."""
    gate = gate_of(request)
    role = role_of(request, asked.role) if asked.role is not None else None
    with gate.database.writing() as session:
        return UserOut.model_validate(
            accounts.change(session, name, visit.who, gate.now(), role=role, active=asked.active)
        )


@router.post("/users/{name}/link", status_code=201)
def link_user(request: Request, name: Name, visit: Staffing) -> LinkOut:
    """A new one-time link, for a forgotten password."""
    gate = gate_of(request)
    with gate.database.writing() as session:
        secret = accounts.link(session, name, visit.who, gate.now())
    return LinkOut(name=name, link=f"/welcome/{secret}")


class TokenOut(Model):
    id: int
    label: str
    role: str
    made_by: str
    made_at: datetime
    expires: datetime
    revoked: bool


class TokenIn(Asked):
    label: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
    role: str
    days: Annotated[int, Field(ge=1, le=730)] = 90


class TokenMade(TokenOut):
    """With its secret, which is shown this once."""

    secret: str


Tokens = Annotated[Visit, Depends(allowed(MANAGE_TOKENS))]


@router.get("/tokens")
def list_tokens(request: Request, _visit: Tokens) -> list[TokenOut]:
    """The programs' tokens, without their secrets."""
    with gate_of(request).database.reading() as session:
        rows: list[Token] = accounts.tokens(session)
        return [TokenOut.model_validate(t) for t in rows]


@router.post("/tokens", status_code=201)
def add_token(request: Request, asked: TokenIn, visit: Tokens) -> TokenMade:
    """A token for a program."""
    gate, role = gate_of(request), role_of(request, asked.role)
    with gate.database.writing() as session:
        token, secret = accounts.add_token(session, asked.label, role, asked.days, visit.who, gate.now())
        return TokenMade(**TokenOut.model_validate(token).model_dump(), secret=secret)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(request: Request, token_id: RowId, visit: Tokens) -> None:
    """End a token."""
    gate = gate_of(request)
    with gate.database.writing() as session:
        if not accounts.revoke_token(session, token_id, visit.who, gate.now()):
            raise HTTPException(404, "there is no such token")
