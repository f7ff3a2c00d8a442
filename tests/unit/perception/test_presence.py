"""A person recognised once stays that person while the body is followed."""

from __future__ import annotations

import numpy as np
from tests.unit.perception.face_fixtures import face

from dolbom.perception.face_watch import SeenFace
from dolbom.perception.identity import UNSURE, Identity, Verdict
from dolbom.perception.presence import PersonLeft, PersonSeen, Presence, faces_of_bodies

SIZE = (640, 480)


def seen(face_id: str, person: str | None = None, x: float = 100, verdict: Verdict | None = None) -> SeenFace:
    identity = Identity(verdict or Verdict.KNOWN, person, 0.9) if person or verdict else UNSURE
    return SeenFace(face_id, face(x), None, identity)


def body(x: float, y: float = 117) -> np.ndarray:
    """Landmarks whose head is around this pixel."""
    made = np.zeros((33, 3))
    made[:11, :2] = np.array([x, y]) / SIZE
    made[:, 2] = 1
    return made


def test_a_face_belongs_to_the_body_whose_head_it_is() -> None:
    faces = [seen("f1", x=100), seen("f2", x=400)]
    links = faces_of_bodies(faces, {"b1": body(430), "b2": body(131), "b3": body(300)}, SIZE)
    assert links == {"f1": "b2", "f2": "b1"}


def test_one_body_has_one_face() -> None:
    links = faces_of_bodies([seen("f1", x=100), seen("f2", x=110)], {"b1": body(131)}, SIZE)
    assert links == {"f1": "b1"}


def test_somebody_comes_turns_away_and_leaves() -> None:
    presence = Presence(leave_s=20)
    assert presence.observe(0, [seen("f1", "p1")], {"f1": "b1"}, ["b1"]) == [PersonSeen(0, "p1", 0.9)]
    assert presence.observe(1, [seen("f1", "p1")], {"f1": "b1"}, ["b1"]) == []
    # The face is gone, the body is followed for minutes: still here.
    assert presence.observe(200, [], {}, ["b1"]) == []
    assert presence.person_of_body("b1").person == "p1"
    assert presence.here[0].face is None and presence.here[0].body == "b1"
    assert presence.observe(210, [], {}, []) == []
    assert presence.person_of_body("b1") is None
    assert presence.observe(230, [], {}, []) == [PersonLeft(230, "p1", 200)]
    assert presence.here == ()


def test_a_body_changes_hands_when_its_face_is_somebody_elses() -> None:
    presence = Presence()
    presence.observe(0, [seen("f1", "p1")], {"f1": "b1"}, ["b1"])
    presence.observe(1, [seen("f2", "p2")], {"f2": "b1"}, ["b1"])
    assert presence.person_of_body("b1").person == "p2"


def test_a_strangers_face_on_a_body_takes_the_name_off_it() -> None:
    presence = Presence()
    presence.observe(0, [seen("f1", "p1")], {"f1": "b1"}, ["b1"])
    presence.observe(1, [seen("f2", verdict=Verdict.UNKNOWN)], {"f2": "b1"}, ["b1"])
    assert presence.person_of_body("b1") is None


def test_a_person_who_is_found_again_on_another_body_has_that_one() -> None:
    presence = Presence()
    presence.observe(0, [seen("f1", "p1")], {"f1": "b1"}, ["b1"])
    presence.observe(1, [seen("f1", "p1")], {"f1": "b2"}, ["b1", "b2"])
    assert presence.person_of_body("b2").person == "p1" and presence.person_of_body("b1") is None


def test_an_unsure_face_is_nobody() -> None:
    presence = Presence()
    assert presence.observe(0, [seen("f1")], {"f1": "b1"}, ["b1"]) == []
    assert presence.here == ()


def test_whoever_is_forgotten_is_not_here_any_more() -> None:
    presence = Presence()
    presence.observe(0, [seen("f1", "p1"), seen("f2", "p2", x=400)], {}, [])
    assert presence.forget(1, ["p2"]) == [PersonLeft(1, "p1", 0)]
    assert [one.person for one in presence.here] == ["p2"]
