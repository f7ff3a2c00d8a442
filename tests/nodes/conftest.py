"""What tests of nodes share: a graph in a ROS domain of its own, and a data folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder of a home."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DOLBOM_HOME", str(folder))
    return folder


class Graph:
    """Nodes of one test in one executor that spins in a thread."""

    def __init__(self) -> None:
        from rclpy.executors import SingleThreadedExecutor

        self._executor = SingleThreadedExecutor()
        self._nodes: list[Any] = []
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._ended = threading.Event()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.05)

    def add(self, node: Any) -> Any:
        """Adds a node; a lifecycle node is configured and activated."""
        self._nodes.append(node)
        if hasattr(node, "trigger_configure"):
            from rclpy.lifecycle import TransitionCallbackReturn

            assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS, node.health()
            assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS, node.health()
        return self.spin_also(node)

    def spin_also(self, node: Any) -> Any:
        """Spins a node as it is."""
        if node not in self._nodes:
            self._nodes.append(node)
        self._executor.add_node(node)
        if not self._thread.is_alive():
            self._thread.start()
        return node

    def plain(self, name: str = "observer") -> Any:
        """A plain node to publish, listen and call with."""
        import rclpy

        return self.spin_also(rclpy.create_node(name))

    def close(self) -> None:
        """Ends all."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)
        for node in self._nodes:
            self._executor.remove_node(node)
            node.destroy_node()
        self._executor.shutdown()


@pytest.fixture
def ros(ros_domain: int, home: Path) -> Iterator[Graph]:
    """A ROS context in its own domain with its own data folder."""
    import rclpy

    rclpy.init(args=[], domain_id=ros_domain)
    graph = Graph()
    yield graph
    graph.close()
    rclpy.shutdown()


@pytest.fixture
def until(wait_until: Callable[..., Any]) -> Callable[..., Any]:
    """`until(lambda: received, 5)`: the short name under which tests of nodes wait."""
    return wait_until
