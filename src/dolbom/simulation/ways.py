"""Ways on foot through the flat: around furniture and through doors that are open, on a grid."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dolbom.errors import UserError
from dolbom.simulation.home import Home, Point

CELL = 0.05
"""Metres."""

BODY = 0.17
"""Half of what a person walking sideways through a gap needs, metres."""

EASY = 0.40
"""As far as this from anything it is comfortable; nearer is walked only when it is shorter."""

MARGIN = 2.0
"""How far outside the outline the grid reaches, metres."""

Floats = NDArray[np.float64]


class Ways:
    """The flat's floor as a grid of distances to the next obstacle."""

    def __init__(self, home: Home, more: Iterable[tuple[float, float, float, float]] = ()) -> None:
        """Reads the obstacles of `home`; `more`: further ones, such as closed doors, as rectangles x0, y0, x1, y1."""
        self.home = home
        width, depth = home.outline
        self._origin = np.array([-MARGIN, -MARGIN])
        shape = (int((width + 2 * MARGIN) / CELL), int((depth + 2 * MARGIN) / CELL))
        xs = self._origin[0] + (np.arange(shape[0]) + 0.5) * CELL
        ys = self._origin[1] + (np.arange(shape[1]) + 0.5) * CELL
        self._inside = ((xs > 0) & (xs < width))[:, None] & ((ys > 0) & (ys < depth))[None, :]
        self.clearance: Floats = np.full(shape, np.inf)
        for x0, y0, x1, y1 in (*home.obstacles(), *more):
            dx = np.maximum(np.maximum(x0 - xs, xs - x1), 0.0)[:, None]
            dy = np.maximum(np.maximum(y0 - ys, ys - y1), 0.0)[None, :]
            self.clearance = np.minimum(self.clearance, np.hypot(dx, dy))

    def _cell(self, at: Point) -> tuple[int, int]:
        cell = ((np.asarray(at, dtype=float) - self._origin) / CELL).astype(int)
        cell = np.clip(cell, 0, np.array(self.clearance.shape) - 1)
        return int(cell[0]), int(cell[1])

    def _point(self, cell: tuple[int, int]) -> Floats:
        return np.asarray(self._origin + (np.array(cell) + 0.5) * CELL)

    def room_beside(self, at: Point) -> float:
        """How far the next obstacle is, metres."""
        return float(self.clearance[self._cell(at)])

    def nearest(self, at: Point, room: float = BODY) -> Point:
        """The nearest point that has `room` metres around it and is inside the flat; itself where it has."""
        cells = np.argwhere((self.clearance >= room) & self._inside)
        points = self._origin + (cells + 0.5) * CELL
        if self.room_beside(at) >= room and self._inside[self._cell(at)]:
            return at
        x, y = points[np.linalg.norm(points - np.asarray(at), axis=1).argmin()]
        return float(x), float(y)

    def shifted_inside(self, points: Floats) -> Floats:
        """The smallest shift (2,) that brings all `points` (n, 2) of a body to where nothing stands."""
        reach = np.linspace(-1.6, 1.6, 65)
        shifts = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
        shifts = shifts[np.linalg.norm(shifts, axis=1).argsort(kind="stable")]
        for shift in shifts:
            moved = ((points + shift - self._origin) / CELL).astype(int)
            if (moved < 0).any() or (moved >= np.array(self.clearance.shape)).any():
                continue
            if self._inside[moved[:, 0], moved[:, 1]].all() and (self.clearance[moved[:, 0], moved[:, 1]] > 0.06).all():
                return np.asarray(shift)
        return np.zeros(2)

    def way(self, begin: Point, end: Point) -> list[Point]:
        """The way as a few points, from `begin` to `end`.

        The ends may be nearer to furniture than one walks: somebody stands before a sofa.

        Raises:
            UserError: if there is no way.
        """
        start, goal = self._cell(begin), self._cell(end)
        cost = 1.0 + 4.0 * np.clip((EASY - self.clearance) / EASY, 0.0, 1.0) ** 2
        ends = np.array([begin, end])
        near = {}
        queue: list[tuple[float, tuple[int, int]]] = [(0.0, start)]
        best, came = {start: 0.0}, {start: start}
        steps = [(a, b, np.hypot(a, b)) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]
        while queue:
            _, cell = heapq.heappop(queue)
            if cell == goal:
                break
            for a, b, length in steps:
                following = (cell[0] + a, cell[1] + b)
                if not (0 <= following[0] < cost.shape[0] and 0 <= following[1] < cost.shape[1]):
                    continue
                if following not in near:
                    near[following] = bool((np.linalg.norm(ends - self._point(following), axis=1) < 0.35).any())
                free = self.clearance[following]
                if free < BODY and not (near[following] and free > 0.0):
                    continue
                spent = best[cell] + length * CELL * float(cost[following])
                if spent < best.get(following, np.inf):
                    best[following], came[following] = spent, cell
                    ahead = np.hypot(following[0] - goal[0], following[1] - goal[1]) * CELL
                    heapq.heappush(queue, (spent + ahead, following))
        if goal not in came:
            raise UserError(f"nobody can walk from {begin} to {end}", "is a door closed, or furniture in the way?")
        cells = [goal]
        while cells[-1] != start:
            cells.append(came[cells[-1]])
        points = [np.asarray(begin, float), *(self._point(cell) for cell in cells[-2:0:-1]), np.asarray(end, float)]
        return [(float(x), float(y)) for x, y in self._pulled(points)]

    def _pulled(self, points: list[Floats]) -> list[Floats]:
        """Leaves out what a straight line does as well."""
        kept, i = [points[0]], 0
        while i < len(points) - 1:
            j = len(points) - 1
            while j > i + 1 and not self._straight(points[i : j + 1]):
                j -= max(1, (j - i) // 6)
            kept.append(points[j])
            i = j
        return kept

    def _straight(self, points: list[Floats]) -> bool:
        """Whether the line between the ends is not much nearer to anything than the way between them."""
        begin, end = points[0], points[-1]
        count = max(2, int(np.linalg.norm(end - begin) / CELL))
        least = min(self.clearance[self._cell((float(p[0]), float(p[1])))] for p in points)
        for share in np.linspace(0, 1, count):
            x, y = begin + share * (end - begin)
            if self.clearance[self._cell((float(x), float(y)))] < min(least, EASY) - 0.02:
                return False
        return True
