"""A folder of clips and the table that says what is in each: how every evaluation of recordings is given its data."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dolbom.errors import UserError

Row = TypeVar("Row", bound=BaseModel)


def read_table(folder: Path, name: str, row: type[Row], columns: Collection[str], meaning: str) -> list[Row]:
    """The lines of the table `name` in `folder`.

    Args:
        folder: holds the clips and the table, which is CSV with a first line that names the columns.
        row: the model of a line; cells that are not there are not given to it.
        columns: those that must be there.
        meaning: the columns in words, for whoever has none.

    Raises:
        UserError: if the folder or the table is not there or a line is not right; names the line.
    """
    path = folder / name
    if not folder.is_dir():
        raise UserError(f"no folder {folder}", f"give the folder that holds the clips and {name}")
    if not path.is_file():
        raise UserError(f"no {name} in {folder}", f"it needs the columns {meaning}")
    rows: list[Row] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                raise UserError(f"{path} has no column {' and '.join(missing)}", "its first line names the columns")
            for cells in reader:
                given = {key: value for key, value in cells.items() if key is not None and value is not None}
                rows.append(_row(row, given, f"{path}, line {reader.line_num}"))
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text", "save it as UTF-8") from None
    except csv.Error as error:
        raise UserError(f"{path} is no CSV file: {error}", "save it as CSV") from None
    if not rows:
        raise UserError(f"{path} names no clip", "write one line a clip")
    return rows


def _row(model: type[Row], given: dict[str, str], where: str) -> Row:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{where}: {field}: {first['msg']} (got {first['input']!r})") from None
