"""`dolbom logs`: what the robot's processes wrote down, by event, node or level."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from dolbom.errors import UserError
from dolbom.places import data_folder
from dolbom.runtime.reading_logs import LEVELS, Sought, lines

app = typer.Typer()


@app.command(
    epilog="Examples:  dolbom logs   dolbom logs 01a2019b-c1a9-7664-8555-98ac723ab611   dolbom logs --level error"
)
def logs(
    id: Annotated[str, typer.Argument(help="Of an event or a distress; all that was written about it.")] = "",
    node: Annotated[str, typer.Option(help="Only of this node.")] = "",
    level: Annotated[str, typer.Option(help="At least this: debug, info, warning, error.")] = "debug",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what the robot's processes wrote down, in the order of time. Works whether or not the robot runs."""
    if level not in LEVELS:
        raise UserError(f"{level!r} is no level", f"use one of {', '.join(LEVELS)}")
    for line in lines(data_folder() / "logs", Sought(id, node, level), limit):
        if as_json:
            typer.echo(json.dumps(asdict(line), ensure_ascii=False))
            continue
        more = "".join(f"  {key}={value}" for key, value in line.more.items() if key != "trace")
        typer.echo(f"{line.time[:23]} {line.level:7} {line.node or line.process}: {line.text}{more}")
