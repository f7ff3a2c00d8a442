"""`dolbom exercise`: the clips that judge the counting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dolbom.exercise.clips import make
from dolbom.exercise.exercises import exercise

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Exercise with the robot.",
    epilog="Examples:  [bold]dolbom exercise clips /tmp/clips --seed 7[/]",
)


@app.callback()
def root() -> None:
    """Exercise with the robot."""


@app.command(epilog="Examples:  dolbom exercise clips /tmp/clips --seed 7")
def clips(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the clips and their labels.csv.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same clips.")] = 0,
    each: Annotated[int, typer.Option(min=1, max=50, help="So many of each exercise and kind.")] = 3,
    only: Annotated[list[str] | None, typer.Option("--exercise", help="Only of this one; may be given again.")] = None,
) -> None:
    """Make clips of drawn people who exercise, seen by a camera that errs, with labels, for `dolbom eval exercise`."""
    typer.echo(f"{make(folder, seed, each, [exercise(name).name for name in only or ()])} clips in {folder}")
