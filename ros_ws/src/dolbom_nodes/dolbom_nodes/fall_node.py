"""The fall node: decides from the bodies that are seen who has fallen, and says so."""

from __future__ import annotations

from typing import Any

from dolbom_msgs.msg import BodyArray, DriveState, FallState

from dolbom.perception.blind import LastLookFile
from dolbom.perception.falls import FallDetector, FallEvent, FallKind, FallParameters
from dolbom_nodes import qos, stamps
from dolbom_nodes.body_messages import bodies_from_msg
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import WARN

KEEP_S = 1.0
"""How often it is kept who is up and in view, for the process that may have to follow this one."""

STATES = {
    FallKind.CLEARED: FallState.CLEARED,
    FallKind.SUSPECTED: FallState.SUSPECTED,
    FallKind.DOWN: FallState.DOWN,
    FallKind.RECOVERED: FallState.RECOVERED,
    FallKind.LONG_LIE: FallState.LONG_LIE,
}


class FallNode(CareNode[FallParameters]):
    """Hears `care/bodies`, publishes `care/fall`; keeps who is up and in view, and looks for them after a restart."""

    parameters_model = FallParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("fall", **options)

    def configure(self) -> None:
        self._last_look = LastLookFile()
        self._detector = FallDetector(self.parameters, self._last_look.read())
        self._looked_at: float | None = None
        self._falls = self.create_publisher(FallState, "care/fall", qos.EVENT)

    def activate(self) -> None:
        self.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.STREAM)
        self.create_subscription(DriveState, "care/drive", self._on_drive, qos.STATE)
        self.create_timer(KEEP_S, self._keep)

    def parameters_changed(self) -> None:
        self._detector.parameters = self.parameters

    @property
    def looked_at(self) -> float | None:
        """Time of the last frame whose bodies were judged, seconds."""
        return self._looked_at

    def diagnose(self) -> dict[str, object]:
        detector = getattr(self, "_detector", None)
        return {"down": len(detector.down) if detector is not None else 0}

    def _on_drive(self, message: DriveState) -> None:
        self._detector.moved = message.away

    def _on_bodies(self, message: BodyArray) -> None:
        bodies = bodies_from_msg(message)
        for event in self._detector.update(bodies):
            self._publish(event, message)
        self._looked_at = bodies.stamp

    def _keep(self) -> None:
        look = self._detector.last_look
        if look is None:
            return
        try:
            self._last_look.keep(look)
            self.ok("last look")
        except OSError as error:
            self.report("last look", WARN, f"who is in view cannot be kept over a restart: {error.strerror}")

    def _publish(self, event: FallEvent, seen: BodyArray) -> None:
        evidence = event.words(self.robot.lang)
        self._falls.publish(
            FallState(
                header=seen.header,
                person=event.person,
                body=event.person,
                state=STATES[event.kind],
                since=stamps.to_msg(event.since),
                confidence=event.confidence,
                evidence=evidence,
            )
        )
        self.log.info(f"fall {event.kind}: {evidence}", body=event.person, confidence=round(event.confidence, 2))
