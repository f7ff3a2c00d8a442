"""A house in which people fall and nobody answers: what `dolbom bench alarm` puts around the real guard process.

python -m dolbom_nodes.bench_house FALLS   falls when a line comes on stdin; says "ready" and "done"; ends with stdin
"""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import Any

import rclpy
from dolbom_msgs.action import Ask, Say
from dolbom_msgs.msg import FallState
from rclpy.action import ActionServer
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

from dolbom_nodes import qos, stamps

GAP_S = (0.02, 0.12)


class House(rclpy.node.Node):
    """Answers every question with silence, at once, and publishes falls of people that are all different."""

    def __init__(self) -> None:
        super().__init__("bench_house")
        self._falls = self.create_publisher(FallState, "care/fall", qos.EVENT)
        self._ask = ActionServer(self, Ask, "ask", self._silence)
        self._say = ActionServer(self, Say, "say", self._said)

    @property
    def ready(self) -> bool:
        """Whether the safety node listens, and knows the voice."""
        return self._falls.get_subscription_count() > 0 and self.count_clients("ask/_action/send_goal") > 0

    def fall(self, number: int) -> None:
        """Somebody lies on the floor."""
        stamp = stamps.to_msg(time.time())
        self._falls.publish(
            FallState(person=f"p{number}", body=f"b{number}", state=FallState.DOWN, since=stamp, confidence=0.9)
        )

    def _silence(self, goal: Any) -> Any:
        goal.succeed()
        return Ask.Result(outcome=Ask.Result.SILENCE)

    def _said(self, goal: Any) -> Any:
        goal.succeed()
        return Say.Result(finished=True)


def main() -> None:
    """Entry point."""
    falls, chance = int(sys.argv[1]), random.Random(1)  # noqa: S311
    rclpy.init(args=[])
    house = House()
    executor = SingleThreadedExecutor()
    executor.add_node(house)

    def spin() -> None:
        try:
            executor.spin()
        except ExternalShutdownException:
            return

    threading.Thread(target=spin, daemon=True).start()
    while not house.ready:
        time.sleep(0.05)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(falls):
        house.fall(number)
        time.sleep(chance.uniform(*GAP_S))
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
