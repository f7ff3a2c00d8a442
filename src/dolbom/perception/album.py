"""Learning a face from pictures: which of them can be used, and why another cannot. No picture is kept."""

from __future__ import annotations

from enum import StrEnum

from dolbom.errors import UserError
from dolbom.perception.enrolment import FEWEST, MOST, WANTED, complaint, is_same_person
from dolbom.perception.faces import MODEL, FaceReader, Image, Look, View
from dolbom.perception.identity import IdentityParameters, too_like
from dolbom.perception.pictures import main_face
from dolbom.store import people as store


class Trouble(StrEnum):
    """Why a picture cannot be learnt from; those of `Guidance` beside those that only pictures have."""

    CLOSER = "closer"
    LIGHT = "light"
    STILL = "still"
    FRONT = "front"
    NO_FACE = "no_face"
    SEVERAL = "several"
    SOMEBODY_ELSE = "somebody_else"


TROUBLES = {
    Trouble.CLOSER: "the face is too small: at least 50 pixels wide",
    Trouble.LIGHT: "the face is too dark, too bright or without contrast",
    Trouble.STILL: "the face is blurred or not surely a face",
    Trouble.FRONT: "the face is turned too far away",
    Trouble.NO_FACE: "no face found",
    Trouble.SEVERAL: "more than one face",
    Trouble.SOMEBODY_ELSE: "shows somebody else than the pictures before",
}
"""In English, for the command line."""


class SameFaceError(UserError):
    """The face cannot be told from that of somebody else who is enrolled; `person` is their id, `name` their name."""

    def __init__(self, person: str, name: str) -> None:
        self.person, self.name = person, name
        cure = f"if it is the same person, take that face anew: --again {person}"
        super().__init__(f"this face cannot be told from that of {name} ({person})", cure)


class Album:
    """Collects the views of one face from pictures.

    Args:
        reader: the two networks.
    """

    def __init__(self, reader: FaceReader) -> None:
        self._reader = reader
        self._looks: list[Look] = []

    def add(self, image: Image) -> Trouble | None:
        """Takes one picture, shape (height, width, 3), BGR.

        Returns:
            Why it cannot be used, or None.
        """
        faces = self._reader.find(image)
        main = main_face(faces, image)
        if main is None:
            return Trouble.NO_FACE
        if any(face is not main and face.width > 0.6 * main.width for face in faces):
            return Trouble.SEVERAL
        look = self._reader.look(image, main)
        wrong = complaint(look)
        if wrong is not None:
            return Trouble(wrong.value)
        if not is_same_person(look, self._looks):
            return Trouble.SOMEBODY_ELSE
        self._looks.append(look)
        return None

    def __len__(self) -> int:
        return len(self._looks)

    @property
    def enough(self) -> bool:
        """Whether a face can be learnt from what is there."""
        return len(self) >= FEWEST

    @property
    def chosen(self) -> list[Look]:
        """At most `MOST` looks, all sides kept as evenly as they can be, the sharpest of each side first."""
        by_side: dict[View, list[Look]] = {}
        for look in sorted(self._looks, key=lambda one: -one.quality.size * one.quality.score):
            by_side.setdefault(look.quality.view, []).append(look)
        chosen: list[Look] = []
        while by_side and len(chosen) < MOST:
            for side in [*by_side]:
                chosen.append(by_side[side].pop(0))
                if not by_side[side]:
                    del by_side[side]
        return chosen[:MOST]

    @property
    def missing(self) -> list[View]:
        """Sides of which a view would make it better."""
        have = {look.quality.view for look in self.chosen}
        return [view for view in WANTED if view not in have]


def keep(
    people: store.People, album: Album, name: str, consent: store.Consent, person: str | None
) -> tuple[str, list[store.View]]:
    """Stores what an album has learnt as numbers, with the consent for it.

    Args:
        consent: to face recognition, given now.
        person: whose face is taken anew; None for somebody new.

    Returns:
        Their id, and the views.

    Raises:
        SameFaceError: if the face cannot be told from that of somebody else.
        UserError: as `People.enrol`.
    """
    at = consent.given
    known = people.templates(at, MODEL)
    known.pop(person or "", None)
    looks = album.chosen
    other = too_like(known, [look.template for look in looks], IdentityParameters())
    if other is not None:
        raise SameFaceError(other, people.name_of(other) or "")
    views = [store.View(look.quality.view.value, look.template, MODEL) for look in looks]
    return people.enrol(name, views, consent, at, person), views
