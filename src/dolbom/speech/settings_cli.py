"""`dolbom speech …`: how the robot speaks to somebody, shown and set."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dolbom.errors import UserError
from dolbom.store.base import open_store
from dolbom.store.people import People
from dolbom.store.speech import SpeechSettings, SpeechStore

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Pace, loudness and pauses of the robot's voice, and its patience, for each person.",
    epilog="Examples:  [bold]dolbom speech show[/]   [bold]dolbom speech set --person 어머니 --rate 0.8[/]   "
    "[bold]dolbom speech set --person 어머니 --reset[/]",
)

stdout = Console()
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Person = Annotated[str, typer.Option("--person", help="Name or id; without it: for everybody.")]
WORDS = {
    "rate": "{:g}",
    "volume_db": "{:+g} dB",
    "pause_s": "{:g} s",
    "end_of_turn_s": "{:g} s",
}


def person_of(said: str) -> str:
    """The id of an enrolled person by name or id.

    Raises:
        UserError: if there is nobody of that name, or several.
    """
    return People(open_store()).find(said)


def settings_of(person: str | None) -> SpeechSettings:
    """How the robot speaks to a person: theirs over everybody's."""
    return SpeechStore(open_store()).of(person)


@app.command()
def show(person: Person = "", as_json: AsJson = False) -> None:
    """How it speaks to everybody and to each person; what is not set is as the robot's parameters say.

    Example:  dolbom speech show --json
    """
    store = open_store()
    people, settings = People(store), SpeechStore(store)
    wanted = [people.find(person)] if person else [None, *people.ids()]
    rows = [
        {
            "person": one,
            "name": None if one is None else people.name_of(one),
            "own": settings.own(one).model_dump(),
            "used": settings.of(one).model_dump(),
        }
        for one in wanted
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("person", "name", "pace", "loudness", "pause", "end of turn", box=None)
    for row in rows:
        used, own = row["used"], row["own"]
        assert isinstance(used, dict) and isinstance(own, dict)
        cells = [
            "[dim]-[/]"
            if used[name] is None
            else f"{'[bold]' if own[name] is not None else '[dim]'}{form.format(used[name])}[/]"
            for name, form in WORDS.items()
        ]
        table.add_row(str(row["person"] or "everybody"), escape(str(row["name"] or "")), *cells)
    stdout.print(table)
    stdout.print("[dim]dim: from everybody; -: as the robot's parameters say[/]")


@app.command(name="set")
def set_speech(
    person: Person = "",
    rate: Annotated[float | None, typer.Option(help="Pace, 0.5 to 1.5; 1: the voice's own, less is slower.")] = None,
    volume: Annotated[float | None, typer.Option(help="Louder or softer, dB, -30 to 12.")] = None,
    pause: Annotated[float | None, typer.Option(help="Silence between two sentences, seconds, 0 to 3.")] = None,
    end_of_turn: Annotated[
        float | None, typer.Option(help="Silence that ends the person's turn, seconds, 0.3 to 3.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Forget what was set before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set how the robot speaks to a person, or to everybody. It counts from the next sentence on.

    Example:  dolbom speech set --person 어머니 --rate 0.8 --pause 0.6
    """
    given = {"rate": rate, "volume_db": volume, "pause_s": pause, "end_of_turn_s": end_of_turn}
    given = {name: value for name, value in given.items() if value is not None}
    if not given and not reset:
        raise UserError("nothing to set", "give --rate, --volume, --pause, --end-of-turn or --reset")
    store = open_store()
    settings = SpeechStore(store)
    who = People(store).find(person) if person else None
    before = {} if reset else settings.own(who).model_dump()
    try:
        wanted = SpeechSettings.model_validate(before | given)
    except ValidationError as error:
        first = error.errors()[0]
        name = {"volume_db": "volume", "pause_s": "pause", "end_of_turn_s": "end-of-turn"}.get(
            str(first["loc"][0]), str(first["loc"][0])
        )
        raise UserError(
            f"--{name} {first['input']:g}: {first['msg'].lower()}", "see `dolbom speech set --help`"
        ) from None
    settings.set(who, wanted)
    if as_json:
        print(json.dumps({"person": who, "own": wanted.model_dump(), "used": settings.of(who).model_dump()}))
        return
    used = settings.of(who).model_dump()
    told = [f"{name.split('_')[0]} {form.format(used[name])}" for name, form in WORDS.items() if used[name] is not None]
    stdout.print(f"{escape(person) or 'Everybody'}: {', '.join(told) or 'as the robot’s parameters say'}")
