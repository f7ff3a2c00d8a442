"""`dolbom day`: everything that the robot will do on a day, in its own words, and what follows if it is answered so."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom.routines.day import Happening, day, first_of_each
from dolbom.routines.person import Policy
from dolbom.routines.telling import row, tell
from dolbom.store.base import open_store
from dolbom.store.routines import RoutineStore

app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})

stdout = Console(highlight=False)


@app.command("day")
def show_day(
    on: Annotated[str, typer.Option("--date", help="The day, as 2026-12-24; without it, today.")] = "",
    person: Annotated[str, typer.Option("--person", help="Name or id: only what is for them.")] = "",
    answers: Annotated[
        Literal["silent", "takes", "refuses"] | None,
        typer.Option("--if", help="Go through the whole day with somebody who always answers so."),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="ko or en.")] = "ko",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Everything that the robot will do on a day, in order, with its words. Nothing is said or changed by looking.

    Examples:  dolbom day   dolbom day --date 2026-12-24 --person 김순자   dolbom day --if silent
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {' and '.join(LANGUAGES)}")
    clock = SystemClock()
    try:
        wanted = date.fromisoformat(on) if on else clock.civil().date()
    except ValueError:
        raise UserError(f"--date: ‘{on}’ is no date", "write it as 2026-12-24") from None
    store = RoutineStore(open_store())
    who = store.people.find(person) if person else None
    held = store.held()
    needed = {one for each in held for one in each.routine.persons}
    names = {one.id: one.name for one in store.people.everybody()} if needed else {}
    usual = phrase(lang, "distress.address")
    policy: Policy = answers or "takes"
    found = day(held, wanted, clock.zone, lang, lambda id: names.get(id, usual) if id else usual, policy=policy)
    shown = [one for one in found if who is None or one.due.person in (None, who)]
    if answers is None:
        shown = first_of_each(shown)
    if as_json:
        stdout.print_json(json.dumps([row(one, names, whole=answers is not None) for one in shown], ensure_ascii=False))
        return
    title = phrase(lang, "routines.day.title", date=wanted.isoformat())
    stdout.print(f"[bold]{title}[/]" + (f" — {phrase(lang, f'routines.day.if.{answers}')}" if answers else ""))
    if not shown:
        stdout.print(phrase(lang, "routines.day.nothing"))
    for one in shown:
        for line in _lines(one, names, lang, whole=answers is not None):
            stdout.print(line, soft_wrap=True)


def _lines(one: Happening, names: dict[str, str], lang: str, *, whole: bool) -> list[str]:
    told = tell(one, names, lang, whole=whole)
    if told is None:
        return []
    who = f" · {escape(told.name)}" if told.name else ""
    what = [*map(escape, told.what), *([f"[bold]{told.settled}[/]"] if told.settled else [])]
    head = f"[bold]{told.clock}[/]  {told.kind} · {escape(told.title)}{who}: "
    return [head + "  ".join(what), *(f"       [dim]{escape(then)}[/]" for then in told.then)]
