"""The host of a process: a node that fails is shown and tried again, the others go on, and all end in order."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from pydantic import BaseModel

from dolbom.runtime.nodes import NODES, NodeEntry
from dolbom_nodes import host as host_module
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.host import Host, host


class NoParameters(BaseModel):
    """None."""


class Steps:
    """What the nodes of a test did, in order."""

    done: ClassVar[list[str]] = []
    failures: ClassVar[dict[str, int]] = {}


class StepNode(CareNode[NoParameters]):
    parameters_model = NoParameters

    def configure(self) -> None:
        Steps.done.append(f"{self.get_name()} configure")
        if Steps.failures.get(self.get_name(), 0) > 0:
            Steps.failures[self.get_name()] -= 1
            raise RuntimeError("no model file")

    def activate(self) -> None:
        Steps.done.append(f"{self.get_name()} activate")

    def deactivate(self) -> None:
        Steps.done.append(f"{self.get_name()} deactivate")


@dataclass(frozen=True)
class TestEntry(NodeEntry):
    """An entry whose class is the test's own."""

    __test__ = False
    unmade: bool = False

    def node_class(self) -> Any:
        if self.unmade:
            raise ImportError("no module named nothing")
        return lambda: StepNode(self.name)


def entry(name: str, **options: Any) -> TestEntry:
    return TestEntry(name, "perception", "", "", True, "", **options)


@pytest.fixture(autouse=True)
def _steps() -> None:
    Steps.done, Steps.failures = [], {}


@pytest.mark.parametrize("row", NODES, ids=lambda row: row.name)
def test_the_tables_model_is_the_nodes_own(row: NodeEntry) -> None:
    node = row.node_class()
    assert issubclass(node, CareNode)
    assert node.parameters_model is row.parameters()


def test_a_node_that_fails_is_tried_again_and_the_others_go_on(ros: Any, until: Any) -> None:
    Steps.failures = {"b": 2}
    runner = Host("perception", (entry("a"), entry("b"), entry("c")), ros._executor)
    ros.spin_also(runner)
    until(lambda: runner.hosted[2].up)
    assert runner.hosted[0].up
    assert runner.hosted[1].node.health() == (DiagnosticStatus.ERROR, "cannot configure: no model file")
    until(lambda: runner.hosted[1].up, 20)
    assert Steps.done.count("b configure") == 3
    assert runner.hosted[1].node.health()[0] == DiagnosticStatus.OK
    runner.stop()
    assert [step for step in Steps.done if "deactivate" in step] == ["c deactivate", "b deactivate", "a deactivate"]


def test_a_node_that_cannot_even_be_made_is_in_the_diagnostics(ros: Any, until: Any) -> None:
    runner = Host("perception", (entry("a"), entry("b", unmade=True)), ros._executor)
    said: list[Any] = []
    ros.plain().create_subscription(DiagnosticArray, "/diagnostics", lambda m: said.extend(m.status), 10)
    ros.spin_also(runner)
    shown = until(lambda: [one for one in said if one.name == "perception_host" and "nothing" in one.message])[-1]
    assert shown.level == DiagnosticStatus.ERROR
    assert shown.message == "b: no module named nothing"
    assert {pair.key for pair in shown.values} == {"pid", "cpu_percent", "resident_mb", "threads"}
    assert Host._word(runner.hosted[1]) == ["error", "no module named nothing"]
    assert runner.hosted[0].up
    runner.stop()


def test_a_node_whose_work_hangs_gives_no_sign_of_life(ros: Any, until: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, str]] = []
    monkeypatch.setattr(host_module, "notify", lambda **fields: told.append(fields))
    runner = Host("perception", (entry("a"),), ros._executor)
    ros.spin_also(runner)
    until(lambda: any("WATCHDOG" in one for one in told))
    assert told[0] == {"READY": "1"}
    monkeypatch.setattr(StepNode, "stuck", property(lambda _: "digging has worked on one item for 30 s"))
    until(lambda: told[-1].keys() == {"STATUS"} and "digging" in told[-1]["STATUS"])
    runner.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_in_order_with_0(
    ros_domain: int, home: Any, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}

    def end() -> None:
        deadline = time.monotonic() + 20
        while "b activate" not in Steps.done and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    threading.Thread(target=end, daemon=True).start()
    # The host ends a process that does not stop in time; here that process is pytest.
    monkeypatch.setattr(host_module, "STOP_S", 3600.0)
    try:
        assert host("perception", (entry("a"), entry("b")), []) == 0
    finally:
        signal.set_wakeup_fd(-1)
        for one, handler in before.items():
            signal.signal(one, handler)
    assert Steps.done[-2:] == ["b deactivate", "a deactivate"]
