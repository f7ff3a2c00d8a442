"""Hosts the nodes of one process: brings them up, tries again with those that fail, ends them in order on SIGTERM.

python -m dolbom_nodes.host perception [--nodes camera,body] [--ros-args --params-file FILE -r __ns:=/robot1]
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

import psutil
import rclpy
import rclpy.node
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.signals import SignalHandlerOptions

from dolbom.runtime.nodes import PROCESSES, NodeEntry, nodes_of
from dolbom.runtime.notify import notify
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.node_log import name_process, process_log

LONGEST_WAIT_S = 30.0
SWITCH_S = 0.0005
STOP_S = 4.5
"""A process that cannot stop in order within this ends itself."""


@dataclass
class Hosted:
    """One node of this process and how far it came."""

    entry: NodeEntry
    node: CareNode[Any] | None = None
    up: bool = False
    tries: int = 0
    next_try: float = 0.0
    error: str = ""


class Host(rclpy.node.Node):
    """Brings up its nodes and tells the supervisor and the diagnostics how they are."""

    def __init__(self, process: str, entries: tuple[NodeEntry, ...], executor: Any) -> None:
        super().__init__(f"{process}_host")
        # Threads that come back from an inference wait at most this long for the interpreter, instead of 5 ms.
        sys.setswitchinterval(SWITCH_S)
        self._process = process
        self._runner = executor
        self.hosted = [Hosted(entry) for entry in entries]
        self._log = process_log().bind(node=self.get_name())
        self._machine = psutil.Process()
        self._ready = False
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._publisher = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._bring_up_timer = self.create_timer(0.1, self._bring_up, clock=steady)
        self._pulse_timer = self.create_timer(1.0, self._pulse, clock=steady)

    def _bring_up(self) -> None:
        now = time.monotonic()
        for hosted in self.hosted:
            if hosted.node is not None and hosted.node.failed:
                hosted.up = False
            if not hosted.up and now >= hosted.next_try:
                self._try(hosted)
        if not self._ready:
            self._ready = True
            notify(READY="1")
            # From now on there is only what failed to look after.
            self._bring_up_timer.timer_period_ns = 1_000_000_000

    def _try(self, hosted: Hosted) -> None:
        try:
            if hosted.node is None:
                hosted.node = hosted.entry.node_class()()
                self._runner.add_node(hosted.node)
            node = hosted.node
            assert node is not None
            if node.state == "unconfigured" and node.trigger_configure() != TransitionCallbackReturn.SUCCESS:
                raise RuntimeError(node.health()[1])
            if node.state == "inactive" and node.trigger_activate() != TransitionCallbackReturn.SUCCESS:
                raise RuntimeError(node.health()[1])
            hosted.up, hosted.error, hosted.tries = True, "", 0
            self._log.info(f"{hosted.entry.name} is up")
        except Exception as error:
            hosted.tries += 1
            wait = min(LONGEST_WAIT_S, 2.0 ** (hosted.tries - 1))
            hosted.next_try = time.monotonic() + wait
            said = " ".join(str(error).split()) or type(error).__name__
            if said != hosted.error:
                self.get_logger().error(f"{hosted.entry.name}: {said}; tried again with growing pauses")
                self._log.error(f"{hosted.entry.name}: {said}", exc_info=hosted.node is None)
            hosted.error = said

    def _pulse(self) -> None:
        # A node that cannot even be made has no diagnostics of its own.
        broken = [hosted for hosted in self.hosted if hosted.node is None]
        level = max(
            (DiagnosticStatus.ERROR if hosted.entry.required else DiagnosticStatus.WARN for hosted in broken),
            default=DiagnosticStatus.OK,
        )
        message = "; ".join(f"{hosted.entry.name}: {hosted.error or 'not made yet'}" for hosted in broken) or "running"
        with self._machine.oneshot():
            values = {
                "pid": self._machine.pid,
                "cpu_percent": f"{self._machine.cpu_percent():.0f}",
                "resident_mb": f"{self._machine.memory_info().rss / 1e6:.0f}",
                "threads": self._machine.num_threads(),
            }
        robot = next((hosted.node.robot.robot for hosted in self.hosted if hosted.node), "")
        status = DiagnosticStatus(
            level=level,
            name=self.get_fully_qualified_name().lstrip("/"),
            message=message,
            hardware_id=robot,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(array)
        state = {hosted.entry.name: self._word(hosted) for hosted in self.hosted}
        said = json.dumps({"nodes": state}, ensure_ascii=False)
        if any(hosted.node is not None and hosted.node.stuck for hosted in self.hosted):
            notify(STATUS=said)  # but no sign of life: whoever supervises ends a process that hangs
        else:
            notify(WATCHDOG="1", STATUS=said)

    @staticmethod
    def _word(hosted: Hosted) -> list[str]:
        if hosted.node is None:
            return ["error", hosted.error or "not made yet"]
        level, message = hosted.node.health()
        words = {DiagnosticStatus.OK: "ok", DiagnosticStatus.WARN: "warn", DiagnosticStatus.ERROR: "error"}
        return [words.get(level, "stale"), message]

    def stop(self) -> None:
        """Ends all nodes in order: the source of frames first, its readers after it."""
        for hosted in reversed(self.hosted):
            node = hosted.node
            if node is None:
                continue
            try:
                if node.state == "active":
                    node.trigger_deactivate()
                if node.state == "inactive":
                    node.trigger_cleanup()
                node.trigger_shutdown()
            except Exception as error:
                self._log.error(f"{hosted.entry.name} did not end well: {error}", exc_info=True)
            self._runner.remove_node(node)
            node.destroy_node()


def host(process: str, entries: tuple[NodeEntry, ...], ros_arguments: list[str]) -> int:
    """Runs nodes until SIGTERM or SIGINT; returns the exit code."""
    faulthandler.enable()
    name_process(process)
    # The executor waits in C, where no Python handler runs: a signal is heard through a socket, by a thread.
    hearing, heard = socket.socketpair()
    heard.setblocking(False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(heard.fileno(), warn_on_full_buffer=False)
    rclpy.init(args=ros_arguments, signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor()
    ended = threading.Event()

    def wait_for_signal() -> None:
        while hearing.recv(1)[0] not in (signal.SIGTERM, signal.SIGINT):
            pass
        notify(STOPPING="1")
        timer = threading.Timer(STOP_S, lambda: os._exit(1))
        timer.daemon = True
        timer.start()
        ended.set()
        executor.wake()

    threading.Thread(target=wait_for_signal, name="signals", daemon=True).start()
    runner = Host(process, entries, executor)
    executor.add_node(runner)
    while not ended.is_set():
        try:
            # Not spin_until_future_complete: it adds a callback to the future at every turn, for months.
            executor.spin_once()
        except Exception as error:
            # rclpy's own callbacks (actions) are not guarded by CareNode.
            runner.get_logger().error(f"{process}: {error}")
            process_log().error(f"{process}: {error}", exc_info=True)
    runner.stop()
    executor.remove_node(runner)
    runner.destroy_node()
    executor.shutdown()
    rclpy.shutdown()
    return 0


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="dolbom_nodes.host", description=__doc__)
    parser.add_argument("process", choices=PROCESSES)
    parser.add_argument("--nodes", default="", help="only these of its nodes, comma-separated")
    arguments, ros = parser.parse_known_args()
    entries = nodes_of(arguments.process)
    if arguments.nodes:
        wanted = set(arguments.nodes.split(","))
        unknown = wanted - {entry.name for entry in entries}
        if unknown:
            parser.error(f"{arguments.process} has no node {', '.join(sorted(unknown))}")
        entries = tuple(entry for entry in entries if entry.name in wanted)
    sys.exit(host(arguments.process, entries, ros))


if __name__ == "__main__":
    main()
