"""Keeps processes running: starts them in order, starts again what died or hangs, and stops all within seconds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dolbom.runtime.process import ProcessSpec, RunningProcess

SETTLED_S = 60.0
"""Whoever ran for so long begins with short pauses again."""


@dataclass(frozen=True)
class Limits:
    """How patient the supervisor is, seconds."""

    hang_s: float = 15.0
    start_s: float = 120.0
    next_s: float = 5.0
    stop_s: float = 5.0
    first_pause_s: float = 0.5


@dataclass
class Watched:
    """One process and how it is."""

    spec: ProcessSpec
    running: RunningProcess | None = None
    ready: bool = False
    sign_at: float = 0.0
    started_at: float = 0.0
    failures: int = 0
    starts: int = 0
    state: dict[str, list[str]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs a set of processes until it is told to stop.

    Args:
        specs: in start order.
        environment: of all of them.
        tell: gets every event as a dictionary with `event` (started, ready, state, died, hangs, failed, stopped,
            line) and `process`.
    """

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        environment: Mapping[str, str],
        tell: Callable[[dict[str, Any]], None],
        limits: Limits | None = None,
    ) -> None:
        self.watched = [Watched(spec) for spec in specs]
        self._environment = environment
        self._tell = tell
        self._limits = limits or Limits()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begins to stop; `run` returns when all have ended."""
        self._stopping.set()

    def write(self, process: str, line: str) -> None:
        """Writes a line to the standard input of a process that listens."""
        for one in self.watched:
            if one.spec.name == process and one.running is not None:
                one.running.write(line)

    @property
    def all_ready(self) -> bool:
        """Whether every process has said that it is ready."""
        return all(one.ready for one in self.watched)

    async def run(self) -> None:
        """Starts everything and returns after `stop`."""
        keepers = []
        for one in self.watched:
            keepers.append(asyncio.create_task(self._keep(one)))
            # In order, but a process that does not come up must not keep the others from running.
            waits = [asyncio.create_task(one.changed.wait()), asyncio.create_task(self._stopping.wait())]
            await asyncio.wait(waits, timeout=self._limits.next_s, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if self._stopping.is_set():
                break
        await self._stopping.wait()
        await self._stop_all(keepers)

    async def _keep(self, one: Watched) -> None:
        while not self._stopping.is_set():
            code = await self._run_once(one)
            one.changed.set()
            if self._stopping.is_set():
                return
            if time.monotonic() - one.started_at > SETTLED_S:
                one.failures = 0
            one.failures += 1
            pause = min(self._limits.first_pause_s * 2.0 ** (one.failures - 1), one.spec.longest_pause_s)
            words = [] if one.running is None else list(one.running.last_words)
            self._say("died", one, code=code, again_in_s=pause, last_words=words[-10:])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self, one: Watched) -> int | None:
        one.ready = False
        one.state = {}
        one.starts += 1
        one.started_at = one.sign_at = time.monotonic()
        running = RunningProcess(one.spec, lambda notice: self._notice(one, notice))
        try:
            await running.start(self._environment, lambda line: self._say("line", one, text=line))
        except OSError as error:
            self._say("failed", one, message=f"cannot start {one.spec.command[0]}: {error.strerror or error}")
            return None
        one.running = running
        self._say("started", one, pid=running.pid, start=one.starts)
        if not one.spec.heartbeat:
            one.ready = True
            one.changed.set()
        watch = asyncio.create_task(self._watch(one, running))
        try:
            return await running.wait()
        finally:
            watch.cancel()

    async def _watch(self, one: Watched, running: RunningProcess) -> None:
        while one.spec.heartbeat:
            await asyncio.sleep(min(1.0, self._limits.hang_s / 4))
            silent = time.monotonic() - one.sign_at
            if silent > (self._limits.hang_s if one.ready else self._limits.start_s):
                self._say("hangs", one, silent_s=round(silent, 1), pid=running.pid)
                # SIGABRT first: faulthandler then writes where each thread stands.
                running.signal(signal.SIGABRT)
                await asyncio.sleep(1.0)
                running.signal(signal.SIGKILL)
                return

    def _notice(self, one: Watched, notice: dict[str, str]) -> None:
        if "WATCHDOG" in notice or "READY" in notice:
            one.sign_at = time.monotonic()
        if notice.get("READY") == "1" and not one.ready:
            one.ready = True
            one.changed.set()
            self._say("ready", one, after_s=round(time.monotonic() - one.started_at, 2))
        if "STATUS" in notice:
            with contextlib.suppress(ValueError, KeyError, AttributeError):
                state = json.loads(notice["STATUS"])["nodes"]
                if state != one.state:
                    one.state = state
                    self._say("state", one, nodes=state)

    async def _stop_all(self, keepers: list[asyncio.Task[None]]) -> None:
        deadline = time.monotonic() + self._limits.stop_s
        first = [one for one in self.watched if not one.spec.last_to_stop]
        last = [one for one in self.watched if one.spec.last_to_stop]
        # Whoever can still say something stops before whoever carries it.
        for group, share in ((first, 0.5), (last, 1.0)):
            for one in group:
                if one.running is not None:
                    one.running.signal(signal.SIGTERM)
            tasks = [keepers[self.watched.index(one)] for one in group if self.watched.index(one) < len(keepers)]
            if tasks:
                left = deadline - time.monotonic() - self._limits.stop_s * (1 - share)
                await asyncio.wait(tasks, timeout=max(0.1, left))
        for one in self.watched:
            if one.running is not None:
                one.running.signal(signal.SIGKILL)
        if keepers:
            await asyncio.wait(keepers, timeout=2.0)
        for one in reversed(self.watched):
            self._say("stopped", one)

    def _say(self, event: str, one: Watched, **values: Any) -> None:
        self._tell({"event": event, "process": one.spec.name, **values})
