"""A face from pictures that people send. What looks at them is loaded when somebody sends some, and let go after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dolbom.errors import UserError
from dolbom.store.people import Consent, People
from dolbom.trouble import TroubleError
from dolbom.web.care.photos import as_bgr


@dataclass(frozen=True)
class Learnt:
    """Who was learnt; which pictures could not be used, and why; sides that would make it better.

    Attributes:
        refused: by number and name of the picture, one of `dolbom.perception.album.Trouble`.
    """

    person: str
    refused: dict[str, str]
    missing: list[str]
    used: int


class TooFewError(UserError):
    """So many pictures more are `needed`; `refused` says why others could not be used, by picture."""

    def __init__(self, needed: int, refused: dict[str, str]) -> None:
        self.needed, self.refused = needed, refused
        why = "; ".join(f"{file}: {trouble}" for file, trouble in refused.items())
        super().__init__(f"{needed} more pictures that can be used are needed" + (f" ({why})" if why else ""))


def learn(
    people: People, pictures: Iterable[tuple[str, bytes]], name: str, consent: Consent, person: str | None
) -> Learnt:
    """Learns a face and keeps it as numbers, with the consent for it. No picture is kept.

    Args:
        pictures: name and content of each.
        person: whose face is taken anew; None for somebody new.

    Raises:
        TooFewError: if too few can be used.
        UserError: if one is no picture, or the face is that of somebody else who is known.
    """
    from dolbom.perception.album import Album, SameFaceError, keep
    from dolbom.perception.enrolment import FEWEST
    from dolbom.perception.pictures import face_reader

    album, refused = Album(face_reader()), {}
    for number, (file, content) in enumerate(pictures, 1):
        trouble = album.add(as_bgr(content))
        if trouble is not None:
            refused[f"{number}: {file[:80]}"] = trouble.value
    if not album.enough:
        raise TooFewError(FEWEST - len(album), refused)
    try:
        known, _ = keep(people, album, name, consent, person)
    except SameFaceError as error:
        raise TroubleError("enrolment.trouble.same_face", name=error.name) from None
    return Learnt(known, refused, [view.value for view in album.missing], len(album))
