"""What the laser saw of the floor so far, as a grid in odometry's frame, and the ways through it.

Each cell keeps evidence that something stands there (occupancy grid, Moravec and Elfes 1985); ways are shortest ones
that keep off obstacles (Dijkstra on the cells). It is the robot's own and short-lived map: no home's plan is read, and
odometry's drift does no harm over the metres of one way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dolbom.drives.observations import Floats, Pose

CELL = 0.05
"""Metres."""
SIZE_M = 20.0
"""The grid reaches half of this from where it began; whoever leaves it begins a new one."""
EDGE_M = 2.0
SEEN_M = 6.0
"""Farther than this the rays are too far apart to say that nothing is between them."""
HIT, PASS, MOST, LEAST = 3, -1, 6, -6
"""Evidence of one ray that ends, or passes, in a cell; and how far it adds up."""
EASY_M = 0.55
"""A way that keeps so far off everything costs its length."""
TIGHT = 5.0
"""How many times that it costs where the robot just fits."""
WARY_M, WARY = 0.9, 2.0
"""Nearer than this to what was not seen, somebody may lie who was not seen: it costs so much more."""
NEW_M, NEW_FROM_M, NEW_CELLS, NEW_S = 0.25, 3.5, 3, 20.0
"""What the laser meets where it saw nothing before, so far off all that stood there, came there by itself: from so near
the rays are dense enough to say so, so many cells are no flicker, and it counts for so long."""
STARTS_M = 0.35
"""So near where it stands it may be nearer to things than it would go."""

Cells = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reach:
    """Everything that can be reached from where the robot is.

    Attributes:
        costs: (rows, columns) of the way there; infinite where none leads.
        origin: of the cut-out, metres.
    """

    costs: Floats
    before: Cells
    origin: Floats

    def centres(self) -> Floats:
        """(rows, columns, 2) metres."""
        rows, columns = np.indices(self.costs.shape)
        return np.asarray(self.origin + (np.stack([rows, columns], axis=-1) + 0.5) * CELL)

    def way(self, cell: tuple[int, int]) -> Floats:
        """The way to a cell as points (n, 2), from the robot on."""
        at, columns = cell[0] * self.costs.shape[1] + cell[1], self.costs.shape[1]
        found = [at]
        while self.before[at] >= 0:
            at = int(self.before[at])
            found.append(at)
        cells = np.array(found[::-1])
        return np.asarray(self.origin + (np.column_stack([cells // columns, cells % columns]) + 0.5) * CELL)


class Grid:
    """The floor around the robot.

    Args:
        radius: what the robot's centre keeps from anything, metres.
    """

    def __init__(self, radius: float) -> None:
        self.radius = radius
        self.forget()

    def forget(self, about: Pose | None = None) -> None:
        """Begins anew, around this place."""
        count = int(SIZE_M / CELL)
        middle = np.array([about.x, about.y]) if about is not None else np.zeros(2)
        self._origin: Floats = np.round((middle - SIZE_M / 2) / CELL) * CELL
        self._evidence = np.zeros((count, count), np.int8)
        self._known = np.zeros((count, count), bool)
        self._free_at = np.full((count, count), -np.inf, np.float32)
        self._seen_at = np.full((count, count), -np.inf, np.float32)
        self._came_at = np.full((count, count), -np.inf, np.float32)
        self._first: float | None = None
        self._empty = about is None

    def forget_older(self, stamp: float) -> None:
        """Takes back what was seen to stand somewhere before this moment, and not since: people have moved on."""
        old = (self._seen_at < self._since(stamp)) & (self._evidence > 0)
        self._evidence[old] = 0
        self._known[old] = False

    def _since(self, stamp: float) -> float:
        # Seconds since the first scan: float32 keeps milliseconds of these, not of seconds since 1970.
        if self._first is None:
            self._first = stamp
        return stamp - self._first

    def _cells(self, points: Floats) -> tuple[Cells, Cells, Mask]:
        cells = np.floor((points - self._origin) / CELL).astype(np.int64)
        inside: Mask = np.all((cells >= 0) & (cells < self._evidence.shape), axis=1)
        return cells[inside, 0], cells[inside, 1], inside

    def see(self, stamp: float, laser: Pose, angles: Floats, ranges: Floats, far: float) -> None:
        """Takes a scan.

        Args:
            laser: where the laser was, in odometry's frame.
            angles, ranges: of its rays; a range that is not finite met nothing up to `far`.
        """
        off = np.abs(laser.xy - self._origin - SIZE_M / 2)
        if self._empty or float(off.max()) > SIZE_M / 2 - EDGE_M:
            self.forget(laser)
        now = self._since(stamp)
        met = np.isfinite(ranges) & (ranges < far)
        reach = np.minimum(np.where(met, ranges - CELL, far), SEEN_M)
        along = np.arange(0.0, float(reach.max(initial=0.0)), CELL)
        directions = np.column_stack([np.cos(angles), np.sin(angles)])
        ray, step = np.nonzero(along[None, :] < reach[:, None])
        rows, columns, _ = self._cells(laser.out(directions[ray] * along[step, None]))
        passed = np.zeros_like(self._known)
        passed[rows, columns] = True
        ends = laser.out(directions[met & (ranges <= SEEN_M + 2)] * ranges[met & (ranges <= SEEN_M + 2), None])
        rows, columns, _ = self._cells(ends)
        hit = np.zeros_like(self._known)
        hit[rows, columns] = True
        passed &= ~hit
        came = self._newcomers(now, laser, hit)
        self._evidence[passed] = np.maximum(self._evidence[passed] + PASS, LEAST)
        self._evidence[hit] = np.minimum(self._evidence[hit] + HIT, MOST)
        self._evidence[came] = MOST // 2
        self._known |= passed | hit
        self._free_at[passed] = now
        self._seen_at[hit] = now

    def _newcomers(self, now: float, laser: Pose, hit: Mask) -> tuple[Cells, Cells]:
        """Marks what came where nothing was: a person who walked in, seen by the laser alone."""
        standing = (self._evidence > 0) & (now - self._came_at > NEW_S)
        fresh = hit & (self._evidence <= HIT * -1)
        rows, columns = np.nonzero(fresh)
        if not len(rows):
            return rows, columns
        centres = self._origin + (np.column_stack([rows, columns]) + 0.5) * CELL
        near = np.hypot(*(centres - laser.xy).T) < NEW_FROM_M
        clear = cv2.distanceTransform((~standing).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * CELL
        apart = near & (clear[rows, columns] > NEW_M)
        rows, columns, centres = rows[apart], columns[apart], centres[apart]
        many = np.array([int((np.hypot(*(centres - one).T) < NEW_M).sum()) >= NEW_CELLS for one in centres], bool)
        rows, columns = rows[many], columns[many]
        self._came_at[rows, columns] = now
        return rows, columns

    def came(self, stamp: float) -> Floats:
        """Where something stands (n, 2) that came there lately."""
        rows, columns = np.nonzero((self._evidence > 0) & (self._since(stamp) - self._came_at <= NEW_S))
        return np.asarray(self._origin + (np.column_stack([rows, columns]) + 0.5) * CELL)

    def stands_near(self, point: Floats, metres: float) -> bool:
        """Whether anything stands that near to a point."""
        reach = np.arange(-metres, metres + CELL, CELL)
        around = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
        rows, columns, _ = self._cells(point + around[np.hypot(*around.T) <= metres])
        return bool(self._occupied(rows, columns).any())

    def stood(self, stamp: float, pose: Pose) -> None:
        """The robot stands there: nothing else does."""
        if self._empty:
            self.forget(pose)
        reach = np.arange(-self.radius, self.radius + CELL, CELL)
        around = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
        around = around[np.hypot(*around.T) <= self.radius * 0.8]
        rows, columns, _ = self._cells(pose.xy + around)
        self._evidence[rows, columns] = LEAST
        self._known[rows, columns] = True
        self._free_at[rows, columns] = self._since(stamp)

    def free_since(self, points: Floats, stamp: float) -> bool:
        """Whether all these points were seen free after this moment."""
        rows, columns, inside = self._cells(points)
        if not inside.all():
            return False
        return bool(
            (self._free_at[rows, columns] >= self._since(stamp)).all() and not self._occupied(rows, columns).any()
        )

    def _occupied(self, rows: Cells, columns: Cells) -> Mask:
        return np.asarray(self._evidence[rows, columns] > 0)

    def sees(self, begin: Floats, end: Floats, short: float = 0.0) -> bool:
        """Whether nothing is known to stand between two points, the last `short` metres apart."""
        length = float(np.hypot(*(end - begin)))
        count = int(max(0.0, length - short) / (CELL / 2))
        if count < 1:
            return True
        points = begin + np.arange(count)[:, None] * (CELL / 2 / length) * (end - begin)
        rows, columns, _ = self._cells(points)
        return not bool(self._occupied(rows, columns).any())

    def reach(self, pose: Pose, keep_out: Sequence[tuple[Floats, float]] = ()) -> Reach:
        """The cheapest ways from a pose to everywhere.

        Args:
            keep_out: discs that it does not enter: centres (n, 2) and their radius; nor leave ways through them.
        """
        low, high = self._span(pose)
        evidence, known = (
            self._evidence[low[0] : high[0], low[1] : high[1]],
            self._known[low[0] : high[0], low[1] : high[1]],
        )
        origin: Floats = self._origin + low * CELL
        clear = cv2.distanceTransform((evidence <= 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * CELL
        centres = origin + (np.moveaxis(np.indices(evidence.shape), 0, -1) + 0.5) * CELL
        start = np.clip(np.floor((pose.xy - origin) / CELL).astype(int), 0, np.array(evidence.shape) - 1)
        near = np.hypot(*np.moveaxis(centres - pose.xy, -1, 0)) < STARTS_M
        passable = (clear > self.radius) | (near & (evidence <= 0))
        cost = 1.0 + (TIGHT - 1.0) * np.clip((EASY_M - clear) / (EASY_M - self.radius), 0.0, 1.0) ** 2
        seen = cv2.distanceTransform(known.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * CELL
        cost *= 1.0 + (WARY - 1.0) * np.clip(1.0 - seen / WARY_M, 0.0, 1.0)
        for points, radius in keep_out:
            away = np.full(evidence.shape, np.inf)
            for point in points:
                away = np.minimum(away, np.hypot(centres[..., 0] - point[0], centres[..., 1] - point[1]))
            passable &= (away >= radius) | near
            cost = np.where((away < radius) & near, cost * TIGHT, cost)
        passable[start[0], start[1]] = True
        costs, before = _shortest(passable, cost, int(start[0] * evidence.shape[1] + start[1]))
        return Reach(costs, before, origin)

    def _span(self, pose: Pose) -> tuple[Cells, Cells]:
        """The part of the grid that anything is known of, and a metre around it."""
        rows, columns = np.nonzero(self._known.any(1))[0], np.nonzero(self._known.any(0))[0]
        here = np.floor((pose.xy - self._origin) / CELL).astype(np.int64)
        ends = [here] if not len(rows) else [here, np.array([rows[0], columns[0]]), np.array([rows[-1], columns[-1]])]
        border = round(1.0 / CELL)
        low = np.clip(np.min(ends, axis=0) - border, 0, np.array(self._known.shape) - 2)
        high = np.clip(np.max(ends, axis=0) + border + 1, low + 2, self._known.shape)
        return low, high

    def frontiers(self, reach: Reach) -> Cells:
        """Cells (n, 2), as indices of `reach`, that can be reached and border on the unseen (Yamauchi 1997)."""
        low = np.round((reach.origin - self._origin) / CELL).astype(int)
        shape = reach.costs.shape
        known = self._known[low[0] : low[0] + shape[0], low[1] : low[1] + shape[1]]
        unknown = cv2.dilate((~known).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        edge = (known & unknown & np.isfinite(reach.costs)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(edge, connectivity=8)
        wide = [label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] * CELL >= 0.5]
        return np.asarray(np.argwhere(np.isin(labels, wide)), np.int64)


def _shortest(passable: Mask, cost: Floats, start: int) -> tuple[Floats, Cells]:
    """Costs from `start` to every cell, and for each the cell before it (negative: none)."""
    rows, columns = passable.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    begins, ends, weights = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = (slice(0, rows - down), slice(max(0, -right), columns - max(0, right)))
        b = (slice(down, rows), slice(max(0, right), columns + min(0, right)))
        both = passable[a] & passable[b]
        begins.append(index[a][both])
        ends.append(index[b][both])
        weights.append((cost[a][both] + cost[b][both]) / 2 * CELL * math.hypot(down, right))
    size = rows * columns
    graph = csr_matrix((np.concatenate(weights), (np.concatenate(begins), np.concatenate(ends))), shape=(size, size))
    costs, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    return costs.reshape(rows, columns), before.astype(np.int64)
