"""Where a person is: from landmarks in the picture to a place in the robot's base frame, with its doubt.

Frames follow REP-103 and REP-105: `base_link` has x forward, y left, z up and its origin on the floor; a
camera's optical frame has z forward, x right, y down. One camera gives directions only, so the distance comes
from something known: that feet stand on the floor, that a torso or a face has about the size of everybody's.
Each of these says how far it can be trusted, and they are joined by their covariances.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from transforms3d import affines, euler, quaternions

from dolbom.perception.intrinsics import Intrinsics

Array = npt.NDArray[np.float64]

# The optical frame's axes (x right, y down, z forward) in the camera's body frame (x forward, y left, z up).
_BODY_FROM_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
# A ray that projects back farther off than this (pixels) lies where the distortion has no inverse.
_REPROJECTION_PX = 0.5

# MediaPipe's pose landmarks that are used here.
_SHOULDERS, _HIPS, _ANKLES = (11, 12), (23, 24), (27, 28)
_NEEDED_VISIBILITY = 0.5


class Camera:
    """What a camera with known intrinsics does to directions, and back."""

    def __init__(self, intrinsics: Intrinsics) -> None:
        self.intrinsics = intrinsics
        self.width, self.height = intrinsics.width, intrinsics.height
        self._matrix = np.array(intrinsics.k, dtype=np.float64).reshape(3, 3)
        self._fisheye = intrinsics.model == "equidistant"
        distortion = np.array(intrinsics.d, dtype=np.float64)
        self._distortion = np.resize(np.append(distortion, np.zeros(4)), 4) if self._fisheye else distortion

    def rays(self, pixels: npt.ArrayLike) -> Array:
        """Unit rays (n, 3) in the optical frame through pixels (n, 2).

        NaN where the distortion has no inverse.
        """
        points = np.asarray(pixels, dtype=np.float64).reshape(-1, 1, 2)
        if self._fisheye:
            plane = cv2.fisheye.undistortPoints(points, self._matrix, self._distortion)
        else:
            criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-12)
            plane = cv2.undistortPoints(points, self._matrix, self._distortion, criteria=criteria)
        rays = np.column_stack([np.asarray(plane, dtype=np.float64).reshape(-1, 2), np.ones(len(points))])
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        off = np.linalg.norm(self.project(rays) - points.reshape(-1, 2), axis=1)
        rays[~(off < _REPROJECTION_PX)] = np.nan
        return rays

    def project(self, points: npt.ArrayLike) -> Array:
        """Pixels (n, 2) of points (n, 3) in the optical frame, in metres; NaN for points behind it."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        none = np.zeros(3)
        project = cv2.fisheye.projectPoints if self._fisheye else cv2.projectPoints
        pixels = project(points.reshape(-1, 1, 3), none, none, self._matrix, self._distortion)[0]
        flat: Array = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        flat[points[:, 2] <= 0] = np.nan
        return flat


def mounting(xyz: Sequence[float], rpy: Sequence[float]) -> Array:
    """The transform (4, 4) from the optical frame to `base_link` of a camera that sits at `xyz` (m).

    Args:
        xyz: the camera in `base_link`.
        rpy: roll, pitch, yaw (rad) of the camera's body frame, x forward; a positive pitch looks down.
    """
    return _transform(xyz, euler.euler2mat(*rpy, axes="sxyz") @ _BODY_FROM_OPTICAL)


def mounting_from_tf(translation: Sequence[float], quaternion_xyzw: Sequence[float]) -> Array:
    """The same transform from TF's `base_link` ← optical frame; the quaternion in ROS order x, y, z, w."""
    x, y, z, w = quaternion_xyzw
    return _transform(translation, quaternions.quat2mat((w, x, y, z)))


def _transform(translation: Sequence[float], rotation: Array) -> Array:
    composed = affines.compose(np.asarray(translation, dtype=np.float64), rotation, np.ones(3))
    return np.asarray(composed, dtype=np.float64)


@dataclass(frozen=True)
class Sizes:
    """What is taken as known, each with its standard deviation; lengths in metres, angles in radians.

    Pupil distance is of adults in general (Dodgson 2004: 63 mm ± 3.8). The torso goes from the middle of the
    shoulders to the middle of the hips as the pose network draws them, and differs with sex, age and bearing;
    hence its wide deviation.
    """

    torso: tuple[float, float] = (0.48, 0.06)
    eyes: tuple[float, float] = (0.063, 0.0038)
    eyes_to_mouth: tuple[float, float] = (0.070, 0.006)
    ankle_height: tuple[float, float] = (0.08, 0.03)
    lying_height: tuple[float, float] = (0.15, 0.08)
    step: float = 0.12
    """How far a foot, the hips or the head may be from the middle of where the person stands."""
    landmark: float = 0.008
    """Error of a body landmark, as a share of the picture's height."""
    face_landmark: float = 0.03
    """Error of a face landmark, as a share of the distance of the eyes."""
    tilt: float = math.radians(1.0)
    """Error of the camera's pitch and roll: mounting, and a robot that leans."""
    camera_height: float = 0.02
    focal: float = 0.005
    nominal_focal: float = 0.08
    """Share by which the focal length may be wrong: calibrated, and only guessed from a field of view."""
    farthest: float = 12.0


ADULTS = Sizes()


@dataclass(frozen=True, eq=False)
class Position:
    """A person on the floor in `base_link`.

    Attributes:
        xy: metres forward and to the left.
        covariance: 2×2, m².
        by: what the distance came from: `feet`, `torso`, `face`, `lying`, `size`, or several joined by `+`.
    """

    xy: Array
    covariance: Array
    by: str

    @property
    def distance(self) -> float:
        """Metres along the floor from the robot's origin."""
        return float(np.hypot(*self.xy))

    @property
    def bearing(self) -> float:
        """Radians from straight ahead, positive to the left."""
        return float(math.atan2(self.xy[1], self.xy[0]))

    @property
    def deviation(self) -> float:
        """Standard deviation (m) in the direction in which least is known."""
        return float(math.sqrt(np.linalg.eigvalsh(self.covariance)[-1]))


class Locator:
    """Locates people with one camera.

    Args:
        intrinsics: the camera's.
        base_from_optical: (4, 4) from `mounting` or `mounting_from_tf`.
        sizes: what is taken as known.
    """

    def __init__(self, intrinsics: Intrinsics, base_from_optical: Array, sizes: Sizes = ADULTS) -> None:
        self.camera, self.sizes = Camera(intrinsics), sizes
        # What may be wrong about the camera itself: pitch, roll, and the focal length as a share.
        focal = sizes.nominal_focal if intrinsics.nominal else sizes.focal
        self._camera_deviations = [sizes.tilt, sizes.tilt, focal]
        self._origin: Array = base_from_optical[:3, 3]
        self._rotation: Array = base_from_optical[:3, :3]

    def on_plane(self, pixels: npt.ArrayLike, height: float) -> Array:
        """Points (n, 3) in `base_link` where the rays through the pixels (n, 2) meet the plane z = `height`.

        NaN where a ray does not come down (or up) to the plane in front of the camera.
        """
        rays = self.camera.rays(pixels) @ self._rotation.T
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (height - self._origin[2]) / rays[:, 2]
        along[~(along > 0) | ~np.isfinite(along)] = np.nan
        points: Array = self._origin + along[:, None] * rays
        return points

    def body(self, landmarks: npt.NDArray[np.floating], lying: bool = False) -> Position | None:
        """Where a body is.

        Args:
            landmarks: (33, 3) pose landmarks: x, y normalised to the picture, visibility.
            lying: the person is known to lie: the torso is near the floor instead of above the feet.

        Returns:
            None if nothing that is needed is in view, or what is in view gives no finite place.
        """
        size = (self.camera.width, self.camera.height)
        points = np.asarray(landmarks[:, :2], dtype=np.float64) * size
        in_view = (landmarks[:, 2] >= _NEEDED_VISIBILITY) & (points >= 0).all(1) & (points < size).all(1)
        found: list[Position | None] = []
        whole_torso = bool(in_view[[*_SHOULDERS, *_HIPS]].all())
        shoulders, hips = points[[*_SHOULDERS]].mean(0), points[[*_HIPS]].mean(0)
        if lying:
            parts = [i for i in (*_SHOULDERS, *_HIPS) if in_view[i]]
            floor = self._on_floor(points[parts], self.sizes.lying_height, "lying")
            # Seen too large to be that far away: on a bed or sofa, whose height nobody knows.
            farthest = self._at_most(shoulders, hips) if whole_torso else None
            above = (
                floor is not None
                and farthest is not None
                and self._range(floor) > self._range(farthest) + 2 * farthest.deviation
            )
            found.append(farthest if above else floor)
        else:
            feet = [i for i in _ANKLES if in_view[i]]
            found.append(self._on_floor(points[feet], self.sizes.ankle_height, "feet"))
            if whole_torso:
                found.append(self._torso(shoulders, hips))
        return self._joined([p for p in found if p is not None])

    def face(self, landmarks: npt.NDArray[np.floating]) -> Position | None:
        """Where a face is.

        Args:
            landmarks: (5, 2) in pixels: the eyes, the nose's tip, the corners of the mouth.

        Returns:
            None if the rays or the distance are of no use.
        """
        points = np.asarray(landmarks, dtype=np.float64)
        if np.linalg.norm(points[0] - points[1]) < 1.0:
            return None
        error = self.sizes.face_landmark * max(
            float(np.linalg.norm(points[0] - points[1])),
            float(np.linalg.norm(points[:2].mean(0) - points[3:].mean(0))),
        )
        eyes, eyes_to_mouth = self.sizes.eyes, self.sizes.eyes_to_mouth

        def place(p: Array) -> Array:
            right, left, right_mouth, left_mouth = points[[0, 1, 3, 4]] + p[5:].reshape(4, 2)
            between_eyes, mouth = (right + left) / 2, (right_mouth + left_mouth) / 2
            marks = [right, left, between_eyes, mouth, (between_eyes + mouth) / 2]
            rays = self._rays_in_base(np.array(marks), p)
            # A turned or bowed head shortens one of the two lengths: the one that says "nearer" was shortened
            # less.
            near = min(
                (eyes[0] + p[3]) / (2 * math.tan(_angle(rays[0], rays[1]) / 2)),
                (eyes_to_mouth[0] + p[4]) / (2 * math.tan(_angle(rays[2], rays[3]) / 2)),
            )
            there: Array = (self._origin + near * rays[4])[:2]
            return there

        return self._propagated(place, [eyes[1], eyes_to_mouth[1], *[error] * 8], "face")

    def together(self, *positions: Position | None) -> Position | None:
        """One person's place from several sightings at the same moment, such as body and face."""
        return self._joined([p for p in positions if p is not None])

    def _on_floor(self, pixels: Array, height: tuple[float, float], by: str) -> Position | None:
        if not len(pixels):
            return None
        middle = pixels.mean(0)

        def place(p: Array) -> Array:
            ray = self._rays_in_base(middle + p[5:], p)[0]
            if not ray[2] < -1e-3:
                return np.full(2, np.nan)
            there: Array = self._origin[:2] + (height[0] + p[3] - self._origin[2] - p[4]) / ray[2] * ray[:2]
            return there

        error = self.sizes.landmark * self.camera.height / math.sqrt(len(pixels))
        return self._propagated(place, [height[1], self.sizes.camera_height, error, error], by)

    def _torso(self, shoulders: Array, hips: Array) -> Position | None:
        """Where a torso of known length that stands upright is seen under just these two rays."""
        length, deviation = self.sizes.torso

        def place(p: Array) -> Array:
            upper, lower = self._rays_in_base(np.array([shoulders, hips]) + p[4:].reshape(2, 2), p)
            system = np.column_stack([upper, -lower])
            if not np.isfinite(system).all():
                return np.full(2, np.nan)
            along, *_ = np.linalg.lstsq(system, np.array([0, 0, length + p[3]]), rcond=None)
            if (along <= 0).any():
                return np.full(2, np.nan)
            there: Array = self._origin[:2] + (along[0] * upper + along[1] * lower)[:2] / 2
            return there

        error = self.sizes.landmark * self.camera.height / math.sqrt(2)
        return self._propagated(place, [deviation, *[error] * 4], "torso")

    def _at_most(self, shoulders: Array, hips: Array) -> Position | None:
        """Where a torso of known length is at the farthest: seen from the side. Foreshortened, it is nearer."""
        length, deviation = self.sizes.torso

        def place(p: Array) -> Array:
            rays = self._rays_in_base(
                np.array([shoulders, hips, (shoulders + hips) / 2]) + p[[4, 5, 6, 7, 4, 5]].reshape(3, 2), p
            )
            along = (length + p[3]) / (2 * math.tan(max(_angle(rays[0], rays[1]), 1e-3) / 2))
            there: Array = (self._origin + along * rays[2])[:2]
            return there

        error = self.sizes.landmark * self.camera.height / math.sqrt(2)
        return self._propagated(place, [deviation, *[error] * 4], "size")

    def _range(self, position: Position) -> float:
        """Metres along the floor from below the camera."""
        return float(np.linalg.norm(position.xy - self._origin[:2]))

    def _rays_in_base(self, pixels: Array, off: Array) -> Array:
        """Unit rays (n, 3) in `base_link`, had the camera this much more pitch, roll and focal length."""
        pitch, roll, focal = off[:3]
        rays = self.camera.rays(pixels) / (1 + focal, 1 + focal, 1)
        x, y, z = self._rotation @ (rays / np.linalg.norm(rays, axis=1, keepdims=True)).T
        return np.column_stack([x + pitch * z, y - roll * z, z - pitch * x + roll * y])

    def _propagated(self, place: Callable[[Array], Array], deviations: Sequence[float], by: str) -> Position | None:
        """The place at the measured values, with the covariance that the deviations of the inputs give it.

        `place` takes the errors of all inputs, those of the camera first.
        """
        deviations = [*self._camera_deviations, *deviations]
        zero = np.zeros(len(deviations))
        xy = place(zero)
        if not np.isfinite(xy).all() or np.hypot(*xy) > self.sizes.farthest:
            return None
        columns = []
        for i, deviation in enumerate(deviations):
            step = zero.copy()
            step[i] = deviation
            ahead, behind = place(step), place(-step)
            # Half the difference over one deviation each way: right for a line, and sees some of a curve.
            columns.append((ahead - behind) / 2)
        jacobian = np.column_stack(columns)
        covariance = jacobian @ jacobian.T + np.eye(2) * self.sizes.step**2
        if not np.isfinite(covariance).all() or np.linalg.eigvalsh(covariance)[-1] > self.sizes.farthest**2 / 4:
            return None  # at a grazing angle one deviation reaches the horizon: that is not a place
        return Position(xy, covariance, by)

    def _joined(self, found: Sequence[Position]) -> Position | None:
        if not found:
            return None
        # A size seen is there; feet may be drawn behind a sofa where no feet are. So sizes go first.
        first, *rest = sorted(found, key=lambda p: p.by == "feet")
        for other in rest:
            gap = other.xy - first.xy
            distance = gap @ np.linalg.solve(first.covariance + other.covariance, gap)
            if distance > 9.21:  # χ², 2 degrees of freedom, 99 %
                # They contradict each other: one of them is wrong, and the doubt must show.
                first = Position(first.xy, first.covariance + np.outer(gap, gap) / 4, first.by)
                continue
            a, b = np.linalg.inv(first.covariance), np.linalg.inv(other.covariance)
            covariance = np.linalg.inv(a + b)
            first = Position(
                covariance @ (a @ first.xy + b @ other.xy),
                covariance,
                f"{first.by}+{other.by}",
            )
        return first


def _angle(a: Array, b: Array) -> float:
    """Angle (rad) between two unit vectors, exact also when it is small."""
    return 2 * math.asin(min(1.0, float(np.linalg.norm(a - b)) / 2)) if np.isfinite(a + b).all() else math.nan
