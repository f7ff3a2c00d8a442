"""The robot's transforms where no robot_state_publisher is: fixed parts latched, moving ones with the joints."""

from __future__ import annotations

from typing import Any

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage
from transforms3d.quaternions import mat2quat

from dolbom.simulation.robot import Robot

TF = QoSProfile(depth=100)
TF_STATIC = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def transform(parent: str, child: str, placed: np.ndarray, stamp: Any) -> TransformStamped:
    """A TF message of a frame (4, 4) in its parent's."""
    message = TransformStamped(header=Header(stamp=stamp, frame_id=parent), child_frame_id=child)
    place, turned = message.transform.translation, message.transform.rotation
    place.x, place.y, place.z = (float(value) for value in placed[:3, 3])
    turned.w, turned.x, turned.y, turned.z = (float(value) for value in mat2quat(placed[:3, :3]))
    return message


class RobotState:
    """Publishes /tf_static once and, for each /joint_states, /tf."""

    def __init__(self, node: Node, robot: Robot) -> None:
        self._robot = robot
        self._moving = {link.name for link in robot.moving()}
        self._tf = node.create_publisher(TFMessage, "/tf", TF)
        self._fixed = node.create_publisher(TFMessage, "/tf_static", TF_STATIC)
        fixed = [
            transform(parent, child, placed, node.get_clock().now().to_msg())
            for child, (parent, placed) in robot.transforms({}).items()
            if child not in self._moving
        ]
        self._fixed.publish(TFMessage(transforms=fixed))
        node.create_subscription(JointState, "joint_states", self._on_joints, 10)

    def _on_joints(self, message: JointState) -> None:
        placed = self._robot.transforms(dict(zip(message.name, message.position, strict=True)))
        moved = [
            transform(parent, child, own, message.header.stamp)
            for child, (parent, own) in placed.items()
            if child in self._moving
        ]
        self._tf.publish(TFMessage(transforms=moved))
