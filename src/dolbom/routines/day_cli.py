"""`dolbom day`: everything that the robot will do on a day, in its own words, and what follows if it is answered so."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom.routines.day import Happening, day
from dolbom.routines.decisions import Remind
from dolbom.routines.person import Policy
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
        shown = _first_of_each(shown)
    if as_json:
        stdout.print_json(
            json.dumps([_row(one, names, whole=answers is not None) for one in shown], ensure_ascii=False)
        )
        return
    title = phrase(lang, "routines.day.title", date=wanted.isoformat())
    stdout.print(f"[bold]{title}[/]" + (f" — {phrase(lang, f'routines.day.if.{answers}')}" if answers else ""))
    if not shown:
        stdout.print(phrase(lang, "routines.day.nothing"))
    for one in shown:
        for line in _lines(one, names, lang, whole=answers is not None):
            stdout.print(line, soft_wrap=True)


def _first_of_each(found: list[Happening]) -> list[Happening]:
    seen: set[str] = set()
    first = []
    for one in found:
        if one.act is not None and one.due.id not in seen:
            seen.add(one.due.id)
            first.append(one)
    said = {one.due.id for one in first}
    # What is never said that day (its hours are quiet, or it comes too soon) is shown for what it is.
    first += [one for one in found if one.due.id not in said and one.settled is not None]
    return sorted(first, key=lambda one: one.at)


def _row(one: Happening, names: dict[str, str], *, whole: bool) -> dict[str, Any]:
    act, routine = one.act, one.routine
    row: dict[str, Any] = {
        "at": one.at.isoformat(timespec="seconds"),
        "due": one.due.id,
        "routine": routine.id,
        "kind": routine.kind,
        "title": routine.title,
        "person": one.due.person,
        "name": names.get(one.due.person or ""),
    }
    if act is not None:
        row |= {"text": act.text}
    if isinstance(act, Remind):
        row |= {
            "question": act.question,
            "picture": act.picture,
            "recording": act.recording,
            "song": act.song,
            "come_to_person": act.come,
        }
    if whole:
        row |= {
            "answer": one.answer,
            "held": one.held,
            "state": one.settled.value if one.settled is not None else None,
            "events": [{"kind": event.kind, "severity": event.severity.value} for event in one.events],
        }
    else:
        row["then"] = [{"after_min": step.at_min, "do": list(step.do)} for step in routine.rungs.steps[1:]]
    return row


def _lines(one: Happening, names: dict[str, str], lang: str, *, whole: bool) -> list[str]:
    def say(key: str, **values: object) -> str:
        return phrase(lang, f"routines.day.{key}", **values)

    act, routine = one.act, one.routine
    what: list[str] = []
    if isinstance(act, Remind):
        what += [say("comes")] if act.come else []
        what += [say("song", file=act.song)] if act.song else []
        what += [say("plays", file=act.recording)] if act.recording else [say("says", text=act.text)]
        what += [say("shows", file=act.picture)] if act.picture else []
        what += [say("asks", text=act.question)] if act.question else []
    elif act is not None:
        what.append(say("begins", text=act.text))
    if whole:
        what += [say(f"held.{one.held}")] if one.held else []
        if one.answer:
            what.append(_answer(one.answer, lang))
        for event in one.events:
            if event.severity.value != "info":
                severity = phrase(lang, f"desk.severity.{event.severity.value}")
                what.append(say("event", what=phrase(lang, f"desk.event.{event.kind}"), severity=severity))
    if one.settled is not None and (whole or act is None):
        what.append(f"[bold]{say(f'state.{one.settled.value}')}[/]")
    if not what:
        return []
    name = names.get(one.due.person or "")
    who = f" · {escape(name)}" if name else ""
    lines = [
        f"[bold]{_clock(one.at, one.due.local)}[/]  {say(f'kind.{routine.kind}')} · {escape(routine.title)}{who}: "
        + "  ".join(part if part.startswith("[bold]") else escape(part) for part in what)
    ]
    if not whole and act is not None:
        if routine.after is not None:
            after = routine.after
            waits = say("waits", event=after.event, minutes=f"{after.delay_min:g}", latest=after.at_the_latest)
            lines.append(f"       [dim]{escape(waits)}[/]")
        asked = not isinstance(act, Remind) or act.question
        for step in routine.rungs.steps[1:] if asked else ():
            done = ", ".join(say(f"do.{do}") for do in step.do)
            lines.append(f"       [dim]{escape(say('then', minutes=f'{step.at_min:g}', what=done))}[/]")
    return lines


def _answer(answer: str, lang: str) -> str:
    known = {
        "silence": "silence",
        "told": "told",
        "medicine_taken": "taken",
        "meal_eaten": "yes",
        "yes": "yes",
        "medicine_refused": "refused",
        "meal_not_eaten": "refused",
        "no": "refused",
        "refused": "refused",
    }
    return phrase(lang, f"routines.day.answer.{known[answer]}") if answer in known else f"({answer})"


def _clock(at: datetime, due: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == due.date() else f"{at:%m-%d %H:%M}"
