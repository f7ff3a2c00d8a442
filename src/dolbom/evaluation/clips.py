"""A folder of clips and the table that says what is in each: how every evaluation of recordings is given its data."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from dolbom.errors import UserError

Row = TypeVar("Row", bound=BaseModel)
# What tables of other makers write for a number that nobody knows.
UNKNOWN = frozenset({"", "-", "?", "na", "n/a", "nan", "none", "null"})


def _known(value: Any) -> Any:
    """None for a number that is not there: empty, a word for it, or less than nothing."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.casefold() in UNKNOWN:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return None if number < 0 else number


def _whole(value: Any) -> Any:
    known = _known(value)
    return round(known) if isinstance(known, float) else known


Number = Annotated[float | None, BeforeValidator(_known)]
"""A cell with a number, None where it is not known."""
Frame = Annotated[int | None, BeforeValidator(_whole)]
"""A cell with the number of a frame, None where it is not known."""


def read_table(folder: Path, name: str, row: type[Row], columns: Collection[str], meaning: str) -> list[Row]:
    """The lines of the table `name` in `folder`.

    Args:
        folder: holds the clips and the table, which is CSV with a first line that names the columns, in any order and
            with small or capital letters; lines of empty cells are passed over.
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
            reader.fieldnames = _plain(reader.fieldnames or ())
            missing = sorted(set(columns) - set(reader.fieldnames))
            if missing:
                raise UserError(f"{path} has no column {' and '.join(missing)}", "its first line names the columns")
            for cells in reader:
                given = {key: value.strip() for key, value in cells.items() if isinstance(value, str)}
                if not any(given.values()):
                    continue
                rows.append(_row(row, given, f"{path}, line {reader.line_num}"))
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text", "save it as UTF-8") from None
    except csv.Error as error:
        raise UserError(f"{path} is no CSV file: {error}", "save it as CSV") from None
    if not rows:
        raise UserError(f"{path} names no clip", "write one line a clip")
    return rows


def clip_path(folder: Path, clip: str) -> Path:
    """Where a clip of the table is; a table from Windows may name its folder with a backslash."""
    path = folder / clip
    return path if path.exists() else folder / clip.replace("\\", "/")


def _plain(names: Sequence[str]) -> list[str]:
    return [name.strip().casefold() for name in names]


def _row(model: type[Row], given: dict[str, str], where: str) -> Row:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{where}: {field}: {first['msg']} (got {first['input']!r})") from None
