"""Exercise through the real companion, voice and page: begun, seen, counted, shown, stopped at a sign of trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dolbom_msgs.action import Play, Remind
from dolbom_msgs.msg import BodyArray, CareEvent, Exercise, Suspicion, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from std_msgs.msg import Header
from tests.nodes.test_check_in import zone_where_it_is_noon

from dolbom.exercise.at_home import bodies_of
from dolbom.exercise.clips import ASPECT, Manner, Seen
from dolbom.exercise.drawn import CHEST
from dolbom.exercise.exercises import exercise
from dolbom.exercise.measures import Sight
from dolbom.perception.pose import Pose
from dolbom_nodes import qos, stamps
from dolbom_nodes.body_messages import bodies_to_msg
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.voice_node import VoiceNode
from dolbom_nodes.web_node import WebNode

Until = Callable[..., Any]
HOW = Manner(reach=0.85, distance=2.9, height=0.9, pitch=5.0)
PER_FRAME_S = 1 / 15


class Home:
    """A robot that exercises, somebody who types, and a camera that sees a drawn person; its time is faster than ours,
    for nobody waits for a repetition."""

    def __init__(self, ros: Any, until: Until) -> None:
        zone = Parameter("time_zone", value=zone_where_it_is_noon())
        ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0), zone]))
        quick = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0), zone]
        self.companion = ros.add(CompanionNode(parameter_overrides=quick))
        self.web = ros.add(WebNode(parameter_overrides=[Parameter("port", value=0), zone]))
        self.node = ros.plain()
        self.said: list[Utterance] = []
        self.events: list[CareEvent] = []
        self.screens: list[Exercise] = []
        self.suspicions: list[Suspicion] = []
        self.node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        self.node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        self.node.create_subscription(Exercise, "care/exercise", self.screens.append, qos.STATE)
        self.node.create_subscription(Suspicion, "care/suspicion", self.suspicions.append, qos.EVENT)
        self.bodies = self.node.create_publisher(BodyArray, "care/bodies", qos.STREAM)
        self.typed = self.node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self.play = ActionClient(self.node, Play, "play")
        self.remind = ActionClient(self.node, Remind, "remind")
        until(lambda: self.typed.get_subscription_count() == 2, 20)
        until(lambda: self.companion._say.server_is_ready() and self.companion._ask.server_is_ready(), 20)
        until(lambda: self.play.server_is_ready() and self.remind.server_is_ready(), 20)
        self.until = until
        self.hurts = False
        self._time, self._round = 1000.0, 0.0
        self._seen, self._rng = Seen(HOW), np.random.default_rng(4)
        self._stopping = threading.Event()
        self._camera = threading.Thread(target=self._film, daemon=True)
        self._camera.start()

    def close(self) -> None:
        self._stopping.set()
        self._camera.join(5)

    def _film(self) -> None:
        while not self._stopping.wait(0.01):
            if not self.bodies.get_subscription_count():
                continue
            shown = self.screens[-1] if self.screens else Exercise()
            one = exercise(shown.exercise or "arms_up")
            self._time += PER_FRAME_S
            if shown.state == "counting":
                self._round += PER_FRAME_S / one.tempo_s
            angles = one.at(self._round % 1.0, 0.85) | (CHEST if self.hurts else {})
            marks, world = self._seen.look(one.mannequin().landmarks(angles), self._rng)
            pose = Pose(marks.astype(np.float32), world.astype(np.float32))
            bodies = bodies_of(Sight(self._time, pose, ASPECT), self._time)
            self.bodies.publish(bodies_to_msg(bodies, Header(stamp=stamps.to_msg(self._time))))

    def begin(self, **goal: Any) -> Any:
        sent = self.play.send_goal_async(Play.Goal(kind="exercise", **goal))
        self.until(sent.done, 10)
        return sent.result()

    def end(self, handle: Any) -> Any:
        ended = handle.get_result_async()
        self.until(ended.done, 90)
        return ended.result().result

    def asked(self, words: str) -> None:
        self.until(lambda: any(u.speaker == "robot" and words in u.text for u in self.said), 90)

    def type(self, text: str) -> None:
        self.typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))


@pytest.fixture
def gym(home: Path, ros: Any, until: Until) -> Any:
    gym = Home(ros, until)
    yield gym
    gym.close()


@pytest.mark.timeout(150)  # fifteen repetitions on a machine that may be busy with others
def test_what_is_seen_is_counted_said_shown_and_told(gym: Home) -> None:
    assert not gym.bodies.get_subscription_count(), "nobody is watched while nobody exercises"
    handle = gym.begin(name="gentle", seed=1)
    gym.asked("오늘 운동은 어떠셨어요?")
    gym.type("좋았어")
    result = gym.end(handle)
    assert (result.outcome, result.ended) == (Play.Result.PLAYED, "complete")
    assert result.rounds >= 15
    said = [u.text for u in gym.said if u.speaker == "robot"]
    assert "하나" in said and any(text.startswith("다섯.") for text in said)
    counted = [screen for screen in gym.screens if screen.exercise == "arms_up" and screen.state == "counting"]
    assert counted and counted[-1].picture == "exercise-arms_up" and counted[-1].of == 5
    assert [screen.count for screen in counted] == sorted(screen.count for screen in counted)
    gym.until(lambda: any(".exercise.done." in event.type for event in gym.events), 10)
    gym.until(lambda: gym.screens[-1].state == "", 10)
    gym.until(lambda: not gym.bodies.get_subscription_count(), 10)


def test_the_page_of_the_robot_is_told_of_the_figure_and_the_count(gym: Home) -> None:
    gym.begin(name="gentle", seed=1)
    board = gym.web._board
    gym.until(lambda: board._exercise.state == "counting" and board._exercise.count >= 2, 30)
    assert board._exercise.picture == "exercise-neck_turn"
    gym.type("그만")
    gym.until(lambda: board._exercise.state == "", 20)


def test_a_hand_at_the_chest_goes_to_safety_and_ends_it(gym: Home) -> None:
    handle = gym.begin(name="gentle", seed=1)
    gym.until(lambda: any(screen.count >= 2 for screen in gym.screens), 30)
    gym.hurts = True
    result = gym.end(handle)
    assert (result.outcome, result.ended) == (Play.Result.INTERRUPTED, "trouble")
    gym.until(lambda: gym.suspicions, 10)
    suspicion = gym.suspicions[0]
    assert (suspicion.cause, suspicion.ask) == ("vital", True)
    assert "가슴" in suspicion.evidence


def test_a_routine_of_exercise_invites_and_a_no_is_taken(gym: Home) -> None:
    gym.type("돌봄아 안녕")  # somebody is there: nobody is invited in an empty room
    gym.until(lambda: any(u.speaker == "robot" for u in gym.said), 20)
    sent = gym.remind.send_goal_async(
        Remind.Goal(id="d", kind="exercise", text="어르신, 앉아서 하는 체조 해 보시면 어떠세요?")
    )
    gym.until(sent.done, 10)
    gym.asked("앉아서 하는 체조")
    gym.type("아니 나중에")
    gym.until(lambda: any(".exercise.done." in event.type for event in gym.events), 20)
    assert "declined" in next(event.json for event in gym.events if ".exercise.done." in event.type)


def test_who_says_let_us_exercise_begins_it(gym: Home) -> None:
    gym.type("돌봄아 운동하자")
    gym.until(lambda: any(screen.state == "counting" for screen in gym.screens), 30)
    gym.type("그만")
    gym.until(lambda: gym.screens[-1].state == "", 20)


def test_a_routine_that_there_is_not_fails_with_what_there_is(gym: Home) -> None:
    result = gym.end(gym.begin(name="marathon"))
    assert result.outcome == Play.Result.FAILED and "gentle" in result.message
