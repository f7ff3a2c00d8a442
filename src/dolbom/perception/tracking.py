"""Gives the people in successive frames short opaque ids that stay the same while they are followed."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from dolbom.perception.pose import SHOULDERS, Pose
from dolbom.perception.posture import scale, tilt

# The body's core: always drawn by the pose network when it sees a person at all, and moving less than hands and feet.
CORE = np.array([0, 11, 12, 23, 24, 25, 26])
# A person moves at most this many own sizes a second between two sightings (a fall peaks at about 2).
MAX_SPEED = 3.0
# Nobody looks this many times as large or small from one sighting to the next; a chair taken for a body often does.
MAX_GROWTH = 3.0
NEVER = 1e3
# Shoulders move no faster than this, metres a second, not even in a fall, and are drawn wrong by no more than that,
# metres. The network sometimes draws a standing person head down for a frame or two.
FASTEST = 6.0
JITTER = 0.25
# Somebody new who has been drawn for as long as this, seconds, is no mistake of the network. Whoever was last seen
# within so many seconds before and so many own sizes away is the same: the fall was drawn only when it was over.
PROVEN_AFTER = 0.4
HANDOVER_GAP = 0.5
HANDOVER_REACH = 1.2
# A torso that leans less than so many degrees is upright, one over so many head down. Somebody who stood, sat or knelt
# so many seconds before, and is drawn head down with this share of the smaller box in the larger one, still does:
# whoever falls or bends down leaves the outline, or is seen on the way.
UPRIGHT, HEAD_DOWN = 45.0, 115.0
IN_PLACE = 0.75
JUST_NOW = 1.0
# Two poses of one frame are one person drawn twice if their cores are closer than this many own sizes, or if this
# share of the smaller one's box lies in the larger one's and the cores are not far.
SAME_CORE = 0.2
SAME_BOX = 0.7
NEAR_CORE = 0.5


@dataclass(frozen=True)
class Tracked:
    """One followed person in one frame."""

    id: str
    pose: Pose


@dataclass
class _Track:
    id: str
    pose: Pose
    last_seen: float
    born: float
    first: Pose
    sightings: int = 1
    announced_lost: bool = False
    proven: bool = False  # drawn for so long that it is no mistake


def _size(landmarks: np.ndarray, aspect: float) -> float:
    """The larger side of the box around the core and the feet, in image heights."""
    points = landmarks[:, :2] * (aspect, 1.0)
    return float(max(np.ptp(points[:, 0]), np.ptp(points[:, 1]), 1e-3))


def core_distance(a: np.ndarray, b: np.ndarray, aspect: float) -> float:
    """Mean distance of the two bodies' core landmarks in units of the larger body's size."""
    gap = np.linalg.norm((a[CORE, :2] - b[CORE, :2]) * (aspect, 1.0), axis=1).mean()
    return float(gap / max(_size(a, aspect), _size(b, aspect)))


def same_person(a: np.ndarray, b: np.ndarray, aspect: float) -> bool:
    """Whether two poses of one frame are the same person drawn twice: nearly the same core, or one within the other."""
    distance = core_distance(a, b, aspect)
    return distance < SAME_CORE or (distance < NEAR_CORE and _within(a, b) > SAME_BOX)


def _within(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the smaller body's box that lies in the larger one's."""
    (low_a, high_a), (low_b, high_b) = ((p[:, :2].min(0), p[:, :2].max(0)) for p in (a, b))
    both = np.prod(np.clip(np.minimum(high_a, high_b) - np.maximum(low_a, low_b), 0, None))
    return float(both / max(min(np.prod(high_a - low_a), np.prod(high_b - low_b)), 1e-9))


def possible(before: Pose, after: Pose, elapsed: float, aspect: float) -> bool:
    """Whether somebody's shoulders can have moved so far in `elapsed` seconds."""
    moved = np.linalg.norm((after.landmarks - before.landmarks)[SHOULDERS, :2].mean(0) * (aspect, 1.0))
    return float(moved) / max(scale(before, aspect), scale(after, aspect)) <= FASTEST * elapsed + JITTER


def head_down_in_place(before: Pose, after: Pose) -> bool:
    """Whether somebody upright is drawn again head down where they stand, as the network sometimes does."""
    if tilt(before) > UPRIGHT or tilt(after) < HEAD_DOWN:
        return False
    return _within(before.landmarks, after.landmarks) > IN_PLACE


class Tracker:
    """Follows several people over time-stamped frames.

    Sightings are assigned to tracks by the Hungarian method on the distance of the core landmarks, scaled with
    body size, so that it works at any distance from the camera and any frame rate. A track that is not seen for
    `lost_after` seconds is reported lost once, and kept for `keep` seconds more (`keep_down` if the person is
    known to be down), so that someone who is found again on the floor keeps the id.

    Args:
        lost_after: seconds without a sighting before a track counts as lost.
        keep: seconds after the last sighting for which the id can come back.
        keep_down: the same for somebody known to be down.
        confirm: sightings needed before a new person is reported (a single one is often furniture).
    """

    def __init__(self, lost_after: float = 0.25, keep: float = 3.0, keep_down: float = 60.0, confirm: int = 2) -> None:
        self.lost_after, self.keep, self.keep_down, self.confirm = lost_after, keep, keep_down, confirm
        self._tracks: list[_Track] = []
        self._stamp = 0.0
        # Ids must not repeat after a restart, or an old alarm would be taken for the new person's.
        # They begin with a letter, for they become part of topic names.
        self._prefix = f"b{secrets.token_hex(4)}"
        self._numbers = itertools.count(1)

    def update(
        self, stamp: float, poses: Iterable[Pose], aspect: float, down: Collection[str] = ()
    ) -> tuple[list[Tracked], list[str]]:
        """Takes the poses of one frame.

        Args:
            stamp: time of the frame in seconds; one before the last starts anew.
            poses: what was found in the frame, in any order; the same person may be there twice.
            aspect: image width divided by image height.
            down: ids of people known to be down.

        Returns:
            The people seen in this frame, and the ids that were lost with it.
        """
        if stamp < self._stamp:  # the clock was set back: a looped clip, a restarted simulation
            self._tracks.clear()
        self._stamp = stamp
        found = [p for p in self._without_doubles(list(poses), aspect) if not self._wrong_way_up(p)]
        seen: list[Tracked] = []
        # Who is followed already goes before what was seen once and may be furniture.
        for followed in (True, False):
            tracks = [t for t in self._tracks if (t.sightings >= self.confirm) is followed]
            found = self._assign(tracks, found, stamp, aspect)
        for pose in found:
            if not self._drawn_twice(pose, stamp, aspect):
                self._tracks.append(_Track(f"{self._prefix}{next(self._numbers)}", pose, stamp, stamp, pose))
        self._hand_over(stamp, aspect)
        lost = []
        for track in self._tracks:
            if track.last_seen == stamp and track.sightings >= self.confirm:
                seen.append(Tracked(track.id, track.pose))
            elif stamp - track.last_seen > self.lost_after and not track.announced_lost:
                track.announced_lost = True
                if track.sightings >= self.confirm:
                    lost.append(track.id)
        self._tracks = [t for t in self._tracks if not self._over(t, stamp, down)]
        return seen, lost

    def missing(self) -> float | None:
        """For how many seconds the person missed last was not seen; None if all who are followed were just seen."""
        gone = [self._stamp - t.last_seen for t in self._tracks if t.sightings >= self.confirm]
        return min((g for g in gone if g > 0), default=None)

    def _assign(self, tracks: list[_Track], found: list[Pose], stamp: float, aspect: float) -> list[Pose]:
        """Gives each track its sighting and returns the poses that are left."""
        if not tracks or not found:
            return found
        cost = np.array([[self._cost(track, pose, stamp, aspect) for pose in found] for track in tracks])
        taken = set()
        for i, j in zip(*linear_sum_assignment(cost), strict=True):
            if cost[i, j] < 1.0:
                track = tracks[i]
                track.pose, track.last_seen, track.announced_lost = found[j], stamp, False
                track.sightings += 1
                taken.add(j)
        return [pose for j, pose in enumerate(found) if j not in taken]

    def _hand_over(self, stamp: float, aspect: float) -> None:
        """Gives a new track the id of the one that it goes on from, where a sudden move had torn them apart."""
        for new in self._tracks:
            if new.last_seen == stamp and not new.proven and stamp - new.born >= PROVEN_AFTER:
                new.proven = True
                self._go_on(new, aspect)

    def _go_on(self, new: _Track, aspect: float) -> None:
        gaps = {
            old.id: core_distance(old.pose.landmarks, new.first.landmarks, aspect)
            for old in self._tracks
            if old.sightings >= self.confirm and 0 < new.born - old.last_seen <= HANDOVER_GAP
        }
        nearest = min(gaps, key=lambda id: gaps[id], default=None)
        if nearest is not None and gaps[nearest] < HANDOVER_REACH:
            self._tracks = [track for track in self._tracks if track.id != nearest]
            new.id = nearest

    def _wrong_way_up(self, pose: Pose) -> bool:
        lately = (t for t in self._tracks if t.sightings >= self.confirm and self._stamp - t.last_seen < JUST_NOW)
        return any(head_down_in_place(track.pose, pose) for track in lately)

    def _drawn_twice(self, pose: Pose, stamp: float, aspect: float) -> bool:
        return any(t.last_seen == stamp and same_person(t.pose.landmarks, pose.landmarks, aspect) for t in self._tracks)

    def _over(self, track: _Track, stamp: float, down: Collection[str]) -> bool:
        if track.sightings < self.confirm:
            return stamp - track.last_seen > self.lost_after
        return stamp - track.last_seen > (self.keep_down if track.id in down else self.keep)

    @staticmethod
    def _cost(track: _Track, pose: Pose, stamp: float, aspect: float) -> float:
        """Distance in units of how far the person may have got since the last sighting; under 1 is possible."""
        sizes = _size(track.pose.landmarks, aspect), _size(pose.landmarks, aspect)
        if max(sizes) > MAX_GROWTH * min(sizes):
            return NEVER
        if not possible(track.pose, pose, stamp - track.last_seen, aspect):
            return NEVER
        reach = 0.5 + min(MAX_SPEED * (stamp - track.last_seen), 0.7)
        return core_distance(track.pose.landmarks, pose.landmarks, aspect) / reach

    @staticmethod
    def _without_doubles(poses: list[Pose], aspect: float) -> list[Pose]:
        # An upright detection goes before a turned one of the same person: it is drawn better. Of two others the
        # larger is likelier to be the whole person.
        kept: list[Pose] = []
        for pose in sorted(poses, key=lambda p: (p.turned, -_size(p.landmarks, aspect))):
            if not any(same_person(pose.landmarks, other.landmarks, aspect) for other in kept):
                kept.append(pose)
        return kept
