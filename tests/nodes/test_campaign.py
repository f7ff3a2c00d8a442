"""A disaster check-in through the real district, bridge, companion and voice: from the desk and back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from dolbom_msgs.msg import Campaign, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.parameter import Parameter

from dolbom.bench.rig import DistrictProcess
from dolbom_nodes import qos
from dolbom_nodes.bridge_node import BridgeNode
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.voice_node import VoiceNode

Until = Callable[..., Any]
TEXTS = {"ko": {"what": "큰불이 났어요.", "instruction": "밖으로 나가세요."}}


@pytest.fixture
def district(tmp_path: Path) -> Iterator[DistrictProcess]:
    process = DistrictProcess(tmp_path / "district")
    process.start()
    yield process
    process.kill()


@pytest.mark.timeout(120)
def test_the_robot_tells_asks_and_the_answer_stands_at_the_desk_and_a_late_reader_learns_what_stands(
    ros: Any, until: Until, home: Path, district: DistrictProcess
) -> None:
    district.enrol("r1", "h1", home / "identity")
    named = [Parameter(k, value=v) for k, v in {"district": "bench", "home": "h1", "robot": "r1"}.items()]
    said: list[Utterance] = []
    ros.add(VoiceNode(parameter_overrides=[*named, Parameter("syllables_per_s", value=0.0)]))
    companion = ros.add(CompanionNode(parameter_overrides=[*named, Parameter("morphemes", value=False)]))
    observer = ros.plain()
    observer.create_subscription(Utterance, "care/said", said.append, qos.STREAM)
    typed = observer.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
    until(lambda: companion._say.server_is_ready() and companion._ask.server_is_ready(), 20)
    until(lambda: typed.get_subscription_count() == 2, 20)
    bridge = ros.add(BridgeNode(parameter_overrides=named))
    until(lambda: bridge.diagnose()["link"] == "connected", 20)
    with httpx.Client(
        base_url=district.url, headers={"Authorization": f"Bearer {district.token()}"}, trust_env=False, timeout=10
    ) as desk:
        deadline = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
        made = desk.post("/api/campaigns", json={"texts": TEXTS, "deadline": deadline}).json()
        until(lambda: any("큰불이 났어요. 밖으로 나가세요." in u.text for u in said), 20)
        until(lambda: any(u.question and u.text == "지금 괜찮으세요?" for u in said), 20)

        late = ros.plain("late")
        stands: list[Campaign] = []
        late.create_subscription(Campaign, "care/campaign", stands.append, qos.STANDING)
        until(lambda: [c.id for c in stands] == [made["id"]], 20)

        typed.publish(LiveSpeech(final="네", confidence=1.0, locale="ko_KR"))
        answer = lambda: desk.get(f"/api/campaigns/{made['id']}").json()["homes"][0]  # noqa: E731
        until(lambda: answer()["answer"] == "ok", 20)
        assert answer()["told_at"]

        desk.post(f"/api/campaigns/{made['id']}/withdraw").raise_for_status()
        until(lambda: any(u.text == "아까 알려 드린 일은 끝났대요." for u in said), 20)
        until(lambda: stands[-1].state == Campaign.WITHDRAWN, 20)

        notices: list[Utterance] = []
        late.create_subscription(Utterance, "care/notice", notices.append, qos.STATE)
        desk.post("/api/notices", json={"texts": {"ko": "오늘은 비가 와요."}, "until": deadline}).raise_for_status()
        until(lambda: [n.text for n in notices if n.text] == ["오늘은 비가 와요."], 20)
        typed.publish(LiveSpeech(final="오늘 날씨 어때", confidence=1.0, locale="ko_KR"))
        until(lambda: any(u.text == "센터에서 알려 드려요. 오늘은 비가 와요." for u in said), 20)
