"""Check-in and memory through the real companion and voice: held, stopped by a withdrawal, remembered, erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dolbom_msgs.msg import CareEvent, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.parameter import Parameter

from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory, MemoryParameters
from dolbom.store.base import open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose
from dolbom_nodes import qos
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.voice_node import VoiceNode

Until = Callable[..., Any]
NAME = "김순자님"


def zone_where_it_is_noon() -> str:
    """So that no midnight comes into the test."""
    return next(
        zone for hours in range(-12, 13)
        if datetime.now(ZoneInfo(zone := f"Etc/GMT{hours:+d}")).hour == 12
    )  # fmt: skip


class Home:
    """A home whose only person consents to what is named; they type, and hear the robot."""

    def __init__(self, ros: Any, until: Until, *purposes: Purpose) -> None:
        self._until, self._ros = until, ros
        self.store = MemoryStore(open_store())
        now = datetime.now(UTC)
        first, *others = [Consent(purpose, "daughter", now - timedelta(days=1)) for purpose in purposes]
        self.person = self.store.people.add(NAME, first, now)
        for consent in others:
            self.store.people.consent(self.person, consent)
        self.said: list[Utterance] = []
        self.events: list[CareEvent] = []

    def start(self, **check_in: Any) -> None:
        zone = Parameter("time_zone", value=zone_where_it_is_noon())
        pace = [Parameter("syllables_per_s", value=0.0), Parameter("answer_limit_s", value=1.0), zone]
        self._ros.add(VoiceNode(parameter_overrides=pace))
        wanted = {"at": "10:00", "latest": "23:00", **check_in}
        overrides = [Parameter(f"check_in.{name}", value=value) for name, value in wanted.items()]
        quick = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0), zone]
        self.companion = self._ros.add(CompanionNode(parameter_overrides=[*quick, *overrides]))
        node = self._ros.plain()
        node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        self.typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self._until(lambda: self.typed.get_subscription_count() == 2, 20)
        self._until(lambda: self.companion._say.server_is_ready() and self.companion._ask.server_is_ready(), 20)

    def type(self, text: str) -> None:
        self.typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))

    def robot_says(self, words: str, count: int = 1) -> None:
        self._until(lambda: sum(u.speaker == "robot" and words in u.text for u in self.said) >= count, 20)

    def answers(self, *turns: tuple[str, str]) -> None:
        """Types each answer when its question was asked."""
        for question, answer in turns:
            self.robot_says(question)
            self.type(answer)

    def told(self, kind: str) -> dict[str, Any]:
        event = self._until(lambda: next((e for e in self.events if f".{kind}." in e.type), None), 40)
        return dict(json.loads(event.json))


@pytest.mark.timeout(120)
def test_a_check_in_is_held_and_its_summary_carries_words_only_with_consent(ros: Any, until: Until, home: Path) -> None:
    house = Home(ros, until, Purpose.CHECK_IN, Purpose.CHECK_IN_WORDS)
    house.start()
    house.type("안녕")
    house.answers(
        ("지금 이야기 괜찮으세요?", "응"),
        ("몸은 편안하세요?", "무릎이 쑤셔"),
        ("식사는 하셨어요?", "먹었어"),
        ("잘 주무셨어요?", "잘 잤어"),
        ("움직이셨어요?", "아니"),
        ("나가셨어요?", "시장 다녀왔어"),
        ("기분은 괜찮으세요?", "좋아"),
    )
    summary = house.told("checkin.summary")
    assert (summary["subject"], summary["data"]["ended"]) == (house.person, "complete")
    grades = [(one["topic"], one["grade"], one["said"]) for one in summary["data"]["answers"]]
    assert grades[:2] == [("health", "bad", "무릎이 쑤셔"), ("meals", "good", "먹었어")]
    assert NAME not in json.dumps(summary, ensure_ascii=False)
    house.robot_says("담당 선생님께 전할게요.")


@pytest.mark.timeout(120)
def test_a_consent_that_is_withdrawn_in_the_middle_ends_it_and_leaves_nothing(
    ros: Any, until: Until, home: Path
) -> None:
    house = Home(ros, until, Purpose.CHECK_IN)
    house.start()
    house.type("안녕")
    house.answers(("지금 이야기 괜찮으세요?", "응"), ("몸은 편안하세요?", "괜찮아"))
    house.robot_says("식사는 하셨어요?")
    # As `dolbom consent withdraw` does, from another program.
    other = MemoryStore(open_store())
    other.people.withdraw(house.person, datetime.now(UTC), Purpose.CHECK_IN)
    until(lambda: house.companion.diagnose()["waiting"] == 0)
    other.purge(datetime.now(UTC))
    assert house.store.check_ins(house.person) == []
    house.type("이름이 뭐야")
    house.robot_says("돌봄이")
    assert house.events == []
    assert house.store.check_ins(house.person) == []


@pytest.mark.timeout(120)
def test_nobody_answers_and_somebody_is_told(ros: Any, until: Until, home: Path) -> None:
    house = Home(ros, until, Purpose.CHECK_IN)
    house.start(tries=1)
    house.type("안녕")
    house.robot_says("지금 이야기 괜찮으세요?", 2)
    event = house.told("checkin.unanswered")
    assert event["severity"] == "warning" and len(event["data"]["tries"]) == 1


@pytest.mark.timeout(120)
def test_what_is_told_is_remembered_told_back_and_forgotten_after_a_yes_and_never_leaves_the_home(
    ros: Any, until: Until, home: Path
) -> None:
    house = Home(ros, until, Purpose.MEMORY)
    house.start()
    house.type("우리 딸 이름은 미경이야")
    house.robot_says("기억해 둘게요")
    house.type("나에 대해 뭘 기억해")
    house.robot_says("딸 이름은 미경이라고 하셨어요.")
    house.type("그 얘기는 잊어 줘")
    house.robot_says("이 이야기를 잊을까요?")
    assert len(house.store.facts(house.person, datetime.now(UTC))) == 1
    house.type("응")
    house.robot_says("그 이야기는 잊었어요.")
    assert house.store.facts(house.person, datetime.now(UTC)) == []
    assert house.events == []


@pytest.mark.timeout(120)
def test_what_troubled_somebody_is_asked_after_and_what_is_past_its_end_is_erased_while_the_robot_runs(
    ros: Any, until: Until, home: Path
) -> None:
    house = Home(ros, until, Purpose.MEMORY)
    understanding = Understanding(morphemes=None)
    short = Memory(house.store, understanding, MemoryParameters(note_days=1))
    zone = ZoneInfo(zone_where_it_is_noon())
    before = datetime.now(zone) - timedelta(days=1, hours=1)
    # The consent is of yesterday; the clock of what was told goes a little back.
    house.store.people.consent(house.person, Consent(Purpose.MEMORY, "daughter", before - timedelta(days=1)))
    short.note(understanding.of("안경은 서랍에 있다고 기억해 줘"), house.person, before)
    short.told(understanding.of("무릎이 쑤셔"), house.person, before)
    house.start()
    house.type("이름이 뭐야")
    house.answers(("무릎은 좀 어떠세요?", "이제 안 아파"))
    house.robot_says("다행이에요.")
    kinds = lambda: [kept.fact.kind for kept in house.store.facts(house.person, before)]  # noqa: E731
    until(lambda: kinds() == ["better"], 20)
