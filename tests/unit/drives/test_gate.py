"""Whatever is wished: the wheels never get a speed from which the robot could not stop, and stop always wins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.drives.free import free_distance
from dolbom.drives.gate import PERIOD_S, Gate, Near, Senses
from dolbom.drives.parameters import DriveParameters

P = DriveParameters(base="cmd_vel")
FRESH = {"scan_age": 0.05, "odometry_age": 0.03, "camera_age": 0.2}
points = st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=12).map(
    lambda found: np.array(found, dtype=float).reshape(-1, 2)
)
wishes = st.tuples(st.floats(-2, 2), st.floats(-4, 4))


@st.composite
def moments(draw: st.DrawFn) -> tuple[tuple[float, float], Senses]:
    people = [
        Near(draw(points.filter(len)), draw(st.sampled_from([P.body_m, P.stand_m])))
        for _ in range(draw(st.integers(0, 2)))
    ]
    scan_age = draw(st.floats(0, P.scan_stale_s))
    return draw(wishes), Senses(0.0, draw(points), scan_age, 0.03, 0.2, people=people)


@given(st.lists(moments(), min_size=1, max_size=25), st.floats(0.01, 0.3))
def test_it_can_always_stop_within_the_free_distance_less_a_margin(
    found: list[tuple[tuple[float, float], Senses]], period: float
) -> None:
    gate, before, now = Gate(P), (0.0, 0.0), 100.0
    gate.halt(now)
    for (speed, turning), senses in found:
        now += period
        seen = Senses(now, senses.scan, senses.scan_age, 0.03, 0.2, people=senses.people)
        move = gate.allow(speed, turning, seen)
        assert -P.back_speed <= move.speed <= P.speed and abs(move.turning) <= P.turning
        grown = abs(move.speed) - abs(before[0])
        assert grown <= P.acceleration * min(period, 0.2) + 1e-9
        before = (move.speed, move.turning)
        if move.speed == 0:
            continue
        reaction = P.reaction_s + PERIOD_S + senses.scan_age
        needs = abs(move.speed) * reaction + move.speed**2 / (2 * P.braking)
        assert needs <= free_distance(seen.scan, P.radius + P.margin, *move_of(move)) + 1e-6
        for one in seen.people:
            assert needs <= free_distance(one.points, one.keep_m, *move_of(move)) + 1e-6


def move_of(move) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    return move.speed, move.turning


STOPS = {
    "the bumper touches": {"bumped": True},
    "the emergency stop is pressed": {"halted": True},
    "the camera is off": {"sees": False},
    "no scan": {"scan_age": 0.26},
    "no odometry": {"odometry_age": 0.26},
    "no bodies": {"camera_age": 1.1},
    "nothing ever came": {"scan_age": math.inf, "odometry_age": math.inf, "camera_age": math.inf},
    "time is no number": {"scan_age": math.nan},
}


@given(wishes, points, st.sampled_from(sorted(STOPS)))
def test_stop_always_wins(wish: tuple[float, float], scan: np.ndarray, why: str) -> None:
    gate = Gate(P)
    for number in range(40):
        gate.allow(0.4, 0.1, Senses(1.0 + 0.05 * number, **FRESH))
    assert gate.speed > 0.3
    move = gate.allow(*wish, Senses(3.1, scan, **{**FRESH, **STOPS[why]}))
    assert (move.speed, move.turning) == (0.0, 0.0)
    assert move.why


@pytest.mark.parametrize("wish", [(math.nan, 0.0), (0.1, math.inf), (-math.inf, math.nan)])
def test_what_is_no_number_stands_still(wish: tuple[float, float]) -> None:
    assert Gate(P).allow(*wish, Senses(1.0, **FRESH)).speed == 0.0


def test_standing_before_a_wall_it_may_still_turn_but_not_when_its_outline_touches() -> None:
    wall = np.column_stack([np.full(41, 0.282), np.linspace(-1, 1, 41)])
    gate = Gate(P)
    for number in range(20):
        move = gate.allow(0.3, 0.5, Senses(1.0 + 0.05 * number, wall, **FRESH))
    assert (move.speed, move.turning) == (0.0, pytest.approx(0.5))
    assert gate.allow(0.3, 0.5, Senses(2.05, wall - (0.05, 0.0), **FRESH)).turning == 0.0


def test_it_goes_away_from_whoever_came_too_near() -> None:
    near = [Near(np.array([[0.6, 0.0]]), P.body_m)]
    gate = Gate(P)
    assert gate.allow(0.2, 0.0, Senses(1.0, people=near, **FRESH)).speed == 0.0
    assert gate.allow(-0.1, 0.0, Senses(1.1, people=near, **FRESH)).speed < 0.0
