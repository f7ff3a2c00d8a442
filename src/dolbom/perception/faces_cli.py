"""`dolbom faces …`: enrol people from pictures, show who is enrolled and by whose consent, forget them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, ClassVar

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from dolbom.cli import LazyGroup
from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.perception.album import TROUBLES, Album, keep
from dolbom.perception.enrolment import FEWEST
from dolbom.perception.pictures import face_reader, pictures_in, read_picture
from dolbom.store import people as store
from dolbom.store.base import open_store
from dolbom.store.consent_cli import GivenBy, Until, consent_of, consent_row


class FacesGroup(LazyGroup):
    # What talks to the running robot needs ROS and lives in dolbom_nodes.
    modules: ClassVar[dict[str, str]] = {"enrol-live": "dolbom_nodes.enrol_command"}


app = typer.Typer(
    cls=FacesGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The people the robot knows by their faces. Faces are kept as sealed numbers; no picture is ever stored.",
    epilog="Examples:  [bold]dolbom faces enrol 어머니 pictures/ --given-by 'daughter' --until 2027-11-30[/]   "
    "[bold]dolbom faces list[/]   [bold]dolbom faces forget 어머니 --asked-by daughter[/]",
)

stdout, stderr = Console(), Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Named = Annotated[str, typer.Argument(help="Name or id of an enrolled person.")]


@app.command()
def enrol(
    name: Annotated[str, typer.Argument(help="How the robot calls the person.")],
    folder: Annotated[Path, typer.Argument(help="Folder with at least three pictures of this person alone.")],
    given_by: GivenBy,
    until: Until = "",
    again: Annotated[
        str, typer.Option("--again", help="Name or id of an enrolled person whose face to take anew.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Learn a face from pictures in a folder: from the front, from the left, from the right."""
    consent = consent_of(store.Purpose.FACE, given_by, until, SystemClock())
    files = pictures_in(folder)
    reader = face_reader()
    album = Album(reader)
    refused: dict[str, str] = {}
    for file in track(files, "Looking at the pictures", console=stderr, disable=not stderr.is_terminal):
        trouble = album.add(read_picture(file))
        if trouble is not None:
            refused[file.name] = TROUBLES[trouble]
    if not album.enough:
        why = "; ".join(f"{file}: {trouble}" for file, trouble in refused.items()) or "there are not more"
        raise UserError(
            f"{len(album)} of the pictures in {folder} can be used, {FEWEST} are needed ({why})", "add more"
        )
    people = store.People(open_store())
    person, views = keep(people, album, name, consent, people.find(again) if again else None)
    missing = [view.value for view in album.missing]
    if as_json:
        stdout.print_json(json.dumps({"person": person, "views": [v.side for v in views], "missing": missing,
                                      "refused": refused}))  # fmt: skip
        return
    for file_name, why in refused.items():
        stderr.print(f"[yellow]not used: {file_name}: {why}[/]")
    stdout.print(f"{name} is enrolled as [bold]{person}[/] from {len(views)} views; no picture was kept.")
    if missing:
        stdout.print(f"Better with a view from: {', '.join(missing)} (turn the head a little), then enrol --again.")


@app.command("list")
def list_people(as_json: AsJson = False) -> None:
    """Show who is enrolled, from which views, and by whose consent."""
    now = SystemClock().civil()
    everybody = store.People(open_store()).everybody()
    if as_json:
        rows = [
            {
                "person": person.id,
                "name": person.name,
                "added": person.added.isoformat(),
                "views": person.views,
                "recognised": bool(person.views)
                and any(consent.purpose is store.Purpose.FACE and consent.holds(now) for consent in person.consents),
                "consents": [consent_row(consent, now) for consent in person.consents],
            }
            for person in everybody
        ]
        stdout.print_json(json.dumps(rows, ensure_ascii=False))
        return
    if not everybody:
        stdout.print("Nobody is enrolled. Begin with: dolbom faces enrol NAME FOLDER --given-by WHO")
        return
    table = Table("id", "name", "views", "consent")
    for person in everybody:
        consents = [f"{one.purpose}: {one.given_by}: {consent_row(one, now)['state']}" for one in person.consents]
        table.add_row(person.id, person.name, ", ".join(person.views) or "-", "\n".join(consents))
    stdout.print(table)


@app.command()
def forget(
    named: Annotated[list[str] | None, typer.Argument(help="Names or ids.", show_default=False)] = None,
    asked_by: Annotated[str, typer.Option("--asked-by", help="Who asks for it: a role or staff id.")] = "home",
    everybody: Annotated[bool, typer.Option("--all", help="Everybody; also what no key opens any more.")] = False,
) -> None:
    """Erase people: names, templates, consents. What stays is that somebody was forgotten, when, at whose wish."""
    people = store.People(open_store())
    if bool(named) == everybody:
        raise UserError("name who is to be forgotten", "or --all for everybody")
    wanted = people.ids() if everybody else [people.find(one) for one in named or []]
    people.forget(wanted, asked_by, SystemClock().civil())
    stdout.print(f"Forgotten: {len(wanted)}. Nothing of them is left in the database.")


@app.command()
def wipe() -> None:
    """Take the last traces of erased people out of the database file, if another program stood in the way."""
    store.People(open_store()).finish_wiping()
    stdout.print("Nothing erased is left in the database.")


@app.command("new-key")
def new_key() -> None:
    """Seal all faces with a new key; the old one opens nothing any more."""
    store.People(open_store()).new_key()
    stdout.print("Sealed anew.")
