"""What every page node watches of the graph: distress, camera, microphone, who speaks, which nodes live."""

from __future__ import annotations

import threading
import time
from typing import Any, Generic, TypeVar

from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.msg import AudioState, CameraState, DistressState
from pydantic import BaseModel
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_srvs.srv import SetBool

from dolbom.web.app import NotNowError
from dolbom.web.board import Board, Camera, Care, Microphone
from dolbom_nodes import qos
from dolbom_nodes.care_node import CareNode

P = TypeVar("P", bound=BaseModel)

GUARD_SILENT_S = 5.0
"""The safety node says every second that it lives."""
CAMERA_ANSWER_S = 8.0
LISTENER_S = 2.0

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


class WatchingNode(CareNode[P], Generic[P]):
    """Keeps a board up to date. A subclass calls `watch` when it is configured and `begin` when it is activated."""

    def watch(self, board: Board) -> None:
        """Names the board, and makes what the switch of the camera needs."""
        self._board = board
        self._guard_seen = 0.0
        self._voice_does, self._ears_hear = "quiet", False
        self._camera = self.create_client(SetBool, "camera_enabled")

    def begin(self) -> None:
        """Subscribes."""
        self.create_subscription(DistressState, "care/distress", self._on_distress, EVERY_STATE)
        self.create_subscription(CameraState, "camera_state", self._on_camera, qos.STATE)
        self.create_subscription(AudioState, "audio/state", self._on_audio, qos.STATE)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        self.create_timer(1.0, self._on_second)
        self._on_second()

    def _on_distress(self, message: DistressState) -> None:
        care = CARE.get(message.stage, "well")
        if message.stage == DistressState.STOOD_DOWN and (message.deadline.sec or message.deadline.nanosec):
            care = "watching"
        self._board.distress(message.id, care)

    def _on_audio(self, message: AudioState) -> None:
        microphone: Microphone = "lost" if message.microphone_name else "none"
        self._board.microphone("on" if message.microphone == AudioState.ON else microphone)

    def _on_camera(self, message: CameraState) -> None:
        self._board.camera(CAMERA.get(message.state, "unknown"), message.message)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        ours = self.get_namespace().strip("/")
        for status in message.status:
            place, _, name = status.name.strip("/").rpartition("/")
            if place == ours:
                self._on_part(name, status)

    def _on_part(self, name: str, status: Any) -> None:
        """What one node of this robot says of itself."""
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

    def _show_doing(self) -> None:
        if self._voice_does == "speaks":
            self._board.doing("speaking")
        elif self._ears_hear:
            self._board.doing("hearing")
        else:
            self._board.doing("listening" if self._voice_does == "listens" else "quiet")

    def _on_second(self) -> None:
        self._board.time(self.clock.civil().strftime("%Y-%m-%dT%H:%M"))
        if time.monotonic() - self._guard_seen > GUARD_SILENT_S:
            self._board.guarded(False)
        if not self.count_publishers(self.resolve_topic_name("camera_state")):
            self._board.camera("unknown")
        if not self.count_publishers(self.resolve_topic_name("audio/state")):
            self._board.microphone("unknown")

    def switch_camera(self, on: bool) -> None:
        """Switches the camera; returns when it is switched. Called from a page's thread.

        Raises:
            NotNowError: if it does not answer.
        """
        self.called(self._camera, SetBool.Request(data=on), CAMERA_ANSWER_S, "camera")

    def called(self, client: Any, request: Any, within_s: float, who: str) -> Any:
        """The answer of a service, called from a page's thread.

        Raises:
            NotNowError: if there is none, or (of the camera) it could not be done.
        """
        if not client.service_is_ready():
            raise NotNowError(who)
        answered = threading.Event()
        future = client.call_async(request)
        future.add_done_callback(lambda _: answered.set())
        if not answered.wait(within_s) or (who == "camera" and not future.result().success):
            raise NotNowError(who)
        return future.result()

    def heard_by(self, publisher: Any, who: str) -> None:
        """Waits until somebody listens.

        Raises:
            NotNowError: if nobody does.
        """
        end = time.monotonic() + LISTENER_S
        while not publisher.get_subscription_count():
            if time.monotonic() > end:
                raise NotNowError(who)
            time.sleep(0.05)
