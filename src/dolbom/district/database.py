"""The district's database."""

from __future__ import annotations

from pathlib import Path

from dolbom.staff import database

MIGRATIONS = Path(__file__).parent / "migrations"


class Database(database.Database):
    """The open database of a district; see `dolbom.staff.database.Database`.

    Raises:
        UserError: if it cannot be opened.
    """

    def __init__(self, url: str | Path) -> None:
        super().__init__(url, MIGRATIONS)
