"""Follows what the robot perceives, says and raises, one JSON line each; lines on standard input answer the robot.

A line that is "/again" switches the camera off and on, which begins a clip anew; "/see" switches it on; any other is
what the person says.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from dolbom_msgs.msg import BodyArray, CameraState, CareEvent, DistressState, FallState, Receipt, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from std_srvs.srv import SetBool

from dolbom.events import TYPE_PREFIX
from dolbom_nodes import qos
from dolbom_nodes.stages import STAGE_WORDS

AGAIN, SEE = "/again", "/see"
_FALLS = {
    FallState.CLEARED: "cleared",
    FallState.SUSPECTED: "suspected",
    FallState.DOWN: "down",
    FallState.RECOVERED: "recovered",
    FallState.LONG_LIE: "long_lie",
}
_CAMERAS = {CameraState.OFF: "off", CameraState.ON: "on", CameraState.LOST: "lost"}
_RECEIPTS = {Receipt.RECEIVED: "received", Receipt.ACKNOWLEDGED: "acknowledged", Receipt.CLOSED: "closed"}
GONE_S = 5.0


class Follower(Node):
    """Turns topics into lines."""

    def __init__(self) -> None:
        super().__init__("follower")
        self._shown: dict[str, Any] = {}
        self._seen_at = 0.0
        self.create_subscription(BodyArray, "care/bodies", self._bodies, qos.STREAM)
        self.create_subscription(FallState, "care/fall", self._fall, qos.EVENT)
        self.create_subscription(DistressState, "care/distress", self._distress, qos.STATE)
        # What an event was, for its receipt; of an event from before this program started it is not known.
        self._kinds: dict[str, str] = {}
        self.create_subscription(CareEvent, "care/event", self._event, qos.EVENT)
        self.create_subscription(Receipt, "care/receipt", self._receipt, qos.EVENT)
        self.create_subscription(Utterance, "care/said", self._said, qos.STREAM)
        self.create_subscription(CameraState, "camera_state", self._camera, qos.STATE)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._diagnostics, 10)
        self._speech = self.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self._switch = self.create_client(SetBool, "camera_enabled")

    def answer(self, line: str) -> None:
        """What was typed."""
        if line == AGAIN:
            self._switch.call_async(SetBool.Request(data=False)).add_done_callback(
                lambda _: self._switch.call_async(SetBool.Request(data=True))
            )
            return
        if line == SEE:
            self._switch.call_async(SetBool.Request(data=True))
            return
        message = LiveSpeech(final=line, confidence=1.0)
        message.header.stamp = self.get_clock().now().to_msg()
        self._speech.publish(message)

    def _bodies(self, message: BodyArray) -> None:
        now = time.monotonic()
        if message.bodies:
            self._seen_at = now
            self._once("person", {"what": "person", "seen": True, "posture": message.bodies[0].posture})
        elif self._shown.get("person") and now - self._seen_at > GONE_S:
            self._once("person", {"what": "person", "seen": False, "posture": ""}, "seen")

    def _fall(self, message: FallState) -> None:
        said = {"what": "fall", "state": _FALLS.get(message.state, "?"), "evidence": message.evidence}
        said["confidence"] = round(float(message.confidence), 2)
        self._once(f"fall {message.body}", said, "state")

    def _distress(self, message: DistressState) -> None:
        if message.id:
            stage = STAGE_WORDS.get(message.stage, "none")
            self._once(f"distress {message.id}", {"what": "distress", "stage": stage, "cause": message.cause}, "stage")

    def _event(self, message: CareEvent) -> None:
        kind = message.type.removeprefix(TYPE_PREFIX).removesuffix(".v1")
        self._kinds[message.id] = kind
        family, _, what = kind.partition(".")
        if family == "dose":
            data = json.loads(message.json)["data"]
            said = {"what": "dose", "kind": what, "routine": data.get("routine", ""), "title": data.get("title", "")}
            self._print(said | {"severity": message.severity, "event_id": message.id})

    def _receipt(self, message: Receipt) -> None:
        said = {"what": "receipt", "kind": _RECEIPTS.get(message.kind, "?"), "by": message.by, "note": message.note}
        said |= {"event_id": message.event_id, "of": self._kinds.get(message.event_id, "")}
        self._once(f"receipt {message.event_id} {message.kind}", said, "kind")

    def _said(self, message: Utterance) -> None:
        self._print(
            {"what": "said", "robot": message.speaker == "robot", "text": message.text, "question": message.question}
        )

    def _camera(self, message: CameraState) -> None:
        said = {"what": "camera", "state": _CAMERAS.get(message.state, "?"), "message": message.message}
        self._once("camera", said)

    def _diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.level == DiagnosticStatus.ERROR:
                self._once(f"error {status.name}", {"what": "error", "node": status.name, "message": status.message})
            else:
                self._shown.pop(f"error {status.name}", None)

    def _once(self, key: str, said: dict[str, Any], part: str | None = None) -> None:
        mark = said.get(part) if part else {k: v for k, v in said.items() if k != "posture"}
        if self._shown.get(key) != mark:
            self._shown[key] = mark
            self._print(said)

    @staticmethod
    def _print(said: dict[str, Any]) -> None:
        print(json.dumps(said, ensure_ascii=False), flush=True)


def main() -> None:
    """Entry point."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    rclpy.init()
    node = Follower()

    def listen() -> None:
        for line in sys.stdin:
            if line.strip():
                node.answer(line.strip())

    threading.Thread(target=listen, daemon=True).start()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
