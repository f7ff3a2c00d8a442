"""How far a round robot can go along an arc, against stepping along it; and the speed from which it can stop."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dolbom.drives.free import free_distance, points_of, safe_speed
from dolbom.drives.observations import Pose, Scanned

RADIUS = 0.3
places = st.tuples(st.floats(-4, 4), st.floats(-4, 4)).filter(lambda p: math.hypot(*p) > RADIUS + 0.01)


def stepped(points: np.ndarray, speed: float, turning: float, most: float) -> float:
    """The same by going along in steps of half a millimetre."""
    along = np.arange(0.0, most, 0.0005)
    curvature = turning / abs(speed)
    way = math.copysign(1.0, speed)
    angle = curvature * along
    if abs(curvature) < 1e-6:
        x, y = along * way, np.zeros_like(along)
    else:
        x, y = np.sin(angle) / curvature * way, (1 - np.cos(angle)) / curvature
    near = np.hypot(points[:, 0, None] - x, points[:, 1, None] - y).min(0) < RADIUS
    return float(along[near.argmax()]) if near.any() else math.inf


@given(st.lists(places, min_size=1, max_size=6), st.sampled_from([-0.3, 0.1, 0.4]), st.floats(-0.8, 0.8))
def test_the_free_distance_is_where_stepping_meets_the_first_point(
    points: list[tuple[float, float]], speed: float, turning: float
) -> None:
    met, exact = np.array(points), free_distance(np.array(points), RADIUS, speed, turning)
    most = min(6.0, 2 * math.pi * abs(speed / turning) if abs(turning) > 1e-3 else 6.0)
    by_steps = stepped(met, speed, turning, most)
    if math.isfinite(by_steps):
        assert abs(exact - by_steps) < 0.01
    else:
        assert exact > most - 0.06 or math.isinf(exact) or stepped(met, speed, turning * 0.999, most) < math.inf


def test_what_is_touched_already_forbids_going_on_and_allows_going_away() -> None:
    before = np.array([[0.2, 0.05]])
    assert free_distance(before, RADIUS, 0.1, 0.0) == 0.0
    assert free_distance(before, RADIUS, -0.1, 0.0) == math.inf


@given(st.floats(0.0, 5.0), st.floats(0.05, 1.0), st.floats(0.1, 2.0))
def test_from_the_safe_speed_it_stands_within_the_free_distance(free: float, reaction: float, braking: float) -> None:
    speed = safe_speed(free, reaction, braking)
    assert speed >= 0
    assert speed * reaction + speed**2 / (2 * braking) <= free + 1e-9


def test_what_the_laser_did_not_measure_is_no_point() -> None:
    scan = Scanned(0.0, -0.1, 0.1, np.array([1.0, np.inf, 0.01]), near=0.05, far=8.0)
    points = points_of(scan, Pose(0.1, 0.0, 0.0))
    assert points.shape == (1, 2)
    assert np.allclose(points[0], [0.1 + math.cos(0.1), -math.sin(0.1)])
