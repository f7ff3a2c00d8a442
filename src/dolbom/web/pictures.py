"""The pictures beside what the robot says: by name, from the home's own folder or the few that are shipped.

A name is no path and no address: whatever else is written there shows no picture.
"""

from __future__ import annotations

import re
from pathlib import Path

from dolbom.places import data_folder

SHIPPED = Path(__file__).parent / "static" / "pictures"
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
"""What a home's picture may be. Drawings (SVG) can hold scripts: only the shipped ones are shown."""
LARGEST = 20_000_000
"""Bytes; a screen needs no larger picture."""
_NAME = re.compile(r"[\w-]{1,64}")
_STARTS = {".png": b"\x89PNG\r\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".webp": b"RIFF"}


def own_folder() -> Path:
    """The home's own pictures."""
    return data_folder() / "pictures"


def picture_names() -> list[str]:
    """Every name that shows a picture."""
    found = [*SHIPPED.glob("*.svg"), *(own_folder().glob("*") if own_folder().is_dir() else [])]
    return sorted({file.stem for file in found if find_picture(file.stem) is not None})


def find_picture(name: str, own: Path | None = None) -> tuple[Path, str] | None:
    """The file and media type of a picture; the home's own goes before a shipped one.

    Args:
        name: letters of any script, digits, `-` and `_`.
        own: where the home's pictures are, instead of `own_folder()`.

    Returns:
        None for what is no name, is not there, leads out of the folder, or is not what its ending says.
    """
    if not _NAME.fullmatch(name):
        return None
    folder = own_folder() if own is None else own
    for ending, kind in TYPES.items():
        file = folder / f"{name}{ending}"
        try:
            inside = file.resolve().parent == folder.resolve()
            if not inside or not file.is_file() or not 0 < file.stat().st_size <= LARGEST:
                continue
            with file.open("rb") as opened:
                if opened.read(6).startswith(_STARTS[ending]):
                    return file, kind
        except OSError:
            continue
    drawn = SHIPPED / f"{name}.svg"
    return (drawn, "image/svg+xml") if drawn.is_file() else None
