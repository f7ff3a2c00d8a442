"""What the pose network sometimes does wrong must not look like a fall."""

from __future__ import annotations

import numpy as np
from tests.unit.perception.stick_figure import ON_FRONT, STANDING, Camera, pose

from dolbom.perception.bodies import BodyWatcher
from dolbom.perception.falls import FallDetector
from dolbom.perception.pose import Pose, Quarter
from dolbom.perception.tracking import Tracker, possible, same_person

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
