"""The routines node with the real companion and voice: said, answered, climbed, killed in the middle, changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dolbom_msgs.action import Approach
from dolbom_msgs.msg import CareEvent, Reminder, Utterance
from dolbom_msgs.srv import NoteDose
from hri_msgs.msg import LiveSpeech
from rclpy.action import ActionServer
from rclpy.parameter import Parameter
from tests.nodes.test_check_in import zone_where_it_is_noon

from dolbom.platform.outbox import Outbox
from dolbom.routines.history import final
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import Routine, routine_from
from dolbom.store.base import open_store
from dolbom.store.people import Consent, Purpose
from dolbom.store.routines import RoutineStore
from dolbom_nodes import qos
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.routines_node import RoutinesNode
from dolbom_nodes.voice_node import VoiceNode

Until = Callable[..., Any]
MINUTE = timedelta(minutes=1)
NOON = zone_where_it_is_noon()
STEPS = [{"at_min": 0, "do": ["voice"]}, {"at_min": 30, "do": ["centre"]}]


def soon(in_s: float = 1.0, **fields: Any) -> Routine:
    """A medicine that falls due in a moment."""
    at = datetime.now(ZoneInfo(NOON)).replace(tzinfo=None) + timedelta(seconds=in_s)
    wanted = {"id": "pressure", "kind": "medicine", "title": "혈압약", "ladder": {"steps": STEPS}}
    wanted |= {"schedule": {"rdate": [at.isoformat(timespec="milliseconds")]}, "medicine": {"dose": "한 알"}}
    return routine_from(wanted | fields, at.date() - timedelta(days=1))


class Home:
    """A home whose resident types, and hears the robot."""

    def __init__(self, ros: Any, until: Until) -> None:
        self._ros, self._until = ros, until
        self.routines = RoutineStore(open_store())
        self.said: list[str] = []
        self.events: list[CareEvent] = []
        self.reminders: list[Reminder] = []
        self.approaches: list[Approach.Goal] = []
        self.nodes: list[Any] = []
        node = self.node = ros.plain()
        node.create_subscription(Utterance, "care/said", self._hear, qos.STREAM)
        node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        node.create_subscription(Reminder, "care/reminder", self.reminders.append, qos.STANDING)
        self._base = ActionServer(node, Approach, "approach", self._come)
        self.typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)

    def _come(self, goal: Any) -> Approach.Result:
        """A base that is there at once."""
        self.approaches.append(goal.request)
        goal.succeed()
        return Approach.Result(outcome="arrived")

    def _hear(self, said: Utterance) -> None:
        if said.speaker == "robot":
            self.said.append(said.text)

    def add(self, *routines: Routine) -> None:
        self.routines.add_all(routines, datetime.now(UTC), "nurse")

    def start(self) -> RoutinesNode:
        zone = Parameter("time_zone", value=NOON)
        pace = [Parameter("syllables_per_s", value=0.0), Parameter("answer_limit_s", value=1.0), zone]
        voice = self._ros.add(VoiceNode(parameter_overrides=pace))
        quick = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0), zone]
        companion = self._ros.add(CompanionNode(parameter_overrides=quick))
        node = self._ros.add(RoutinesNode(parameter_overrides=[zone]))
        self.nodes = [node, companion, voice]
        self._until(lambda: self.typed.get_subscription_count() == 2)
        self._until(lambda: companion._say.server_is_ready() and companion._ask.server_is_ready())
        return node

    def restart(self) -> None:
        """What the three of a process held in memory is gone, unwritten; and they are started again."""
        for node in self.nodes:
            self._do(node.trigger_deactivate, node.trigger_cleanup)
        for node in reversed(self.nodes):
            self._do(node.trigger_configure, node.trigger_activate)

    def _do(self, *transitions: Callable[[], Any]) -> None:
        # Between two callbacks, as a host does.
        for transition in transitions:
            self._until(self._ros._executor.create_task(transition).done)

    def type(self, text: str) -> None:
        self.typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))

    def robot_says(self, words: str, count: int = 1) -> None:
        self._until(lambda: sum(words in text for text in self.said) >= count, 15, f"{words!r}, {count} times")

    def told(self, kind: str) -> dict[str, Any]:
        found = self._until(lambda: [one for one in self.events if one.type == f"kr.dolbom.{kind}.v1"], 15, kind)
        return dict(json.loads(found[-1].json))

    def states(self) -> list[str]:
        return [one.state for one in self.reminders]

    def settled(self) -> list[str]:
        store = open_store()
        outbox = Outbox(store)
        entries = Ledger(store, outbox.append, outbox.make_room).entries()
        return [entry.state.value for entry in final(entries).values() if entry.state is not None]


@pytest.fixture
def house(ros: Any, until: Until, home: Path) -> Home:
    return Home(ros, until)


def test_a_medicine_that_is_added_while_the_robot_runs_is_said_and_taken(house: Home, until: Until) -> None:
    house.start()
    house.add(soon(2.5))
    house.robot_says("어르신, 혈압약 드실 시간이에요. 한 알이에요.")
    house.robot_says("혈압약은 드셨어요?")
    house.type("먹었어")
    house.robot_says("약을 드셨다고 하셨어요?")
    house.type("응")
    taken = house.told("dose.taken")
    assert (taken["data"]["title"], taken["data"]["routine"]) == ("혈압약", "pressure")
    until(lambda: house.states() == ["due", "reminded", "taken"] or house.states() == ["reminded", "taken"])
    assert house.reminders[-1].title == "혈압약"
    kept = {str(entry.id) for entry in Outbox(open_store()).entries()}
    assert {event.id for event in house.events} <= kept
    assert house.settled() == ["taken"]


def test_silence_climbs_to_the_centre_and_the_robot_comes_closer_on_the_way(house: Home, until: Until) -> None:
    steps = [
        {"at_min": 0, "do": ["voice"]},
        {"at_min": 0.05, "do": ["voice", "picture", "come_to_person"]},
        {"at_min": 0.1, "do": ["family_message", "centre"]},
    ]
    house.add(soon(ladder={"steps": steps, "missed": "alarm"}, medicine={"importance": "critical"}))
    house.start()
    house.robot_says("혈압약 드실 시간이에요.")
    house.robot_says("천천히 챙기셔도 괜찮아요.")
    missed = house.told("dose.missed")
    assert (missed["severity"], missed["data"]["reason"]) == ("alarm", "no_answer")
    assert house.told("dose.unanswered")["data"]["tell"] == ["family"]
    assert [(one.person, one.reason) for one in house.approaches] == [("", "medicine")]
    until(lambda: house.states()[-1] == "missed")


def test_killed_between_the_reminder_and_its_answer_it_asks_and_does_not_tell_again(house: Home) -> None:
    house.add(soon())
    house.start()
    house.robot_says("혈압약은 드셨어요?")
    before = len(house.said)
    house.restart()
    house.robot_says("혈압약 여쭤볼게요.")
    house.robot_says("혈압약은 드셨어요?", 2)
    house.type("응")
    house.told("dose.taken")
    assert not [text for text in house.said[before:] if "시간이에요" in text]
    assert house.settled() == ["taken"]


def test_what_was_said_unasked_before_its_time_is_a_taken_dose(house: Home) -> None:
    house.add(soon(1800))
    house.start()
    house.type("돌봄아 혈압약 먹었어")
    house.robot_says("약을 드셨다고 하셨어요?")
    house.type("응")
    assert house.told("dose.taken")["data"]["title"] == "혈압약"
    assert not [text for text in house.said if "시간이에요" in text]


def test_a_check_in_is_held_when_its_routine_says_so_and_not_by_the_clock(house: Home, until: Until) -> None:
    now = datetime.now(UTC)
    person = house.routines.people.add("김순자님", Consent(Purpose.CHECK_IN, "daughter", now - 60 * MINUTE), now)
    house.add(soon(2, id="hello", kind="check_in", title="안부", medicine=None, ladder="once", persons=[person]))
    house.start()
    # Somebody is near, so that a talk may begin.
    house.type("안녕")
    house.robot_says("김순자님, 안부 여쭤볼게요.")
    until(lambda: house.settled() == ["done"])


def test_what_staff_note_settles_the_dose_and_what_they_cannot_mean_is_one_line(house: Home, until: Until) -> None:
    routine = soon()
    house.add(routine)
    house.start()
    house.robot_says("혈압약은 드셨어요?")
    client = house.node.create_client(NoteDose, "care/note_dose")
    until(client.service_is_ready)

    def note(**fields: Any) -> tuple[bool, str]:
        answer = client.call_async(NoteDose.Request(**fields))
        until(answer.done)
        return answer.result().success, answer.result().message

    due = f"pressure@{routine.schedule.rdate[0]:%Y-%m-%dT%H:%M}"
    assert note(what="corrected", due=due, state="taken", by="nurse") == (
        False, "a correction needs a reason — say why, in a few words"
    )  # fmt: skip
    assert note(what="corrected", due=due, state="taken", by="nurse", lang="ko") == (
        False, "고쳐 적으려면 까닭을 몇 마디 적어 주세요"
    )  # fmt: skip
    assert note(what="corrected", due=due, state="taken", by="nurse", reason="given by me") == (True, "")
    assert house.told("dose.taken")["data"]["title"] == "혈압약"
    assert house.settled() == ["taken"]


def test_after_breakfast_is_when_somebody_says_so(house: Home, until: Until) -> None:
    house.add(soon(1, after={"event": "meal.breakfast", "at_the_latest": "23:00"}))
    house.start()
    until(lambda: house.states() == ["waiting"])
    house.type("돌봄아 아침 먹었어")
    house.robot_says("식사를 하셨다고 하셨어요?")
    assert not [text for text in house.said if "혈압약" in text]
    house.type("응")
    house.robot_says("혈압약 드실 시간이에요.")
