"""The face node with the real networks on drawn faces: recognises, locates, learns and forgets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.action import EnrolFace
from dolbom_msgs.msg import Body, BodyArray, CareEvent, Utterance
from dolbom_msgs.srv import Forget
from geometry_msgs.msg import PoseWithCovarianceStamped
from hri_msgs.msg import FacialLandmarks, IdsList, IdsMatch, NormalizedRegionOfInterest2D
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from std_msgs.msg import Header, String
from tests.drawn_faces import MOTHER, SON, Drawn, draw
from tf2_msgs.msg import TFMessage

from dolbom.i18n import phrase
from dolbom.perception.enrolment import Guidance
from dolbom.perception.faces import MODEL
from dolbom.perception.frame import Frame
from dolbom.perception.intrinsics import Intrinsics
from dolbom.perception.pictures import DETECTOR, RECOGNISER, face_reader
from dolbom.store.base import open_store
from dolbom.store.people import Consent, People, Purpose, View
from dolbom_nodes import qos, stamps
from dolbom_nodes.face_node import FaceNode
from dolbom_nodes.frames import channel
from dolbom_nodes.voice_node import VoiceNode

pytestmark = pytest.mark.weights(DETECTOR, RECOGNISER)
SIZE = (640, 480)
AT = (320, 200)
LENS = Intrinsics.from_field_of_view(*SIZE, 70)
# Drawn faces resemble each other more than real ones do.
DRAWN = {"identity.match": 0.75, "identity.nobody": 0.62, "identity.visitor_s": 1.0, "identity.stranger_s": 1.0}


class Stage:
    """The face node beside a camera that shows whom the test wants, and an observer of all that it says."""

    def __init__(self, ros: Any, **parameters: Any) -> None:
        self.overrides = [Parameter(name, value=value) for name, value in (DRAWN | parameters).items()]
        self.observer = ros.plain()
        self.heard: dict[str, list[Any]] = {}
        for kind, topic, profile in (
            (IdsList, "/humans/faces/tracked", qos.STREAM),
            (IdsList, "/humans/persons/tracked", qos.STATE),
            (IdsMatch, "/humans/candidate_matches", qos.EVENT),
            (TFMessage, "/tf", qos.STREAM),
            (CareEvent, "care/event", qos.EVENT),
            (DiagnosticArray, "/diagnostics", 10),
        ):
            self.listen(kind, topic, profile)
        self.node = ros.add(FaceNode(parameter_overrides=self.overrides))
        self._bodies = self.observer.create_publisher(BodyArray, "care/bodies", qos.STREAM)
        self._channel = channel("/image")
        self._sequence = 0
        self._noise = 0

    def listen(self, kind: Any, topic: str, profile: Any = qos.STREAM) -> list[Any]:
        heard = self.heard.setdefault(topic, [])
        self.observer.create_subscription(kind, topic, heard.append, profile)
        return heard

    def show(self, person: Drawn | None, turn: float = 0.0, body: str = "") -> None:
        self._noise += 1
        if person is None:
            image = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
        else:
            image = draw(person, size=SIZE, at=AT, width=110, turn=turn, seed=self._noise)
        self._sequence += 1
        now = self.node.clock.now()
        if body:
            marks = np.zeros((33, 3), np.float32)
            marks[:, :2] = np.array(AT) / SIZE
            marks[[11, 12], :2], marks[[23, 24], :2] = (0.5, 0.62), (0.5, 0.95)
            marks[:, 2] = 1.0
            self._bodies.publish(BodyArray(
                header=Header(stamp=stamps.to_msg(now)),
                bodies=[Body(id=body, landmarks=marks.ravel().tolist(), posture="upright")]))  # fmt: skip
        self._channel.publish(Frame(image, now, self._sequence, intrinsics=LENS))

    def shown_until(self, until: Any, condition: Any, person: Drawn | None, deadline: float = 30.0, **how: Any) -> Any:
        """Shows a person, frame after frame, until the condition holds."""

        def once() -> Any:
            self.show(person, **how)
            return condition()

        return until(once, deadline)

    @property
    def persons(self) -> list[str]:
        return list(self.heard["/humans/persons/tracked"][-1].ids) if self.heard["/humans/persons/tracked"] else []

    @property
    def frames(self) -> set[str]:
        return {t.child_frame_id for message in self.heard["/tf"] for t in message.transforms}

    def matches(self, kind1: int, kind2: int) -> list[Any]:
        return [m for m in self.heard["/humans/candidate_matches"] if (m.id1_type, m.id2_type) == (kind1, kind2)]

    def events(self, kind: str) -> list[Any]:
        return [e for e in self.heard["care/event"] if e.type == f"kr.dolbom.{kind}.v1"]


def enrol(person: Drawn, name: str = "아들") -> str:
    """As `dolbom faces enrol` does, from another process."""
    reader = face_reader()
    views = []
    for turn in (0, 14, -14):
        image = draw(person, size=SIZE, at=AT, width=110, turn=turn, seed=100 + turn)
        seen = reader.look(image, reader.find(image)[0])
        views.append(View(seen.quality.view.value, seen.template, MODEL))
    now = datetime.now(UTC)
    store = open_store()
    try:
        return People(store).enrol(name, views, Consent(Purpose.FACE, "self", now, now + timedelta(days=9)), now)
    finally:
        store.close()


def forget(stage: Stage, until: Any, person: str) -> Any:
    client = stage.observer.create_client(Forget, "care/forget")
    assert client.wait_for_service(10)
    answer = client.call_async(Forget.Request(person=person, asked_by="daughter"))
    until(answer.done, 20)
    return answer.result()


def test_somebody_enrolled_is_recognised_located_and_stays_when_only_the_body_is_seen(ros, until, home):
    person = enrol(SON)
    stage = Stage(ros)
    stage.shown_until(until, lambda: stage.persons == [person], SON, body="b7")
    position = stage.listen(PoseWithCovarianceStamped, f"/humans/persons/{person}/position")
    face_id = stage.listen(String, f"/humans/persons/{person}/face_id")
    tracked = stage.heard["/humans/faces/tracked"]
    stage.shown_until(until, lambda: position and face_id and tracked, SON, body="b7")
    face = tracked[-1].ids[0]
    assert person not in face and face_id[-1].data == face
    pose = position[-1]
    assert pose.header.frame_id == "base_link" and 0.3 < pose.pose.pose.position.x < 4.0
    assert abs(pose.pose.pose.position.y) < 0.2 and pose.pose.covariance[0] > 0
    wanted = {f"face_{face}", "body_b7", f"person_{person}"}
    stage.shown_until(until, lambda: wanted <= stage.frames, SON, body="b7")
    roi = stage.listen(NormalizedRegionOfInterest2D, f"/humans/faces/{face}/roi")
    landmarks = stage.listen(FacialLandmarks, f"/humans/faces/{face}/landmarks")
    stage.shown_until(until, lambda: roi and landmarks, SON, body="b7")
    assert roi[-1].xmin < AT[0] / SIZE[0] < roi[-1].xmax and roi[-1].ymin < AT[1] / SIZE[1] < roi[-1].ymax
    nose = landmarks[-1].landmarks[FacialLandmarks.NOSE]
    assert abs(nose.x - 0.5) < 0.05 and nose.c > 0.5
    assert landmarks[-1].landmarks[0].c == 0.0  # what is not known is not made up
    match = stage.shown_until(until, lambda: stage.matches(IdsMatch.BODY, IdsMatch.PERSON), SON, body="b7")[-1]
    assert (match.id1, match.id2) == ("b7", person)
    assert stage.matches(IdsMatch.FACE, IdsMatch.PERSON)[-1].confidence > 0.5
    assert not stage.events("visitor.unknown")


def test_nothing_that_is_published_holds_a_name(ros, until, home):
    person = enrol(SON, name="순자할머니")
    stage = Stage(ros)
    stage.shown_until(until, lambda: stage.persons == [person], SON)
    assert "순자" not in repr(stage.heard)


def test_a_stranger_is_told_once_and_has_no_name(ros, until, home):
    enrol(SON)
    stage = Stage(ros)
    stage.shown_until(until, lambda: stage.events("visitor.unknown"), MOTHER)
    for _ in range(8):
        stage.show(MOTHER)
    assert len(stage.events("visitor.unknown")) == 1 and stage.persons == []
    assert stage.events("visitor.unknown")[0].subject == ""


def test_a_match_that_ended_is_taken_back_with_confidence_zero(ros, until, home):
    person = enrol(SON)
    stage = Stage(ros, keep_s=1.0, leave_s=1.0)
    stage.shown_until(until, lambda: stage.persons == [person], SON)
    stage.shown_until(until, lambda: stage.persons == [] and stage.heard["/humans/persons/tracked"], None)
    assert stage.matches(IdsMatch.FACE, IdsMatch.PERSON)[-1].confidence == 0.0


def test_a_face_is_learnt_with_spoken_guidance_and_then_known(ros, until, home):
    stage = Stage(ros)
    ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0)]))
    spoken = stage.listen(Utterance, "care/said")
    client = ActionClient(stage.observer, EnrolFace, "care/enrol_face")
    assert client.wait_for_server(10)
    until(lambda: stage.node._say.server_is_ready() and stage.observer.count_publishers("care/said"))
    said: list[Any] = []
    goal = EnrolFace.Goal(name="어머니", given_by="self", until="2999-01-01")
    sent = client.send_goal_async(goal, feedback_callback=lambda m: said.append(m.feedback))
    until(sent.done)
    ended = sent.result().get_result_async()
    turns = {"left": 20.0, "right": -18.0}

    def heard() -> list[str]:
        return [one.text for one in spoken if one.speaker == "robot"]

    def hint(guidance: str) -> str:
        return phrase("ko", f"faces.enrol.{guidance}", name="어머니")

    def ask_and_follow() -> bool:
        # Somebody who only listens: the head turns when the robot has said so.
        wanted = said[-1].guidance if said else ""
        stage.show(MOTHER, turn=turns.get(wanted, 0.0) if wanted not in turns or hint(wanted) in heard() else 0.0)
        return ended.done()

    until(ask_and_follow, 60)
    until(lambda: hint("done") in heard())
    assert heard()[0] == hint("begin") and hint("left") in heard() and hint("right") in heard()
    assert all(one != other for one, other in pairwise(heard())), "each hint once until it changes"
    result = ended.result().result
    assert result.success and result.missing == [], result.message
    asked = [one.guidance for one in said]
    assert "left" in asked and "right" in asked and asked[-1] == "done"
    assert all(one.said for one in said) and said[-1].progress == pytest.approx(1.0)
    store = open_store()
    (listed,) = People(store).everybody()
    store.close()
    assert listed.id == result.person and listed.name == "어머니" and listed.consents[0].given_by == "self"
    stage.shown_until(until, lambda: stage.persons == [result.person], MOTHER)
    client.destroy()


@pytest.mark.parametrize(
    ("goal", "why"),
    [
        (EnrolFace.Goal(name="어머니"), "consents"),
        (EnrolFace.Goal(name="어머니", given_by="self", until="soon"), "not a day"),
        (EnrolFace.Goal(name="어머니", given_by="self", until="2001-01-01"), "would have ended"),
        (EnrolFace.Goal(name="어머니", given_by="self", person="p0"), "nobody is enrolled"),
    ],
)
def test_nothing_is_learnt_without_a_consent_that_holds(ros, until, home, goal, why):
    stage = Stage(ros)
    client = ActionClient(stage.observer, EnrolFace, "care/enrol_face")
    assert client.wait_for_server(10)
    sent = client.send_goal_async(goal)
    until(sent.done)
    ended = sent.result().get_result_async()
    until(ended.done)
    assert not ended.result().result.success and why in ended.result().result.message
    client.destroy()


def test_learning_gives_up_in_time_also_when_no_frame_comes_and_can_be_stopped(ros, until, home):
    stage = Stage(ros, enrol_s=5.0)
    client = ActionClient(stage.observer, EnrolFace, "care/enrol_face")
    assert client.wait_for_server(10)
    goal = EnrolFace.Goal(name="어머니", given_by="self")
    first = client.send_goal_async(goal)
    until(first.done)
    second = client.send_goal_async(goal)
    until(second.done)
    refused = second.result().get_result_async()
    until(refused.done)
    assert "another face" in refused.result().result.message
    ended = first.result().get_result_async()
    until(ended.done, 20)
    assert not ended.result().result.success and ended.result().result.message
    third = client.send_goal_async(goal)
    until(third.done)
    third.result().cancel_goal_async()
    stopped = third.result().get_result_async()
    until(stopped.done)
    assert "nothing was kept" in stopped.result().result.message
    client.destroy()


def test_whoever_is_forgotten_is_gone_from_the_graph_and_the_disk(ros, until, home):
    person = enrol(SON)
    stage = Stage(ros)
    stage.shown_until(until, lambda: stage.persons == [person], SON)
    answer = forget(stage, until, person)
    assert answer.success, answer.message
    until(lambda: stage.persons == [])
    assert until(lambda: stage.events("privacy.forgotten"))[0].subject == ""
    assert person.encode() not in b"".join(f.read_bytes() for f in home.glob("home.db*"))
    again = forget(stage, until, person)
    assert not again.success and "nobody is enrolled" in again.message
    for _ in range(8):
        stage.show(SON)
    assert stage.persons == []


def test_a_lost_key_is_shown_and_nobody_is_named(ros, until, home):
    enrol(SON)
    (home / "keys" / "faces.key").unlink()
    stage = Stage(ros)
    until(lambda: "faces.key" in stage.node.health()[1])
    until(lambda: any("faces.key" in s.message for d in stage.heard["/diagnostics"] for s in d.status))
    assert stage.persons == []


def test_the_command_line_learns_a_face_through_the_running_robot(ros, until, home):
    stage = Stage(ros)
    # It must find the robot's services before it asks, as on a robot that is up.
    command = [sys.executable, "-m", "dolbom", "faces", "enrol-live", "어머니", "--given-by", "self", "--json"]
    asking = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    turns = {Guidance.LEFT: 20.0, Guidance.RIGHT: -18.0}

    def follow() -> bool:
        learning = stage.node._learning
        stage.show(MOTHER, turn=turns.get(learning.enrolment.guidance, 0.0) if learning else 0.0)
        return asking.poll() is not None

    until(follow, 50)
    said, told = asking.communicate()
    assert asking.returncode == 0, told
    learnt = json.loads(said)
    assert learnt["missing"] == [] and "왼쪽" in told and "고맙습니다" in told
    store = open_store()
    assert People(store).ids() == [learnt["person"]]
    store.close()
