"""`dolbom simulate`: virtual days on the core, faster than the clock, with every broken rule counted."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Virtual time: the core alone, with a scripted person.",
    epilog="Examples:  [bold]dolbom simulate days 30[/]   [bold]dolbom simulate days 7 --seed 5 --json[/]",
)


@app.callback()
def group() -> None:
    """Virtual time: the core alone, with a scripted person."""


@app.command(epilog="Examples:  dolbom simulate days 30   dolbom simulate days 7 --seed 5 --json")
def days(
    count: Annotated[int, typer.Argument(metavar="N", min=1, max=3660, help="So many days.")],
    seed: Annotated[int, typer.Option(help="Of everything left to chance: the same seed, the same days.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Days of two people with medicines, meals and more: answers, silence, refusals, a calendar that jumps, a process
    that is killed and goes on from its database. Ends with 1 if any rule was broken.

    `speed`: times faster than real time; `violations`: broken rules, with `broken` naming them.
    """
    from dolbom.routines.simulate import simulate

    stderr = Console(stderr=True)
    bar = Progress(
        TextColumn("Virtual days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=stderr, disable=not stderr.is_terminal, transient=True,
    )  # fmt: skip
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dolbom-days-") as folder, bar:
        task = bar.add_task("", total=count)
        found = simulate(count, seed, Path(folder), lambda: bar.advance(task))
    took = time.monotonic() - began
    found |= {"seconds": round(took, 2), "speed": round(count * 86_400 / took)}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        doses = ", ".join(f"{state} {number}" for state, number in found["doses"].items())
        typer.echo(f"{count} days in {took:.1f} s, {found['speed']} times faster than real time")
        typer.echo(f"doses: {doses}")
        typer.echo(f"killed {found['kills']} times, calendar set {found['jumps']} times, {found['prompts']} reminders")
        typer.echo(f"broken rules: {found['violations']}")
        for one in found["broken"]:
            typer.echo(f"  {one}")
    if found["violations"]:
        raise typer.Exit(1)
