"""One running robot per data folder: two would ask the same person twice and raise the same alarm twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dolbom.errors import UserError


@contextmanager
def only_one(folder: Path, what: str) -> Iterator[None]:
    """Holds the folder's lock while entered; it is free again when this process ends, however it ends.

    Raises:
        UserError: if another process holds it; names that process.
    """
    path = folder / f"{what}.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise UserError(
                f"dolbom {what} already runs in {folder} (process {holder})",
                f"stop it (kill {holder}), or name another folder in $DOLBOM_HOME",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
