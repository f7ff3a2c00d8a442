"""The robot's body from one file of numbers: as URDF for ROS, as SDF for the simulators, and its transforms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from transforms3d.axangles import axangle2mat
from transforms3d.euler import euler2mat

from dolbom.errors import UserError
from dolbom.places import ROOT

FOLDER = ROOT / "ros_ws" / "src" / "dolbom_description"
NUMBERS = FOLDER / "config" / "robot.yaml"

Floats = NDArray[np.float64]
Triple = tuple[float, float, float]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

COLOURS = {
    "dark": (0.20, 0.24, 0.28),
    "black": (0.06, 0.06, 0.07),
    "white": (0.92, 0.92, 0.90),
    "screen": (0.10, 0.22, 0.30),
    "red": (0.80, 0.10, 0.08),
}
TINY = 1e-3
"""Mass and inertia of what is only a frame: the simulators want some."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Shape(_Strict):
    """One of a box (x, y, z), a cylinder (radius, length) or a sphere (radius)."""

    box: Triple | None = None
    cylinder: tuple[float, float] | None = None
    sphere: tuple[float] | None = None

    def geometry(self, urdf: bool) -> str:
        """The geometry as URDF or SDF."""
        if self.box is not None:
            size = _words(self.box)
            return f'<box size="{size}"/>' if urdf else f"<box><size>{size}</size></box>"
        if self.cylinder is not None:
            radius, length = self.cylinder
            if urdf:
                return f'<cylinder radius="{radius:g}" length="{length:g}"/>'
            return f"<cylinder><radius>{radius:g}</radius><length>{length:g}</length></cylinder>"
        assert self.sphere is not None
        radius = self.sphere[0]
        return f'<sphere radius="{radius:g}"/>' if urdf else f"<sphere><radius>{radius:g}</radius></sphere>"

    def moments(self, mass: float) -> Triple:
        """The principal moments of inertia about its own axes, kg m²."""
        if self.box is not None:
            x, y, z = (length**2 for length in self.box)
            return mass * (y + z) / 12, mass * (x + z) / 12, mass * (x + y) / 12
        if self.cylinder is not None:
            radius, length = self.cylinder
            side = mass * (3 * radius**2 + length**2) / 12
            return side, side, mass * radius**2 / 2
        assert self.sphere is not None
        around = 0.4 * mass * self.sphere[0] ** 2
        return around, around, around


class Link(_Strict):
    """One part and the joint that holds it to its parent; angles are roll, pitch, yaw."""

    name: Name
    parent: Name | None = None
    joint: Literal["fixed", "continuous", "revolute"] = "fixed"
    axis: Triple = (0.0, 0.0, 1.0)
    limits: tuple[float, float] | None = None
    at: Triple = (0.0, 0.0, 0.0)
    turn: Triple = (0.0, 0.0, 0.0)
    shape: Shape | None = None
    shape_at: Triple = (0.0, 0.0, 0.0)
    shape_turn: Triple = (0.0, 0.0, 0.0)
    mass: float = 0.0
    slides: bool = False
    colour: Literal["dark", "black", "white", "screen", "red"] = "white"

    @property
    def joint_name(self) -> str:
        """The name of its joint."""
        return f"{self.name}_joint"

    @property
    def origin(self) -> Floats:
        """Its frame in its parent's (4, 4), the joint at zero."""
        return pose_matrix(self.at, self.turn)


class Wheels(_Strict):
    """The differential drive; speeds are the most it does, m/s and rad/s."""

    left: Name
    right: Name
    separation: float
    radius: float
    speed: float
    turning: float


class Head(_Strict):
    """The joints that turn the camera."""

    pan: Name
    tilt: Name
    start_tilt: float


class CameraNumbers(_Strict):
    """An ideal pinhole camera; `fov` horizontal, radians."""

    link: Name
    frame: Name
    width: int
    height: int
    rate: float
    fov: float
    near: float
    far: float

    @property
    def focal(self) -> float:
        """The focal length in pixels."""
        return float(self.width / 2 / np.tan(self.fov / 2))


class LaserNumbers(_Strict):
    """A planar scanner; angles in radians, distances in metres, and the standard deviation of them in Harmonic."""

    link: Name
    rate: float
    count: int
    begin: float = Field(alias="from")
    end: float = Field(alias="to")
    near: float
    far: float
    noise: float = 0.0


class Sensor(_Strict):
    """A sensor with nothing to choose but its rate."""

    link: Name
    rate: float


class ImuNumbers(Sensor):
    """An inertial unit, and what its numbers spread by in Harmonic: rad/s and m/s²."""

    turning_noise: float = 0.0
    acceleration_noise: float = 0.0


class Robot(_Strict):
    """The whole robot."""

    name: Name
    links: list[Link]
    wheels: Wheels
    head: Head
    camera: CameraNumbers
    laser: LaserNumbers
    imu: ImuNumbers
    bumper: Sensor

    @model_validator(mode="after")
    def _hangs_together(self) -> Robot:
        known: set[str] = set()
        for link in self.links:
            if known and link.parent not in known:
                raise ValueError(f"{link.name} hangs on {link.parent}, which does not come before it")
            known.add(link.name)
        return self

    def link(self, name: str) -> Link:
        """A part by its name."""
        return next(link for link in self.links if link.name == name)

    def moving(self) -> list[Link]:
        """The parts with a joint that moves."""
        return [link for link in self.links if link.joint != "fixed"]

    def transforms(self, joints: Mapping[str, float]) -> dict[str, tuple[str, Floats]]:
        """Where each part is in its parent's frame.

        Args:
            joints: angle of each moving joint by name, radians; those not named stand at zero.

        Returns:
            by part: its parent and its frame there (4, 4).
        """
        found = {}
        for link in self.links:
            if link.parent is None:
                continue
            placed = link.origin
            if link.joint != "fixed":
                turned = np.eye(4)
                turned[:3, :3] = axangle2mat(link.axis, joints.get(link.joint_name, 0.0))
                placed = placed @ turned
            found[link.name] = (link.parent, placed)
        return found

    def frame(self, name: str, joints: Mapping[str, float]) -> Floats:
        """Where a part is in `base_footprint` (4, 4)."""
        placed, found = self.transforms(joints), np.eye(4)
        while name in placed:
            name, own = placed[name]
            found = own @ found
        return found

    def carried(self, name: str) -> tuple[str, Floats]:
        """The next part above (or itself) that is not fixed to its parent, and the frame of `name` in it (4, 4)."""
        link, placed = self.link(name), np.eye(4)
        while link.joint == "fixed" and link.parent is not None and link.name != "base_link":
            placed = link.origin @ placed
            link = self.link(link.parent)
        return link.name, placed


def pose_matrix(at: Triple, turn: Triple) -> Floats:
    """A frame (4, 4) from x, y, z and roll, pitch, yaw."""
    found = np.eye(4)
    found[:3, :3] = euler2mat(*turn, axes="sxyz")
    found[:3, 3] = at
    return found


@lru_cache(maxsize=2)
def read_robot(path: Path = NUMBERS) -> Robot:
    """Reads the robot's numbers.

    Raises:
        UserError: if they are missing or do not fit together.
    """
    try:
        return Robot.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"no description of the robot at {path}", "") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}", "") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}", "") from None


def _words(values: object) -> str:
    return " ".join(f"{float(value):.7g}" for value in values)  # type: ignore[attr-defined]


MADE = "<!-- Made from dolbom_description/config/robot.yaml: bin/dolbom sim describe -->"


def urdf(robot: Robot) -> str:
    """The robot as URDF: frames, joints, shapes and masses."""
    lines = ['<?xml version="1.0"?>', MADE, f'<robot name="{robot.name}">']
    for name, colour in COLOURS.items():
        lines.append(f'  <material name="{name}"><color rgba="{_words((*colour, 1))}"/></material>')
    for link in robot.links:
        lines.append(f'  <link name="{link.name}">')
        if link.shape is not None:
            origin = f'<origin xyz="{_words(link.shape_at)}" rpy="{_words(link.shape_turn)}"/>'
            geometry = f"<geometry>{link.shape.geometry(True)}</geometry>"
            lines.append(f'    <visual>{origin}{geometry}<material name="{link.colour}"/></visual>')
            lines.append(f"    <collision>{origin}{geometry}</collision>")
            if link.mass:
                x, y, z = link.shape.moments(link.mass)
                lines.append(
                    f'    <inertial>{origin}<mass value="{link.mass:g}"/>'
                    f'<inertia ixx="{x:.6g}" ixy="0" ixz="0" iyy="{y:.6g}" iyz="0" izz="{z:.6g}"/></inertial>'
                )
        lines.append("  </link>")
        if link.parent is None:
            continue
        lines.append(f'  <joint name="{link.joint_name}" type="{link.joint}">')
        lines.append(f'    <parent link="{link.parent}"/><child link="{link.name}"/>')
        lines.append(f'    <origin xyz="{_words(link.at)}" rpy="{_words(link.turn)}"/>')
        if link.joint != "fixed":
            lines.append(f'    <axis xyz="{_words(link.axis)}"/>')
        if link.limits is not None:
            low, high = link.limits
            lines.append(f'    <limit lower="{low:g}" upper="{high:g}" effort="5" velocity="2"/>')
        lines.append("  </joint>")
    lines.append("</robot>")
    return "\n".join(lines) + "\n"


def _placed(placed: Floats) -> str:
    from transforms3d.euler import mat2euler

    values = (*placed[:3, 3], *mat2euler(placed[:3, :3], axes="sxyz"))
    return _words(0.0 if abs(value) < 1e-9 else value for value in values)


def _solid(robot: Robot, link: Link, placed: Floats) -> str:
    """The shape of a part as SDF, `placed` in the link that carries it."""
    assert link.shape is not None
    pose = f"<pose>{_placed(placed @ pose_matrix(link.shape_at, link.shape_turn))}</pose>"
    geometry = f"<geometry>{link.shape.geometry(False)}</geometry>"
    colour = _words(COLOURS[link.colour])
    look = f"<material><ambient>{colour} 1</ambient><diffuse>{colour} 1</diffuse></material>"
    grip = 0.0 if link.slides else 1.0
    surface = (
        f"<surface><friction><ode><mu>{grip}</mu><mu2>{grip}</mu2></ode></friction></surface>"
        if link.slides or link.name in (robot.wheels.left, robot.wheels.right)
        else ""
    )
    return (
        f'<visual name="{link.name}">{pose}<cast_shadows>0</cast_shadows>{geometry}{look}</visual>\n      '
        f'<collision name="{link.name}_hit">{pose}{geometry}{surface}</collision>'
    )


def _inertial(parts: list[tuple[Link, Floats]]) -> str:
    """The mass of what moves together, as one body about its common centre."""
    heavy = [
        (one, placed @ pose_matrix(one.shape_at, one.shape_turn)) for one, placed in parts if one.mass and one.shape
    ]
    if not heavy:
        return f"<inertial><mass>{TINY}</mass></inertial>"
    mass = sum(one.mass for one, _ in heavy)
    centre = sum((one.mass * placed[:3, 3] for one, placed in heavy), np.zeros(3)) / mass
    inertia = np.zeros((3, 3))
    for one, placed in heavy:
        assert one.shape is not None
        turned = placed[:3, :3] @ np.diag(one.shape.moments(one.mass)) @ placed[:3, :3].T
        off = placed[:3, 3] - centre
        inertia += turned + one.mass * (off @ off * np.eye(3) - np.outer(off, off))
    names = (("ixx", 0, 0), ("ixy", 0, 1), ("ixz", 0, 2), ("iyy", 1, 1), ("iyz", 1, 2), ("izz", 2, 2))
    cells = "".join(
        f"<{name}>{0.0 if abs(inertia[a, b]) < 1e-12 else inertia[a, b]:.6g}</{name}>" for name, a, b in names
    )
    return (
        f"<inertial><pose>{_words((*centre, 0, 0, 0))}</pose><mass>{mass:g}</mass><inertia>{cells}</inertia></inertial>"
    )


Simulator = Literal["gazebo11", "harmonic"]
"""They want other sensors and plugins; everything else of the robot is the same."""


def _sensors(robot: Robot, simulator: Simulator) -> dict[str, list[str]]:
    """The sensors by the link that carries them; topics are those of Harmonic, Gazebo 11 has its own."""
    camera, laser = robot.camera, robot.laser
    found: dict[str, list[str]] = {}

    def add(link: str, name: str, kind: str, rate: float, inside: str) -> None:
        carrier, placed = robot.carried(link)
        found.setdefault(carrier, []).append(
            f'<sensor name="{name}" type="{kind}"><pose>{_placed(placed)}</pose><always_on>1</always_on>'
            f"<update_rate>{rate:g}</update_rate>{inside}</sensor>"
        )

    add(
        camera.link, "camera", "camera", camera.rate,
        f"<topic>camera/image</topic><camera><horizontal_fov>{camera.fov:.6f}</horizontal_fov>"
        f"<image><width>{camera.width}</width><height>{camera.height}</height><format>R8G8B8</format></image>"
        f"<clip><near>{camera.near:g}</near><far>{camera.far:g}</far></clip>"
        f"<optical_frame_id>{camera.frame}</optical_frame_id></camera>",
    )  # fmt: skip
    ray = (
        f"<scan><horizontal><samples>{laser.count}</samples><resolution>1</resolution><min_angle>{laser.begin:.7g}</min_angle>"
        f"<max_angle>{laser.end:.7g}</max_angle></horizontal></scan>"
        f"<range><min>{laser.near:g}</min><max>{laser.far:g}</max><resolution>0.01</resolution></range>"
    )
    # Gazebo 11 casts rays through its physics, Harmonic only through a picture (in which Gazebo 11 would draw half).
    if simulator == "gazebo11":
        add(laser.link, "laser", "ray", laser.rate, f"<ray>{ray}</ray>")
    else:
        frame = f"<topic>scan</topic><gz_frame_id>{laser.link}</gz_frame_id>"
        error = (
            f"<noise><type>gaussian</type><mean>0</mean><stddev>{laser.noise:g}</stddev></noise>" if laser.noise else ""
        )
        add(laser.link, "laser", "gpu_lidar", laser.rate, f"{frame}<lidar>{ray}{error}</lidar>")
    inertia = f"<topic>imu</topic><gz_frame_id>{robot.imu.link}</gz_frame_id>"
    if simulator == "harmonic":
        inertia += f"<imu>{_axes('angular_velocity', robot.imu.turning_noise)}"
        inertia += f"{_axes('linear_acceleration', robot.imu.acceleration_noise)}</imu>"
    add(robot.imu.link, "imu", "imu", robot.imu.rate, inertia)
    hit = f"<contact><collision>{robot.bumper.link}_hit</collision><topic>bumper</topic></contact>"
    add(robot.bumper.link, "bumper", "contact", robot.bumper.rate, hit)
    return found


def _axes(measured: str, spread: float) -> str:
    """What the three axes of a measurement spread by."""
    noise = f'<noise type="gaussian"><mean>0</mean><stddev>{spread:g}</stddev></noise>'
    return f"<{measured}>{''.join(f'<{axis}>{noise}</{axis}>' for axis in 'xyz')}</{measured}>"


def _plugins(robot: Robot, simulator: Simulator) -> str:
    wheels = robot.wheels
    left, right = f"{wheels.left}_joint", f"{wheels.right}_joint"
    head = "".join(
        '\n    <plugin filename="gz-sim-joint-position-controller-system"'
        ' name="gz::sim::systems::JointPositionController">'
        f"<joint_name>{joint}</joint_name><topic>head/{which}/command</topic><p_gain>8</p_gain><d_gain>0.4</d_gain></plugin>"
        for which, joint in (("pan", robot.head.pan), ("tilt", robot.head.tilt))
    )
    if simulator == "gazebo11":  # its drive turns the wrong way round with left and right as they are
        return f"""    <plugin name="drive" filename="libDiffDrivePlugin.so">
      <left_joint>{right}</left_joint><right_joint>{left}</right_joint></plugin>"""
    return f"""    <plugin filename="gz-sim-diff-drive-system" name="gz::sim::systems::DiffDrive">
      <left_joint>{left}</left_joint><right_joint>{right}</right_joint><topic>cmd_vel</topic>
      <wheel_separation>{wheels.separation:g}</wheel_separation><wheel_radius>{wheels.radius:g}</wheel_radius>
      <max_linear_velocity>{wheels.speed:g}</max_linear_velocity><max_angular_velocity>{wheels.turning:g}</max_angular_velocity>
      <odom_topic>wheel_odom</odom_topic><tf_topic>wheel_tf</tf_topic></plugin>
    <plugin filename="gz-sim-odometry-publisher-system" name="gz::sim::systems::OdometryPublisher">
      <odom_frame>odom</odom_frame><robot_base_frame>base_footprint</robot_base_frame>
      <odom_topic>odom</odom_topic><tf_topic>tf</tf_topic><odom_publish_frequency>30</odom_publish_frequency></plugin>
    <plugin filename="gz-sim-joint-state-publisher-system" name="gz::sim::systems::JointStatePublisher">
      <topic>joint_states</topic></plugin>{head}"""


def _part(robot: Robot, name: str, frame: Floats, sensors: Iterable[str]) -> list[str]:
    """A link with everything that is fixed to it; `frame` in the model."""
    parts = [
        (link, placed)
        for link in robot.links
        if link.name != "base_footprint"
        for carrier, placed in [robot.carried(link.name)]
        if carrier == name
    ]
    return [
        f'    <link name="{name}"><pose>{_placed(frame)}</pose>',
        f"      {_inertial(parts)}",
        *(f"      {_solid(robot, link, placed)}" for link, placed in parts if link.shape is not None),
        *(f"      {sensor}" for sensor in sensors),
        "    </link>",
    ]


def sdf_model(robot: Robot, simulator: Simulator, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> str:
    """The robot as SDF; parts that are fixed to each other are one link.

    Gazebo 11 takes orders for joints only over another transport than its own: there the head is a model of its own
    without joints, `<name>_head`, that is set where the neck has it.

    Args:
        robot: its numbers.
        simulator: for which one.
        at: where it stands: x, y and heading (radians).
    """
    sensors = _sensors(robot, simulator)
    frames = {"base_link": robot.link("base_link").origin}
    for link in robot.moving():
        assert link.parent is not None
        carrier, placed = robot.carried(link.parent)
        frames[link.name] = frames[carrier] @ placed @ link.origin
    neck = {joint.removesuffix("_joint") for joint in (robot.head.pan, robot.head.tilt)}
    apart = neck if simulator == "gazebo11" else set()
    begin = _words((at[0], at[1], 0, 0, 0, at[2]))
    # A body that Gazebo 11 lets sleep does not wake up when it is set down somewhere else.
    lines = [
        f'    <model name="{robot.name}">',
        f"    <pose>{begin}</pose><allow_auto_disable>false</allow_auto_disable>",
    ]
    for name, frame in frames.items():
        if name not in apart:
            lines += _part(robot, name, frame, sensors.get(name, []))
    for link in robot.moving():
        assert link.parent is not None
        if link.name in apart:
            continue
        low, high = link.limits or (-1e16, 1e16)
        lines.append(
            f'    <joint name="{link.joint_name}" type="revolute"><parent>{robot.carried(link.parent)[0]}</parent>'
            f"<child>{link.name}</child><axis><xyz>{_words(link.axis)}</xyz>"
            f"<limit><lower>{low:g}</lower><upper>{high:g}</upper></limit><dynamics><damping>0.05</damping></dynamics>"
            "</axis></joint>"
        )
    lines += [_plugins(robot, simulator), "    </model>"]
    if apart:
        tilt = robot.head.tilt.removesuffix("_joint")
        lines += [
            f'    <model name="{robot.name}_head"><static>true</static>',
            f"    <pose>{_words((at[0], at[1], 0, 0, 0, at[2]))}</pose>",
            *_part(robot, tilt, np.eye(4), sensors.get(tilt, [])),
            "    </model>",
        ]
    return "\n".join(lines)


def sdf(robot: Robot, simulator: Simulator) -> str:
    """The robot as an SDF file of its own."""
    return f'<?xml version="1.0"?>\n{MADE}\n<sdf version="1.7">\n{sdf_model(robot, simulator)}\n</sdf>\n'
