"""The robot's processes while a scenario is played: `dolbom up` beside the simulator, on its clock and calendar."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from dolbom.bench.rig import environment
from dolbom.errors import UserError
from dolbom.runtime import parameters as parameter_files
from dolbom.runtime.declarations import RosValue
from dolbom.runtime.nodes import NODES
from dolbom.runtime.parent import following
from dolbom_nodes import stamps

STOP_S = 15.0


class RobotProcesses:
    """Starts the robot and knows how its processes are.

    Args:
        values: parameters by node; those that a node does not know are left out.
        folder: for its parameters and log.
        zero: civil time at the simulator's time zero.
        nodes: which are started.
    """

    def __init__(
        self,
        values: Mapping[str, Mapping[str, RosValue]],
        folder: Path,
        zero: datetime,
        nodes: tuple[str, ...],
    ) -> None:
        self._processes = {node.process for node in NODES if node.name in nodes}
        self._pids: dict[str, int] = {}
        self._ready: set[str] = set()
        self._words: list[str] = []
        file = folder / "parameters.yaml"
        parameter_files.write({name: _known(name, values.get(name, {})) for name in nodes}, file)
        command = [sys.executable, "-m", "dolbom", "up", "--json", "--parameters", str(file), "--only", ",".join(nodes)]
        self._log = (folder / "robot.log").open("wb")
        self._running = subprocess.Popen(
            following(command),
            env=environment() | {stamps.CIVIL_ZERO: zero.isoformat()},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, name="robot", daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether every process has said that it is."""
        return self._processes <= self._ready

    @property
    def starting(self) -> str:
        """What is not ready yet, for people."""
        return ", ".join(sorted(self._processes - self._ready)) or "the robot"

    @property
    def last_words(self) -> str:
        """What it said last that was no event."""
        return " ".join(self._words[-2:])[:300]

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by the processes' names."""
        return dict(self._pids)

    def check(self) -> None:
        """Raises a UserError with its last words if it has ended."""
        if self._running.poll() is not None:
            raise UserError(f"the robot ended: {self.last_words}", "dolbom doctor")

    def kill(self, node: str) -> str:
        """SIGKILL for the process of a node, which is started again by its supervisor; returns the process' name.

        Raises:
            UserError: if that process is not running here.
        """
        process = next(one.process for one in NODES if one.name == node)
        if (pid := self._pids.get(process)) is None:
            raise UserError(f"{node} cannot be killed: it is not running", f"there are {', '.join(self._pids)}")
        with contextlib.suppress(ProcessLookupError):  # between two starts of it
            os.kill(pid, signal.SIGKILL)
        return process

    def stop(self) -> None:
        """Ends all of it."""
        self._running.terminate()
        try:
            self._running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait(5)
        self._log.close()

    def _read(self) -> None:
        assert self._running.stdout is not None
        for line in self._running.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                self._words.append(line.strip())
                continue
            if event.get("event") == "started":
                self._pids[event["process"]] = event["pid"]
            elif event.get("event") == "ready":
                self._ready.add(event["process"])
            elif event.get("event") in ("died", "failed"):
                self._words.append(str(event.get("last_words") or event.get("message")))


def _known(name: str, values: Mapping[str, RosValue]) -> dict[str, RosValue]:
    known = parameter_files.known(next(one for one in NODES if one.name == name))
    return {key: value for key, value in values.items() if key in known}
