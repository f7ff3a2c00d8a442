"""`dolbom consent`: what people agreed to, by purpose; given by whom, until when; taken back at any time."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import Clock, SystemClock
from dolbom.errors import UserError
from dolbom.i18n import catalogue
from dolbom.store.base import open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, People, Purpose

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What people agreed to: each purpose by itself, given by whom, until when. Works while the robot runs.",
    epilog="Examples:  [bold]dolbom consent list[/]   "
    "[bold]dolbom consent give 김순자 check_in memory --given-by daughter --until 2027-11-30[/]   "
    "[bold]dolbom consent give 김순자 memory --given-by herself --new[/]   "
    "[bold]dolbom consent withdraw 김순자 memory[/]",
)

stdout, stderr = Console(), Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Named = Annotated[
    str, typer.Argument(metavar="NAME", help="How the robot addresses the person, as 김순자님; or their id.")
]
Purposes = Annotated[
    list[Purpose],
    typer.Argument(metavar="PURPOSE...", help="One or more of them; what each means: dolbom consent purposes."),
]
GivenBy = Annotated[
    str, typer.Option("--given-by", help="Who consented: the person, or who may decide for them.", show_default=False)
]
Until = Annotated[str, typer.Option("--until", help="Last day of the consent, as 2027-11-30; without it, open.")]
Lang = Annotated[str, typer.Option("--lang", help="ko or en.")]


@app.command("list", epilog="Examples:  dolbom consent list   dolbom consent list --json")
def list_consents(as_json: AsJson = False) -> None:
    """Show every consent of everybody: what for, by whom, since when, until when, and whether it holds."""
    now = SystemClock().civil()
    everybody = People(open_store()).everybody()
    if as_json:
        rows = [
            {"person": one.id, "name": one.name, "consents": [consent_row(consent, now) for consent in one.consents]}
            for one in everybody
        ]
        stdout.print_json(json.dumps(rows, ensure_ascii=False))
        return
    if not everybody:
        stdout.print("Nobody is known here. Begin with: dolbom consent give NAME PURPOSE --given-by WHO --new")
        return
    table = Table("id", "name", "purpose", "given by", "given", "state")
    for person in everybody:
        for consent in person.consents:
            row = consent_row(consent, now)
            given = consent.given.astimezone(now.tzinfo).date().isoformat()
            table.add_row(person.id, person.name, consent.purpose.value, consent.given_by, given, row["state"])
    stdout.print(table)


@app.command(epilog="Examples:  dolbom consent purposes   dolbom consent purposes --lang en")
def purposes(lang: Lang = "ko", as_json: AsJson = False) -> None:
    """Say in plain words what each purpose means, to be read to whoever is asked."""
    if lang not in ("ko", "en"):
        raise UserError(f"no language {lang!r}", "there are ko and en")
    words = catalogue(lang, "consent")
    if as_json:
        stdout.print_json(json.dumps({one.value: words[one.value] for one in Purpose}, ensure_ascii=False))
        return
    table = Table("purpose", "", box=None, pad_edge=False)
    for one in Purpose:
        table.add_row(one.value, words[one.value])
    stdout.print(table)


@app.command(epilog="Example:  dolbom consent give 김순자 check_in memory --given-by daughter --until 2027-11-30")
def give(
    named: Named,
    wanted: Purposes,
    given_by: GivenBy,
    until: Until = "",
    new: Annotated[bool, typer.Option("--new", help="Somebody the home does not know yet, without a face.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record that somebody consents; the robot heeds it at once."""
    clock = SystemClock()
    given = [consent_of(purpose, given_by, until, clock) for purpose in dict.fromkeys(wanted)]
    people = People(open_store())
    if new and Purpose.FACE in wanted:
        raise UserError("a face is not known by its name alone", "enrol it: dolbom faces enrol NAME FOLDER")
    if new and any(named == person.name for person in people.everybody()):
        raise UserError(f"somebody is called {named!r} already", "leave out --new, or give another name")
    person = people.add(named, given.pop(0), clock.civil()) if new else people.find(named)
    for consent in given:
        people.consent(person, consent)
    if as_json:
        stdout.print_json(json.dumps({"person": person, "purposes": [one.value for one in wanted]}))
    else:
        stdout.print(f"Recorded for {named} ({person}): {', '.join(wanted)}.")


@app.command(epilog="Examples:  dolbom consent withdraw 김순자 memory   dolbom consent withdraw 김순자 check_in memory")
def withdraw(named: Named, wanted: Purposes, as_json: AsJson = False) -> None:
    """Take consents back: what was kept on them is erased at once and cannot be brought back; the record stays."""
    now = SystemClock().civil()
    store = MemoryStore(open_store())
    person = store.people.find(named)
    for purpose in dict.fromkeys(wanted):
        store.people.withdraw(person, now, purpose)
    erased = store.purge(now)
    if as_json:
        withdrawn = {"person": person, "withdrawn": [one.value for one in wanted], "erased": erased}
        stdout.print_json(json.dumps(withdrawn))
    else:
        stdout.print("Withdrawn; what was kept on it is erased.")


def consent_of(purpose: Purpose, given_by: str, until: str, clock: Clock) -> Consent:
    """A consent as it is said on a command line.

    Args:
        until: its last day, as 2027-11-30, or "".

    Raises:
        UserError: if nobody is named as giving it, or it would have ended already.
    """
    now = clock.civil()
    if not given_by.strip():
        raise UserError("nobody is named as giving the consent", "--given-by WHO")
    end: datetime | None = None
    if until:
        try:
            end = datetime.combine(date.fromisoformat(until), time.max, clock.zone)
        except ValueError:
            raise UserError(f"--until {until!r} is not a day", "write it as 2027-11-30") from None
        if end <= now:
            raise UserError(f"the consent would have ended on {until}", "name a day to come")
    return Consent(purpose, given_by.strip(), now, end)


def consent_row(consent: Consent, now: datetime) -> dict[str, str | None]:
    """A consent for programs; its state in words."""
    end = consent.until.astimezone(now.tzinfo).date().isoformat() if consent.until else None
    state = "withdrawn" if consent.withdrawn else ("holds" if consent.holds(now) else "ended")
    return {
        "purpose": consent.purpose.value,
        "given_by": consent.given_by,
        "given": consent.given.isoformat(),
        "until": end,
        "state": state + (f" until {end}" if end and state == "holds" else ""),
    }
