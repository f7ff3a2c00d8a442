"""Pictures that people send: read with care, to be looked at and let go, or kept as a picture of a thing."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from dolbom.trouble import TroubleError
from dolbom.web.care.removed import put_aside
from dolbom.web.pictures import own_folder, picture_names

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_PIXELS = 60_000_000
"""A phone takes 50 million; what says to be larger is not unpacked."""
LONGEST_SIDE = 1600
"""Of a picture that is kept, pixels: as much as a screen shows."""
KINDS = ("JPEG", "PNG", "WEBP")


def opened(content: bytes) -> Picture:
    """A picture, upright, RGB.

    Raises:
        UserError: if it is none, or too large.
    """
    import warnings

    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # measured right below
            picture = Image.open(io.BytesIO(content), formats=KINDS)
        if picture.width * picture.height > MOST_PIXELS:
            raise TroubleError("enrolment.trouble.large_picture", width=picture.width, height=picture.height)
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked no larger than it is needed
        upright: Picture = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise TroubleError("enrolment.trouble.no_picture") from None
    return upright


def as_bgr(content: bytes) -> np.ndarray:
    """A picture as networks take it: (height, width, 3), BGR, its longer side at most `LONGEST_SIDE`.

    Raises:
        UserError: as `opened`.
    """
    picture = opened(content)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def keep_picture(name: str, content: bytes) -> str:
    """Keeps a picture of a thing in the home's own folder, without what a phone writes into it of place and time.

    Args:
        name: how it shall be called; letters, digits, - and _ of it are taken.

    Returns:
        The name under which it is kept; another than asked for, if that was taken.

    Raises:
        UserError: if it is no picture.
    """
    picture = opened(content)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    stem = re.sub(r"[^\w-]+", "-", name.rpartition(".")[0] or name).strip("-")[:56] or "picture"
    known = set(picture_names())
    free = next(one for one in (stem, *(f"{stem}-{number}" for number in range(2, 10_000))) if one not in known)
    folder = own_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    picture.info.clear()
    beside = folder / f".{free}.new"
    picture.save(beside, "JPEG", quality=88)
    beside.replace(folder / f"{free}.jpg")
    return free


def remove_picture(name: str, now: datetime) -> bool:
    """Removes a picture of the home's own, for it to be put back; False for what is none, such as a shipped one."""
    found = [file for file in own_folder().glob("*") if file.stem == name and re.fullmatch(r"[\w-]{1,64}", name)]
    for file in found:
        put_aside(file, now)
    return bool(found)
