"""A daily check-in over real processes and the real broker: killed in the middle it goes on, and is told of once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import rclpy
from dolbom_msgs.msg import Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.executors import SingleThreadedExecutor
from tests.conftest import WaitUntil
from tests.system.robot_process import dolbom

from dolbom.bench.rig import DistrictProcess, environment
from dolbom.runtime.parent import following
from dolbom.store.base import open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose
from dolbom_nodes import qos


class Resident:
    """Somebody who types to the robot, and hears it."""

    def __init__(self, domain: int, wait_until: WaitUntil) -> None:
        self._wait = wait_until
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context, domain_id=domain)
        self._node = rclpy.create_node("resident", context=self._context)
        self.said: list[str] = []
        self._node.create_subscription(Utterance, "care/said", self._heard, qos.STREAM)
        self._typed = self._node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _heard(self, said: Utterance) -> None:
        if said.speaker == "robot":
            self.said.append(said.text)

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.05)

    def greets(self, words: str) -> None:
        """Says this, again every two seconds, until the robot says something: a killed one is still on the graph."""
        self.said.clear()
        last = 0.0

        def answered() -> bool:
            nonlocal last
            if not self.said and time.monotonic() - last > 2:
                last = time.monotonic()
                self.says(words)
            return bool(self.said)

        self._wait(answered, 60, "the robot's answer")

    def hears(self, words: str) -> None:
        self._wait(lambda: any(words in one for one in self.said), 60, f"{words!r} among {self.said}")

    def says(self, text: str) -> None:
        self._typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))

    def answers(self, *turns: tuple[str, str]) -> None:
        for question, answer in turns:
            self.hears(question)
            self.says(answer)

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.shutdown()


class Robot:
    """The robot's processes that talk and send, as `dolbom up` starts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, process: str, nodes: str, parameters: Path) -> None:
        with (self._folder / f"{process}.log").open("ab") as log:
            self._running[process] = subprocess.Popen(
                following([sys.executable, "-m", "dolbom_nodes.host", process, "--nodes", nodes,
                           "--ros-args", "--params-file", str(parameters)]),
                env={**os.environ, **environment(), "DOLBOM_HOME": str(self._folder)},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, process: str) -> None:
        running = self._running.pop(process)
        running.kill()
        running.wait(10)

    def close(self) -> None:
        for process in list(self._running):
            self.kill(process)


@pytest.fixture
def district(tmp_path: Path) -> Iterator[DistrictProcess]:
    process = DistrictProcess(tmp_path / "district", arguments=("--silence", "600"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def robot(tmp_path: Path, ros_domain: int) -> Iterator[Robot]:
    (tmp_path / "home").mkdir()
    robot = Robot(tmp_path / "home")
    yield robot
    robot.close()


@pytest.fixture
def resident(ros_domain: int, wait_until: WaitUntil) -> Iterator[Resident]:
    resident = Resident(ros_domain, wait_until)
    yield resident
    resident.close()


def parameters(folder: Path) -> Path:
    noon = next(z for h in range(-12, 13) if datetime.now(ZoneInfo(z := f"Etc/GMT{h:+d}")).hour == 12)
    own = {"morphemes": False, "quiet_s": 0.0, "check_in": {"at": "10:00", "latest": "23:00"}}
    shared = {"district": "bench", "home": "h1", "robot": "r1", "time_zone": noon}
    tree = {
        "/**": {"ros__parameters": shared},
        "/**/companion": {"ros__parameters": own},
        "/**/voice": {"ros__parameters": {"syllables_per_s": 0.0}},
    }
    path = folder / "parameters.yaml"
    path.write_text(json.dumps(tree))
    return path


@pytest.mark.timeout(240)
def test_killed_in_the_middle_it_goes_on_where_it_was_and_the_desk_reads_one_summary(
    tmp_path: Path, district: DistrictProcess, robot: Robot, resident: Resident, wait_until: WaitUntil
) -> None:
    home = tmp_path / "home"
    district.enrol("r1", "h1", home / "identity")
    store = open_store(home / "home.db")
    people = MemoryStore(store, home / "keys" / "faces.key").people
    since = datetime.now(UTC) - timedelta(days=1)
    person = people.add("김순자님", Consent(Purpose.CHECK_IN, "daughter", since), datetime.now(UTC))
    file = parameters(tmp_path)
    robot.start("guard", "bridge", file)
    robot.start("interaction", "voice,companion", file)
    resident.greets("안녕")
    resident.answers(("지금 이야기 괜찮으세요?", "응"), ("몸은 편안하세요?", "무릎이 쑤셔"))
    resident.hears("식사는 하셨어요?")

    robot.kill("interaction")
    robot.start("interaction", "voice,companion", file)
    resident.greets("안녕")
    resident.answers(
        ("아까 못 나눈 안부 이야기예요.", "응"),
        ("식사는 하셨어요?", "먹었어"),
        ("잘 주무셨어요?", "잘 잤어"),
        ("움직이셨어요?", "아니"),
        ("나가셨어요?", "아니"),
        ("기분은 괜찮으세요?", "좋아"),
    )
    resident.hears("담당 선생님께 전할게요.")
    assert not any("몸은 편안하세요?" in said for said in resident.said)

    with httpx.Client(
        base_url=district.url, headers={"Authorization": f"Bearer {district.token()}"}, trust_env=False, timeout=10
    ) as desk:
        events = lambda: desk.get("/api/events", params={"home": "h1"}).json()  # noqa: E731
        summaries = lambda: [e for e in events() if e["kind"] == "checkin.summary"]  # noqa: E731
        wait_until(summaries, 30, "the summary at the district")
        (event,) = summaries()
        assert (event["subject"], event["severity"], event["data"]["tries"]) == (person, "notice", 2)
        assert event["data"]["answers"][0] == {
            "topic": "health", "grade": "bad", "before": None, "said": None, "unasked": False
        }  # fmt: skip

        shown = dolbom("checkin", "show", "--json", DOLBOM_HOME=str(home))
        assert shown.returncode == 0, shown.stderr
        (day,) = json.loads(shown.stdout)[0]["days"]
        assert day["ended"] == "complete" and day["told_to_the_district"]

        # Killed again, nothing is asked or told a second time.
        robot.kill("interaction")
        robot.start("interaction", "voice,companion", file)
        resident.greets("이름이 뭐야")
        resident.hears("돌봄이")
        assert len(summaries()) == 1 and not any("안부" in said for said in resident.said)
    store.close()
