"""What somebody removed of the home's pictures and recordings stays aside for a while, so that it can be put back."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

KEPT = timedelta(days=30)
_ASIDE = ".removed"


def put_aside(file: Path, now: datetime) -> None:
    """Removes a file from its folder; of two of one name the last is kept."""
    aside = file.parent / _ASIDE
    aside.mkdir(mode=0o700, exist_ok=True)
    file.replace(aside / file.name)
    os.utime(aside / file.name, (now.timestamp(), now.timestamp()))
    forget_old(file.parent, now)


def put_back(folder: Path, name: str) -> bool:
    """Puts a file back. False if it is not there any more, or another took its name meanwhile."""
    if name not in removed(folder) or (folder / name).exists():
        return False
    (folder / _ASIDE / name).replace(folder / name)
    return True


def removed(folder: Path) -> list[str]:
    """Names of the files that can be put back."""
    aside = folder / _ASIDE
    return sorted(file.name for file in aside.iterdir() if file.is_file()) if aside.is_dir() else []


def forget_old(folder: Path, now: datetime) -> None:
    """Erases what was removed longer ago than `KEPT`."""
    for name in removed(folder):
        file = folder / _ASIDE / name
        if now.timestamp() - file.stat().st_mtime > KEPT.total_seconds():
            file.unlink(missing_ok=True)
