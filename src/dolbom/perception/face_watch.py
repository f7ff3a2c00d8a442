"""From frame to identities: finds, follows and recognises the faces in a stream of frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dolbom.perception.faces import Face, FaceTracker, Image, Look
from dolbom.perception.identity import Event, Gallery, Identifier, Identity, IdentityParameters

CLOSE_LOOKS = 3
"""Faces looked at closely in one frame at most: each look costs as much as the search of a whole frame."""


class MountParameters(BaseModel):
    """Where the camera sits on the robot, in `base_link` (REP-103: x forward, y left, z up; origin on the floor)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: float = Field(0.1, ge=-2.0, le=2.0, description="Metres in front of the robot's origin.")
    y: float = Field(0.0, ge=-2.0, le=2.0, description="Metres to the left of it.")
    z: float = Field(1.0, ge=0.05, le=3.0, description="Metres above the floor.")
    roll_deg: float = Field(0.0, ge=-180.0, le=180.0, description="Degrees about the forward axis.")
    pitch_deg: float = Field(0.0, ge=-90.0, le=90.0, description="Degrees; positive looks down.")
    yaw_deg: float = Field(0.0, ge=-180.0, le=180.0, description="Degrees; positive looks left.")


class FaceParameters(BaseModel):
    """What the face node can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate_hz: float = Field(4.0, ge=0.2, le=30.0, description="Frames a second that are searched for faces.")
    keep_s: float = Field(1.5, ge=0.2, le=30.0, description="Seconds for which a face that is not seen keeps its id.")
    leave_s: float = Field(20.0, ge=1.0, le=3600.0, description="Seconds unseen after which a person has left.")
    reload_s: float = Field(5.0, ge=1.0, le=3600.0, description="Seconds between two looks at who is enrolled.")
    enrol_s: float = Field(60.0, ge=5.0, le=600.0, description="Longest time to learn a face.")
    base_frame: str = Field("base_link", description="The robot's frame in which people are located.")
    key_file: Path | None = Field(None, description="The key of the enrolled faces; empty: keys/faces.key of the home.")
    located: Literal["yes", "no"] = Field("yes", description="Whether to publish where people are.")
    identity: IdentityParameters = IdentityParameters()
    mount: MountParameters = MountParameters()

    @model_validator(mode="after")
    def _kept_between_frames(self) -> FaceParameters:
        if self.keep_s * self.rate_hz < 2:
            raise ValueError("keep_s must span two frames at rate_hz, or no face keeps its id")
        return self


class Reader(Protocol):
    """Finds faces and looks at them; `FaceReader` is one."""

    def find(self, image: Image) -> list[Face]: ...

    def look(self, image: Image, face: Face) -> Look: ...


@dataclass(frozen=True, eq=False)
class SeenFace:
    """One followed face in one frame.

    Attributes:
        look: the close look in this frame, if there was one.
    """

    id: str
    face: Face
    look: Look | None
    identity: Identity


@dataclass(frozen=True, eq=False)
class Faces:
    """All faces of one frame, the largest first.

    Attributes:
        lost: ids that were given up with this frame.
        events: what was decided with it.
    """

    stamp: float
    faces: tuple[SeenFace, ...]
    lost: tuple[str, ...]
    events: tuple[Event, ...]


class FaceWatcher:
    """Watches a stream of frames for faces.

    Args:
        reader: the networks.
        gallery: the enrolled people.
        parameters: as the node's.
    """

    def __init__(self, reader: Reader, gallery: Gallery, parameters: FaceParameters | None = None) -> None:
        parameters = parameters or FaceParameters()
        self._reader = reader
        self._tracker = FaceTracker(parameters.keep_s)
        self._identifier = Identifier(gallery, parameters.identity)

    def watch(self, stamp: float, image: Image, every_face: bool = False) -> Faces:
        """Takes one frame.

        Args:
            stamp: seconds, not before the one given last.
            image: BGR.
            every_face: look closely at every face also if that would not change what is known (to learn one).
        """
        found = self._reader.find(image)
        ids, lost = self._tracker.update(stamp, found)
        events: list[Event] = []
        for face_id in lost:
            events += self._identifier.lost(stamp, face_id)
        wanted = [i for i, face_id in enumerate(ids) if every_face or self._identifier.wants_look(face_id, stamp)]
        looks: dict[int, Look] = {}
        # Those who waited longest first: a crowd must not keep one face from ever being looked at.
        for i in sorted(wanted, key=lambda i: self._identifier.last_look(ids[i]))[:CLOSE_LOOKS]:
            looks[i] = self._reader.look(image, found[i])
            confirmed = self._tracker.confirm(ids[i], looks[i])
            if confirmed != ids[i]:
                events += self._identifier.lost(stamp, ids[i])
                lost.append(ids[i])
                ids[i] = confirmed
            events += self._identifier.observe(stamp, ids[i], looks[i])
        faces = tuple(
            SeenFace(face_id, looks[i].face if i in looks else face, looks.get(i), self._identifier.identity(face_id))
            for i, (face_id, face) in enumerate(zip(ids, found, strict=True))
        )
        return Faces(stamp, faces, tuple(lost), tuple(events))

    def enrolled(self, gallery: Gallery) -> tuple[Event, ...]:
        """Takes over a changed gallery; everybody is judged anew."""
        return tuple(self._identifier.enrolled(gallery))
