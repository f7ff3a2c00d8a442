"""Who is here: a person recognised by the face stays that person while the body is followed, face turned or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dolbom.perception.face_watch import SeenFace
from dolbom.perception.identity import Verdict

_HEAD = slice(0, 11)  # the pose network's landmarks of the head
_SAME = 0.6  # of the face's width: how far the middle of the head may be from the middle of the face


@dataclass(frozen=True)
class PersonSeen:
    """Somebody who is enrolled came into view."""

    stamp: float
    person: str
    confidence: float


@dataclass(frozen=True)
class PersonLeft:
    """Somebody was last seen at `last` and has not been since."""

    stamp: float
    person: str
    last: float


@dataclass
class Whereabouts:
    """A person who is here.

    Attributes:
        face, body: ids of what is seen of them now, or None.
        last: when any of it was seen, seconds.
        confidence: of the recognition, 0..1.
    """

    person: str
    face: str | None
    body: str | None
    last: float
    confidence: float


def faces_of_bodies(
    faces: Sequence[SeenFace], bodies: Mapping[str, npt.NDArray[np.floating]], size: tuple[int, int]
) -> dict[str, str]:
    """Which face sits on which body.

    Args:
        faces: of one frame.
        bodies: for each body id, pose landmarks (33, 3): x, y normalised, visibility; of about the same moment.
        size: width and height of the frame, pixels.

    Returns:
        Body id for each face id that has one; every body at most once.
    """
    links: list[tuple[float, str, str]] = []
    for seen in faces:
        middle = seen.face.box[:2] + seen.face.box[2:] / 2
        for body, landmarks in bodies.items():
            head = np.asarray(landmarks[_HEAD, :2], dtype=np.float64).mean(0) * size
            gap = float(np.linalg.norm(head - middle)) / max(seen.face.width, 1.0)
            if gap < _SAME:
                links.append((gap, seen.id, body))
    found: dict[str, str] = {}
    for _, face, body in sorted(links):
        if face not in found and body not in found.values():
            found[face] = body
    return found


class Presence:
    """Keeps who is here, from recognised faces and followed bodies.

    Args:
        leave_s: seconds unseen after which a person has left.
    """

    def __init__(self, leave_s: float = 20.0) -> None:
        self._leave_s = leave_s
        self._here: dict[str, Whereabouts] = {}

    @property
    def here(self) -> tuple[Whereabouts, ...]:
        """Everybody who is here now."""
        return tuple(self._here.values())

    def person_of_body(self, body: str) -> Whereabouts | None:
        """Whose body it is, if that is known."""
        return next((one for one in self._here.values() if one.body == body), None)

    def observe(
        self, stamp: float, faces: Sequence[SeenFace], links: Mapping[str, str], bodies: Sequence[str]
    ) -> list[PersonSeen | PersonLeft]:
        """Takes what is seen at one moment.

        Args:
            stamp: seconds, not before the one given last.
            faces: with what is held of them.
            links: body id for face ids, from `faces_of_bodies`.
            bodies: ids of all bodies that are followed now.
        """
        events: list[PersonSeen | PersonLeft] = []
        for one in self._here.values():
            one.face = None
            if one.body not in bodies:
                one.body = None
        for seen in faces:
            body = links.get(seen.id)
            if seen.identity.verdict is Verdict.KNOWN and seen.identity.person is not None:
                events += self._recognised(stamp, seen, body)
            elif seen.identity.verdict is Verdict.UNKNOWN and body is not None:
                # A stranger's face on it: whoever it was taken for, it is not theirs.
                self._unbind(body)
        for one in [*self._here.values()]:
            if one.face is not None or one.body is not None:
                one.last = stamp
            elif stamp - one.last > self._leave_s:
                del self._here[one.person]
                events.append(PersonLeft(stamp, one.person, one.last))
        return events

    def forget(self, stamp: float, enrolled: Sequence[str]) -> list[PersonLeft]:
        """Drops everybody who is not enrolled any more."""
        gone = [one for one in self._here.values() if one.person not in enrolled]
        for one in gone:
            del self._here[one.person]
        return [PersonLeft(stamp, one.person, one.last) for one in gone]

    def _recognised(self, stamp: float, seen: SeenFace, body: str | None) -> list[PersonSeen | PersonLeft]:
        person, confidence = seen.identity.person, seen.identity.confidence
        assert person is not None
        events: list[PersonSeen | PersonLeft] = []
        if person not in self._here:
            self._here[person] = Whereabouts(person, None, None, stamp, confidence)
            events.append(PersonSeen(stamp, person, confidence))
        one = self._here[person]
        one.face, one.confidence = seen.id, confidence
        if body is not None and one.body != body:
            self._unbind(body)
            one.body = body
        return events

    def _unbind(self, body: str) -> None:
        for one in self._here.values():
            if one.body == body:
                one.body = None
