"""Gazebo 11 on the ROS graph by sim/contract.yaml: what ros_gz_bridge does for Gazebo Harmonic."""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, Imu, JointState, LaserScan
from std_msgs.msg import Bool, Float64, Header
from tf2_msgs.msg import TFMessage
from transforms3d.quaternions import mat2quat

from dolbom.simulation.noise import Noise, NoisyLaser, NoisyOdometry
from dolbom.simulation.simulation import RobotState, Seen, Simulation
from dolbom_nodes import qos, stamps
from dolbom_nodes.robot_state import TF, transform

CLOCK = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
ODOM_S = 1.0 / 30.0
"""Gazebo tells where the robot is at every step; this is often enough."""

SILENT_S = 0.5
"""Simulated seconds after which the wheels stop when no command comes: a dead driver must not drive on."""


class SimulationAdapter(Node):
    """Publishes what the simulation measures, and drives it by what is commanded.

    The simulation is stepped by whoever runs it; messages go out in the threads that hear Gazebo.

    Attributes:
        lens: what becomes of a clean image on its way into the robot: the images that come now, none or several.
        laser, odometry: what the robot's own measure.
    """

    def __init__(self, simulation: Simulation, **options: Any) -> None:
        super().__init__("simulation", **options)
        self._simulation = simulation
        self._robot = simulation.robot
        self._lock = threading.Lock()
        self._clock_at = -1.0
        self._odom: RobotState | None = None
        self._commanded: float | None = None
        self._time = self.create_publisher(Clock, "/clock", CLOCK)
        self._image = self.create_publisher(Image, "camera/image_raw", qos.WHOLE)
        self._info = self.create_publisher(CameraInfo, "camera/camera_info", qos.SENSOR)
        self._scan = self.create_publisher(LaserScan, "scan", qos.SENSOR)
        self._imu = self.create_publisher(Imu, "imu", qos.SENSOR)
        self._odometry = self.create_publisher(Odometry, "odom", qos.STREAM)
        self._tf = self.create_publisher(TFMessage, "/tf", TF)
        self._joints = self.create_publisher(JointState, "joint_states", qos.STREAM)
        self._bumper = self.create_publisher(Bool, "bumper", qos.STREAM)
        self.create_subscription(Twist, "cmd_vel", self._on_twist, qos.STREAM)
        self.create_subscription(Float64, "head/pan/command", self._on_pan, qos.STREAM)
        self.create_subscription(Float64, "head/tilt/command", self._on_tilt, qos.STREAM)
        self.lens: Callable[[Seen], Iterable[Seen]] = lambda seen: (seen,)
        self.laser, self.odometry = NoisyLaser(Noise(), 0), NoisyOdometry(Noise(), 0)
        self._head = [0.0, self._robot.head.start_tilt]
        self._told: tuple[tuple[list[Any], Callable[[Any], None]], ...] = (
            (simulation.on_image, self._tell_image),
            (simulation.on_scan, self._tell_scan),
            (simulation.on_imu, self._tell_imu),
            (simulation.on_state, self._tell_state),
            (simulation.on_bumper, self._tell_bumper),
        )
        for listeners, tell in self._told:
            listeners.append(tell)

    def destroy_node(self) -> None:
        """Leaves the graph; the simulation goes on without it."""
        for listeners, tell in self._told:
            listeners.remove(tell)
        super().destroy_node()

    # --- out ----------------------------------------------------------------------------------------------------

    def _tick(self, stamp: float) -> None:
        """Time goes on: nobody may see a stamp that the clock has not reached."""
        with self._lock:
            if stamp > self._clock_at:
                self._clock_at = stamp
                self._time.publish(Clock(clock=stamps.to_msg(stamp)))

    def _tell_image(self, seen: Seen) -> None:
        self._tick(seen.stamp)
        for shown in self.lens(seen):
            self._show(shown)
        if self._commanded is not None and seen.stamp - self._commanded > SILENT_S:
            self._commanded = None
            self._simulation.drive(0.0, 0.0)

    def _show(self, seen: Seen) -> None:
        camera = self._robot.camera
        header = Header(stamp=stamps.to_msg(seen.stamp), frame_id=camera.frame)
        height, width = seen.image.shape[:2]
        message = Image(header=header, height=height, width=width, encoding="rgb8", step=3 * width)
        message.data = array("B", seen.image.tobytes())
        self._image.publish(message)
        focal, x, y = camera.focal, (width - 1) / 2, (height - 1) / 2
        info = CameraInfo(header=header, height=height, width=width, distortion_model="plumb_bob", d=[0.0] * 5)
        info.k = [focal, 0.0, x, 0.0, focal, y, 0.0, 0.0, 1.0]
        info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
        info.p = [focal, 0.0, x, 0.0, 0.0, focal, y, 0.0, 0.0, 0.0, 1.0, 0.0]
        self._info.publish(info)

    def _tell_scan(self, stamped: Any) -> None:
        stamp = _seconds(stamped.time)
        self._tick(stamp)
        scan = stamped.scan
        ranges = np.asarray(scan.ranges, np.float32)
        ranges[~(ranges < scan.range_max)] = np.inf
        ranges = self.laser.measure(ranges, scan.range_min)
        message = LaserScan(
            header=Header(stamp=stamps.to_msg(stamp), frame_id=self._robot.laser.link),
            angle_min=scan.angle_min,
            angle_max=scan.angle_max,
            angle_increment=scan.angle_step,
            scan_time=1.0 / self._robot.laser.rate,
            range_min=scan.range_min,
            range_max=scan.range_max,
            ranges=array("f", ranges.tobytes()),
        )
        self._scan.publish(message)

    def _tell_imu(self, measured: Any) -> None:
        stamp = _seconds(measured.stamp)
        self._tick(stamp)
        message = Imu(header=Header(stamp=stamps.to_msg(stamp), frame_id=self._robot.imu.link))
        for name in ("orientation", "angular_velocity", "linear_acceleration"):
            to, said = getattr(message, name), getattr(measured, name)
            to.x, to.y, to.z = said.x, said.y, said.z
        message.orientation.w = measured.orientation.w
        self._imu.publish(message)

    def _tell_state(self, state: RobotState) -> None:
        before = self._odom
        if before is not None and state.stamp - before.stamp < ODOM_S - 1e-4:
            return
        state = replace(state, pose=self.odometry.follow(state.pose))
        self._odom = state
        self._tick(state.stamp)
        stamp = stamps.to_msg(state.stamp)
        message = Odometry(header=Header(stamp=stamp, frame_id="odom"), child_frame_id="base_footprint")
        place, turned = message.pose.pose.position, message.pose.pose.orientation
        place.x, place.y, place.z = (float(value) for value in state.pose[:3, 3])
        turned.w, turned.x, turned.y, turned.z = (float(value) for value in mat2quat(state.pose[:3, :3]))
        if before is not None and state.stamp > before.stamp:
            moved = np.linalg.inv(before.pose) @ state.pose
            seconds = state.stamp - before.stamp
            message.twist.twist.linear.x = float(moved[0, 3]) / seconds
            message.twist.twist.linear.y = float(moved[1, 3]) / seconds
            message.twist.twist.angular.z = math.atan2(moved[1, 0], moved[0, 0]) / seconds
        self._odometry.publish(message)
        self._tf.publish(TFMessage(transforms=[transform("odom", "base_footprint", state.pose, stamp)]))
        joints = JointState(header=Header(stamp=stamp), name=list(state.joints), position=list(state.joints.values()))
        self._joints.publish(joints)

    def _tell_bumper(self, contacts: Any) -> None:
        self._bumper.publish(Bool(data=len(contacts.contact) > 0))

    # --- in -----------------------------------------------------------------------------------------------------

    def _on_twist(self, message: Twist) -> None:
        self._commanded = self._simulation.time
        self._simulation.drive(message.linear.x, message.angular.z)

    def _on_pan(self, message: Float64) -> None:
        self._head[0] = message.data
        self._simulation.turn_head(*self._head)

    def _on_tilt(self, message: Float64) -> None:
        self._head[1] = message.data
        self._simulation.turn_head(*self._head)


def _seconds(stamp: Any) -> float:
    return float(stamp.sec) + float(stamp.nsec) * 1e-9
