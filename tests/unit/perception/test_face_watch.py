"""Frames become followed, recognised faces; the networks are played by a list of what they would have seen."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError
from tests.unit.perception.face_fixtures import AXES, CLEAR, face

from dolbom.perception.face_watch import CLOSE_LOOKS, FaceParameters, FaceWatcher
from dolbom.perception.faces import Face, Look
from dolbom.perception.identity import Gallery, Identified, Verdict, Withdrawn

FRAME = np.zeros((480, 640, 3), np.uint8)


class Script:
    """Shows the faces at these places; whose they are is told by their place."""

    def __init__(self, *people: tuple[float, int]) -> None:
        self.people = list(people)
        self.looked: Counter[int] = Counter()

    def find(self, image: np.ndarray) -> list[Face]:
        return [face(x) for x, _ in self.people]

    def look(self, image: np.ndarray, one: Face) -> Look:
        person = min(self.people, key=lambda p: abs(p[0] - one.box[0]))[1]
        self.looked[person] += 1
        return Look(one, CLEAR, AXES[person])


def test_a_face_that_could_keep_no_id_from_frame_to_frame_is_refused() -> None:
    with pytest.raises(ValidationError, match="keep_s must span two frames"):
        FaceParameters(rate_hz=1.0, keep_s=1.5)


def test_two_people_are_told_apart_and_kept_apart() -> None:
    script = Script((50, 0), (400, 1))
    watcher = FaceWatcher(script, Gallery({"p0": [AXES[0]], "p1": [AXES[1]]}))
    events = []
    for i in range(8):
        script.people = [(400 - 5 * i, 1), (50 + 5 * i, 0)]
        seen = watcher.watch(i / 4, FRAME)
        events += seen.events
    assert {e.person for e in events if isinstance(e, Identified)} == {"p0", "p1"}
    assert [one.identity.person for one in seen.faces] == ["p1", "p0"]
    assert seen.lost == ()


def test_people_who_change_places_between_two_looks_do_not_inherit_names() -> None:
    script = Script((100, 0))
    watcher = FaceWatcher(script, Gallery({"p0": [AXES[0]], "p1": [AXES[1]]}))
    for i in range(4):
        first = watcher.watch(i / 4, FRAME).faces[0].id
    script.people = [(100, 1)]
    later = [watcher.watch(1 + i / 4, FRAME) for i in range(8)]
    assert first in {face_id for seen in later for face_id in seen.lost}
    assert any(isinstance(e, Withdrawn) and e.face == first for seen in later for e in seen.events)
    assert later[-1].faces[0].identity.person == "p1" and later[-1].faces[0].id != first


def test_in_a_crowd_everybody_is_looked_at_in_turn() -> None:
    script = Script(*((70 * i, i) for i in range(8)))
    watcher = FaceWatcher(script, Gallery({"p0": [AXES[0]]}))
    before = 0
    for i in range(12):
        watcher.watch(i / 4, FRAME)
        assert script.looked.total() - before <= CLOSE_LOOKS
        before = script.looked.total()
    assert set(script.looked) == set(range(8)) and max(script.looked.values()) - min(script.looked.values()) <= 2


def test_a_known_face_is_looked_at_once_a_second_unless_a_face_is_learnt() -> None:
    script = Script((100, 0))
    watcher = FaceWatcher(script, Gallery({"p0": [AXES[0]]}))
    for i in range(40):
        watcher.watch(i / 4, FRAME)
    assert script.looked[0] < 15
    before = script.looked[0]
    assert all(watcher.watch(10 + i / 4, FRAME, every_face=True).faces[0].look for i in range(8))
    assert script.looked[0] == before + 8


def test_a_face_out_of_sight_is_lost_and_its_name_withdrawn() -> None:
    script = Script((100, 0))
    watcher = FaceWatcher(script, Gallery({"p0": [AXES[0]]}), FaceParameters(keep_s=1.0))
    for i in range(4):
        watcher.watch(i / 4, FRAME)
    script.people = []
    assert watcher.watch(1.0, FRAME).lost == ()
    gone = watcher.watch(2.5, FRAME)
    assert len(gone.lost) == 1 and [type(e) for e in gone.events] == [Withdrawn]


def test_a_changed_gallery_is_taken_over_at_once() -> None:
    script = Script((100, 0))
    watcher = FaceWatcher(script, Gallery({}))
    for i in range(4):
        seen = watcher.watch(i / 4, FRAME)
    assert seen.faces[0].identity.verdict is Verdict.UNSURE
    assert watcher.enrolled(Gallery({"p0": [AXES[0]]})) == ()
    for i in range(4, 9):
        seen = watcher.watch(i / 4, FRAME)
    assert seen.faces[0].identity.person == "p0"
    assert [type(e) for e in watcher.enrolled(Gallery({}))] == [Withdrawn]
    assert dataclasses.is_dataclass(seen)
