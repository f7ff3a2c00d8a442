"""Pixels become places on the floor: exact geometry, and honest doubt where there is none."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dolbom.perception.intrinsics import Intrinsics
from dolbom.perception.positions import (
    ADULTS,
    Camera,
    Locator,
    Sizes,
    mounting,
    mounting_from_tf,
)

LENS = Intrinsics.from_field_of_view(640, 480, 70)
CALIBRATED = dataclasses.replace(LENS, nominal=False)
BARREL = dataclasses.replace(CALIBRATED, d=(-0.28, 0.07, 0.0005, -0.0003, 0.0))
FISHEYE = Intrinsics(640, 480, (280, 0, 322, 0, 281, 239, 0, 0, 1), (0.02, -0.01, 0.003, 0), "equidistant")
AHEAD = mounting((0.1, 0.0, 1.1), (0.0, math.radians(12), 0.0))
EXACT = Sizes(torso=(0.48, 1e-6), step=0.0)

lenses = st.sampled_from([CALIBRATED, BARREL, FISHEYE])


def seen(lens: Intrinsics, base_from_optical: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Pixels of points given in base_link."""
    optical = (np.asarray(points) - base_from_optical[:3, 3]) @ base_from_optical[:3, :3]
    return Camera(lens).project(optical)


def standing(
    at: tuple[float, float],
    facing: float = math.pi,
    torso: float = 0.48,
    hips: float = 0.9,
) -> np.ndarray:
    """Shoulders, hips and ankles (6, 3) of an upright adult."""
    left = np.array([-math.sin(facing), math.cos(facing), 0.0])
    base = np.array([*at, 0.0])
    up = np.array([0.0, 0.0, 1.0])
    return np.array(
        [
            base + up * z + side * w * left
            for z, w in ((hips + torso, 0.19), (hips, 0.13), (0.08, 0.1))
            for side in (1, -1)
        ]
    )


def landmarks(lens: Intrinsics, pixels: np.ndarray) -> np.ndarray:
    """Pose landmarks (33, 3) with those six where they were seen and all others out of sight."""
    made = np.zeros((33, 3))
    for index, pixel in zip((11, 12, 23, 24, 27, 28), pixels, strict=True):
        inside = np.isfinite(pixel).all() and 0 <= pixel[0] < lens.width and 0 <= pixel[1] < lens.height
        made[index] = (*(pixel / (lens.width, lens.height)), 1.0) if inside else (0, 0, 0)
    return made


def test_the_optical_axis_of_a_level_camera_is_straight_ahead() -> None:
    locator = Locator(CALIBRATED, mounting((0, 0, 1), (0, 0, 0)))
    centre_below = Camera(CALIBRATED).project([[0.0, 1.0, 4.0]])
    assert locator.on_plane(centre_below, 0.0) == pytest.approx(np.array([[4.0, 0.0, 0.0]]), abs=1e-6)


def test_what_is_right_of_the_picture_is_on_the_robots_right_side() -> None:
    place = Locator(CALIBRATED, AHEAD).on_plane([[600.0, 400.0]], 0.0)[0]
    assert place[0] > 0 and place[1] < 0


def test_a_positive_pitch_looks_down() -> None:
    level, down = (Locator(CALIBRATED, mounting((0, 0, 1), (0, p, 0))) for p in (0.0, 0.5))
    assert down.on_plane([[320.0, 400.0]], 0)[0, 0] < level.on_plane([[320.0, 400.0]], 0)[0, 0]


def test_tf_and_mounting_angles_say_the_same() -> None:
    # camera optical frame of a camera that looks straight ahead: the quaternion of REP-103
    made = mounting_from_tf((0.1, 0, 1.1), (-0.5, 0.5, -0.5, 0.5))
    assert made == pytest.approx(mounting((0.1, 0, 1.1), (0, 0, 0)))


@settings(max_examples=30, deadline=None)
@given(
    lens=lenses,
    x=st.floats(0.8, 8),
    y=st.floats(-4, 4),
    height=st.floats(0.5, 1.8),
    pitch=st.floats(-0.2, 0.9),
    roll=st.floats(-0.1, 0.1),
    yaw=st.floats(-0.5, 0.5),
)
def test_every_floor_point_in_view_is_found_again_through_its_pixel(
    lens: Intrinsics,
    x: float,
    y: float,
    height: float,
    pitch: float,
    roll: float,
    yaw: float,
) -> None:
    base_from_optical = mounting((0.1, -0.05, height), (roll, pitch, yaw))
    point = np.array([[x, y, 0.0]])
    pixel = seen(lens, base_from_optical, point)
    assume(np.isfinite(pixel).all() and (pixel >= 0).all() and (pixel < (640, 480)).all())
    again = Locator(lens, base_from_optical).on_plane(pixel, 0.0)
    # Strong distortion repeats itself far outside the picture: such a pixel has two origins and may be
    # refused.
    assume(np.isfinite(again).all())
    assert again == pytest.approx(point, abs=0.02 + 1e-3 * x**2)


@settings(max_examples=30, deadline=None)
@given(lens=lenses, u=st.floats(0, 639), v=st.floats(0, 479))
def test_a_ray_projects_back_onto_its_pixel_or_is_refused(lens: Intrinsics, u: float, v: float) -> None:
    ray = Camera(lens).rays([[u, v]])
    if np.isfinite(ray).all():
        assert np.linalg.norm(ray) == pytest.approx(1.0)
        assert Camera(lens).project(ray)[0] == pytest.approx((u, v), abs=0.5)


def test_a_pixel_beyond_the_reach_of_the_distortion_is_refused_rather_than_guessed() -> None:
    folding = dataclasses.replace(CALIBRATED, d=(-0.9, 0.0, 0.0, 0.0, 0.0))
    assert np.isnan(Camera(folding).rays([[0.0, 0.0]])).all()


def test_a_ray_above_the_horizon_meets_no_floor() -> None:
    assert np.isnan(Locator(CALIBRATED, AHEAD).on_plane([[320.0, 5.0]], 0.0)).all()


@settings(max_examples=30, deadline=None)
@given(
    x=st.floats(2.2, 7),
    y=st.floats(-1.5, 1.5),
    facing=st.floats(0, 2 * math.pi),
    lens=lenses,
)
def test_an_adult_of_the_assumed_size_is_located_where_they_stand(
    x: float, y: float, facing: float, lens: Intrinsics
) -> None:
    pixels = seen(lens, AHEAD, standing((x, y), facing))
    marks = landmarks(lens, pixels)
    assume(marks[[11, 12, 23, 24], 2].all())
    place = Locator(lens, AHEAD, EXACT).body(marks)
    assert place is not None
    # the middle of two seen points is not quite the seen middle: a few centimetres near the camera
    assert place.xy == pytest.approx((x, y), abs=0.06)


def test_with_the_feet_in_view_a_persons_size_hardly_matters() -> None:
    for torso in (0.40, 0.56):
        pixels = seen(CALIBRATED, AHEAD, standing((3.0, 0.5), torso=torso))
        place = Locator(CALIBRATED, AHEAD).body(landmarks(CALIBRATED, pixels))
        assert place is not None and place.by == "torso+feet"
        assert np.linalg.norm(place.xy - (3.0, 0.5)) < 0.2


def test_without_the_feet_the_torso_says_where_and_how_unsure() -> None:
    marks = landmarks(CALIBRATED, seen(CALIBRATED, AHEAD, standing((2.5, 0.0))))
    marks[[27, 28], 2] = 0.0
    place = Locator(CALIBRATED, AHEAD).body(marks)
    assert place is not None and place.by == "torso"
    assert place.xy == pytest.approx((2.5, 0.0), abs=0.05)
    assert 0.25 < place.deviation < 0.6  # 12 % of the distance from the torso alone


def test_feet_drawn_where_none_are_do_not_pull_the_person_behind_the_sofa() -> None:
    marks = landmarks(CALIBRATED, seen(CALIBRATED, AHEAD, standing((3.0, 0.0))))
    true = Locator(CALIBRATED, AHEAD).body(marks)
    marks[[27, 28], 1] -= 0.2  # feet guessed at the sofa's upper edge: nearly at the horizon
    place = Locator(CALIBRATED, AHEAD).body(marks)
    assert true is not None and place is not None
    assert place.by == "torso" and place.xy == pytest.approx((3.0, 0.0), abs=0.1)
    assert place.deviation > true.deviation


def test_somebody_on_the_floor_is_located_by_the_floor() -> None:
    lying = np.array([[2.0, y, 0.15] for y in (0.6, 0.9, 0.1, 0.2, -0.6, -0.7)])
    place = Locator(CALIBRATED, AHEAD).body(landmarks(CALIBRATED, seen(CALIBRATED, AHEAD, lying)), lying=True)
    assert place is not None and place.by == "lying"
    assert place.xy == pytest.approx((2.0, 0.45), abs=0.05)


def test_somebody_lying_on_a_bed_is_not_placed_behind_it() -> None:
    on_bed = np.array([[2.5, y, 0.6] for y in (0.4, 0.4, -0.08, -0.08, -0.8, -0.9)])
    marks = landmarks(CALIBRATED, seen(CALIBRATED, AHEAD, on_bed))
    place = Locator(CALIBRATED, AHEAD).body(marks, lying=True)
    assert place is not None and place.by == "size"
    assert place.xy == pytest.approx((2.5, 0.16), abs=0.15)
    # the floor under the same pixels is two metres farther
    assert Locator(CALIBRATED, AHEAD).on_plane(marks[[23], :2] * (640, 480), 0.15)[0, 0] > 4.0


def test_nothing_in_view_is_no_place() -> None:
    assert Locator(CALIBRATED, AHEAD).body(np.zeros((33, 3))) is None
    assert Locator(CALIBRATED, AHEAD).body(np.zeros((33, 3)), lying=True) is None


def test_feet_near_the_horizon_are_no_place() -> None:
    marks = np.zeros((33, 3))
    marks[[27, 28]] = (0.5, 0.31, 1.0)
    assert Locator(CALIBRATED, AHEAD).body(marks) is None


def face_at(distance: float, turned: float = 0.0, bowed: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Five landmarks (5, 3) in base_link of a face at eye height, turned and bowed by these angles (rad)."""
    flat = (
        np.array(
            [
                [0, 0.0315, 0.035],
                [0, -0.0315, 0.035],
                [-0.025, 0, 0],
                [0, 0.025, -0.035],
                [0, -0.025, -0.035],
            ]
        )
        * scale
    )
    cos_y, sin_y, cos_p, sin_p = (
        math.cos(turned),
        math.sin(turned),
        math.cos(bowed),
        math.sin(bowed),
    )
    yaw = np.array([[cos_y, -sin_y, 0], [sin_y, cos_y, 0], [0, 0, 1]])
    pitch = np.array([[cos_p, 0, sin_p], [0, 1, 0], [-sin_p, 0, cos_p]])
    return flat @ (yaw @ pitch).T + (distance, 0.0, 1.2)


@settings(max_examples=30, deadline=None)
@given(distance=st.floats(0.5, 5), turned=st.floats(-0.8, 0.8), lens=lenses)
def test_a_face_is_located_also_when_it_is_turned(distance: float, turned: float, lens: Intrinsics) -> None:
    pixels = seen(lens, AHEAD, face_at(distance, turned))
    place = Locator(lens, AHEAD).face(pixels)
    assert place is not None
    assert place.distance == pytest.approx(distance, rel=0.06)


def test_a_bowed_and_turned_face_is_within_the_doubt_that_is_stated() -> None:
    for turned, bowed in ((0.5, 0.5), (-0.6, 0.4), (0.4, -0.5)):
        place = Locator(CALIBRATED, AHEAD).face(seen(CALIBRATED, AHEAD, face_at(2.0, turned, bowed)))
        assert place is not None and abs(place.distance - 2.0) < 3 * place.deviation


def test_body_and_face_together_are_surer_than_either() -> None:
    locator = Locator(CALIBRATED, AHEAD)
    body = locator.body(landmarks(CALIBRATED, seen(CALIBRATED, AHEAD, standing((2.5, 0.0)))))
    face = locator.face(seen(CALIBRATED, AHEAD, face_at(2.5)))
    both = locator.together(body, face)
    assert body is not None and face is not None and both is not None
    assert both.deviation < min(body.deviation, face.deviation)
    assert locator.together(None, None) is None and locator.together(None, face) is face


def test_the_stated_doubt_holds_for_people_of_many_sizes_and_noisy_landmarks() -> None:
    """Of people with the errors that are assumed, 95 % lie within the stated 95 % ellipse (χ² = 5.99)."""
    random = np.random.default_rng(7)
    within = []
    for _ in range(130):
        at = (random.uniform(2.2, 5), random.uniform(-0.8, 0.8))
        base = mounting(
            (0.1, 0.0, 1.1 + random.normal(0, ADULTS.camera_height)),
            (
                random.normal(0, ADULTS.tilt),
                math.radians(12) + random.normal(0, ADULTS.tilt),
                0.0,
            ),
        )
        body = standing(at, random.uniform(0, 6.28), torso=random.normal(*ADULTS.torso))
        pixels = seen(CALIBRATED, base, body) + random.normal(0, ADULTS.landmark * 480, (6, 2))
        place = Locator(CALIBRATED, AHEAD).body(landmarks(CALIBRATED, pixels))
        if place is not None:
            gap = place.xy - at
            within.append(gap @ np.linalg.solve(place.covariance, gap) < 5.99)
    assert len(within) > 100 and np.mean(within) > 0.93


def test_what_a_position_says_of_itself() -> None:
    place = Locator(CALIBRATED, AHEAD).face(seen(CALIBRATED, AHEAD, face_at(2.0)))
    assert place is not None and place.by == "face"
    assert place.bearing == pytest.approx(0.0, abs=1e-3)


def test_a_face_of_no_size_is_no_place() -> None:
    assert Locator(CALIBRATED, AHEAD).face(np.full((5, 2), 100.0)) is None


def test_a_face_far_beyond_any_room_is_no_place() -> None:
    assert Locator(CALIBRATED, AHEAD).face(seen(CALIBRATED, AHEAD, face_at(20.0))) is None


def test_a_guessed_focal_length_makes_every_distance_less_sure() -> None:
    marks = landmarks(CALIBRATED, seen(CALIBRATED, AHEAD, standing((3.0, 0.0))))
    sure, guessed = (Locator(lens, AHEAD).body(marks) for lens in (CALIBRATED, LENS))
    assert sure is not None and guessed is not None
    assert guessed.deviation > sure.deviation and guessed.xy == pytest.approx(sure.xy, abs=0.1)
