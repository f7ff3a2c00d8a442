"""The robot's base in a scenario: its parameters, orders to it, and what is told of how it drives."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import numpy as np
from dolbom_msgs.action import Approach
from dolbom_msgs.msg import DriveState
from rclpy.action import ActionClient
from rclpy.node import Node
from std_srvs.srv import Trigger

from dolbom.runtime.declarations import RosValue
from dolbom.simulation.day.wheels import came_nearer, of_the_robot, walls_of
from dolbom.simulation.scenario.record import Record
from dolbom.simulation.simulation import Simulation
from dolbom_nodes import qos


def parameters(simulation: Simulation) -> dict[str, RosValue]:
    """Those of the drive node for the simulated robot."""
    return _dotted(of_the_robot(simulation.robot).model_dump(exclude_defaults=True))


class DriveWatch:
    """Follows the base of one run.

    Args:
        node: on the graph.
        told: what comes on the graph is put there, to be carried out in the thread of the run.
        now: seconds since the beginning.
    """

    def __init__(
        self,
        node: Node,
        simulation: Simulation,
        record: Record,
        told: queue.SimpleQueue[Callable[[], None]],
        now: Callable[[], float],
    ) -> None:
        self._simulation, self._record, self._now = simulation, record, now
        self._walls = walls_of(simulation.home)
        self._ended, self._doing, self._touches = 0, "", False
        self._stood: tuple[float, float] | None = None
        self._approach = ActionClient(node, Approach, "approach")
        self._stop = node.create_client(Trigger, "drive/stop")
        node.create_subscription(DriveState, "care/drive", lambda m: told.put(lambda: self._drove(m)), qos.STATE)
        simulation.on_bumper.append(lambda contacts: told.put(lambda: self._bumped(contacts)))

    def order(self, what: str) -> None:
        """As `dolbom drive` does it: come, dock or stop."""
        if what == "stop":
            self._stop.call_async(Trigger.Request())
        else:
            goal = Approach.Goal(dock=what == "dock", reason="asked", rank=Approach.Goal.ASKED)
            self._approach.send_goal_async(goal)

    def look(self) -> None:
        """How near it drives to anybody."""
        state = self._simulation.state
        if state is None or self._now() < 0:
            return
        before, self._stood = self._stood, (float(state.pose[0, 3]), float(state.pose[1, 3]))
        if before is None or before == self._stood or not self._doing or self._doing == "idle":
            return
        for who, person in self._simulation.people.items():
            if person.posture != "away":
                joints = np.array(list(person.body.joints(person.pose).values()))
                came_nearer(self._record.nearest, who, joints, before, self._stood, self._walls)

    def _drove(self, message: DriveState) -> None:
        if message.ended > self._ended and message.outcome:
            away = f"{message.reason} {message.why}".strip()
            self._record.add(self._now(), "drive", f"drive.{message.outcome}", away)
        elif message.doing == "giving_way" != self._doing:
            self._record.add(self._now(), "drive", "drive.giving_way", "somebody comes towards it")
        self._ended, self._doing = message.ended, message.doing

    def _bumped(self, contacts: Any) -> None:
        touches = len(contacts.contact) > 0
        self._record.touched += touches and not self._touches and self._doing not in ("", "idle")
        self._touches = touches


def _dotted(values: dict[str, Any], prefix: str = "") -> dict[str, RosValue]:
    """Nested values by dotted names."""
    found: dict[str, RosValue] = {}
    for name, value in values.items():
        found |= _dotted(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found
