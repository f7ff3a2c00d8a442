"""A `dolbom …` process of a test: started in its own group, its JSON events at hand, gone when the test is."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil


class DolbomProcess:
    """`dolbom ARGUMENTS`, which writes one JSON object a line."""

    def __init__(
        self, arguments: Sequence[str], environment: dict[str, str] | None = None, prefix: Sequence[str] = ()
    ) -> None:
        self.events: list[dict[str, Any]] = []
        self.other: list[str] = []
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "dolbom", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=dict(os.environ) | (environment or {}),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def named(self, event: str, process: str | None = None) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        return [one for one in self.events if one["event"] == event and process in (None, one["process"])]

    def until(self, condition: Callable[[], Any], deadline_s: float = 60.0) -> Any:
        """Waits for a condition; fails with everything that was said."""
        end = time.monotonic() + deadline_s
        while not (value := condition()):
            said = "\n".join([*map(str, self.events), *self.other])
            assert self._process.poll() is None, f"it ended with {self._process.returncode}:\n{said}"
            assert time.monotonic() < end, f"not within {deadline_s} s:\n{said}"
            time.sleep(0.05)
        return value

    def node_is(self, node: str, level: str, words: str = "") -> bool:
        """Whether the node's last told state is this."""
        states = [one["nodes"][node] for one in self.named("state") if node in one["nodes"]]
        return bool(states) and states[-1][0] == level and words in states[-1][1]

    def type(self, line: str) -> None:
        """Writes a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def stop(self, number: int = signal.SIGTERM, deadline_s: float = 20.0) -> tuple[int, float]:
        """Sends a signal; its return code and how many seconds it took to end."""
        begin = time.monotonic()
        self._process.send_signal(number)
        code = self._process.wait(deadline_s)
        self._reader.join(5)
        return code, time.monotonic() - begin

    def kill(self) -> None:
        """Ends it and everything that it started, whatever the test did."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                self.other.append(line.rstrip())
            else:
                self.events.append(event) if "event" in event else self.other.append(line.rstrip())


def dolbom(*arguments: str, timeout: float = 60.0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dolbom", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=dict(os.environ) | environment,
    )


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
