"""What the pose network sometimes does wrong must not look like a fall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.unit.perception.stick_figure import KNEELING, ON_BACK, ON_FRONT, STANDING, Camera, film, pose

from dolbom.perception.bodies import BodyWatcher
from dolbom.perception.falls import FallDetector, FallKind
from dolbom.perception.pose import Pose, Quarter
from dolbom.perception.tracking import Tracker, head_down_in_place, possible, same_person

CAMERA = Camera()
ASPECT = CAMERA.width / CAMERA.image_height
PICTURE = np.zeros((48, 64, 3), np.uint8)
UPRIGHT = pose(STANDING, CAMERA)
MIDDLE = float(UPRIGHT.landmarks[:, 1].min() + UPRIGHT.landmarks[:, 1].max())
FLIPPED = Pose(UPRIGHT.landmarks * np.float32([1, -1, 1]) + np.float32([0, MIDDLE, 0]), -UPRIGHT.world)


class Flipping:
    """Draws a standing person head down for a third of a second in every one and a half."""

    def find(self, image: np.ndarray, stamp: float) -> list[Pose]:
        return [FLIPPED if stamp % 1.5 > 1.17 else UPRIGHT]

    def find_turned(self, image: np.ndarray, quarter: Quarter) -> list[Pose]:
        return []


def test_a_standing_person_drawn_head_down_for_some_frames_has_not_fallen() -> None:
    watcher, detector = BodyWatcher(Flipping()), FallDetector()
    events = [e for i in range(150) for e in detector.update(watcher.update(PICTURE, i / 15, detector.down))]
    assert events == []


def test_shoulders_do_not_jump_but_they_may_fall() -> None:
    assert not possible(UPRIGHT, FLIPPED, 1 / 15, ASPECT)
    assert possible(UPRIGHT, pose(ON_FRONT, CAMERA), 0.4, ASPECT)
    assert possible(UPRIGHT, UPRIGHT, 1 / 30, ASPECT)


def test_a_small_skeleton_within_a_body_is_the_same_person_and_the_whole_one_is_kept() -> None:
    small = UPRIGHT.landmarks.copy()
    centre = small[23:25, :2].mean(0)
    small[:, :2] = centre + 0.35 * (small[:, :2] - centre)
    part = Pose(small, UPRIGHT.world)
    assert same_person(part.landmarks, UPRIGHT.landmarks, ASPECT)
    tracker = Tracker()
    for i in range(3):
        people, _ = tracker.update(i / 15, [part, UPRIGHT], ASPECT)
    assert len(people) == 1
    assert people[0].pose is UPRIGHT


class FlippingOnce(Flipping):
    """Nobody is found for a moment, then somebody head down, then somebody upright at the same place."""

    def find(self, image: np.ndarray, stamp: float) -> list[Pose]:
        if 4.0 <= stamp < 4.2:
            return []
        return [FLIPPED] if 4.2 <= stamp < 4.6 else [UPRIGHT]


def test_not_even_after_a_moment_in_which_nobody_was_found() -> None:
    watcher, detector = BodyWatcher(FlippingOnce()), FallDetector()
    events = [e for i in range(150) for e in detector.update(watcher.update(PICTURE, i / 15, detector.down))]
    assert events == []


KNELT = pose(KNEELING, CAMERA)
HIGH, LOW = float(KNELT.landmarks[:, 1].min()), float(KNELT.landmarks[:, 1].max())
CRUMPLED = Pose(KNELT.landmarks * np.float32([1, -0.4, 1]) + np.float32([0, LOW + 0.4 * HIGH, 0]), -KNELT.world)


class Crumpling(Flipping):
    """Somebody who kneels, as the network drew one in a film: head down in the lower part of their own outline (F),
    nobody (.), or as they are (U)."""

    DRAWN = "U" * 30 + "FFF.U.UFUFFFU.UFFFU.UFFFF.U" * 2 + "U" * 45

    def find(self, image: np.ndarray, stamp: float) -> list[Pose]:
        return {"U": [KNELT], "F": [CRUMPLED], ".": []}[self.DRAWN[round(stamp * 15)]]


def test_a_kneeling_person_drawn_head_down_within_their_own_outline_has_not_fallen() -> None:
    watcher, detector = BodyWatcher(Crumpling()), FallDetector()
    events = [
        e for i in range(len(Crumpling.DRAWN)) for e in detector.update(watcher.update(PICTURE, i / 15, detector.down))
    ]
    assert events == []


def test_whoever_lies_with_the_head_towards_the_camera_is_not_taken_for_a_standing_person_drawn_head_down() -> None:
    high = Camera(1.1, 12)
    for far in (2.0, 3.0, 4.0):
        standing = pose(replace(STANDING, z=far, facing=0), high)
        for stance in (ON_FRONT, ON_BACK):
            lying = pose(replace(stance, z=far - 0.8, facing=0), high)
            assert not head_down_in_place(standing, lying)
            assert not head_down_in_place(standing, Pose(lying.landmarks, FLIPPED.world)), "whatever its metres say"
    assert head_down_in_place(UPRIGHT, FLIPPED)
    assert not head_down_in_place(FLIPPED, UPRIGHT)


def test_who_is_suspected_out_of_sight_while_the_same_is_drawn_anew_upright_is_not_down() -> None:
    """The tracker takes 0.4 s to find out that the new one is the old one."""
    fall = film([(0, STANDING), (2, STANDING), (2.3, replace(ON_FRONT, x=0.1)), (2.4, replace(ON_FRONT, x=0.1))])
    anew = film([(0, STANDING), (3, STANDING)], person="b", start=fall[-1].stamp + 1 / 15)
    alone = [replace(frame, bodies=(), lost=("a",) if i == 4 else ()) for i, frame in enumerate(anew)]
    with_other = [replace(frame, lost=("a",) if i == 4 else ()) for i, frame in enumerate(anew)]
    assert FallKind.DOWN in [event.kind for event in FallDetector().replay([*fall, *alone])]
    assert FallKind.DOWN not in [event.kind for event in FallDetector().replay([*fall, *with_other])]
