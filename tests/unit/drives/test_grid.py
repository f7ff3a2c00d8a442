"""The robot's own grid: what the laser saw stands there, is free or unknown; and ways lead around it."""

from __future__ import annotations

import math

import numpy as np

from dolbom.drives.grid import CELL, Grid
from dolbom.drives.observations import Pose

ANGLES = np.radians(np.arange(-135.0, 135.5, 0.5))


def scan(grid: Grid, at: Pose, walls: list[tuple[float, float, float, float]], stamp: float) -> None:
    """What a laser at this place sees of boxes x0, y0, x1, y1."""
    ranges = np.full(len(ANGLES), np.inf)
    for number, angle in enumerate(ANGLES + at.heading):
        along = np.arange(0.02, 8.0, 0.02)
        x, y = at.x + along * math.cos(angle), at.y + along * math.sin(angle)
        for x0, y0, x1, y1 in walls:
            inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
            if inside.any():
                ranges[number] = min(ranges[number], along[inside.argmax()])
    grid.see(stamp, at, ANGLES, ranges, 8.0)


HERE = Pose()


def seen(walls: list[tuple[float, float, float, float]], at: Pose = HERE) -> Grid:
    grid = Grid(0.28)
    grid.stood(0.0, at)
    for number in range(6):
        scan(grid, Pose(at.x, at.y, math.pi * (number % 2)), walls, 0.1 * number)
    return grid


ROOM = [(-2, -3, 5, -2.9), (-2, 2.9, 5, 3), (-2.1, -3, -2, 3), (5, -3, 5.1, 3)]
WALL_WITH_A_DOOR = [*ROOM, (2, -3, 2.1, 0.5), (2, 1.4, 2.1, 3)]


def cell(grid: Grid, reach, point: tuple[float, float]) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    row, column = np.floor((np.array(point) - reach.origin) / CELL).astype(int)
    return int(row), int(column)


def reached(grid: Grid, reach, point: tuple[float, float]) -> bool:  # type: ignore[no-untyped-def]
    row, column = cell(grid, reach, point)
    inside = 0 <= row < reach.costs.shape[0] and 0 <= column < reach.costs.shape[1]
    return inside and bool(np.isfinite(reach.costs[row, column]))


def test_the_way_leads_through_the_door_and_keeps_off_its_posts() -> None:
    grid = seen(WALL_WITH_A_DOOR)
    reach = grid.reach(Pose())
    way = reach.way(cell(grid, reach, (3.5, -1.0)))
    assert np.allclose(way[0], (0, 0), atol=0.06) and np.allclose(way[-1], (3.5, -1.0), atol=0.06)
    crossing = way[(way[:, 0] > 1.95) & (way[:, 0] < 2.15)]
    assert len(crossing) and (np.abs(crossing[:, 1] - 0.95) < 0.45 - 0.28 + CELL).all()


def test_a_door_that_closes_ends_the_way_and_one_that_opens_gives_it_back() -> None:
    grid = seen(WALL_WITH_A_DOOR)
    for number in range(4):
        scan(grid, Pose(), [*WALL_WITH_A_DOOR, (2, 0.4, 2.1, 1.5)], 1.0 + 0.1 * number)
    assert not reached(grid, grid.reach(Pose()), (3.5, 1.0))
    for number in range(8):
        scan(grid, Pose(), WALL_WITH_A_DOOR, 2.0 + 0.1 * number)
    assert reached(grid, grid.reach(Pose()), (3.5, 1.0))


def test_who_stood_in_the_way_is_forgotten_when_asked_to() -> None:
    grid = seen([*ROOM, (1.0, -3.0, 1.2, 3.0)])
    assert not reached(grid, grid.reach(Pose()), (1.8, 0.0))
    grid.forget_older(10.0)
    assert reached(grid, grid.reach(Pose()), (1.8, 0.0))


def test_a_way_keeps_out_of_the_disc_around_somebody() -> None:
    grid = seen(ROOM)
    reach = grid.reach(Pose(), [(np.array([[1.5, 0.0]]), 1.0)])
    way = reach.way(cell(grid, reach, (3.5, 0.0)))
    assert np.hypot(*(way - (1.5, 0.0)).T).min() > 1.0 - CELL


def test_what_stands_between_hides_and_what_is_free_does_not() -> None:
    grid = seen(WALL_WITH_A_DOOR)
    assert grid.sees(np.array([0.0, 0.0]), np.array([1.5, 0.2]))
    assert not grid.sees(np.array([0.0, 0.0]), np.array([3.0, -1.0]))
    assert grid.sees(np.array([0.0, 0.0]), np.array([2.1, -1.0]), short=0.4)


def test_beyond_the_door_lies_what_was_never_seen() -> None:
    grid = seen(WALL_WITH_A_DOOR)
    reach = grid.reach(Pose())
    edges = grid.frontiers(reach)
    points = reach.centres()[edges[:, 0], edges[:, 1]]
    assert (points[:, 0] > 2.0).any()


def test_behind_the_laser_only_what_was_driven_over_is_known_to_be_free() -> None:
    grid = Grid(0.28)
    grid.stood(0.0, Pose(0.0, 0.0))
    scan(grid, Pose(1.0, 0.0), ROOM, 0.1)
    assert not grid.free_since(np.array([[0.4, 0.0]]), 0.0)
    for number in range(11):
        grid.stood(0.2 + number, Pose(0.1 * number, 0.0))
    assert grid.free_since(np.array([[0.4, 0.0]]), 0.0)
    assert not grid.free_since(np.array([[0.4, 0.0]]), 9.0), "that was seen too long ago"


def test_whoever_leaves_the_grid_begins_a_new_one() -> None:
    grid = seen(ROOM)
    scan(grid, Pose(50.0, 50.0), [(52, 49, 52.1, 51)], 5.0)
    reach = grid.reach(Pose(50.0, 50.0))
    assert reached(grid, reach, (51.0, 50.0))
