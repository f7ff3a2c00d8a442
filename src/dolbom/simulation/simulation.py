"""The flat, the robot and its people in one running Gazebo 11, stepped image by image.

Time goes on only by `step`: the people move, Gazebo advances by one camera period, and what the sensors measured comes
to their listeners. The same orders at the same steps give the same simulated world, however fast the machine is.
"""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transforms3d.quaternions import mat2quat

from dolbom.errors import UserError
from dolbom.simulation.body import Body, Floats
from dolbom.simulation.home import Home, read_home
from dolbom.simulation.inside import FOLDER
from dolbom.simulation.installation import Installation, installation
from dolbom.simulation.look import Look, dress
from dolbom.simulation.person import AWAY, Manner, Person
from dolbom.simulation.robot import Robot, read_robot, sdf_model
from dolbom.simulation.server import Server
from dolbom.simulation.transport import GazeboClient, GazeboGoneError, Publisher
from dolbom.simulation.ways import Ways
from dolbom.simulation.world import COLOURS, GLOWS, HOURS, LAMP, Hour, door_pose, world, write_media

Image = NDArray[np.uint8]

STEPS = 16
"""Steps of the physics in one camera period."""

HEAD_SPEED = 1.5
"""Radians a second."""

STATE_S = 1.0 / 60.0
"""How often it is worked out where the robot is, simulated seconds."""

BUMPER_S = 0.5
PUT_STEPS = 45
STILL, SETTLED = 15, 1e-3
"""The robot rests when nothing of its pose changed by more than this, metres or radians, in so many images."""
CREPT = 4e-4
"""At rest it is set back when this far off (`_apart`): a tenth of a degree, less than a pixel."""
STARTS = 3

QUIET_S = 0.5
"""Nothing comes any more when nothing came for so long, real seconds."""

IMAGE_S = 20.0
"""How long Gazebo may take for one image before it counts as stuck."""


@dataclass(frozen=True)
class Seen:
    """One image of the robot's camera: (height, width, 3) RGB, at `stamp` seconds of simulated time."""

    stamp: float
    image: Image


@dataclass(frozen=True)
class RobotState:
    """Where the robot is: pose in the world (4, 4), joint angles by name (radians), at `stamp`."""

    stamp: float
    pose: Floats
    joints: dict[str, float]


@dataclass(frozen=True)
class Cast:
    """Somebody of the play: how they look and move, and where they are at the beginning."""

    look: Look
    at: str = "outside"
    seed: int = 0
    manner: Manner | None = None


class Simulation:
    """A running home. A context manager: Gazebo runs inside the `with`."""

    def __init__(
        self,
        folder: Path,
        cast: Mapping[str, Cast] | None = None,
        home: Home | None = None,
        robot: Robot | None = None,
        robot_at: tuple[float, float, float] | None = None,
        at: Installation | None = None,
        overview: bool = False,
    ) -> None:
        """Says what there is.

        Args:
            folder: of this run: the world is written there, and Gazebo's log.
            cast: the people by name; without it nobody.
            home: the flat; without it the shipped one.
            robot: its numbers; without it the shipped ones.
            robot_at: x, y and heading (radians) at the beginning; without it the home's `look` place.
            at: the installation of Gazebo; without it this machine's.
            overview: whether a second camera looks down into the flat (`on_overview`); it costs as much as the robot's.
        """
        self.home = home or read_home()
        self.robot = robot or read_robot()
        self.ways = Ways(self.home)
        self._installation = at or installation()
        self._folder = folder
        self._cast = dict(cast or {})
        look = self.home.robot["look"]
        self._robot_at = robot_at or (*look.at, math.radians(look.heading))
        self._overview = overview
        self._stack = ExitStack()
        self.people: dict[str, Person] = {}
        self.period = 1.0 / self.robot.camera.rate
        self.time = 0.0
        self.state: RobotState | None = None
        self.hour: Hour = "day"
        self.lit: set[str] = set()
        self.opened = {door.name for door in self.home.doors if not door.shut}
        self.on_image: list[Callable[[Seen], None]] = []
        self.on_overview: list[Callable[[Seen], None]] = []
        self.on_scan: list[Callable[[Any], None]] = []
        self.on_imu: list[Callable[[Any], None]] = []
        self.on_bumper: list[Callable[[Any], None]] = []
        self.on_state: list[Callable[[RobotState], None]] = []
        self.on_appliance: list[Callable[[str, bool], None]] = []
        self._joints: dict[str, float] = {link.joint_name: 0.0 for link in self.robot.moving()}
        self._joints[self.robot.head.tilt] = self.robot.head.start_tilt
        self._wanted = {self.robot.head.pan: 0.0, self.robot.head.tilt: self.robot.head.start_tilt}
        self._speeds = (0.0, 0.0)
        self._touches = (-1.0, False)
        self._inertia = -1.0
        self._put: tuple[float, float, float] | None = None
        self._before: NDArray[np.float64] | None = None
        self._still = 0
        self._rest: NDArray[np.float64] | None = None

    # --- beginning and end --------------------------------------------------------------------------------------

    def __enter__(self) -> Simulation:
        """Starts Gazebo and waits for its first image.

        Raises:
            UserError: if Gazebo is not installed or does not start.
        """
        self._installation.demand()
        self._write()
        for left in reversed(range(STARTS)):
            try:
                self._start()
                return self
            except (UserError, GazeboGoneError) as error:
                # Its threads race while it starts: now and then it dies of that, most of all on a busy machine.
                if not left or not self.server.crashed:
                    raise UserError(f"the simulation does not start: {error}", "") from None
        raise AssertionError  # one of the two happened

    def _start(self) -> None:
        with ExitStack() as stack:
            log = self._folder / "gzserver.log"
            self.server = stack.enter_context(Server(self.home.name, self._folder, log, self._installation))
            self.client: GazeboClient = self.server.connect()
            self._wire()
            self._first_image()
            self._stack = stack.pop_all()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_media(self._folder)
        more = [sdf_model(self.robot, "gazebo11", self._robot_at)]
        for name, cast in self._cast.items():
            body = Body(self._installation.media, cast.look.height)
            dress(body, cast.look, name, self._folder)
            manner = cast.manner or Manner.of(cast.seed, cast.look.old)
            self.people[name] = Person(name, body, self.home, self.ways, cast.seed, manner, cast.at)
            more += [_actor(name), _proxy(name)]
        if self._overview:
            more.append(_overview(self.home))
        text = world(self.home, math.ceil(1e9 * self.period / STEPS) / 1e9, more)
        (self._folder / f"{self.home.name}.world").write_text(text, encoding="utf-8")

    def _wire(self) -> None:
        client, name, head = self.client, self.robot.name, self.robot.head.tilt.removesuffix("_joint")
        scene = client.ask("scene_info", "Scene", timeout=60.0)
        ids = {model.name: model for model in scene.model}
        self._skins: dict[str, tuple[int, str, int]] = {}
        for person in self.people:
            visual = next(
                one for link in ids[person].link for one in link.visual if one.name.endswith(f"{person}_visual")
            )
            self._skins[person] = (ids[person].id, visual.name, visual.id)
        self._images: queue.Queue[Any] = client.queue(f"~/{name}_head/{head}/camera/image", "ImageStamped")
        if self._overview:
            client.subscribe("~/overview/link/camera/image", "ImageStamped", self._hear_overview)
        client.subscribe(f"~/{name}/base_link/laser/scan", "LaserScanStamped", lambda m: _tell(self.on_scan, m))
        client.subscribe(f"~/{name}/base_link/imu/imu", "IMU", self._hear_imu)
        client.subscribe(f"~/{name}/base_link/bumper/contacts", "Contacts", self._hear_bumper)
        # Not `~/pose/local/info`: that comes at every round of Gazebo's loop, and would be read long after.
        client.subscribe("~/pose/info", "PosesStamped", self._hear_poses)
        self._control = client.publisher("~/world_control", "WorldControl").wait()
        self._model = client.publisher("~/model/modify", "Model").wait()
        self._skeleton: Publisher | None = None
        if self.people:
            self._skeleton = client.publisher("~/skeleton_pose/info", "PoseAnimation").wait()
        self._drive = client.publisher(f"~/{name}/vel_cmd", "Pose").wait()
        self._visual = client.publisher("~/visual", "Visual").wait()
        self._light = client.publisher("~/light/modify", "Light").wait()
        self._scene = client.publisher("~/scene", "Scene").wait()

    def _first_image(self) -> None:
        """The first steps only wake the sensors."""
        self._move_people(0.0)
        self._move_head(0.0)
        self.drive(0.0, 0.0)
        deadline = time.monotonic() + IMAGE_S
        while True:
            self._control.publish(self.client.messages.new("WorldControl", multi_step=STEPS))
            try:
                seen = self._images.get(timeout=1.0)
                break
            except queue.Empty:
                self.server.check()
                if time.monotonic() > deadline:
                    raise UserError("Gazebo sends no image", f"see {self.server.log}") from None
        # Of several orders each brings an image: none may be left, or every later step would show the one before.
        with suppress(queue.Empty):
            while True:
                seen = self._images.get(timeout=QUIET_S)
        self._take(seen)

    # --- time ---------------------------------------------------------------------------------------------------

    def step(self) -> Seen:
        """Goes on by one camera period; returns what the robot sees then.

        Raises:
            UserError: if Gazebo ended or hangs.
        """
        self._move_people(self.period)
        self._put_down()
        self._brake()
        self._move_head(self.period)
        self._control.publish(self.client.messages.new("WorldControl", multi_step=STEPS))
        deadline = time.monotonic() + IMAGE_S
        while True:
            try:
                message = self._images.get(timeout=1.0)
                if message.time.sec + message.time.nsec * 1e-9 < self.time + self.period / 2:
                    continue  # of an earlier order
                return self._take(message)
            except queue.Empty:
                self.server.check()
                if time.monotonic() > deadline:
                    raise UserError("Gazebo hangs: it sends no image", f"see {self.server.log}") from None

    def run(self, seconds: float, pace: float = 0.0) -> None:
        """Steps for some simulated seconds; `pace`: at most so many times as fast as real time, 0 as fast as it can."""
        began, start = time.monotonic(), self.time
        while self.time < start + seconds - self.period / 2:
            self.step()
            if pace > 0:
                ahead = (self.time - start) / pace - (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead)

    def _take(self, message: Any) -> Seen:
        seen = _seen(message)
        self.time = seen.stamp
        for listener in tuple(self.on_image):
            listener(seen)
        return seen

    def _hear_overview(self, message: Any) -> None:
        _tell(self.on_overview, _seen(message))

    def _hear_imu(self, message: Any) -> None:
        """In lockstep Gazebo measures at every step of the physics, whatever rate was asked for."""
        stamp = message.stamp.sec + message.stamp.nsec * 1e-9
        if not 0 <= stamp - self._inertia < 1.0 / self.robot.imu.rate - 1e-4:
            self._inertia = stamp
            _tell(self.on_imu, message)

    def _hear_bumper(self, message: Any) -> None:
        """Gazebo tells of it at every step: what is new is told on, and now and then what is so still."""
        stamp, touches = message.time.sec + message.time.nsec * 1e-9, len(message.contact) > 0
        if touches != self._touches[1] or stamp - self._touches[0] >= BUMPER_S:
            self._touches = (stamp, touches)
            _tell(self.on_bumper, message)

    def _hear_poses(self, message: Any) -> None:
        stamp = message.time.sec + message.time.nsec * 1e-9
        if self.state is not None and 0 <= stamp - self.state.stamp < STATE_S - 1e-4:
            return
        robot, links = None, {}
        for pose in message.pose:
            if pose.name == self.robot.name:
                robot = pose
            elif pose.name.startswith(f"{self.robot.name}::"):
                links[pose.name.partition("::")[2]] = pose
        if robot is None:
            return
        frames = {"base_link": self.robot.link("base_link").origin, **{n: _matrix(p) for n, p in links.items()}}
        for link in self.robot.moving():
            if link.name not in frames or link.parent is None:
                continue
            carrier, placed = self.robot.carried(link.parent)
            if carrier not in frames:
                continue
            turned = np.linalg.inv(frames[carrier] @ placed @ link.origin) @ frames[link.name]
            self._joints[link.joint_name] = _angle(turned[:3, :3], link.axis)
        self.state = RobotState(stamp, _matrix(robot), dict(self._joints))
        _tell(self.on_state, self.state)

    # --- people -------------------------------------------------------------------------------------------------

    def _move_people(self, seconds: float) -> None:
        for name, person in self.people.items():
            pose = person.advance(seconds)
            model, visual, number = self._skins[name]
            message = self.client.messages.new("PoseAnimation", model_name=visual, model_id=number)
            local = person.body.local(pose)
            for i, bone in enumerate(person.body.names):
                # The pelvis stays at the origin of the figure, which is moved instead: only there is it looked for.
                _add_pose(message.pose.add(name=bone), np.eye(4) if i == 0 else local[i])
            _add_pose(message.pose.add(name=name, id=model), local[0])
            stamp = message.time.add()
            stamp.sec, stamp.nsec = int(self.time), int(self.time % 1 * 1e9)
            assert self._skeleton is not None
            self._skeleton.publish(message)
            self._place_model(f"{name}_body", _proxy_pose(person))

    def _place_model(self, name: str, pose: Floats) -> None:
        message = self.client.messages.new("Model", name=name)
        _add_pose(message.pose, pose)
        self._model.publish(message)

    # --- the robot ----------------------------------------------------------------------------------------------

    def drive(self, forward: float, turning: float) -> None:
        """The wheels' speeds from now on: m/s ahead, rad/s to the left; kept within what the robot can."""
        wheels = self.robot.wheels
        forward = float(np.clip(forward, -wheels.speed, wheels.speed))
        turning = float(np.clip(turning, -wheels.turning, wheels.turning))
        message = self.client.messages.new("Pose")
        message.position.x, message.position.y, message.position.z = forward, 0.0, 0.0
        half = turning / 2
        message.orientation.x, message.orientation.y = 0.0, 0.0
        message.orientation.z, message.orientation.w = math.sin(half), math.cos(half)
        self._speeds = (forward, turning)
        self._drive.publish(message)

    def turn_head(self, pan: float, tilt: float) -> None:
        """Where the head is to look, radians: to the left, and down; it goes there at `HEAD_SPEED`."""
        for joint, angle in ((self.robot.head.pan, pan), (self.robot.head.tilt, tilt)):
            low, high = self.robot.link(joint.removesuffix("_joint")).limits or (-math.pi, math.pi)
            self._wanted[joint] = float(np.clip(angle, low, high))

    def _move_head(self, seconds: float) -> None:
        """Sets the head on its neck, where the robot will be after `seconds`."""
        for joint, angle in self._wanted.items():
            left = angle - self._joints[joint]
            self._joints[joint] += float(np.clip(left, -HEAD_SPEED * seconds, HEAD_SPEED * seconds))
        x, y, heading = self._robot_at
        base, since = _flat(x, y, heading), 0.0
        if self._rest is not None:
            base = self._rest  # the trembling of Gazebo's contacts is no movement of the camera
        elif self.state is not None:
            base, since = self.state.pose, self.time + seconds - self.state.stamp
        forward, turning = self._speeds
        ahead = _flat(forward * since, 0.0, turning * since)
        neck = self.robot.frame(self.robot.head.tilt.removesuffix("_joint"), self._joints)
        self._place_model(f"{self.robot.name}_head", base @ ahead @ neck)

    def put_robot(self, x: float, y: float, heading: float) -> None:
        """Sets the robot down somewhere else and steps until it and its head are there; `heading` in radians.

        Raises:
            UserError: if it does not come there, because something stands there.
        """
        self._put = (x, y, heading)
        for _ in range(PUT_STEPS):
            self.step()
            if self._stands():
                self.step()
                self.step()
                return
        self._put = None
        raise UserError(f"the robot cannot be set down at {x:.2f}, {y:.2f}", "something stands there")

    def _stands(self) -> bool:
        """Whether the robot is where it was last set down."""
        return self._put is None

    def _put_down(self) -> None:
        """Gazebo does not take every order to set a body that lives in its physics: it is given until it is so."""
        if self._put is None:
            return
        if self.state is not None and np.hypot(*(self.state.pose[:2, 3] - self._put[:2])) < 0.02:
            self._put = None
            return
        self._place_model(self.robot.name, _flat(*self._put))

    def _brake(self) -> None:
        """Stands where it came to rest, as braked wheels do: Gazebo's contacts let it turn by a degree a minute."""
        if self.state is None:
            return
        pose, before = self.state.pose, self._before
        self._before = pose
        if self._speeds != (0.0, 0.0) or self._put is not None or before is None:
            self._still, self._rest = 0, None
        elif self._rest is None:
            self._still = self._still + 1 if float(np.abs(pose - before).max()) < SETTLED else 0
            self._rest = pose if self._still >= STILL else None
        elif _apart(pose, self._rest) > CREPT:
            # Its height and lean stay: between its casters it rocks for a moment when it is set back.
            self._place_model(self.robot.name, _on_the_floor(self._rest) @ np.linalg.inv(_on_the_floor(pose)) @ pose)

    # --- the flat -----------------------------------------------------------------------------------------------

    def switch(self, name: str, on: bool) -> None:
        """Turns an appliance or a lamp on or off.

        Raises:
            UserError: if there is none of that name.
        """
        one = self.home.appliance(name)
        (self.lit.add if on else self.lit.discard)(name)
        self._paint(f"{name}::link", f"{name}::link::visual", one.lit if on else one.dark)
        if one.kind == "lamp":
            share = 1.0 if on else 0.0
            self._shine(f"{name}_bulb", [share * part for part in LAMP])
        _tell2(self.on_appliance, name, on)

    def open_door(self, name: str, is_open: bool = True) -> None:
        """Opens or closes a door.

        Raises:
            UserError: if there is none of that name.
        """
        door = next((one for one in self.home.doors if one.name == name), None)
        if door is None:
            raise UserError(f"no door {name!r}", f"there are {', '.join(one.name for one in self.home.doors)}")
        (self.opened.add if is_open else self.opened.discard)(name)
        x, y, *_, yaw = door_pose(door, is_open)
        self._place_model(name, _flat(x, y, yaw))

    def set_hour(self, hour: Hour) -> None:
        """Makes it day, evening or night; lamps stay as they are."""
        self.hour = hour
        ambient, sun, windows = HOURS[hour]
        message = self.client.messages.new("Scene", name=self.home.name)
        _set_colour(message.ambient, ambient)
        self._scene.publish(message)
        self._shine("sun", sun)
        for wall in self.home.walls:
            for number, _ in enumerate(wall.windows):
                self._paint("windows::link", f"windows::link::{wall.name}_{number}", windows)

    def _paint(self, parent: str, visual: str, colour: str) -> None:
        message = self.client.messages.new("Visual", name=visual, parent_name=parent)
        shown = COLOURS.get(colour, (0.0, 0.0, 0.0))
        _set_colour(message.material.ambient, shown)
        _set_colour(message.material.diffuse, shown if colour in COLOURS else [v / 4 for v in GLOWS[colour]])
        _set_colour(message.material.emissive, GLOWS.get(colour, (0.0, 0.0, 0.0)))
        self._visual.publish(message)

    def _shine(self, light: str, colour: Iterable[float]) -> None:
        message = self.client.messages.new("Light", name=light)
        _set_colour(message.diffuse, colour)
        self._light.publish(message)


def _actor(name: str) -> str:
    """Somebody's figure: an actor whose script never starts; its bones are moved from outside."""
    file = f"{FOLDER}/{name}.dae"
    return (
        f'    <actor name="{name}"><pose>{AWAY[0]:g} {AWAY[1]:g} {AWAY[2]:g} 0 0 0</pose>'
        f"<skin><filename>{file}</filename></skin>"
        f'<animation name="still"><filename>{file}</filename></animation>'
        "<script><loop>false</loop><auto_start>false</auto_start></script></actor>"
    )


PROXY = (0.34, 0.26, 1.5)
"""The box that the laser and the bumper meet where somebody is: actors have no body."""


def _proxy(name: str) -> str:
    x, y, z = PROXY
    return (
        f'    <model name="{name}_body"><static>true</static><pose>{AWAY[0]:g} {AWAY[1]:g} {AWAY[2]:g} 0 0 0</pose>'
        f'<link name="link"><collision name="hit"><geometry><box><size>{x} {y} {z}</size></box></geometry></collision>'
        "</link></model>"
    )


def _proxy_pose(person: Person) -> Floats:
    """A box along the trunk: standing somebody upright, lying somebody along the floor."""
    found = np.eye(4)
    found[:3, :3] = person.pose.turns[0]
    found[:3, 3] = person.pose.hips
    if person.posture in ("standing", "walking"):
        found[2, 3] = PROXY[2] / 2 + 0.02
    return found


def _overview(home: Home) -> str:
    width, depth = home.outline
    return (
        f'    <model name="overview"><static>true</static><pose>{width / 2:g} {depth / 2:g} 7.6 0 1.5708 1.5708</pose>'
        '<link name="link"><sensor name="camera" type="camera"><always_on>1</always_on><update_rate>15</update_rate>'
        "<camera><horizontal_fov>1.2</horizontal_fov><image><width>640</width><height>480</height>"
        "<format>R8G8B8</format></image><clip><near>0.5</near><far>12</far></clip></camera></sensor></link></model>"
    )


def _tell(listeners: list[Callable[[Any], None]], message: Any) -> None:
    for listener in tuple(listeners):
        listener(message)


def _tell2(listeners: list[Callable[[str, bool], None]], name: str, on: bool) -> None:
    for listener in listeners:
        listener(name, on)


def _seen(message: Any) -> Seen:
    image = message.image
    pixels = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
    return Seen(message.time.sec + message.time.nsec * 1e-9, pixels)


def _matrix(pose: Any) -> Floats:
    from transforms3d.quaternions import quat2mat

    found = np.eye(4)
    turned = pose.orientation
    found[:3, :3] = quat2mat((turned.w, turned.x, turned.y, turned.z))
    found[:3, 3] = (pose.position.x, pose.position.y, pose.position.z)
    return found


def _add_pose(message: Any, placed: Floats) -> None:
    position, turned = message.position, message.orientation
    position.x, position.y, position.z = (float(value) for value in placed[:3, 3])
    turned.w, turned.x, turned.y, turned.z = (float(value) for value in mat2quat(placed[:3, :3]))


def _flat(x: float, y: float, heading: float) -> Floats:
    found = np.eye(4)
    found[:2, :2] = [[math.cos(heading), -math.sin(heading)], [math.sin(heading), math.cos(heading)]]
    found[:2, 3] = (x, y)
    return found


def _on_the_floor(pose: Floats) -> Floats:
    """The same place and heading, upright on the floor."""
    return _flat(pose[0, 3], pose[1, 3], math.atan2(pose[1, 0], pose[0, 0]))


def _apart(one: Floats, other: Floats) -> float:
    """How far the robot is from where it was: metres, and what a turn moves a point 0.2 m from its middle."""
    turned = one[:2, :2].T @ other[:2, :2]
    return float(np.hypot(*(one[:2, 3] - other[:2, 3]))) + 0.2 * abs(math.atan2(turned[1, 0], turned[0, 0]))


def _angle(turned: Floats, axis: tuple[float, float, float]) -> float:
    """How far a rotation turns about an axis, radians."""
    along = np.asarray(axis)
    around = np.array([turned[2, 1] - turned[1, 2], turned[0, 2] - turned[2, 0], turned[1, 0] - turned[0, 1]]) / 2
    return float(math.atan2(around @ along, (np.trace(turned) - 1) / 2))


def _set_colour(message: Any, colour: Iterable[float]) -> None:
    message.r, message.g, message.b = (float(value) for value in colour)
    message.a = 1.0
