"""The JSON API of the routines: every version, changes that name the version they were made from, a day beforehand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException

from dolbom.errors import UserError
from dolbom.events import NAME
from dolbom.routines.day import first_of_each
from dolbom.routines.routine import Routine
from dolbom.routines.telling import row
from dolbom.routines.wrong import Wrong
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.store.routines import Conflict, Version
from dolbom.web.care.access import Action
from dolbom.web.care.copying import copied
from dolbom.web.care.home import home_of

router = APIRouter(prefix="/api", tags=["routines"])

Looking = Annotated[Visit, Depends(allowed(Action.VIEW_DAY))]
Editing = Annotated[Visit, Depends(allowed(Action.EDIT_ROUTINES))]
RoutineId = Annotated[str, Path(pattern=NAME)]
If = Literal["silent", "takes", "refuses"]
Day = Annotated[date, Query(ge=date(1970, 1, 2), le=date(9998, 12, 31))]
FIRST, LAST = date(1970, 1, 2), date(9990, 12, 31)


class VersionOut(Model):
    """One version of a routine; `routine` is null where it was removed."""

    id: str
    version: int
    at: datetime
    by: str
    act: str
    routine: Routine | None


class ChangeIn(Asked):
    """A routine in the place of a version."""

    version: Annotated[int, Field(ge=1, le=2**31)]
    routine: Routine


class UndoIn(Asked):
    """The version whose change is taken back."""

    version: Annotated[int, Field(ge=1, le=2**31)]


class CopyIn(Asked):
    """The times of one day on another."""

    version: Annotated[int, Field(ge=1, le=2**31)]
    source: Annotated[date, Field(ge=FIRST, le=LAST)]
    target: Annotated[date, Field(ge=FIRST, le=LAST)]


class LeftOut(Model):
    """What is left of a medicine that was counted."""

    medicine: str
    left: float


def out(version: Version) -> VersionOut:
    """A version for programs."""
    return VersionOut.model_validate(version)


def the(request: Request, id: str) -> Version:
    """A routine as it is now.

    Raises:
        HTTPException: 404 if there is none.
    """
    try:
        return home_of(request).routines.get(id)
    except UserError as error:
        raise HTTPException(404, str(error)) from None


@router.get("/routines")
def list_routines(request: Request, visit: Looking, removed: bool = False) -> list[VersionOut]:
    """Every routine as it is now."""
    viewed(request, visit, "routines")
    return [out(one) for one in home_of(request).routines.all(removed=removed)]


@router.post("/routines", status_code=201)
def add_routine(request: Request, asked: Routine, visit: Editing) -> VersionOut:
    """A new routine."""
    home = home_of(request)
    home.routines.add(asked, home.now(), visit.who.name)
    return _changed(request, visit, "add_routine", asked.id)


@router.get("/routines/{routine_id}")
def one_routine(request: Request, routine_id: RoutineId, visit: Looking) -> VersionOut:
    """One routine as it is now."""
    found = the(request, routine_id)
    viewed(request, visit, f"routine {routine_id}")
    return out(found)


@router.get("/routines/{routine_id}/versions")
def versions(request: Request, routine_id: RoutineId, visit: Looking) -> list[VersionOut]:
    """Every version of a routine: who made it, and when; the oldest first."""
    try:
        found = home_of(request).routines.versions(routine_id)
    except UserError as error:
        raise HTTPException(404, str(error)) from None
    viewed(request, visit, f"routine {routine_id}", "versions")
    return [out(one) for one in found]


@router.put("/routines/{routine_id}")
def change_routine(request: Request, routine_id: RoutineId, asked: ChangeIn, visit: Editing) -> VersionOut:
    """A changed routine in the place of a version; refused (409) if that is not the newest any more."""
    if asked.routine.id != routine_id:
        raise HTTPException(422, "the routine's id is not that of the address")
    the(request, routine_id)
    home = home_of(request)
    home.routines.change(asked.routine, asked.version, home.now(), visit.who.name)
    return _changed(request, visit, "change_routine", routine_id)


@router.delete("/routines/{routine_id}", status_code=204)
def remove_routine(
    request: Request, routine_id: RoutineId, visit: Editing, version: Annotated[int, Query(ge=1, le=2**31)]
) -> None:
    """Takes a routine out; its history stays, and it can be undone."""
    the(request, routine_id)
    home = home_of(request)
    home.routines.remove(routine_id, home.now(), visit.who.name, version)
    _changed(request, visit, "remove_routine", routine_id)


@router.post("/routines/{routine_id}/undo")
def undo_routine(request: Request, routine_id: RoutineId, asked: UndoIn, visit: Editing) -> VersionOut:
    """Takes the last change back, by a new version."""
    home = home_of(request)
    try:
        home.routines.versions(routine_id)
    except UserError as error:
        raise HTTPException(404, str(error)) from None
    home.routines.undo(routine_id, home.now(), visit.who.name, asked.version)
    return _changed(request, visit, "undo_routine", routine_id)


@router.post("/routines/{routine_id}/copy")
def copy_routine(request: Request, routine_id: RoutineId, asked: CopyIn, visit: Editing) -> VersionOut:
    """The routine's times of one day on another day as well."""
    home, now = home_of(request), the(request, routine_id)
    assert now.routine is not None
    try:
        changed = copied(now.routine, asked.source, asked.target)
    except Wrong as wrong:
        raise HTTPException(409, str(wrong)) from None
    if now.version != asked.version:
        raise Conflict(f"‘{routine_id}’ is at version {now.version}, not at {asked.version}")
    home.routines.change(changed, asked.version, home.now(), visit.who.name)
    return _changed(request, visit, "copy_routine", routine_id, f"{asked.source} {asked.target}")


@router.get("/day")
def whole_day(
    request: Request,
    visit: Looking,
    on: Day | None = None,
    answers: Annotated[If | None, Query(alias="if")] = None,
    person: Annotated[str, Query(max_length=48)] = "",
) -> list[dict[str, Any]]:
    """Everything that the robot will do and say on a day, or what follows if somebody always answers so."""
    home = home_of(request)
    on = on or home.today()
    found = [one for one in home.plan(on, answers or "takes") if not person or one.due.person in (None, person)]
    names = home.names()
    viewed(request, visit, f"day {on}", answers or "")
    shown = first_of_each(found) if answers is None else found
    return [row(one, names, whole=answers is not None) for one in shown]


@router.get("/supplies")
def supplies(request: Request, visit: Looking) -> list[LeftOut]:
    """What is left of every medicine that was counted."""
    viewed(request, visit, "supplies")
    left = home_of(request).supplies.left()
    return [LeftOut(medicine=medicine, left=count) for medicine, count in sorted(left.items())]


def _changed(request: Request, visit: Visit, action: str, id: str, detail: str = "") -> VersionOut:
    home = home_of(request)
    now = home.routines.versions(id)[-1]
    note(request, visit, action, f"routine {id}", f"version {now.version} {detail}".strip())
    home.board.changed("routine")
    return out(now)
