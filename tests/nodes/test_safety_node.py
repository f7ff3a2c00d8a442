"""The safety node with the real voice node beside it: what is suspected is asked, and what is decided is on disk."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dolbom_msgs.msg import Body, BodyArray, Button, CareEvent, DistressState, FallState, Receipt, Suspicion, Utterance
from hri_msgs.msg import IdsMatch, LiveSpeech
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile

from dolbom.safety.ladder import LadderParameters
from dolbom_nodes import qos, safety_node
from dolbom_nodes.safety_node import SafetyNode
from dolbom_nodes.voice_node import VoiceNode

FAST = {"confirm_s": 0.3, "wait_s": 2.0, "wait_again_s": 2.0, "speak_limit_s": 3.0, "receipt_limit_s": 3.0}


def parameters(**values: Any) -> list[Parameter]:
    return [Parameter(name, value=value) for name, value in values.items()]


class House:
    """Everything around the safety node, as the test wants it."""

    def __init__(self, ros: Any, until: Any, home: Path) -> None:
        self.ros, self.until, self.home = ros, until, home
        node = ros.plain("house")
        self.states: list[DistressState] = []
        self.events: list[CareEvent] = []
        self.said: list[Utterance] = []
        every = QoSProfile(depth=50, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        node.create_subscription(DistressState, "care/distress", self.states.append, every)
        node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        self._fall = node.create_publisher(FallState, "care/fall", qos.EVENT)
        self._suspicion = node.create_publisher(Suspicion, "care/suspicion", qos.EVENT)
        self._receipt = node.create_publisher(Receipt, "care/receipt", qos.EVENT)
        self._bodies = node.create_publisher(BodyArray, "care/bodies", qos.SENSOR)
        self._typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)

    def start(self, voice: bool = True, **values: Any) -> SafetyNode:
        if voice:
            self.ros.add(VoiceNode(parameter_overrides=parameters(syllables_per_s=0.0, settle_s=0.2)))
            self.until(self._typed.get_subscription_count)
        node = self.ros.add(SafetyNode(parameter_overrides=parameters(**{**FAST, **values})))
        for publisher in (self._fall, self._suspicion, self._receipt, self._bodies):
            self.until(publisher.get_subscription_count)
        if voice:
            self.until(lambda: node._ask.server_is_ready() and node._say.server_is_ready())
            self.until(lambda: self.ros._nodes[0].count_subscribers("care/said") >= 2)
        return node

    def change(self, *transitions: Callable[[], Any]) -> None:
        """Carries transitions out between two callbacks, as a host does: rclpy's executor stands no other thread."""
        for transition in transitions:
            task = self.ros._executor.create_task(transition)
            self.until(task.done)

    def fall(self, state: int, body: str = "b1", person: str = "b1") -> None:
        self._fall.publish(FallState(body=body, person=person, state=state, confidence=0.9, evidence="dropped 1.2 m"))

    def suspect(self, cause: str = "button", **values: Any) -> None:
        self._suspicion.publish(Suspicion(**{"cause": cause, "confidence": 1.0, "ask": True, **values}))

    def receipt(self, kind: int, event_id: str, note: str = "") -> None:
        self._receipt.publish(Receipt(event_id=event_id, kind=kind, note=note))

    def see_for(self, seconds: float, *bodies: str) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._bodies.publish(BodyArray(bodies=[Body(id=body) for body in bodies]))
            time.sleep(0.05)

    def answer(self, text: str) -> None:
        self._typed.publish(LiveSpeech(final=text, confidence=0.9))

    def stage(self, stage: int, deadline_s: float = 12.0) -> DistressState:
        return self.until(lambda: next((s for s in self.states if s.stage == stage), None), deadline_s)

    def spoken(self, words: str) -> Utterance:
        return self.until(lambda: next((u for u in self.said if words in u.text and u.speaker == "robot"), None))

    def outbox(self) -> list[dict[str, Any]]:
        with sqlite3.connect(self.home / "home.db") as db:
            return [json.loads(row) for (row,) in db.execute("SELECT json FROM outbox ORDER BY seq")]


@pytest.fixture
def house(ros, until, home) -> House:
    return House(ros, until, home)


def test_silence_after_two_questions_is_an_alarm_on_disk_and_its_acknowledgement_is_spoken(house):
    house.start()
    house.stage(DistressState.NONE)
    house.fall(FallState.DOWN)
    asked = house.stage(DistressState.ASKED)
    assert asked.deadline.sec > asked.since.sec
    house.stage(DistressState.ASKED_AGAIN)
    raised = house.stage(DistressState.RAISED)
    (event,) = house.outbox()
    assert (event["type"], event["severity"]) == ("kr.dolbom.distress.raised.v1", "alarm")
    assert event["id"] == raised.event_id
    assert event["data"]["reason"] == "silence"
    assert event["data"]["evidence"] == ["dropped 1.2 m"]
    assert [asked["understood"] for asked in event["data"]["asked"]] == ["silence", "silence"]
    assert [e.id for e in house.until(lambda: house.events)] == [raised.event_id]
    assert [u.text for u in house.said if u.question] == [
        "어르신, 괜찮으세요?",
        "어르신, 괜찮으세요? ‘괜찮아’ 또는 ‘도와줘’ 하고 말씀해 주세요.",
    ]
    house.receipt(Receipt.RECEIVED, raised.event_id)
    house.spoken("연락이 닿았어요")
    house.receipt(Receipt.ACKNOWLEDGED, raised.event_id, "간호사 선생님이 가고 있어요.")
    house.spoken("도와주실 분이 오고 있어요. 간호사 선생님이 가고 있어요.")
    house.receipt(Receipt.CLOSED, raised.event_id)
    house.stage(DistressState.CLOSED)
    assert len(house.outbox()) == 1


def test_fine_stands_the_question_down_and_is_recorded(house):
    house.start(address="어머님")
    house.fall(FallState.SUSPECTED)
    house.spoken("어머님, 괜찮으세요?")
    house.answer("응, 괜찮아")
    state = house.stage(DistressState.STOOD_DOWN)
    assert state.deadline.sec > 0  # still seen on the floor: to be asked again
    (event,) = house.outbox()
    assert event["type"] == "kr.dolbom.distress.stood_down.v1"
    assert event["data"]["asked"][0]["question"] == "어르신, 괜찮으세요?"  # no form of address leaves the home
    assert event["data"]["asked"][0]["answer"] == "응, 괜찮아"
    house.fall(FallState.RECOVERED)
    house.until(lambda: house.states[-1].stage == DistressState.STOOD_DOWN and not house.states[-1].deadline.sec)


def test_a_call_for_help_is_asked_once_and_then_raised(house):
    house.start()
    house.answer("도와줘")
    house.spoken("도와드릴 분을 부를까요?")
    house.answer("응")
    house.stage(DistressState.RAISED)
    (event,) = house.outbox()
    assert (event["data"]["reason"], event["data"]["cause"]) == ("help", "voice")


def test_an_alarm_is_cancelled_by_the_persons_own_words(house):
    house.start()
    house.suspect(ask=False, evidence="gas", cause="hazard", person="halmoni")
    raised = house.stage(DistressState.RAISED)
    assert raised.person == "halmoni"
    house.spoken("부르고 있어요")
    house.answer("괜찮아, 안 와도 돼")
    house.stage(DistressState.CANCELLED)
    assert [event["type"].split(".")[3] for event in house.outbox()] == ["raised", "cancelled"]
    assert house.outbox()[1]["data"]["alarm_id"] == raised.event_id


def test_no_voice_is_an_alarm_after_a_short_wait(house, monkeypatch):
    monkeypatch.setattr(safety_node, "VOICE_WAIT_S", 0.5)
    node = house.start(voice=False, speak_limit_s=10.0)
    house.fall(FallState.DOWN)
    house.stage(DistressState.RAISED, 4.0)
    assert house.outbox()[0]["data"]["reason"] == "voice_failed"
    assert "the voice does not answer" in node.health()[1]


def test_a_source_that_speaks_another_tongue_is_still_heard(house):
    house.start()
    house.suspect("panic")
    house.stage(DistressState.ASKED)
    house.suspect("button", over=True)
    house.stage(DistressState.STOOD_DOWN)


def test_two_people_side_by_side_are_two_and_the_latch_keeps_the_worst(house):
    house.start()
    house.see_for(1.2, "b1", "b2")
    house.fall(FallState.DOWN, "b1")
    house.stage(DistressState.ASKED)
    house.fall(FallState.DOWN, "b2", "b2")
    house.until(lambda: len({s.id for s in house.states if s.id}) == 2)
    raised = house.stage(DistressState.RAISED)
    other = next(s.id for s in house.states if s.id not in ("", raised.id))
    house.suspect(ask=False, cause="hazard")
    house.until(lambda: len([e for e in house.outbox() if e["type"].endswith("raised.v1")]) == 2, 15)
    house.receipt(Receipt.CLOSED, raised.event_id)
    house.until(lambda: (house.states[-1].id, house.states[-1].stage) == (other, DistressState.RAISED))


def test_nonsense_on_the_topics_is_logged_and_harms_nothing(house):
    node = house.start()
    house.receipt(Receipt.RECEIVED, "no uuid")
    house.receipt(99, "0191e0a2-0000-7000-8000-000000000000")
    house.fall(77)
    house.suspect(person="Kim Sun-ja", confidence=7.0)
    assert house.stage(DistressState.ASKED).person == ""
    assert node.health()[1] == "active"


def test_a_restart_in_the_middle_goes_on_and_raises_one_alarm(house, until):
    node = house.start(wait_s=30.0)
    house.fall(FallState.DOWN)
    asked = house.stage(DistressState.ASKED)
    house.spoken("괜찮으세요?")
    house.change(node.trigger_deactivate, node.trigger_cleanup)
    house.said.clear()
    house.states.clear()
    house.change(node.trigger_configure, node.trigger_activate)
    assert house.stage(DistressState.ASKED).id == asked.id
    house.spoken("괜찮으세요?")
    house.answer("못 일어나겠어")
    assert house.stage(DistressState.RAISED).id == asked.id
    # Once more, with the alarm standing; the district answered while nobody here listened.
    house.change(node.trigger_deactivate)
    with sqlite3.connect(house.home / "home.db") as db:
        db.execute("UPDATE outbox SET state = 'acknowledged', note = '곧 도착해요.'")
    house.states.clear()
    house.change(node.trigger_cleanup, node.trigger_configure)
    house.change(node.trigger_activate)
    house.stage(DistressState.ACKNOWLEDGED)
    house.spoken("도와주실 분이 오고 있어요. 곧 도착해요.")
    assert len(house.outbox()) == 1


def test_a_disk_that_refuses_delays_the_record_but_not_the_question(house, monkeypatch):
    from dolbom.errors import UserError

    node = house.start()
    write = node._ledger._write

    def refuse(_: Any) -> None:
        raise UserError("no space left", "free some")

    monkeypatch.setattr(node._ledger, "_write", refuse)
    house.suspect(ask=False, cause="hazard")
    house.spoken("부르고 있어요")
    house.until(lambda: "not on disk yet" in node.health()[1])
    assert house.outbox() == []
    monkeypatch.setattr(node._ledger, "_write", write)
    house.until(lambda: [e["type"] for e in house.outbox()] == ["kr.dolbom.distress.raised.v1"])
    house.until(lambda: node.health()[1] == "active")


def test_a_record_that_nobody_can_read_stops_nobody(house):
    node = house.start()
    house.change(node.trigger_deactivate, node.trigger_cleanup)
    house.until(lambda: not house._suspicion.get_subscription_count())
    with sqlite3.connect(house.home / "home.db") as db:
        db.execute(
            "INSERT INTO distress (id, open, began, changed, state) VALUES (?, 1, ?, ?, '{}')",
            ("0" * 32, "2026-11-22T00:00:00+00:00", "2026-11-22T00:00:00+00:00"),
        )
    house.change(node.trigger_configure, node.trigger_activate)
    assert node.active
    # Said again until it arrives: a reader that is just being made may miss it, and a button bounces anyway.
    house.until(lambda: house.suspect() or any(s.stage == DistressState.ASKED for s in house.states))


def test_an_enrolled_person_is_called_by_the_name_they_gave_and_no_event_has_it(house):
    from datetime import UTC, datetime

    import numpy as np

    from dolbom.store.base import open_store
    from dolbom.store.people import Consent, People, Purpose, View

    now = datetime.now(UTC)
    view = View("front", np.ones(128, np.float32), "sface")
    person = People(open_store()).enrol("순자 어머님", [view], Consent(Purpose.FACE, "순자", now), now)
    node = house.start()
    matches = house.ros.plain("face").create_publisher(IdsMatch, "humans/candidate_matches", qos.EVENT)
    house.until(matches.get_subscription_count)
    face_of = {"id1": "b1", "id1_type": IdsMatch.BODY, "id2": person, "id2_type": IdsMatch.PERSON}
    matches.publish(IdsMatch(**face_of, confidence=0.9))
    house.until(lambda: node._guard._persons)
    house.fall(FallState.DOWN)
    house.spoken("순자 어머님, 괜찮으세요?")
    house.answer("도와줘")
    assert house.stage(DistressState.RAISED).person == person
    assert house.outbox()[0]["subject"] == person
    assert "순자" not in json.dumps(house.outbox(), ensure_ascii=False)


def test_new_times_hold_for_the_next_wait(house):
    node = house.start(confirm_s=20.0)
    node.set_parameters([Parameter("confirm_s", value=0.0)])
    assert node.parameters == LadderParameters(**{**FAST, "confirm_s": 0.0})
    house.fall(FallState.SUSPECTED)
    house.stage(DistressState.ASKED, 3.0)


def test_a_button_held_for_three_seconds_is_asked_about_and_a_touch_is_not(house):
    house.start()
    house.stage(DistressState.NONE)
    button = house.ros._nodes[0].create_publisher(Button, "button", qos.EVENT)
    house.until(button.get_subscription_count)
    button.publish(Button(pressed=True))
    button.publish(Button(pressed=False))
    time.sleep(0.5)
    assert all(state.stage == DistressState.NONE for state in house.states)
    button.publish(Button(pressed=True))
    asked = house.stage(DistressState.ASKED)
    assert (asked.cause, asked.sources) == ("button", ["button"])
