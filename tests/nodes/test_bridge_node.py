"""The bridge node on the graph, with a real district behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from dolbom_msgs.action import Say
from dolbom_msgs.msg import CameraState, CareEvent, Receipt
from rclpy.action import ActionServer
from rclpy.parameter import Parameter

from dolbom.bench.rig import DistrictProcess
from dolbom.events import Severity, Test
from dolbom_nodes import qos
from dolbom_nodes.bridge_node import BridgeNode

Until = Callable[..., Any]


@pytest.fixture
def district(tmp_path: Path) -> Iterator[DistrictProcess]:
    process = DistrictProcess(tmp_path / "district")
    process.start()
    yield process
    process.kill()


def bridge(ros: Any, **names: str) -> BridgeNode:
    named = {"district": "bench", "home": "h1", "robot": "r1", **names}
    return ros.add(BridgeNode(parameter_overrides=[Parameter(k, value=v) for k, v in named.items()]))


def diagnosis(node: BridgeNode) -> dict[str, object]:
    return node.diagnose()


@pytest.mark.timeout(120)
def test_an_event_reaches_the_district_and_its_receipts_the_graph(
    ros: Any, until: Until, home: Path, district: DistrictProcess
) -> None:
    district.enrol("r1", "h1", home / "identity")
    node = bridge(ros)
    house = ros.plain()
    receipts: list[Receipt] = []
    said: list[str] = []
    house.create_subscription(Receipt, "care/receipt", receipts.append, qos.EVENT)
    camera = house.create_publisher(CameraState, "camera_state", qos.STATE)
    camera.publish(CameraState(state=CameraState.OFF))
    pulse = house.create_publisher(DiagnosticArray, "/diagnostics", 10)

    def speak(goal: Any) -> Any:
        said.append(goal.request.text)
        goal.succeed()
        return Say.Result(finished=True)

    voice = ActionServer(house, Say, "say", speak)
    until(lambda: diagnosis(node)["link"] == "connected", 20)
    until(lambda: house.count_publishers("care/receipt") and pulse.get_subscription_count(), 10)
    mine = DiagnosticStatus(name="r1/fall", hardware_id="r1", level=DiagnosticStatus.WARN)
    other = DiagnosticStatus(name="r2/fall", hardware_id="r2", level=DiagnosticStatus.ERROR)
    pulse.publish(DiagnosticArray(status=[mine, other]))

    event = node.emit(Test(note="drill"), severity=Severity.ALARM)
    until(lambda: any(r.kind == Receipt.RECEIVED and r.event_id == str(event.id) for r in receipts), 10)

    token = district.token()
    with httpx.Client(
        base_url=district.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=10
    ) as desk:
        answer = desk.post(f"/api/alarms/{event.id}/acknowledge", json={"note": "곧 갑니다"})
        answer.raise_for_status()
        until(lambda: any(r.kind == Receipt.ACKNOWLEDGED and r.note == "곧 갑니다" for r in receipts), 10)
        until(lambda: node._voice.server_is_ready(), 10)
        sent = desk.post("/api/robots/r1/say", json={"text": "안녕하세요"}).json()
        until(lambda: said == ["안녕하세요"], 10)
        until(lambda: desk.get(f"/api/downlinks/{sent['id']}").json()["ok"] is True, 10)
        # A ping brings a heartbeat at once, with what the graph says of this robot and of no other.
        desk.post("/api/robots/r1/ping").raise_for_status()

        def health() -> Any:
            return desk.get("/api/robots").json()[0]["status"]

        until(lambda: health().get("nodes", {}).get("fall") in ("warn", "stale"), 10)
        assert health()["camera"] == "off"
    voice.destroy()


@pytest.mark.timeout(120)
def test_without_a_district_it_says_since_when_and_keeps_everything_until_there_is_one(
    ros: Any, until: Until, home: Path, district: DistrictProcess
) -> None:
    node = bridge(ros)
    node.emit(Test(), severity=Severity.ALARM)
    until(lambda: diagnosis(node)["pending"] == 1, 10)
    level, message = node.health()
    assert level == DiagnosticStatus.WARN
    assert "not enrolled" in until(lambda: "not enrolled" in node.health()[1] and node.health()[1], 10)
    assert "since 20" in message
    district.enrol("r1", "h1", home / "identity")
    until(lambda: diagnosis(node)["pending"] == 0, 30)
    assert node.health()[0] == DiagnosticStatus.OK


@pytest.mark.timeout(60)
def test_a_robot_under_another_name_than_it_was_enrolled_is_not_connected(
    ros: Any, until: Until, home: Path, district: DistrictProcess
) -> None:
    district.enrol("r1", "h1", home / "identity")
    node = bridge(ros, robot="r2")
    assert "the parameters say bench/h1/r2" in until(lambda: "say bench" in node.health()[1] and node.health()[1], 10)


@pytest.mark.timeout(60)
def test_the_topic_only_wakes_it_and_a_missed_message_costs_a_second(
    ros: Any, until: Until, home: Path, district: DistrictProcess
) -> None:
    district.enrol("r1", "h1", home / "identity")
    node = bridge(ros)
    until(lambda: diagnosis(node)["link"] == "connected", 20)
    events = ros.plain().create_publisher(CareEvent, "care/event", qos.EVENT)
    events.publish(CareEvent(id="not-in-the-outbox", json="{}"))
    node.outbox.append(node.new_event(Test()))
    began = time.monotonic()
    until(lambda: node.outbox.entries()[-1].received_at is not None, 10)
    assert time.monotonic() - began < 5
    assert len(node.outbox.entries()) == 1
