"""What commands to the running robot share: a short-lived node on its graph, and waiting for it with a clear end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import rclpy
import rclpy.node
import typer
from rclpy.exceptions import InvalidNamespaceException
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from dolbom.errors import UserError

Namespace = Annotated[str, typer.Option("--namespace", help="The robot's namespace, where there are several.")]
Domain = Annotated[
    int | None, typer.Option("--domain", help="ROS domain; default: $ROS_DOMAIN_ID, else 0 (the demo: 42).")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]


class Conversation:
    """A node of a command, spun only while the command waits for something."""

    def __init__(self, node: Any, executor: Any) -> None:
        self.node = node
        self._executor = executor

    def wait(self, condition: Callable[[], Any], seconds: float) -> Any:
        """Spins until the condition holds; returns what it gave, falsy after `seconds`."""
        end = time.monotonic() + seconds
        while not (found := condition()) and time.monotonic() < end:
            self._executor.spin_once(timeout_sec=0.05)
        return found

    def send(self, publish: Callable[[], None], arrived: Callable[[], Any]) -> Any:
        """Publishes until it was seen to arrive, at most three times; returns what `arrived` gave.

        A publisher may know its reader a moment before the reader knows it, and what is sent in between is lost.
        """
        found = None
        for _ in range(3):
            publish()
            if found := self.wait(arrived, 1.5):
                break
        return found

    def need(self, condition: Callable[[], Any], seconds: float, missing: str) -> Any:
        """As `wait`, for what a running robot has.

        Raises:
            UserError: if it does not come.
        """
        found = self.wait(condition, seconds)
        if not found:
            domain = os.environ.get("ROS_DOMAIN_ID", "0")
            raise UserError(
                f"{missing} does not answer in ROS domain {domain}",
                "start the robot with `dolbom up`, or name its --domain (the demo: 42)",
            )
        return found


@contextmanager
def conversation(namespace: str = "", domain: int | None = None) -> Iterator[Conversation]:
    """A node on the robot's graph for the length of a command.

    Raises:
        UserError: for a namespace that ROS does not take.
    """
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    if domain is not None:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
    context = rclpy.Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
    try:
        executor = SingleThreadedExecutor(context=context)
        try:
            node = rclpy.node.Node(
                f"command_{os.getpid()}", namespace=namespace or None, context=context, start_parameter_services=False
            )
        except InvalidNamespaceException as error:
            raise UserError(f"{namespace!r} is no ROS namespace: {' '.join(str(error).split())}") from None
        executor.add_node(node)
        try:
            yield Conversation(node, executor)
        finally:
            executor.shutdown()
            node.destroy_node()
    finally:
        context.try_shutdown()
