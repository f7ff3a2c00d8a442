"""The virtual base: its laser meets walls, furniture and people where they are; what it touches is counted."""

from __future__ import annotations

import math
from datetime import time

import numpy as np
import pytest

from dolbom.drives.observations import Decision, Goal, InDistress, Moved, Outcome, Pose, Scanned, Wished
from dolbom.simulation.day.backend import shipped_home
from dolbom.simulation.day.figure import Figure, Manner
from dolbom.simulation.day.wheels import Wheels, came_nearer, of_the_robot, walls_of

NOON = time(12, 0)


def wheels(at: tuple[float, float, float], people: dict[str, Figure] | None = None, seed: int = 0) -> Wheels:
    home, _ = shipped_home()
    return Wheels(home, at, people or {}, seed, lambda _: None, lambda *_: None)


def ranges(of: Wheels) -> dict[int, float]:
    scan = of._scan(1.0)
    assert isinstance(scan, Scanned)
    angles = np.degrees(scan.begin + scan.step * np.arange(len(scan.ranges))).round().astype(int)
    return dict(zip(angles.tolist(), scan.ranges.tolist(), strict=True))


def test_the_laser_meets_the_walls_where_they_are() -> None:
    seen = ranges(wheels((2.5, 3.0, 0.0)))
    assert seen[90] == pytest.approx(5.2 - 3.0, abs=0.06)  # the counter before the north wall
    assert max(seen) == 135 and min(seen) == -135


def test_the_laser_meets_legs_and_whoever_lies() -> None:
    home, ways = shipped_home()
    somebody = Figure("순자", home, ways, Manner.of(1), "rug")
    at = (1.8, 3.4, -math.pi / 2)
    before = ranges(wheels(at))
    standing = ranges(wheels(at, {"resident": somebody}))
    assert min(standing[angle] for angle in range(-8, 9)) == pytest.approx(1.5, abs=0.2)
    assert min(before[angle] for angle in range(-8, 9)) > 2.0
    somebody.fall("left")
    while somebody.busy:
        somebody.advance(1.0)
    lying = ranges(wheels(at, {"resident": somebody}))
    assert min(lying[angle] for angle in range(-40, 41)) < min(before[angle] for angle in range(-40, 41)) - 0.2


def test_what_it_drives_into_is_counted_and_presses_the_bumper() -> None:
    told: list[Decision] = []
    home, _ = shipped_home()
    base = Wheels(home, (2.5, 4.9, math.pi / 2), {}, 0, told.append, lambda *_: None)
    base._command = (0.3, 0.0)
    base._at = 0.0
    for _ in range(20):
        base._roll(0.1)
    assert base.counted.touched == 1 and base.drive.world.bumped
    assert base.y < 5.0
    base.observe(Wished(3.0, Goal("g")))
    assert [one.outcome for one in told] == [Outcome.REFUSED]  # type: ignore[union-attr]


def test_wheels_measure_a_little_wrong_and_the_same_with_the_same_seed() -> None:
    def driven(seed: int) -> Pose:
        base = wheels((2.5, 3.0, 0.0), seed=seed)
        base._command, base._at = (0.2, 0.3), 0.0
        for _ in range(20):
            base._roll(0.1)
        moved = [float(value) for value in base._odometry]
        return Pose(*moved)

    assert driven(1) == driven(1) != driven(2)
    assert driven(1).heading == pytest.approx(0.6, rel=0.08)


def test_only_the_robots_own_way_counts_as_driving_at_somebody() -> None:
    home, _ = shipped_home()
    nearest: dict[str, float] = {}
    person = np.array([[2.0, 1.7, 1.0], [2.0, 1.7, 2.0]])
    came_nearer(nearest, "resident", person, (2.0, 3.0), (2.0, 3.2), walls_of(home))
    assert nearest == {}, "it went away"
    came_nearer(nearest, "resident", person, (2.0, 3.2), (2.0, 2.9), walls_of(home))
    assert nearest["resident"] == pytest.approx(1.2)
    behind = np.array([[5.0, 2.7, 1.0]])
    came_nearer(nearest, "visitor", behind, (3.6, 2.6), (3.7, 2.6), walls_of(home))
    assert "visitor" not in nearest, "a wall is between"


def test_a_process_that_is_started_again_knows_its_dock() -> None:
    base = wheels((3.55, 3.25, 3.6))
    base.step(0.0, True, InDistress(0.0, ""), NOON)
    base.observe(Moved(0.1, Pose(0.0, 0.0)))
    base.restart()
    base.observe(Moved(0.2, Pose(0.01, 0.0)))
    assert base.drive.dock.known and not base.drive.away


def test_its_parameters_are_those_of_the_simulated_robot() -> None:
    parameters = of_the_robot()
    assert parameters.base == "cmd_vel"
    assert parameters.mount.z == pytest.approx(1.1, abs=0.02)
    assert parameters.laser.x == pytest.approx(0.1)
