"""The web node: brings the robot's state to its small page, and what is pressed there to the robot."""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import timedelta
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.msg import AudioState, CameraState, DistressState, Reminder, Suspicion, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_srvs.srv import SetBool

from dolbom.i18n import phrase
from dolbom.plain import plain
from dolbom.web.app import NotNowError, PageServer, WebParameters
from dolbom.web.board import Board, Camera, Care, Line, Microphone
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.voices import TYPED
from dolbom_nodes.work_thread import WorkThread

GUARD_SILENT_S = 5.0
"""The safety node says every second that it lives."""
CAMERA_ANSWER_S = 8.0
LISTENER_S = 2.0
HEARD_S = 1.5
TRIES = 3
"""A publisher may know its reader a moment before the reader knows it, and what is sent in between is lost."""

CARE: dict[int, Care] = {
    DistressState.SUSPECTED: "asking",
    DistressState.ASKED: "asking",
    DistressState.ASKED_AGAIN: "asking",
    DistressState.RAISED: "raised",
    DistressState.ACKNOWLEDGED: "acknowledged",
}
CAMERA: dict[int, Camera] = {CameraState.OFF: "off", CameraState.ON: "on", CameraState.LOST: "lost"}
# A latched state, but with room for the changes of several distresses in one moment.
EVERY_STATE = QoSProfile(depth=50, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class WebNode(CareNode[WebParameters]):
    """Shows `care/distress`, `care/said` and what is switched on; publishes what is typed and the call button."""

    parameters_model = WebParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("web", **options)

    def configure(self) -> None:
        self._board = Board()
        self._guard_seen = 0.0
        self._voice_does, self._ears_hear = "quiet", False
        self._echo = threading.Condition()
        self._echoes: deque[tuple[int, str]] = deque([(0, "")], maxlen=50)
        humans = self.robot.humans
        self._speech = self.create_publisher(LiveSpeech, f"{humans}/voices/{TYPED}/speech", qos.STREAM)
        self._suspicion = self.create_publisher(Suspicion, "care/suspicion", qos.EVENT)
        self._camera = self.create_client(SetBool, "camera_enabled")

    def activate(self) -> None:
        self.create_subscription(DistressState, "care/distress", self._on_distress, EVERY_STATE)
        self.create_subscription(Utterance, "care/said", self._on_said, qos.STREAM)
        self.create_subscription(Reminder, "care/reminder", self._on_reminder, qos.STANDING)
        self.create_subscription(CameraState, "camera_state", self._on_camera, qos.STATE)
        self.create_subscription(AudioState, "audio/state", self._on_audio, qos.STATE)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        self.create_timer(1.0, self._on_second)
        self._on_second()
        self._server = PageServer(self.parameters, self._board, self, self.robot.lang)
        self.start_thread("page", self._serve)
        self.log.info(f"the robot's page is at {self._server.url}")

    @property
    def url(self) -> str:
        """Where the page is, while the node is active."""
        return self._server.url

    def diagnose(self) -> dict[str, object]:
        return {"url": self._server.url} if self.active else {}

    def _serve(self, thread: WorkThread) -> None:
        self._server.run(thread.stopping)

    # --- what is shown ------------------------------------------------------------------------------------------

    def _on_distress(self, message: DistressState) -> None:
        care = CARE.get(message.stage, "well")
        if message.stage == DistressState.STOOD_DOWN and (message.deadline.sec or message.deadline.nanosec):
            care = "watching"
        self._board.distress(message.id, care)

    def _on_said(self, message: Utterance) -> None:
        ago = max(0.0, self.clock.now() - stamps.from_msg(message.stamp))
        at = self.clock.civil() - timedelta(seconds=ago)
        is_robot = message.speaker == "robot"
        self._board.said(
            Line(
                "robot" if is_robot else "person",
                plain(message.text),
                at.isoformat(timespec="seconds"),
                message.question,
                message.lang,
                message.picture,
            )
        )
        if is_robot:
            self._voice_does = "speaks"
            self._show_doing()
        elif message.speaker == TYPED:
            with self._echo:
                self._echoes.append((self._echoes[-1][0] + 1, message.text))
                self._echo.notify_all()

    def _on_reminder(self, message: Reminder) -> None:
        self._board.due(message.id, plain(message.title), message.local, message.state)

    def _on_audio(self, message: AudioState) -> None:
        microphone: Microphone = "lost" if message.microphone_name else "none"
        self._board.microphone("on" if message.microphone == AudioState.ON else microphone)

    def _show_doing(self) -> None:
        if self._voice_does == "speaks":
            self._board.doing("speaking")
        elif self._ears_hear:
            self._board.doing("hearing")
        else:
            self._board.doing("listening" if self._voice_does == "listens" else "quiet")

    def _on_camera(self, message: CameraState) -> None:
        self._board.camera(CAMERA.get(message.state, "unknown"), message.message)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        ours = self.get_namespace().strip("/")
        for status in message.status:
            place, _, name = status.name.strip("/").rpartition("/")
            if place != ours:
                continue
            values = {value.key: value.value for value in status.values}
            if name == "safety" and values.get("state") == "active":
                self._guard_seen = time.monotonic()
                self._board.guarded(True)
            elif name == "voice":
                self._voice_does = values.get("doing", "quiet")
                self._show_doing()
            elif name == "ears":
                self._ears_hear = values.get("doing") == "hears somebody"
                self._show_doing()

    def _on_second(self) -> None:
        self._board.time(self.clock.civil().strftime("%Y-%m-%dT%H:%M"))
        if time.monotonic() - self._guard_seen > GUARD_SILENT_S:
            self._board.guarded(False)
        if not self.count_publishers(self.resolve_topic_name("camera_state")):
            self._board.camera("unknown")
        if not self.count_publishers(self.resolve_topic_name("audio/state")):
            self._board.microphone("unknown")

    # --- what is pressed: `dolbom.web.app.Robot`, called from the page's threads ----------------------------------

    def answer(self, text: str, lang: str) -> None:
        """The person said this; returns when the robot has heard it, as `care/said` tells."""
        self._heard_by(self._speech, "voice")
        speech = LiveSpeech(final=text, confidence=1.0, locale="ko_KR" if lang == "ko" else "en_US")
        with self._echo:
            known = self._echoes[-1][0]
            for _ in range(TRIES):
                self._speech.publish(speech)
                if self._echo.wait_for(lambda: any(n > known and text == said for n, said in self._echoes), HEARD_S):
                    return
        raise NotNowError("voice")

    def call(self) -> None:
        """The person holds the call button."""
        self._heard_by(self._suspicion, "guard")
        evidence = phrase(self.robot.lang, "distress.evidence.button")
        message = Suspicion(cause="button", confidence=1.0, ask=True, evidence=evidence)
        message.header.stamp = self.stamp()
        self._suspicion.publish(message)

    def switch_camera(self, on: bool) -> None:
        """Switches the camera; returns when it is switched."""
        if not self._camera.service_is_ready():
            raise NotNowError("camera")
        answered = threading.Event()
        future = self._camera.call_async(SetBool.Request(data=on))
        future.add_done_callback(lambda _: answered.set())
        if not answered.wait(CAMERA_ANSWER_S) or not future.result().success:
            raise NotNowError("camera")

    def _heard_by(self, publisher: Any, who: str) -> None:
        end = time.monotonic() + LISTENER_S
        while not publisher.get_subscription_count():
            if time.monotonic() > end:
                raise NotNowError(who)
            time.sleep(0.05)
