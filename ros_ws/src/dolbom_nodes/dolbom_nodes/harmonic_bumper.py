"""The bumper on Gazebo Harmonic: what its contact sensor tells through ros_gz becomes the contract's `bumper`.

Harmonic tells of contacts at every step while there are some, and nothing when there are none: so silence is a release.
Walls, doors, furniture, appliances and people are all alike to it. It needs nothing of this project, for it also runs
beside the simulator in a container. Not tried: no Gazebo Harmonic was at hand.

    python -m dolbom_nodes.harmonic_bumper --ros-args -p use_sim_time:=true
"""

from __future__ import annotations

from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from std_msgs.msg import Bool

PERIOD_S = 1.0 / 30.0
RELEASED_S = 0.1
"""Simulated seconds without a contact after which nothing is touched any more."""


class HarmonicBumper(Node):
    """Publishes `bumper` 30 times a second, and at once when something is touched.

    Args:
        kind: the type of `bumper/contacts`; without one whoever has the contacts hands them to `hear`.
    """

    def __init__(self, kind: Any = None, **options: Any) -> None:
        super().__init__("harmonic_bumper", **options)
        self._touched_at: float | None = None
        self._bumper = self.create_publisher(Bool, "bumper", 10)
        self.create_timer(PERIOD_S, self._tell)
        if kind is not None:
            self.create_subscription(kind, "bumper/contacts", self.hear, 10)

    def hear(self, contacts: Any) -> None:
        """What the sensor tells (ros_gz_interfaces/Contacts)."""
        if not contacts.contacts:
            return
        before, self._touched_at = self._touched_at, self._now()
        if before is None:
            self._tell()

    def _tell(self) -> None:
        if self._touched_at is not None and not 0 <= self._now() - self._touched_at < RELEASED_S:
            self._touched_at = None
        self._bumper.publish(Bool(data=self._touched_at is not None))

    def _now(self) -> float:
        return float(self.get_clock().now().nanoseconds) * 1e-9


def main() -> None:
    """Runs until it is interrupted."""
    from ros_gz_interfaces.msg import Contacts

    rclpy.init()
    node = HarmonicBumper(Contacts)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
