"""The drive node: sensors of the base and people go to the driving core, and what it decides to the wheels."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
from dolbom_msgs.action import Approach
from dolbom_msgs.msg import BodyArray, CameraState, DistressState, DriveState
from geometry_msgs.msg import PoseStamped, Twist
from hri_msgs.msg import IdsMatch, LiveSpeech
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient, ActionServer, CancelResponse
from sensor_msgs.msg import CameraInfo, LaserScan
from std_msgs.msg import Bool, Header
from std_srvs.srv import Trigger

from dolbom.drives.dock import Dock
from dolbom.drives.drive import Drive
from dolbom.drives.observations import (
    Bumped,
    CameraTurned,
    Decision,
    Ended,
    Goal,
    Halted,
    InDistress,
    Move,
    Moved,
    Navigate,
    Navigated,
    Navigator,
    Observation,
    Outcome,
    Pose,
    Rank,
    Recognised,
    Said,
    Scanned,
    StopNavigating,
    Tick,
    Watched,
    Went,
    Wished,
    Withdrawn,
)
from dolbom.drives.parameters import DriveParameters
from dolbom.i18n import LANGUAGES
from dolbom.perception.positions import Locator, mounting
from dolbom.places import data_folder
from dolbom_nodes import qos, stamps
from dolbom_nodes.body_messages import bodies_from_msg
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import WARN
from dolbom_nodes.images import info_from_msg
from dolbom_nodes.voices import Voices

TICK_S = 0.05
NAVIGATOR_S = 1.0
SURE = 0.5
"""A face is taken for a person's from this confidence on."""
DISTRESS = (DistressState.ASKED, DistressState.ASKED_AGAIN, DistressState.RAISED, DistressState.ACKNOWLEDGED)
NO_BASE = "this robot has no base: its parameter base is none"


class DriveNode(CareNode[DriveParameters]):
    """Serves the action `approach` and `drive/dock_here`; hears `odom`, `scan`, `bumper`, `emergency_stop`, the bodies,
    what is said and `care/distress`; publishes `cmd_vel` while it drives, and `care/drive`."""

    parameters_model = DriveParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("drive", **options)

    def configure(self) -> None:
        file = data_folder() / "dock.json"
        self._drive = Drive(self.parameters, Dock(file, lambda what: self.report("dock", WARN, what)))
        self._goals: dict[str, Any] = {}
        self._results: dict[str, Approach.Result] = {}
        self._last: Ended | None = None
        self._ended = 0
        self._shown: tuple[object, ...] = ()
        self._calibrated: Any = None
        self._navigation: Any = None
        self._wheels = self.create_publisher(Twist, "cmd_vel", qos.STREAM)
        self._state = self.create_publisher(DriveState, "care/drive", qos.STATE)

    def activate(self) -> None:
        server = ActionServer(
            self,
            Approach,
            "approach",
            execute_callback=self._finish,
            handle_accepted_callback=self.guarded(self._on_goal, "approach"),
            cancel_callback=self._on_cancel,
        )
        self.own(server)
        self._cancelled: list[str] = []
        self._show()
        if self.parameters.base == "none":
            return
        self.create_subscription(Odometry, "odom", self._on_odometry, qos.SENSOR)
        self.create_subscription(LaserScan, "scan", self._on_scan, qos.SENSOR)
        self.create_subscription(Bool, "bumper", self._on_bumper, qos.STREAM)
        self.create_subscription(Bool, "emergency_stop", self._on_emergency_stop, qos.STREAM)
        self.create_subscription(CameraInfo, "camera_info", self._on_info, qos.SENSOR)
        self.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.SENSOR)
        self.create_subscription(IdsMatch, f"{self.robot.humans}/candidate_matches", self._on_match, qos.EVENT)
        self.create_subscription(CameraState, "camera_state", self._on_camera, qos.STATE)
        self.create_subscription(DistressState, "care/distress", self._on_distress, qos.STATE)
        self.create_service(Trigger, "drive/dock_here", self._on_dock_here)
        self.create_service(Trigger, "drive/stop", self._on_stop)
        Voices(self, self._on_speech)
        self._find_navigator()
        self.create_timer(TICK_S, self._on_tick)

    def deactivate(self) -> None:
        self._observe(Withdrawn(self.clock.now()))
        for id in list(self._goals):
            self._settle(Ended(Goal(id), Outcome.STOPPED, why="the robot stops driving"))
        self._wheels.publish(Twist())

    def parameters_changed(self) -> None:
        self._drive.limits(self.parameters)
        self._calibrated = None

    def diagnose(self) -> dict[str, object]:
        drive = getattr(self, "_drive", None)
        if drive is None:
            return {}
        held = drive.gate.stop_reason(drive.world.senses(self.clock.now())) if self.parameters.base != "none" else ""
        return {"base": self.parameters.base, "doing": drive.doing.value, "held_by": held, "dock": drive.dock.known}

    # --- what is observed ---------------------------------------------------------------------------------------

    def _observe(self, seen: Observation) -> None:
        self._carry_out(self._drive.observe(seen))

    def _on_odometry(self, message: Odometry) -> None:
        place, turned, twist = message.pose.pose.position, message.pose.pose.orientation, message.twist.twist
        heading = math.atan2(
            2 * (turned.w * turned.z + turned.x * turned.y), 1 - 2 * (turned.y * turned.y + turned.z * turned.z)
        )
        stamp = stamps.from_msg(message.header.stamp)
        self._observe(Moved(stamp, Pose(place.x, place.y, heading), twist.linear.x, twist.angular.z))

    def _on_scan(self, message: LaserScan) -> None:
        ranges = np.asarray(message.ranges, dtype=np.float64)
        stamp = stamps.from_msg(message.header.stamp)
        self._observe(
            Scanned(stamp, message.angle_min, message.angle_increment, ranges, message.range_min, message.range_max)
        )

    def _on_bumper(self, message: Bool) -> None:
        self._observe(Bumped(self.clock.now(), message.data))

    def _on_emergency_stop(self, message: Bool) -> None:
        self._observe(Halted(self.clock.now(), message.data))

    def _on_info(self, message: CameraInfo) -> None:
        if self._calibrated == (message.k.tolist(), message.width):
            return
        self._calibrated = (message.k.tolist(), message.width)
        intrinsics, mount = info_from_msg(message), self.parameters.mount
        if intrinsics is None:
            self.report("camera", WARN, "the camera's field of view is not known: nobody can be located")
            return
        self.ok("camera")
        turned = tuple(math.radians(angle) for angle in (mount.roll_deg, mount.pitch_deg, mount.yaw_deg))
        self._drive.see_with(Locator(intrinsics, mounting((mount.x, mount.y, mount.z), turned)))

    def _on_bodies(self, message: BodyArray) -> None:
        self._observe(Watched(bodies_from_msg(message)))

    def _on_match(self, message: IdsMatch) -> None:
        kinds = {message.id1_type: message.id1, message.id2_type: message.id2}
        body, person = kinds.get(IdsMatch.BODY), kinds.get(IdsMatch.PERSON)
        if body and person and message.confidence >= SURE:
            self._observe(Recognised(body, person))

    def _on_camera(self, message: CameraState) -> None:
        self._observe(CameraTurned(self.clock.now(), message.state == CameraState.ON))

    def _on_speech(self, voice: str, speech: LiveSpeech) -> None:
        del voice
        lang = speech.locale[:2] if speech.locale[:2] in LANGUAGES else self.robot.lang
        for text in {speech.final.strip(), speech.incremental.strip()} - {""}:
            self._observe(Said(self.clock.now(), text[:500], lang))

    def _on_distress(self, message: DistressState) -> None:
        stands = message.stage in DISTRESS
        seen = InDistress(self.clock.now(), message.id if stands else "", message.person, message.cause)
        self._observe(seen)

    def _on_tick(self) -> None:
        while self._cancelled:
            self._observe(Withdrawn(self.clock.now(), self._cancelled.pop(0)))
        self._observe(Tick(self.clock.now(), self.parameters.is_quiet(self.clock.civil().time())))
        self._show()

    def _on_dock_here(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        pose = self._drive.world.pose
        if pose is None:
            response.message = "there is no odometry yet"
            return response
        self._drive.dock.here(pose)
        self.ok("dock")
        response.success = True
        return response

    def _on_stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._observe(Withdrawn(self.clock.now()))
        self._wheels.publish(Twist())
        response.success = True
        return response

    # --- the action ---------------------------------------------------------------------------------------------

    def _on_goal(self, handle: Any) -> None:
        wanted, id = handle.request, bytes(handle.goal_id.uuid).hex()
        self._goals[id] = handle
        rank = Rank.DUE if wanted.rank == Approach.Goal.DUE else Rank.ASKED
        distance = wanted.distance if math.isfinite(wanted.distance) else 0.0
        goal = Goal(id, wanted.person, wanted.dock, wanted.reason[:64], distance, rank)
        if self.parameters.base == "none":
            self._settle(Ended(goal, Outcome.REFUSED, why=NO_BASE))
            return
        self._observe(Wished(self.clock.now(), goal))

    def _on_cancel(self, handle: Any) -> CancelResponse:
        # The goal becomes "canceling" only when this has returned; the wheels need not wait for that.
        id = bytes(handle.goal_id.uuid).hex()
        if self._drive.goal is not None and self._drive.goal.id == id:
            self._wheels.publish(Twist())
        self._cancelled.append(id)
        return CancelResponse.ACCEPT

    def _settle(self, ended: Ended) -> None:
        handle = self._goals.pop(ended.goal.id, None)
        if handle is None:
            return
        outcome, distance = ended.outcome.value, float(ended.distance)
        self._results[ended.goal.id] = Approach.Result(outcome=outcome, message=ended.why, distance=distance)
        handle.execute()

    def _finish(self, handle: Any) -> Approach.Result:
        result = self._results.pop(bytes(handle.goal_id.uuid).hex(), Approach.Result(outcome=Outcome.STOPPED.value))
        if handle.is_cancel_requested:
            handle.canceled()
        elif result.outcome in (Outcome.ARRIVED.value, Outcome.DOCKED.value):
            handle.succeed()
        else:
            handle.abort()
        return result

    # --- what is decided ----------------------------------------------------------------------------------------

    def _carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Move():
                    twist = Twist()
                    twist.linear.x, twist.angular.z = decision.speed, decision.turning
                    self._wheels.publish(twist)
                case Went():
                    if (handle := self._goals.get(decision.goal.id)) is not None:
                        distance = float(decision.distance)
                        handle.publish_feedback(Approach.Feedback(doing=decision.doing.value, distance=distance))
                case Ended():
                    self._last = decision
                    self._ended += 1
                    self.log.info(f"drive {decision.outcome.value}", reason=decision.goal.reason, why=decision.why)
                    self._settle(decision)
                case Navigate():
                    self._navigate(decision)
                case StopNavigating():
                    self._stop_navigating()
                case _:
                    pass

    def _show(self) -> None:
        """Latched, and only what changed: distances by decimetres."""
        drive, last = self._drive, self._last
        goal = drive.goal
        distance = round(drive.distance, 1) if math.isfinite(drive.distance) else -1.0
        shown = (
            drive.doing.value,
            goal.person if goal else "",
            goal.dock if goal else False,
            goal.reason if goal else "",
            last.outcome.value if last else "",
            last.why if last else "",
            distance,
            drive.away and self.parameters.base != "none",
            self._ended,
        )
        if shown == self._shown:
            return
        self._shown = shown
        names = ("doing", "person", "dock", "reason", "outcome", "why", "distance", "away", "ended")
        values = dict(zip(names, shown, strict=True))
        self._state.publish(DriveState(header=Header(stamp=self.stamp()), **values))

    # --- Nav2 ---------------------------------------------------------------------------------------------------

    def _find_navigator(self) -> None:
        if self.parameters.navigator == "off":
            return
        try:
            self._kind = importlib.import_module("nav2_msgs.action").NavigateToPose
        except ImportError:
            return
        self._navigator = self.own(ActionClient(self, self._kind, "navigate_to_pose"))
        self.create_timer(NAVIGATOR_S, lambda: self._observe(Navigator(self._navigator.server_is_ready())))

    def _navigate(self, wanted: Navigate) -> None:
        self._stop_navigating()
        pose = PoseStamped(header=Header(stamp=self.stamp(), frame_id=self.parameters.frame))
        pose.pose.position.x, pose.pose.position.y = float(wanted.pose.x), float(wanted.pose.y)
        pose.pose.orientation.z = math.sin(wanted.pose.heading / 2)
        pose.pose.orientation.w = math.cos(wanted.pose.heading / 2)
        self._navigation = way = _Navigation(wanted.id)
        sent = self._navigator.send_goal_async(self._kind.Goal(pose=pose))
        sent.add_done_callback(self.guarded(lambda future: self._on_navigating(way, future), "navigate"))

    def _on_navigating(self, way: _Navigation, future: Any) -> None:
        handle = future.result()
        if handle is None or not handle.accepted:
            self._observe(Navigated(self.clock.now(), way.id, False))
            return
        way.goal_handle = handle
        if way.over:
            handle.cancel_goal_async()
            return
        result = handle.get_result_async()
        result.add_done_callback(self.guarded(lambda done: self._on_navigated(way, done), "navigate"))

    def _on_navigated(self, way: _Navigation, future: Any) -> None:
        if not way.over:
            done = future.result().status == 4  # action_msgs/GoalStatus: succeeded
            self._observe(Navigated(self.clock.now(), way.id, done))

    def _stop_navigating(self) -> None:
        way, self._navigation = self._navigation, None
        if way is not None:
            way.over = True
            if way.goal_handle is not None:
                way.goal_handle.cancel_goal_async()


class _Navigation:
    """One way that Nav2 drives."""

    def __init__(self, id: int) -> None:
        self.id, self.goal_handle, self.over = id, None, False
