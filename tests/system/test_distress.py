"""The ladder in real processes: nobody answers, and the guard is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from dolbom_msgs.msg import DistressState, FallState, Utterance
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile

from dolbom.runtime.parent import following
from dolbom_nodes import qos

TIMES = {"confirm_s": 0.5, "speak_limit_s": 4.0, "wait_s": 3.0, "wait_again_s": 3.0, "grace_s": 2.0}


class Processes:
    """The robot's processes of this test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, process: str, node: str, **parameters: Any) -> None:
        arguments = ["--ros-args"] + [word for k, v in parameters.items() for word in ("-p", f"{k}:={v}")]
        with (self.folder / f"{process}.log").open("ab") as log:
            self._running[process] = subprocess.Popen(
                following([sys.executable, "-m", "dolbom_nodes.host", process, "--nodes", node, *arguments]),
                env=dict(os.environ),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, process: str) -> None:
        self._running[process].send_signal(signal.SIGKILL)
        self._running.pop(process).wait(10)

    def close(self) -> None:
        for running in self._running.values():
            running.kill()
            running.wait(10)


class Witness:
    """Sees what the robot says and decides, and tells it what the camera would."""

    def __init__(self, home: Path, wait_until: Any) -> None:
        self._home, self._wait = home, wait_until
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context)
        self._node = rclpy.create_node("witness", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self.states: list[DistressState] = []
        self.questions: list[tuple[float, str]] = []
        every = QoSProfile(depth=50, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._node.create_subscription(DistressState, "care/distress", self.states.append, every)
        self._voices = 0  # that this witness hears
        self._node.create_subscription(
            Utterance,
            "care/said",
            self._said,
            qos.STREAM,
            event_callbacks=SubscriptionEventCallbacks(matched=self._meets),
        )
        self._fall = self._node.create_publisher(FallState, "care/fall", qos.EVENT)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.05)

    def _meets(self, event: Any) -> None:
        self._voices = event.current_count

    def _said(self, said: Utterance) -> None:
        if said.question:
            self.questions.append((time.monotonic(), said.text))

    def ready(self) -> None:
        self._wait(lambda: self._fall.get_subscription_count() and self.states, 40, "the guard")
        self._wait(lambda: "say" in str(self._node.get_service_names_and_types()), 40, "the voice")
        self._wait(lambda: self._voices, 40, "the voice's words")

    def falls(self) -> None:
        self._fall.publish(FallState(body="b1", person="b1", state=FallState.DOWN, confidence=0.9))

    def stage(self, stage: int, seconds: float = 30.0) -> DistressState:
        return self._wait(lambda: next((s for s in self.states if s.stage == stage), None), seconds, f"stage {stage}")

    def alarms(self) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{self._home / 'home.db'}?mode=ro", uri=True) as db:
            found = db.execute("SELECT json FROM outbox WHERE kind = 'distress.raised'")
            return [json.loads(row) for (row,) in found]

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("DOLBOM_HOME", str(folder))
    return folder


@pytest.fixture
def processes(ros_domain: int, home: Path, tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path)
    yield found
    found.close()


@pytest.fixture
def witness(processes: Processes, home: Path, wait_until: Any) -> Iterator[Witness]:
    processes.start("guard", "safety", **TIMES)
    processes.start("interaction", "voice", syllables_per_s=20.0)
    found = Witness(home, wait_until)
    yield found
    found.close()


@pytest.mark.timeout(150)
def test_a_fall_is_asked_about_twice_and_silence_is_one_alarm_in_the_outbox(witness: Witness, wait_until: Any) -> None:
    witness.ready()
    witness.falls()
    raised = witness.stage(DistressState.RAISED)
    (alarm,) = witness.alarms()
    assert alarm["id"] == raised.event_id
    assert alarm["data"]["reason"] == "silence"
    wait_until(lambda: len(witness.questions) >= 2, 10, "both questions")
    (first, _), (second, _) = witness.questions
    assert 3.0 <= second - first < 6.0  # the silence, and the time to speak


@pytest.mark.timeout(150)
def test_a_guard_killed_between_the_questions_goes_on_and_raises_exactly_one_alarm(
    witness: Witness, processes: Processes, wait_until: Any
) -> None:
    witness.ready()
    witness.falls()
    asked = witness.stage(DistressState.ASKED)
    wait_until(lambda: witness.questions, 10, "the first question")
    processes.kill("guard")
    witness.states.clear()
    processes.start("guard", "safety", **TIMES)
    raised = witness.stage(DistressState.RAISED, 60)
    assert raised.id == asked.id
    (alarm,) = witness.alarms()
    assert alarm["id"] == raised.event_id
    assert len(witness.questions) >= 2
    # Killed again with the alarm standing: it still stands, and is still the only one.
    processes.kill("guard")
    witness.states.clear()
    processes.start("guard", "safety", **TIMES)
    assert witness.stage(DistressState.RAISED, 60).event_id == raised.event_id
    witness.falls()
    wait_until(lambda: any(s.stage == DistressState.RAISED for s in witness.states), 10, "the alarm")
    assert len(witness.alarms()) == 1


@pytest.mark.timeout(150)
def test_a_voice_killed_in_the_middle_of_a_question_does_not_hold_the_alarm_up(
    witness: Witness, processes: Processes, wait_until: Any
) -> None:
    witness.ready()
    witness.falls()
    wait_until(lambda: witness.questions, 10, "the first question")
    begin = time.monotonic()
    processes.kill("interaction")
    witness.stage(DistressState.RAISED, 40)
    assert time.monotonic() - begin < 9.0 + 9.0 + 6.0  # both questions' whole time, and the wait for the voice
    (alarm,) = witness.alarms()
    assert alarm["data"]["reason"] == "voice_failed"
