"""What the district's commands share: its folder, its open database, who runs the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from dolbom.errors import UserError

if TYPE_CHECKING:
    from dolbom.district.access import Who
    from dolbom.district.database import Database


def default_folder() -> Path:
    """`$DOLBOM_DISTRICT`, else the user's data folder."""
    named = os.environ.get("DOLBOM_DISTRICT")
    return Path(named).expanduser() if named else Path(platformdirs.user_data_dir("dolbom-district", appauthor=False))


Data = Annotated[Path | None, typer.Option("--data", help="The district's folder. [default: $DOLBOM_DISTRICT]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result for programs.")]


def open_district(data: Path | None) -> tuple[Path, Database, Who]:
    """The folder, its database, and who asks.

    Raises:
        UserError: if there is no district in the folder.
    """
    from dolbom.district.server import database_of
    from dolbom.staff.commands import shell

    folder = data or default_folder()
    if not (folder / "name").exists():
        raise UserError(f"there is no district in {folder}", "start one: `dolbom district up`, or give --data")
    return folder, database_of(folder), shell()
