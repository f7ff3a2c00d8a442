"""Postures, camera motion, turned looks: what is made of a frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.perception.stick_figure import (
    BENT_DOWN,
    ON_BACK,
    ON_CHAIR,
    ON_FLOOR_SITTING,
    ON_FRONT,
    SQUATTING,
    STANDING,
    Camera,
    Stance,
    pose,
)

from dolbom.perception.bodies import BodyWatcher, describe
from dolbom.perception.camera_motion import CameraMotionMeter
from dolbom.perception.pose import Pose, Quarter, turn, turn_back
from dolbom.perception.posture import measure, posture

CAMERA = Camera()
ASPECT = CAMERA.width / CAMERA.image_height


@pytest.mark.parametrize(
    ("stance", "name"),
    [
        (STANDING, "upright"),
        (ON_CHAIR, "sitting"),
        (ON_FLOOR_SITTING, "sitting"),
        (replace(SQUATTING, torso=55), "crouching"),
        (BENT_DOWN, "crouching"),
        (ON_BACK, "lying"),
        (ON_FRONT, "lying"),
    ],
)
@pytest.mark.parametrize("facing", [60, 90, 120])
def test_postures_have_their_names(stance: Stance, name: str, facing: float) -> None:
    found, sure = posture(measure(pose(replace(stance, facing=facing), CAMERA), ASPECT))
    assert found == name
    assert 0.5 <= sure <= 1


def test_a_body_whose_shoulders_and_hips_are_hidden_has_no_known_posture() -> None:
    hidden = pose(STANDING, CAMERA)
    hidden.landmarks[:, 2] = 0.1
    assert posture(measure(hidden, ASPECT)) == ("unknown", 0.0)


def test_the_scale_is_image_heights_per_metre() -> None:
    for far in (2.0, 4.0):
        found = measure(pose(replace(STANDING, z=far), CAMERA), ASPECT).scale
        assert found == pytest.approx(CAMERA.focal / far, rel=0.15)


def test_the_box_is_cut_to_the_image() -> None:
    body = describe("a", pose(replace(STANDING, z=1.0), CAMERA), ASPECT)
    x0, y0, x1, y1 = body.roi
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1


@pytest.mark.parametrize("quarter", [1, -1])
def test_what_is_found_in_a_turned_picture_is_told_in_the_picture_as_it_was(quarter: Quarter) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[10, 20] = 255
    turned = turn(image, quarter)
    row, column = (int(v[0]) for v in np.nonzero(turned[:, :, 0]))
    landmarks = np.tile(np.float32([(column + 0.5) / turned.shape[1], (row + 0.5) / turned.shape[0], 1]), (33, 1))
    # In the turned picture the picture's own right points down (clockwise) or up.
    right = np.tile(np.float32([0, 1 if quarter == 1 else -1, 0]), (33, 1))
    back = turn_back(Pose(landmarks, right), quarter)
    assert back.turned
    np.testing.assert_allclose(back.landmarks[0, :2], [20.5 / 64, 10.5 / 48], atol=1e-6)
    np.testing.assert_allclose(back.world[0], [1, 0, 0], atol=1e-6)


def texture(shift_x: int = 0, shift_y: int = 0) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    big = np.kron(noise, np.ones((8, 8, 1), np.uint8))
    return np.roll(big, (shift_y, shift_x), (0, 1))


def test_the_motion_of_the_whole_picture_is_measured_in_widths_per_second() -> None:
    meter = CameraMotionMeter()
    assert meter.update(texture(), 0.0).velocity == (0.0, 0.0)
    vx, vy = meter.update(texture(32, -16), 0.1).velocity
    assert vx == pytest.approx(32 / 640 / 0.1, abs=0.05)
    assert vy == pytest.approx(-16 / 640 / 0.1, abs=0.05)


def test_a_blank_picture_does_not_move_and_a_dark_one_is_dark() -> None:
    meter = CameraMotionMeter()
    black = np.zeros((48, 64, 3), np.uint8)
    meter.update(black, 0.0)
    motion = meter.update(black, 0.1)
    assert motion.velocity == (0.0, 0.0)
    assert motion.luminance == 0.0
    assert meter.update(np.full((48, 64, 3), 255, np.uint8), 0.2).luminance == 1.0


def test_a_person_who_moves_does_not_look_like_a_moving_camera() -> None:
    meter = CameraMotionMeter()
    before, after = texture(), texture()
    after[100:400, 200:400] = np.roll(texture(), 40, 0)[100:400, 200:400]
    landmarks = np.zeros((33, 3), np.float32)
    landmarks[:, 0] = np.linspace(0.32, 0.62, 33)
    landmarks[:, 1] = np.linspace(0.22, 0.82, 33)
    meter.update(before, 0.0)
    assert np.abs(meter.update(after, 0.1, [landmarks]).velocity).max() < 0.02


class Script:
    """A finder that finds what it is told."""

    def __init__(self) -> None:
        self.upright: list[Pose] = []
        self.lying: list[Pose] = []
        self.turned: list[int] = []

    def find(self, image: np.ndarray, stamp: float) -> list[Pose]:
        return list(self.upright)

    def find_turned(self, image: np.ndarray, quarter: Quarter) -> list[Pose]:
        self.turned.append(quarter)
        return list(self.lying)


PICTURE = np.zeros((48, 64, 3), np.uint8)


def test_the_turned_look_costs_nothing_while_everybody_is_in_sight() -> None:
    script = Script()
    script.upright = [pose(STANDING, CAMERA)]
    watcher = BodyWatcher(script)
    for i in range(20):
        bodies = watcher.update(PICTURE, i / 10)
    assert script.turned == []
    assert [b.posture for b in bodies.bodies] == ["upright"]


def test_who_is_lost_is_looked_for_on_both_sides_and_found_with_the_same_id() -> None:
    script = Script()
    script.upright = [pose(STANDING, CAMERA)]
    watcher = BodyWatcher(script)
    for i in range(5):
        before = watcher.update(PICTURE, i / 10)
    script.upright = []
    for i in range(5, 10):
        watcher.update(PICTURE, i / 10)
    assert set(script.turned) == {1, -1}
    lying = pose(replace(ON_FRONT, x=0.5), CAMERA)
    script.lying = [Pose(lying.landmarks, lying.world, turned=True)]
    found = watcher.update(PICTURE, 1.1)
    assert [b.id for b in found.bodies] == [b.id for b in before.bodies]
    assert found.bodies[0].pose.turned
    assert found.bodies[0].posture == "lying"


def test_who_lay_there_before_the_start_is_looked_for_for_a_while_and_nobody_else() -> None:
    script = Script()
    watcher = BodyWatcher(script, first_for=60.0)
    for second in range(100):
        watcher.update(PICTURE, 1000.0 + second)
    assert 55 <= len(script.turned) <= 61 and set(script.turned) == {1, -1}
    lying = pose(replace(ON_FRONT, x=0.5), CAMERA)
    script.lying = [Pose(lying.landmarks, lying.world, turned=True)]
    seen = {}
    for first_for in (0.0, 60.0):
        watcher = BodyWatcher(script, first_for=first_for)
        seen[first_for] = [watcher.update(PICTURE, i / 10).bodies for i in range(40)]
    assert not any(seen[0.0])
    assert [body.posture for body in seen[60.0][-1]] == ["lying"]


def test_the_search_slows_down_after_a_while_and_ends_for_who_is_not_down() -> None:
    counts = {}
    for down in (False, True):
        script = Script()
        script.upright = [pose(STANDING, CAMERA)]
        watcher = BodyWatcher(script)
        for i in range(5):
            bodies = watcher.update(PICTURE, i / 10)
        script.upright = []
        known = [bodies.bodies[0].id] if down else []
        for i in range(200):
            watcher.update(PICTURE, 0.5 + i / 10, known)
        counts[down] = len(script.turned)
    assert 25 <= counts[False] <= 35
    assert counts[False] + 12 <= counts[True] <= counts[False] + 25
