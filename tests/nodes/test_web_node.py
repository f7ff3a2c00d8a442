"""The web node: the graph's state on the page, and the page's buttons on the graph."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from dolbom_msgs.msg import AudioState, CameraState, DistressState, Reminder, Suspicion, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

from dolbom_nodes import qos, watching, web_node
from dolbom_nodes.web_node import WebNode


class Visitor:
    """Somebody at the page, and the nodes around it."""

    def __init__(self, ros: Any, until: Any) -> None:
        self.until = until
        self.web = ros.add(WebNode(parameter_overrides=[Parameter("port", value=0)]))
        node = self.node = ros.plain("house")
        self.distress = node.create_publisher(DistressState, "care/distress", watching.EVERY_STATE)
        self.said = node.create_publisher(Utterance, "care/said", qos.STREAM)
        self.camera = node.create_publisher(CameraState, "camera_state", qos.STATE)
        self.diagnostics = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        for publisher in (self.distress, self.said, self.camera, self.diagnostics):
            until(publisher.get_subscription_count)

    def state(self) -> dict[str, str]:
        with urllib.request.urlopen(self.web.url + "state", timeout=10) as answer:
            return dict(json.load(answer))

    def shows(self, **expected: str) -> None:
        self.until(lambda: expected.items() <= self.state().items())

    def guard_lives(self) -> None:
        values = [KeyValue(key="state", value="active")]
        self.diagnostics.publish(DiagnosticArray(status=[DiagnosticStatus(name="safety", values=values)]))

    def post(self, path: str, **what: Any) -> int:
        request = urllib.request.Request(
            self.web.url + path,
            data=json.dumps(what).encode(),
            headers={"Content-Type": "application/json", "Origin": self.web.url.rstrip("/")},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def visitor(ros, until) -> Visitor:
    return Visitor(ros, until)


def test_the_page_shows_how_things_stand(visitor, monkeypatch):
    visitor.shows(care="unguarded", camera="unknown")
    visitor.guard_lives()
    visitor.shows(care="well")
    visitor.distress.publish(DistressState(id="a", stage=DistressState.ASKED))
    visitor.shows(care="asking")
    visitor.distress.publish(DistressState(id="a", stage=DistressState.RAISED))
    visitor.shows(care="raised")
    visitor.distress.publish(DistressState(id="a", stage=DistressState.ACKNOWLEDGED))
    visitor.shows(care="acknowledged")
    stood_down = DistressState(id="a", stage=DistressState.STOOD_DOWN)
    stood_down.deadline.sec = 10
    visitor.distress.publish(stood_down)
    visitor.shows(care="watching")
    visitor.distress.publish(DistressState(stage=DistressState.NONE))
    visitor.shows(care="well")
    visitor.camera.publish(CameraState(state=CameraState.LOST, message="unplugged"))
    visitor.shows(camera="lost", camera_message="unplugged")
    monkeypatch.setattr(watching, "GUARD_SILENT_S", 0.2)
    visitor.shows(care="unguarded")
    visitor.node.destroy_publisher(visitor.camera)
    visitor.shows(camera="unknown")


def test_what_is_said_is_on_the_page(visitor):
    visitor.said.publish(
        Utterance(speaker="robot", text="어르신,\n괜찮으세요?", question=True, lang="ko", picture="water")
    )
    visitor.said.publish(Utterance(speaker="typed", text="괜찮아"))
    lines = visitor.until(lambda: visitor.web._board.lines() if len(visitor.web._board.lines()) == 2 else None)
    assert [(line.speaker, line.text, line.question, line.lang, line.picture) for line in lines] == [
        ("robot", "어르신, 괜찮으세요?", True, "ko", "water"),
        ("person", "괜찮아", False, "", ""),
    ]


def test_the_buttons_reach_the_graph(visitor, until, monkeypatch):
    heard: list[LiveSpeech] = []
    calls: list[Suspicion] = []
    switched: list[bool] = []

    def switch(request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        switched.append(request.data)
        response.success = request.data
        return response

    def hear(speech: LiveSpeech) -> None:
        # The first try is lost, as it can be just after the start.
        heard.append(speech)
        if len(heard) > 1:
            visitor.said.publish(Utterance(speaker="typed", text=speech.final, lang="ko"))

    monkeypatch.setattr(web_node, "HEARD_S", 0.3)
    visitor.node.create_subscription(LiveSpeech, "/humans/voices/typed/speech", hear, qos.STREAM)
    visitor.node.create_subscription(Suspicion, "care/suspicion", calls.append, qos.EVENT)
    visitor.node.create_service(SetBool, "camera_enabled", switch)
    assert visitor.post("answer", text="괜찮아요", lang="ko") == 204
    assert visitor.post("call") == 204
    until(lambda: visitor.web._camera.service_is_ready())
    assert visitor.post("camera", on=True) == 204
    assert visitor.post("camera", on=False) == 503
    assert switched == [True, False]
    assert [speech.final for speech in heard] == ["괜찮아요", "괜찮아요"]
    assert heard[0].locale == "ko_KR"
    assert (until(lambda: calls)[0].cause, calls[0].ask) == ("button", True)


def test_words_that_nobody_took_up_are_said_to_be_lost(visitor, until, monkeypatch):
    heard: list[LiveSpeech] = []
    monkeypatch.setattr(web_node, "HEARD_S", 0.1)
    visitor.node.create_subscription(LiveSpeech, "/humans/voices/typed/speech", heard.append, qos.STREAM)
    until(visitor.web._speech.get_subscription_count)
    assert visitor.post("answer", text="괜찮아요", lang="ko") == 503
    until(lambda: len(heard) == web_node.TRIES)


def test_what_the_robot_does_and_hears_is_shown(visitor):
    audio = visitor.node.create_publisher(AudioState, "audio/state", qos.STATE)

    def tells(name: str, doing: str) -> None:
        values = [KeyValue(key="doing", value=doing)]
        visitor.diagnostics.publish(DiagnosticArray(status=[DiagnosticStatus(name=name, values=values)]))

    visitor.shows(doing="quiet", microphone="unknown")
    audio.publish(AudioState(microphone=AudioState.ON, microphone_name="USB"))
    visitor.shows(microphone="on")
    audio.publish(AudioState(microphone=AudioState.LOST, microphone_name="USB"))
    visitor.shows(microphone="lost")
    audio.publish(AudioState(microphone=AudioState.LOST))
    visitor.shows(microphone="none")
    visitor.said.publish(Utterance(speaker="robot", text="어르신, 괜찮으세요?", question=True))
    visitor.shows(doing="speaking")
    tells("another/voice", "quiet")
    tells("voice", "listens")
    visitor.shows(doing="listening")
    tells("ears", "hears somebody")
    visitor.shows(doing="hearing")
    tells("ears", "listens")
    tells("voice", "quiet")
    visitor.shows(doing="quiet")
    assert len(visitor.state()["time"]) == len("2026-11-22T09:00")
    visitor.node.destroy_publisher(audio)
    visitor.shows(microphone="unknown")


def test_a_robot_that_does_not_listen_is_said_so(visitor, monkeypatch):
    monkeypatch.setattr(watching, "LISTENER_S", 0.1)
    assert visitor.post("answer", text="괜찮아요", lang="ko") == 503
    assert visitor.post("call") == 503
    assert visitor.post("camera", on=True) == 503


def test_a_port_that_is_taken_is_shown_and_tried_again(ros, until):
    def change(transition: Any) -> None:
        # Between two callbacks, as a host does: rclpy's executor stands no other thread.
        until(ros._executor.create_task(transition).done)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        node = WebNode(parameter_overrides=[Parameter("port", value=taken.getsockname()[1])])
        ros.spin_also(node)
        change(node.trigger_configure)
        change(node.trigger_activate)
        assert node.failed
        assert "cannot activate: the robot's page cannot use port" in node.health()[1]
    change(node.trigger_activate)
    until(lambda: node.active)


def test_how_far_a_dose_is_stands_on_the_page(visitor, until):
    reminder = visitor.node.create_publisher(Reminder, "care/reminder", qos.STANDING)
    until(reminder.get_subscription_count)
    local = visitor.web.clock.civil().strftime("%Y-%m-%dT08:00")
    reminder.publish(Reminder(id="a", kind="medicine", title="혈압약", local=local, state="taken"))
    visitor.shows(due="taken", due_title="혈압약", due_at="08:00")
