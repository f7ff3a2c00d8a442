"""`dolbom report`: the weekly report on paper, the weeks as numbers, and the records as FHIR."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES
from dolbom.reports.records import Records
from dolbom.reports.week import WEEKS, WeekReport, last_whole_week, week_report
from dolbom.reports.weeks import week_of
from dolbom.store.base import open_store
from dolbom.store.people import People

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What the records say over days and weeks: to print, as numbers, as FHIR. Works while the robot runs.",
    epilog="Examples:  [bold]dolbom report week report.pdf[/]   [bold]dolbom report weeks --json[/]   "
    "[bold]dolbom report fhir records.json --since 2026-11-01[/]",
)

stdout, stderr = Console(highlight=False), Console(stderr=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Who = Annotated[str, typer.Option("--person", help="Name or id: only theirs.")]
Lang = Annotated[str, typer.Option("--lang", help="ko or en.")]


@app.command(epilog="Examples:  dolbom report week report.pdf   dolbom report week --week 2026-W48 --json")
def week(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.pdf]", help="Where the paper is written.")] = None,
    which: Annotated[str, typer.Option("--week", help="ISO week, as 2026-W48; else the last whole one.")] = "",
    person: Who = "",
    lang: Lang = "ko",
    as_json: AsJson = False,
) -> None:
    """Write the report of a week as PDF, or as JSON: doses, what was not taken, check-ins, alarms, charts."""
    _language(lang)
    if file is None and not as_json:
        raise UserError("where shall the report be written?", "name a file, as report.pdf, or give --json")
    clock = SystemClock()
    now = clock.civil()
    report = _report(which or last_whole_week(now.date()), person, WEEKS)
    if as_json:
        typer.echo(TypeAdapter(WeekReport).dump_json(report).decode())
    if file is None:
        return
    from dolbom.reports.pdf import pdf

    with stderr.status("Drawing the paper"):
        made = pdf(report, lang, clock.zone)
    file.write_bytes(made)
    stderr.print(f"{file}: the report of {report.week}, {len(made) / 1000:.0f} kB.")


@app.command(epilog="Examples:  dolbom report weeks   dolbom report weeks --weeks 12 --person 김순자 --json")
def weeks(
    number: Annotated[int, typer.Option("--weeks", min=1, max=26, help="So many weeks, up to this one.")] = WEEKS,
    person: Who = "",
    as_json: AsJson = False,
) -> None:
    """Show week by week how medicines were taken, how people said they slept and felt, and what they did."""
    report = _report(week_of(SystemClock().civil().date()), person, number)
    found = [(someone.name, one) for someone in report.people for one in someone.series]
    if as_json:
        typer.echo(json.dumps([asdict(one) for _, one in found], ensure_ascii=False))
        return
    if not found:
        stdout.print("Nothing is written down in this time.")
        return
    for name, one in found:
        table = Table("week", *one.parts, title=f"{one.title or one.topic}{f' · {name}' if name else ''}")
        for at, counts in zip(one.weeks, one.counts, strict=True):
            table.add_row(at, *map(str, counts))
        stdout.print(table)


@app.command(epilog="Examples:  dolbom report fhir records.json   dolbom report fhir --since 2026-11-01 > b.json")
def fhir(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.json]", help="Else to the terminal.")] = None,
    since: Annotated[str, typer.Option("--since", help="First day; else 30 days before the last.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day; else today.")] = "",
    person: Who = "",
    lang: Lang = "ko",
) -> None:
    """Write doses, check-ins and alarms as a FHIR R4 Bundle: MedicationAdministration, Observation, Flag, Patient."""
    from dolbom.reports.fhir import bundle, count

    _language(lang)
    clock = SystemClock()
    now = clock.civil()
    last = _day(until) or now.date()
    first = _day(since) or last - timedelta(days=30)
    records, who = _records(person)
    with stderr.status("Reading the records"):
        made: dict[str, Any] = bundle(records, first, last, now, lang, who)
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    said = ", ".join(f"{number} {kind}" for kind, number in count(made).items()) or "nothing"
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
    stderr.print(f"{file or 'FHIR R4'}: {first} to {last}: {said}.")


def _records(person: str) -> tuple[Records, str | None]:
    store = open_store()
    return Records(store, SystemClock().zone), People(store).find(person) if person else None


def _report(week: str, person: str, number: int) -> WeekReport:
    records, who = _records(person)
    return week_report(records, week, SystemClock().civil(), who, number)


def _language(lang: str) -> None:
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {' and '.join(LANGUAGES)}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"‘{text}’ is no day", "write it as 2026-11-30") from None
