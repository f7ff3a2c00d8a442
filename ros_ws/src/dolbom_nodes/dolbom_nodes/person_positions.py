"""Positions of people as messages: a pose with covariance, and the TF frames of REP-155."""

from __future__ import annotations

from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped
from std_msgs.msg import Header

from dolbom.perception.positions import Position
from dolbom_nodes import stamps

_UNKNOWN = 1e6
"""Variance of what is not known at all: the heading."""


def pose_message(position: Position, stamp: float, frame: str) -> PoseWithCovarianceStamped:
    """Where a person stands on the floor; the heading is unknown and its variance says so."""
    message = PoseWithCovarianceStamped(header=Header(stamp=stamps.to_msg(stamp), frame_id=frame))
    message.pose.pose.position.x, message.pose.pose.position.y = (float(v) for v in position.xy)
    message.pose.pose.orientation.w = 1.0
    covariance = [0.0] * 36
    for row in range(2):
        for column in range(2):
            covariance[6 * row + column] = float(position.covariance[row, column])
    covariance[14] = 1e-4  # the floor
    for axis in (21, 28, 35):
        covariance[axis] = _UNKNOWN
    message.pose.covariance = covariance
    return message


def transform_message(position: Position, stamp: float, frame: str, child: str) -> TransformStamped:
    """The same as a TF frame, such as `person_<id>`."""
    message = TransformStamped(header=Header(stamp=stamps.to_msg(stamp), frame_id=frame), child_frame_id=child)
    message.transform.translation.x, message.transform.translation.y = (float(v) for v in position.xy)
    message.transform.rotation.w = 1.0
    return message
