"""The pages of the routines: list, calendar, and the editor with what the robot will do and say beside it."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Form as Field
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from dolbom.errors import UserError
from dolbom.routines.day import first_of_each
from dolbom.routines.ladders import Action as Rung
from dolbom.routines.ladders import shipped
from dolbom.routines.person import Policy
from dolbom.routines.routine import Kind, Routine, validated
from dolbom.routines.telling import Told, tell
from dolbom.routines.wrong import Problem, Wrong, problems
from dolbom.speech import own_sounds
from dolbom.staff.pages import pages_of, render
from dolbom.staff.session import Visit, viewed
from dolbom.store.routines import Conflict, Version
from dolbom.web.care.copying import copied, times_of
from dolbom.web.care.forms import REPEATS, RUNGS, WEEKDAYS, Form, blank, data_of, differences, rungs, shown
from dolbom.web.care.home import CareHome, home_of
from dolbom.web.care.routes import routines_api as api
from dolbom.web.care.routes.routines_api import FIRST, LAST, Editing, If, Looking, RoutineId, the
from dolbom.web.pictures import picture_names

router = APIRouter(include_in_schema=False)

KINDS: tuple[Kind, ...] = get_args(Kind)
GROUPS = ("persons", "weekdays", "enabled", "as_needed", "in_quiet_hours", *(f"step_do_{n}" for n in range(RUNGS)))
LADDERS = {"medicine": ("critical", "normal", "optional"), "": ("gentle", "important", "once")}
SEVERITIES = ("info", "notice", "warning", "alarm")
VersionNumber = Annotated[int, Field(ge=1, le=2**31)]
Day = Annotated[date, Field(ge=FIRST, le=LAST)]


async def posted(request: Request) -> Form:
    """What was sent of the editor's form."""
    sent = await request.form()
    if sent.get("kind") not in KINDS:
        raise HTTPException(422, "this is no form of a routine")
    text = {key: str(value)[:2000] for key, value in sent.multi_items() if key not in GROUPS}
    ticked = {group: tuple(str(one)[:64] for one in sent.getlist(group)) for group in GROUPS}
    return Form(text, ticked)


Posted = Annotated[Form, Depends(posted)]


# --- the list and the calendar ---


@router.get("/routines")
def list_routines(request: Request, visit: Looking) -> Response:
    """Every routine, by kind."""
    home = home_of(request)
    found = home.listed(removed=True)
    live = [one for one in found if one.routine is not None]
    live.sort(key=lambda one: (KINDS.index(one.routine.kind), one.routine.title) if one.routine else (99, ""))
    viewed(request, visit, "routines")
    return render(
        request, "routines.html", visit, live=live, removed=[one for one in found if one.routine is None],
        names=home.names(), kinds=KINDS, left=home.supplies.left(), describe=_describe(request, visit),
    )  # fmt: skip


@router.get("/calendar")
def month(
    request: Request, visit: Looking, month: Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = ""
) -> Response:
    """A month with what falls on each day."""
    home = home_of(request)
    today = home.today()
    year, number = (int(part) for part in (month or f"{today:%Y-%m}").split("-"))
    if not FIRST.year < year < LAST.year:
        raise HTTPException(404, "no such month")
    weeks = calendar.Calendar().monthdatescalendar(year, number)
    days: dict[date, list[Any]] = {}
    for one in home.occurrences(weeks[0][0], weeks[-1][-1]):
        days.setdefault(one.local.date(), []).append(one)
    middle = date(year, number, 15)
    viewed(request, visit, f"calendar {year}-{number:02}")
    return render(
        request, "calendar.html", visit, weeks=weeks, days=days, middle=middle, today=today, names=home.names(),
        before=f"{middle - timedelta(days=30):%Y-%m}", after=f"{middle + timedelta(days=30):%Y-%m}",
    )  # fmt: skip


@router.get("/calendar/{on}")
def one_day(
    request: Request, on: date, visit: Looking, answers: Annotated[If | None, Query(alias="if")] = None
) -> Response:
    """All that the robot will do and say on a day."""
    if not FIRST <= on <= LAST:
        raise HTTPException(404, "no such day")
    home = home_of(request)
    viewed(request, visit, f"day {on}", answers or "")
    told = _told(home, visit.lang, on, answers, None)
    return render(request, "day.html", visit, on=on, answers=answers, told=told, other=on + timedelta(days=1))


@router.post("/calendar/{on}/copy")
def copy_day(request: Request, on: date, visit: Editing, target: Day) -> Response:
    """All of a day on another day as well; what is there already stays as it is."""
    home = home_of(request)
    for one in home.routines.all():
        if one.routine is None or one.routine.is_off(on) or not times_of(one.routine, on):
            continue
        try:
            copied(one.routine, on, target)
        except Wrong:
            continue  # it is there already, or does not run then
        api.copy_routine(request, one.id, api.CopyIn(version=one.version, source=on, target=target), visit)
    return RedirectResponse(f"/calendar/{target}", 303)


# --- the editor ---


@router.get("/routines/new")
def new(
    request: Request,
    visit: Editing,
    kind: Kind = "medicine",
    like: Annotated[str, Query(max_length=48)] = "",
) -> Response:
    """The form of a new routine, empty or like another."""
    home = home_of(request)
    if like:
        form = shown(_routine(the(request, like)))
        form.text["title"] = ""
        form.base = {}
        kind = cast(Kind, form.get("kind"))
    else:
        form = blank(kind, "")
        form.ticked["persons"] = tuple(home.routines.people.ids()[:1])
    form.text["id"] = _new_id(home, kind)
    return _editor(request, visit, form, 0)


@router.post("/routines/preview")
def preview(request: Request, visit: Editing, form: Posted) -> Response:
    """What the robot will do and say on a day with the routine as it stands in the form; nothing is changed."""
    home = home_of(request)
    form.base = _base(home, form)
    routine, wrong = _read(home, form, visit.lang)
    return render(request, "_preview.html", visit, wrong=wrong, where=FIELDS, **_preview(home, visit, form, routine))


@router.post("/routines")
def add(request: Request, visit: Editing, form: Posted) -> Response:
    """A new routine."""
    home = home_of(request)
    routine, wrong = _read(home, form, visit.lang)
    if routine is None:
        return _editor(request, visit, form, 0, 422, wrong)
    try:
        api.add_routine(request, routine, visit)
    except UserError:
        # Somebody else was quicker with this id: it only needs another one.
        form.text["id"] = _new_id(home, routine.kind)
        api.add_routine(request, validated(data_of(form), home.today()), visit)
    return RedirectResponse("/routines", 303)


@router.get("/routines/{routine_id}")
def edit(request: Request, routine_id: RoutineId, visit: Looking) -> Response:
    """One routine, to be read or changed."""
    now = the(request, routine_id)
    viewed(request, visit, f"routine {routine_id}")
    return _editor(request, visit, shown(_routine(now)), now.version)


@router.post("/routines/{routine_id}")
def change(request: Request, routine_id: RoutineId, visit: Editing, form: Posted, version: VersionNumber) -> Response:
    """Saves the form in the place of the version that it was made from. If somebody was quicker, both are shown."""
    home = home_of(request)
    form.text["id"] = routine_id
    form.base = _base(home, form)
    routine, wrong = _read(home, form, visit.lang)
    if routine is None:
        return _editor(request, visit, form, version, 422, wrong)
    try:
        api.change_routine(request, routine_id, api.ChangeIn(version=version, routine=routine), visit)
    except Conflict:
        return _conflict(request, visit, form, version)
    return RedirectResponse(f"/routines/{routine_id}?saved=1", 303)


def _conflict(request: Request, visit: Visit, form: Form, version: int) -> Response:
    """Both changes side by side. The form keeps what was written, and is from now on made from the newest version."""
    home = home_of(request)
    versions = home.routines.versions(form.get("id"))
    now = versions[-1]
    before = next((one for one in versions if one.version == version and one.routine is not None), None)
    theirs = shown(now.routine) if now.routine is not None else None
    if theirs is None or before is None:
        return _editor(request, visit, form, now.version, 409, conflict={"theirs": now, "differ": []})
    differ = differences(shown(_routine(before)), theirs, form_of(home, form))
    return _editor(request, visit, form, now.version, 409, conflict={"theirs": now, "differ": differ})


def form_of(home: CareHome, form: Form) -> Form:
    """What was written, in the same way of writing as that of a routine that was read."""
    return shown(validated(data_of(form), home.today()))


@router.get("/routines/{routine_id}/history")
def history(request: Request, routine_id: RoutineId, visit: Looking) -> Response:
    """Every version: who, when, and what became other."""
    home = home_of(request)
    try:
        versions = home.routines.versions(routine_id)
    except UserError as error:
        raise HTTPException(404, str(error)) from None
    rows, before = [], Form()
    for one in versions:
        now = shown(one.routine) if one.routine is not None else Form()
        changed = [(name, was, own) for name, was, _, own in differences(before, before, now)] if before.text else []
        rows.append((one, changed if one.routine is not None else []))
        before = now
    viewed(request, visit, f"routine {routine_id}", "versions")
    return render(request, "history.html", visit, id=routine_id, rows=rows[::-1], newest=versions[-1])


@router.post("/routines/{routine_id}/remove")
def remove(request: Request, routine_id: RoutineId, visit: Editing, version: VersionNumber) -> Response:
    """Takes it out."""
    api.remove_routine(request, routine_id, visit, version)
    return RedirectResponse("/routines", 303)


@router.post("/routines/{routine_id}/undo")
def undo(request: Request, routine_id: RoutineId, visit: Editing, version: VersionNumber) -> Response:
    """Takes the last change back."""
    api.undo_routine(request, routine_id, api.UndoIn(version=version), visit)
    return RedirectResponse(f"/routines/{routine_id}/history", 303)


@router.post("/routines/{routine_id}/copy")
def copy(
    request: Request, routine_id: RoutineId, visit: Editing, version: VersionNumber, source: Day, target: Day
) -> Response:
    """Its times of one day on another day as well."""
    now = the(request, routine_id)
    try:
        copied(_routine(now), source, target)
        api.copy_routine(request, routine_id, api.CopyIn(version=version, source=source, target=target), visit)
    except Wrong as wrong:
        return _editor(request, visit, shown(_routine(now)), now.version, 409, not_copied=wrong.told(visit.lang))
    except Conflict:
        return _conflict(request, visit, shown(_routine(now)), now.version)
    return RedirectResponse(f"/calendar/{target}", 303)


# --- what these share ---


def _routine(version: Version) -> Routine:
    assert version.routine is not None
    return version.routine


def _base(home: CareHome, form: Form) -> dict[str, Any]:
    """The routine that the form was made from, of the version that it names."""
    try:
        versions = home.routines.versions(form.get("id"))
    except UserError:
        return {}
    wanted = form.get("version")
    found = [one for one in versions if one.routine is not None and (str(one.version) == wanted or not wanted)]
    return found[-1].routine.model_dump(mode="json") if found and found[-1].routine is not None else {}


def _read(home: CareHome, form: Form, lang: str) -> tuple[Routine | None, list[Problem]]:
    try:
        routine = validated(data_of(form), home.today())
    except ValidationError as error:
        return None, problems(error, lang)
    unknown = set(routine.persons) - set(home.routines.people.ids())
    if unknown:
        return None, [Problem("persons", Wrong("not_so", given=", ".join(sorted(unknown))).told(lang))]
    return routine, []


def _editor(
    request: Request,
    visit: Visit,
    form: Form,
    version: int,
    status: int = 200,
    wrong: list[Problem] | None = None,
    conflict: Mapping[str, Any] | None = None,
    not_copied: str = "",
) -> Response:
    home = home_of(request)
    wrong = wrong or []
    routine = None if wrong else _read(home, form, visit.lang)[0]
    kind = form.get("kind")
    for name, ladder in shipped().items():
        if form.get("ladder_is") in (name, "usual") and not form.get("step_at_0"):
            usual = routine.rungs if routine is not None else ladder
            text, ticked = rungs(ladder if form.get("ladder_is") == name else usual)
            form.text |= {key: value for key, value in text.items() if not form.get(key)}
            form.ticked |= ticked
            break
    sounds = own_sounds.own_folder()
    return render(
        request,
        "editor.html",
        visit,
        status,
        form=form,
        version=version,
        kind=kind,
        kinds=KINDS,
        wrong=wrong,
        where=FIELDS,
        faults=_by_field(wrong),
        people=home.people(),
        weekdays=WEEKDAYS,
        repeats=REPEATS,
        rungs=range(RUNGS),
        doings=get_args(Rung),
        ladders=LADDERS["medicine" if kind == "medicine" else ""],
        severities=SEVERITIES,
        pictures=picture_names(),
        recordings=sorted(one.name for one in sounds.glob("*")) if sounds.is_dir() else [],
        conflict=conflict,
        not_copied=not_copied,
        saved="saved" in request.query_params,
        today=home.today(),
        **_preview(home, visit, form, routine),
    )


FIELDS = {
    "schedule.at": "at",
    "schedule.weekend_at": "weekend_at",
    "schedule.start": "start",
    "schedule.end": "end",
    "schedule.rdate": "rdate",
    "schedule.exdate": "exdate",
    "schedule.rrule": "repeat",
    "after.event": "after_event",
    "after.delay_min": "after_delay",
    "after.at_the_latest": "after_latest",
    "medicine": "dose",
    "medicine.dose": "dose",
    "medicine.key": "key",
    "medicine.min_gap_h": "min_gap_h",
    "medicine.photo": "photo",
    "medicine.supply.count": "supply_count",
    "medicine.supply.each": "supply_each",
    "medicine.supply.refill_below": "refill_below",
    "off.first": "off",
    "off.last": "off",
    "ladder.steps": "ladder_is",
    "ladder.steps.at_min": "ladder_is",
    "ladder.steps.do": "ladder_is",
    "ladder": "ladder_is",
    "ladder.snoozes": "snoozes",
    "ladder.snooze_min": "snooze_min",
}
"""Which field of the form shows a part of the routine, where the two are not called the same."""


def _by_field(wrong: list[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in wrong:
        found.setdefault(FIELDS.get(one.field, one.field), []).append(one.text)
    return found


def _preview(home: CareHome, visit: Visit, form: Form, routine: Routine | None) -> dict[str, Any]:
    answers = form.get("preview_if")
    chosen: Policy | None = "silent" if answers == "silent" else "takes" if answers == "takes" else None
    if answers == "refuses":
        chosen = "refuses"
    try:
        on = date.fromisoformat(form.get("preview_on"))
    except ValueError:
        on = _next_day(home, routine)
    if not FIRST <= on <= LAST:
        on = home.today()
    return {
        "preview_on": on,
        "preview_if": chosen or "",
        "told": _told(home, visit.lang, on, chosen, routine),
        "own": form.get("id") if routine is not None else "",
    }


def _next_day(home: CareHome, routine: Routine | None) -> date:
    """The first day on which it falls due, from today on."""
    today = home.today()
    if routine is None:
        return today
    start = max(datetime.combine(today, time.min), datetime.combine(routine.schedule.start, time.min))
    coming = routine.schedule.local_times(start, start + timedelta(days=400))
    return next((local.date() for local in coming if not routine.is_off(local.date())), today)


def _told(
    home: CareHome, lang: str, on: date, answers: Policy | None, instead: Routine | None
) -> list[tuple[str, Told]]:
    """A day in words, each with the id of its routine."""
    found = home.plan(on, answers or "takes", instead)
    names = home.names()
    lines = []
    for one in found if answers is not None else first_of_each(found):
        told = tell(one, names, lang, whole=answers is not None)
        if told is not None:
            lines.append((one.routine.id, told))
    return lines


def _new_id(home: CareHome, kind: str) -> str:
    known = {one.id for one in home.listed(removed=True)}
    stem = kind.replace("_", "-")
    return next(name for number in range(1, 100_000) if (name := f"{stem}-{number}") not in known)


def _describe(request: Request, visit: Visit) -> Any:
    """When a routine comes, in a few words."""
    t = pages_of(request).words(visit.lang)

    def describe(routine: Routine) -> str:
        form = shown(routine)
        if routine.medicine is not None and routine.medicine.as_needed:
            return t("routines.as_needed")
        repeat = form.get("repeat")
        days = " ".join(t(f"weekday.{day}") for day in form.ticks("weekdays"))
        said = [t(f"repeat.{repeat}") if repeat != "weekly" or not days else days]
        said += [f"{t('form.every')} {form.get('every')}"] if repeat == "every" else []
        said += [", ".join(routine.schedule.at)] if routine.schedule.at else []
        if routine.schedule.weekend_at is not None:
            said.append(f"{t('form.weekend_at')} {', '.join(routine.schedule.weekend_at) or '-'}")
        if repeat == "dates":
            said.append(", ".join(f"{local:%m-%d %H:%M}" for local in routine.schedule.rdate[:4]))
        return " · ".join(said)

    return describe
