"""`dolbom routines`: medicines, meals, appointments and whatever else is done with people by the clock."""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.routines.history import adherence
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import Routine, routine_from
from dolbom.store.base import Store, open_store
from dolbom.store.routines import RoutineStore, Version

EXAMPLE = """\b
An example of a file:
\b
  id: blood-pressure
  kind: medicine
  title: 혈압약
  persons: [김순자]
  schedule:
    at: ["08:00", "20:00"]
    weekend_at: ["09:00", "20:30"]
    exdate: [2026-12-25]
  medicine:
    dose: 한 알
    importance: critical    # normal, optional
    min_gap_h: 8
    supply: {count: 60, refill_below: 10}

Kinds: medicine, meal, water, appointment, bin_day, check_in, exercise, game, greeting, reminder, birthday.
All fields: docs/routines.md.
"""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What is done with people by the clock: medicines, meals, appointments … Works while the robot runs.",
    epilog="Examples:  [bold]dolbom routines add medicine.yaml[/]   [bold]dolbom routines list[/]   "
    "[bold]dolbom routines import calendar.ics[/]   [bold]dolbom routines undo blood-pressure[/]   "
    "[bold]dolbom day[/] shows what comes of them",
)

stdout, stderr = Console(highlight=False), Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
By = Annotated[str, typer.Option("--by", help="Who does it, for the history: a role or a staff id.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As `dolbom routines list` shows it.")]


@app.command("list", epilog="Examples:  dolbom routines list   dolbom routines list --all --json")
def list_routines(
    removed: Annotated[bool, typer.Option("--all", help="Those that were removed as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every routine: what, for whom, when."""
    store, _ = _open()
    versions = store.all(removed=removed)
    if as_json:
        stdout.print_json(json.dumps([_row(one) for one in versions], ensure_ascii=False))
        return
    if not versions:
        stdout.print("There is no routine yet: dolbom routines add --help")
        return
    names = _names(store)
    table = Table("id", "kind", "title", "for", "when", "version")
    for one in versions:
        routine = one.routine
        if routine is None:
            table.add_row(one.id, "", "removed", "", "", str(one.version))
        else:
            people = ", ".join(names.get(person, person) for person in routine.persons) or "whoever is at home"
            table.add_row(one.id, routine.kind, routine.title, people, _when(routine), str(one.version))
    stdout.print(table)


@app.command(
    help=f"Add the routines of a YAML file, all or none.\n\n{EXAMPLE}",
    epilog="Examples:  dolbom routines add medicine.yaml   dolbom routines add - --by nurse < all.yaml",
)
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One routine or a list of them; - reads from a pipe.")],
    by: By = "home",
    as_json: AsJson = False,
) -> None:
    """See the help above."""
    now = SystemClock().civil()
    store, _ = _open()
    _put(store, _from_yaml(store, file, now), now, by, as_json)


@app.command(epilog="Examples:  dolbom routines change medicine.yaml --version 3")
def change(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One routine; - reads from a pipe.")],
    version: Annotated[int, typer.Option("--version", help="The version that was changed, as `show` says.")],
    by: By = "home",
    as_json: AsJson = False,
) -> None:
    """Put a changed routine in the place of the old one. If somebody changed it meanwhile, nothing is done."""
    now = SystemClock().civil()
    store, _ = _open()
    routines = _from_yaml(store, file, now)
    if len(routines) != 1:
        raise UserError(f"{file} has {len(routines)} routines", "change one at a time")
    made = store.change(routines[0], version, now, by)
    _done({"id": routines[0].id, "version": made}, f"{routines[0].id} is changed (version {made}).", as_json)


@app.command(
    "import", epilog="Examples:  dolbom routines import family.ics --dry-run   dolbom routines import family.ics"
)
def import_ics(
    file: Annotated[Path, typer.Argument(metavar="FILE.ics", help="A calendar of dolbom's or of anybody's.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would come of it.")] = False,
    by: By = "home",
    as_json: AsJson = False,
) -> None:
    """Add the events of an iCalendar file as routines, all or none."""
    from dolbom.routines import ics

    clock = SystemClock()
    routines, notes = ics.read(_bytes(file), clock.civil().date(), clock.zone)
    for note in notes:
        stderr.print(f"note: {note.told('en')}")
    store, _ = _open()
    if dry_run:
        rows = [json.loads(routine.model_dump_json(exclude_defaults=True)) for routine in routines]
        if as_json:
            stdout.print_json(json.dumps(rows, ensure_ascii=False))
        for routine in () if as_json else routines:
            stdout.print(f"{routine.id}: {routine.title}, {_when(routine)}")
        return
    _put(store, routines, clock.civil(), by, as_json)


@app.command(
    epilog="Examples:  dolbom routines export home.ics   dolbom routines export home.yaml   dolbom routines export"
)
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="home.ics or home.yaml; else to the terminal.")
    ] = None,
) -> None:
    """Write all routines as iCalendar (.ics) or YAML, to be read by other programs and by `import` and `add`."""
    from dolbom.routines import ics

    clock = SystemClock()
    store, _ = _open()
    routines = [one.routine for one in store.all() if one.routine is not None]
    suffix = file.suffix.lower() if file is not None else ".yaml"
    if suffix not in (".ics", ".yaml", ".yml"):
        raise UserError(f"‘{file}’ is neither .ics nor .yaml", "name it home.ics or home.yaml")
    if suffix == ".ics":
        text = ics.export(routines, clock.zone, clock.civil())
    else:
        text = _yaml([_plain(routine) for routine in routines]).encode()
    if file is None:
        sys.stdout.write(text.decode())
        return
    file.write_bytes(text)
    stdout.print(f"{len(routines)} routines are in {file}.")


@app.command(epilog="Examples:  dolbom routines show blood-pressure   dolbom routines show blood-pressure --history")
def show(
    id: Id,
    history: Annotated[bool, typer.Option("--history", help="Every version: when, by whom, what.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a routine as it can be changed and put back, or its history."""
    store, clock = _open()
    versions = store.versions(id) if history else [store.get(id)]
    if as_json:
        stdout.print_json(
            json.dumps([_row(one) for one in versions] if history else _row(versions[0]), ensure_ascii=False)
        )
    elif history:
        table = Table("version", "when", "by", "what", "title", "times")
        for one in versions:
            routine = one.routine
            when = one.at.astimezone(clock.zone).strftime("%Y-%m-%d %H:%M")
            table.add_row(str(one.version), when, one.by, one.act, routine.title if routine else "",
                          _when(routine) if routine else "")  # fmt: skip
        stdout.print(table)
    else:
        one = versions[0]
        assert one.routine is not None
        sys.stdout.write(f"# version {one.version}, {one.act} by {one.by}\n" + _yaml(_plain(one.routine)))


@app.command(epilog="Examples:  dolbom routines remove blood-pressure --by nurse-3")
def remove(id: Id, by: By = "home", as_json: AsJson = False) -> None:
    """Remove a routine. What became of it stays in the history; `undo` brings it back."""
    store, clock = _open()
    version = store.remove(id, clock.civil(), by)
    _done({"id": id, "version": version}, f"{id} is removed; `dolbom routines undo {id}` brings it back.", as_json)


@app.command(epilog="Examples:  dolbom routines undo blood-pressure")
def undo(id: Id, by: By = "home", as_json: AsJson = False) -> None:
    """Take the last change of a routine back; once more, the one before."""
    store, clock = _open()
    now = store.undo(id, clock.civil(), by)
    said = f"{id} is as before: {_when(now.routine)}" if now.routine is not None else f"{id} is removed again"
    _done(
        {"id": id, "version": now.version, "removed": now.routine is None}, f"{said} (version {now.version}).", as_json
    )


@app.command("adherence", epilog="Examples:  dolbom routines adherence   dolbom routines adherence --weeks 12 --json")
def show_adherence(
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=520, help="So many weeks back.")] = 4,
    person: Annotated[str, typer.Option("--person", help="Name or id: only theirs.")] = "",
    as_json: AsJson = False,
) -> None:
    """How the medicines were taken, by week, medicine and person; computed from the history, dose by dose."""
    store, clock = _open()
    who = store.people.find(person) if person else None
    since = clock.civil() - timedelta(weeks=weeks)
    ledger = Ledger(_store(), lambda _event, _session: None, lambda: False)
    found = adherence(ledger.entries(person=who, since=since))
    if as_json:
        rows = [one.model_dump() | {"rate": round(one.rate, 3)} for one in found]
        stdout.print_json(json.dumps(rows, ensure_ascii=False))
        return
    if not found:
        stdout.print("No dose was due in this time.")
        return
    names = _names(store)
    table = Table("week", "medicine", "person", "due", "taken", "late", "refused", "missed", "not known", "rate")
    for one in found:
        who_said = names.get(one.person or "", one.person or "")
        figures = (one.due, one.taken, one.late, one.refused, one.missed, one.unknown)
        table.add_row(one.week, one.medicine, who_said, *map(str, figures), f"{one.rate:.0%}")
    stdout.print(table)


def _store() -> Store:
    return open_store()


def _open() -> tuple[RoutineStore, SystemClock]:
    return RoutineStore(_store()), SystemClock()


def _names(store: RoutineStore) -> dict[str, str]:
    return {one.id: one.name for one in store.people.everybody()} if store.people.ids() else {}


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise UserError(f"there is no file {file}", "see `dolbom routines add --help` for an example") from None


def _from_yaml(store: RoutineStore, file: Path, now: datetime) -> list[Routine]:
    try:
        data = YAML(typ="safe").load(_bytes(file).decode())
    except UnicodeDecodeError:
        raise UserError(f"{file} is not UTF-8 text", "save it as UTF-8") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        raise UserError(f"{file}, line {line}: {error.problem}", "mend this line") from None
    except YAMLError as error:
        raise UserError(f"{file} cannot be read as YAML ({error})", "see `dolbom routines add --help`") from None
    many = data if isinstance(data, list) else [data]
    if not many or many == [None]:
        raise UserError(f"{file} is empty", "see `dolbom routines add --help` for an example")
    routines = []
    for number, one in enumerate(many, 1):
        if isinstance(one, dict) and isinstance(one.get("persons"), list):
            one["persons"] = [store.people.find(str(person)) for person in one["persons"]]
        routines.append(routine_from(one, now.date(), f"routine {number} of {file}"))
    return routines


def _put(store: RoutineStore, routines: list[Routine], now: datetime, by: str, as_json: bool) -> None:
    versions = store.add_all(routines, now, by)
    rows = [{"id": routine.id, "version": version} for routine, version in zip(routines, versions, strict=True)]
    said = "\n".join(f"{routine.id}: {routine.title}, {_when(routine)}" for routine in routines)
    _done(rows, f"{said}\nAdded. `dolbom day` shows what the robot will do.", as_json)


def _done(row: Any, said: str, as_json: bool) -> None:
    if as_json:
        stdout.print_json(json.dumps(row, ensure_ascii=False))
    else:
        stdout.print(said, soft_wrap=True)


def _row(one: Version) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "at": one.at.isoformat(),
        "by": one.by,
        "act": one.act,
        "routine": _plain(one.routine) if one.routine is not None else None,
    }


def _plain(routine: Routine) -> dict[str, Any]:
    return dict(json.loads(routine.model_dump_json(exclude_defaults=True)))


def _yaml(data: Any) -> str:
    yaml = YAML()
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    text = io.StringIO()
    yaml.dump(data, text)
    return text.getvalue()


def _when(routine: Routine) -> str:
    schedule = routine.schedule
    if routine.medicine is not None and routine.medicine.as_needed:
        return "as needed"
    said = " ".join(schedule.at)
    if schedule.weekend_at is not None:
        said += f" (weekend: {' '.join(schedule.weekend_at) or 'none'})"
    if schedule.rrule != "FREQ=DAILY" and schedule.at:
        said += f" {schedule.rrule}"
    if schedule.rdate:
        said = f"{said} {', '.join(f'{local:%Y-%m-%d %H:%M}' for local in schedule.rdate)}".strip()
    if schedule.end is not None:
        said += f" until {schedule.end}"
    return said if routine.enabled else f"{said} (off)"
