"""The body node: finds and follows the people in the camera's frames and tells their posture."""

from __future__ import annotations

from typing import Any

import cv2
from dolbom_msgs.msg import BodyArray, FallState
from hri_msgs.msg import BodyPosture, IdsList, NormalizedRegionOfInterest2D, Skeleton2D
from std_msgs.msg import Header

from dolbom.perception.bodies import Bodies, BodyWatcher
from dolbom.perception.frame import Frame
from dolbom.perception.pose import BodyParameters, PoseFinder, pose_model
from dolbom_nodes import qos, stamps
from dolbom_nodes.body_messages import bodies_to_msg, posture_to_msg, roi_to_msg, skeleton_to_msg
from dolbom_nodes.care_node import CareNode

ON_THE_FLOOR = (FallState.DOWN, FallState.LONG_LIE)


class BodyNode(CareNode[BodyParameters]):
    """Publishes `care/bodies` for every frame it looked at, and `/humans/bodies/…` of REP-155; hears `care/fall` to
    know whom to look for on the floor."""

    parameters_model = BodyParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("body", **options)

    def configure(self) -> None:
        self._finder: PoseFinder | None = None
        self._finder = PoseFinder(pose_model(), self.parameters.people, self.parameters.confidence)
        self._watcher = BodyWatcher(
            self._finder, self.parameters.turned_every, self.parameters.turned_for, self.parameters.first_for
        )
        # Replaced as a whole: written by the executor, read by the frames' thread.
        self._down: frozenset[str] = frozenset()
        self._people: dict[str, tuple[Any, Any, Any]] = {}
        self._gone: dict[str, float] = {}
        self._seen = 0
        self._bodies = self.create_publisher(BodyArray, "care/bodies", qos.STREAM)
        self._tracked = self.create_publisher(IdsList, f"{self.robot.humans}/bodies/tracked", qos.STREAM)
        self.read_frames(self._look, rate_hz=self.parameters.rate_hz)

    def activate(self) -> None:
        self.create_subscription(FallState, "care/fall", self._on_fall, qos.EVENT)

    def cleanup(self) -> None:
        for body_id in list(getattr(self, "_people", ())):
            self._retire(body_id)
        finder = getattr(self, "_finder", None)
        if finder is not None:
            finder.close()
            self._finder = None

    def diagnose(self) -> dict[str, object]:
        return {"people": getattr(self, "_seen", 0), "down": len(getattr(self, "_down", ()))}

    def _on_fall(self, message: FallState) -> None:
        if message.state in ON_THE_FLOOR:
            self._down |= {message.body}
        elif message.state != FallState.SUSPECTED:
            self._down -= {message.body}

    def _look(self, frame: Frame) -> None:
        image = cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB)
        bodies = self._watcher.update(image, frame.stamp, self._down)
        header = Header(stamp=stamps.to_msg(frame.stamp), frame_id=frame.frame_id)
        self._bodies.publish(bodies_to_msg(bodies, header))
        self._seen = len(bodies.bodies)
        self._publish_people(bodies, header)

    def _publish_people(self, bodies: Bodies, header: Header) -> None:
        self._tracked.publish(IdsList(header=header, ids=[body.id for body in bodies.bodies]))
        for body in bodies.bodies:
            self._gone.pop(body.id, None)
            if body.id not in self._people:
                self._people[body.id] = self._introduce(body.id)
            roi, skeleton, posture = self._people[body.id]
            roi.publish(roi_to_msg(body, header))
            skeleton.publish(skeleton_to_msg(body, header))
            posture.publish(posture_to_msg(body, header))
        for body_id in bodies.lost:
            self._gone[body_id] = bodies.stamp
        # The id may come back for as long as somebody lost is looked for.
        for body_id, since in list(self._gone.items()):
            if body_id not in self._down and not 0 <= bodies.stamp - since < self.parameters.turned_for:
                self._retire(body_id)

    def _introduce(self, body_id: str) -> tuple[Any, Any, Any]:
        about = f"{self.robot.humans}/bodies/{body_id}"
        return (
            self.create_publisher(NormalizedRegionOfInterest2D, f"{about}/roi", qos.STREAM),
            self.create_publisher(Skeleton2D, f"{about}/skeleton2d", qos.STREAM),
            self.create_publisher(BodyPosture, f"{about}/posture", qos.STREAM),
        )

    def _retire(self, body_id: str) -> None:
        self._gone.pop(body_id, None)
        for publisher in self._people.pop(body_id, ()):
            self.destroy_publisher(publisher)
