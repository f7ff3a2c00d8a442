"""The supervisor, on small real processes: what dies comes back, what hangs is ended, and all stop within seconds."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.conftest import WaitUntil

from dolbom.places import ROOT
from dolbom.runtime.process import ProcessSpec
from dolbom.runtime.supervisor import Limits, Supervisor

SRC = str(ROOT / "src")
QUICK = Limits(hang_s=1.0, start_s=10.0, stop_s=3.0, first_pause_s=0.05, next_s=5.0)
ALIVE = """
import signal, sys, time
from dolbom.runtime.notify import notify
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
notify(READY="1")
while True:
    notify(WATCHDOG="1", STATUS='{"nodes": {"x": ["ok", "active"]}}')
    time.sleep(0.1)
"""


def program(name: str, code: str, **options: Any) -> ProcessSpec:
    return ProcessSpec(name, [sys.executable, "-c", code], **options)


class Run:
    """A supervisor in a test's event loop."""

    def __init__(self, *specs: ProcessSpec, limits: Limits = QUICK) -> None:
        self.events: list[dict[str, Any]] = []
        environment = dict(os.environ) | {"PYTHONPATH": SRC}
        self.supervisor = Supervisor(specs, environment, self.events.append, limits)

    def named(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]

    async def until(self, condition: Callable[[], Any], deadline_s: float = 20.0) -> Any:
        end = time.monotonic() + deadline_s
        while not (value := condition()):
            assert time.monotonic() < end, self.events
            await asyncio.sleep(0.02)
        return value


def supervised(*specs: ProcessSpec, body: Callable[[Run], Any], limits: Limits = QUICK) -> Run:
    run = Run(*specs, limits=limits)

    async def both() -> None:
        task = asyncio.create_task(run.supervisor.run())
        try:
            await body(run)
        finally:
            run.supervisor.stop()
            await asyncio.wait_for(task, 15)

    asyncio.run(both())
    return run


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_is_killed_comes_back() -> None:
    async def body(run: Run) -> None:
        first = await run.until(lambda: run.named("ready") and run.named("started"))
        os.kill(first[0]["pid"], signal.SIGKILL)
        await run.until(lambda: len(run.named("ready")) == 2)

    run = supervised(program("a", ALIVE), body=body)
    died = run.named("died")[0]
    assert died["code"] == -signal.SIGKILL
    assert died["again_in_s"] == QUICK.first_pause_s


def test_pauses_grow_up_to_the_longest_and_never_end() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: len(run.named("died")) >= 5)

    run = supervised(program("a", "raise SystemExit(3)", longest_pause_s=0.2), body=body)
    assert [one["again_in_s"] for one in run.named("died")[:5]] == [0.05, 0.1, 0.2, 0.2, 0.2]
    assert run.named("died")[0]["code"] == 3


def test_last_words_of_what_died_are_told() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: run.named("died"))

    run = supervised(program("a", "raise RuntimeError('the lens is gone')"), body=body)
    assert any("the lens is gone" in line for line in run.named("died")[0]["last_words"])


def test_what_hangs_is_ended_and_comes_back() -> None:
    hangs = 'import time\nfrom dolbom.runtime.notify import notify\nnotify(READY="1")\ntime.sleep(600)'

    async def body(run: Run) -> None:
        await run.until(lambda: len(run.named("started")) == 2)

    run = supervised(program("a", hangs), body=body)
    assert run.named("hangs")[0]["silent_s"] >= QUICK.hang_s
    assert run.named("died")[0]["code"] in (-signal.SIGABRT, -signal.SIGKILL)


def test_what_never_becomes_ready_is_ended_too() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: run.named("hangs"))

    limits = Limits(hang_s=0.5, start_s=1.0, stop_s=3.0, first_pause_s=0.05)
    supervised(program("a", "import time; time.sleep(600)"), body=body, limits=limits)


def test_what_gives_no_signs_of_life_is_not_taken_for_hanging() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: run.named("started"))
        await asyncio.sleep(2 * QUICK.hang_s)

    run = supervised(program("a", "import time; time.sleep(600)", heartbeat=False), body=body)
    assert not run.named("hangs")


def test_they_start_in_order_and_the_last_to_stop_stops_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = ALIVE.replace("sys.exit(0)", f"(open({str(log)!r}, 'a').write(sys.argv[1] + ' '), sys.exit(0))")
    guard = ProcessSpec("guard", [sys.executable, "-c", code, "guard"], last_to_stop=True)
    eye = ProcessSpec("eye", [sys.executable, "-c", code, "eye"])

    async def body(run: Run) -> None:
        await run.until(lambda: run.supervisor.all_ready)

    run = supervised(guard, eye, body=body)
    order = [(one["event"], one["process"]) for one in run.events if one["event"] in ("started", "ready")]
    assert order == [("started", "guard"), ("ready", "guard"), ("started", "eye"), ("ready", "eye")]
    assert log.read_text().split() == ["eye", "guard"]


def test_whoever_does_not_stop_is_killed_in_time() -> None:
    deaf = ALIVE.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")

    async def body(run: Run) -> None:
        await run.until(lambda: run.supervisor.all_ready)
        run.supervisor.stop()

    begin = time.monotonic()
    run = supervised(program("a", deaf), body=body)
    assert time.monotonic() - begin < 10
    assert not alive(run.named("started")[0]["pid"])


def test_children_of_a_process_go_with_it(wait_until: WaitUntil) -> None:
    parent = "import subprocess, sys, time\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)\ntime.sleep(600)"

    async def body(run: Run) -> None:
        await run.until(lambda: run.named("line"))

    run = supervised(program("a", parent, heartbeat=False), body=body)
    child = int(run.named("line")[0]["text"])
    # It was killed; that it is gone is the kernel's next step.
    wait_until(lambda: not alive(child), 5, "the end of the child")


def test_nothing_survives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, os, sys
from dolbom.places import ROOT
from dolbom.runtime.process import ProcessSpec
from dolbom.runtime.supervisor import Supervisor
spec = ProcessSpec("a", [sys.executable, "-c", "import time; time.sleep(600)"], heartbeat=False)
def tell(event):
    if event["event"] == "started":
        open({str(tmp_path / "pid")!r}, "w").write(str(event["pid"]))
        os.kill(os.getpid(), 9)
asyncio.run(Supervisor([spec], dict(os.environ), tell).run())
"""
    import subprocess

    ended = subprocess.run(
        [sys.executable, "-c", code], env=dict(os.environ) | {"PYTHONPATH": SRC}, check=False, timeout=30
    )
    assert ended.returncode == -signal.SIGKILL
    pid = int((tmp_path / "pid").read_text())
    end = time.monotonic() + 5
    while alive(pid):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_program_that_cannot_be_started_is_told_and_tried_again() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: len(run.named("failed")) >= 2)

    run = supervised(ProcessSpec("a", ["/nowhere/program"]), body=body)
    assert "cannot start /nowhere/program: No such file" in run.named("failed")[0]["message"]


def test_how_the_nodes_are_is_told_when_it_changes() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: run.named("state"))
        await asyncio.sleep(0.5)

    run = supervised(program("a", ALIVE), body=body)
    assert [one["nodes"] for one in run.named("state")] == [{"x": ["ok", "active"]}]


def test_a_status_that_makes_no_sense_is_ignored() -> None:
    code = ALIVE.replace('\'{"nodes": {"x": ["ok", "active"]}}\'', "'nonsense'")

    async def body(run: Run) -> None:
        await run.until(lambda: run.supervisor.all_ready)
        await asyncio.sleep(0.3)

    assert not supervised(program("a", code), body=body).named("state")


def test_a_process_that_listens_gets_its_lines() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: run.named("started"))
        run.supervisor.write("a", "괜찮아")
        await run.until(lambda: run.named("line"))

    run = supervised(program("a", "print(input().upper(), input())", heartbeat=False, listens=True), body=_twice(body))
    assert run.named("line")[0]["text"] == "괜찮아 괜찮아"


def _twice(body: Callable[[Run], Any]) -> Callable[[Run], Any]:
    async def with_second_line(run: Run) -> None:
        await run.until(lambda: run.named("started"))
        run.supervisor.write("a", "괜찮아")
        await body(run)

    return with_second_line


def test_events_are_plain_values_for_programs() -> None:
    async def body(run: Run) -> None:
        await run.until(lambda: run.named("state"))

    assert json.loads(json.dumps(supervised(program("a", ALIVE), body=body).events))


@pytest.fixture(autouse=True)
def _no_supervisor_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
