"""The robot's numbers: frames by REP-103 and REP-105, and the files made from them."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import yaml

from dolbom.errors import UserError
from dolbom.simulation import described
from dolbom.simulation.contract import read_contract
from dolbom.simulation.robot import NUMBERS, Robot, read_robot, sdf, urdf


@pytest.fixture(scope="module")
def robot() -> Robot:
    return read_robot()


def test_the_files_that_are_made_from_the_descriptions_are_up_to_date() -> None:
    assert described.outdated() == [], "run: bin/dolbom sim describe"


def test_every_file_that_the_world_names_is_there() -> None:
    root = ET.parse(described.WORLD).getroot()
    named = {(element.text or "").strip() for tag in ("uri", "albedo_map") for element in root.iter(tag)}
    named |= {(element.text or "").strip() for element in root.iter() if element.tag.endswith("_map")}
    assert len(named) >= 4
    assert [name for name in named if not (described.WORLD.parent / name).is_file()] == []


def test_the_topics_of_harmonics_sensors_and_plugins_are_those_that_the_bridge_reads(robot: Robot) -> None:
    root = ET.fromstring(sdf(robot, "harmonic"))
    tags = ("topic", "odom_topic", "tf_topic")
    made = {(element.text or "").strip() for tag in tags for element in root.iter(tag)}
    # Beside an image its camera_info comes by itself.
    made |= {"/clock", "camera/camera_info"}
    assert {topic.gz for topic in read_contract().topics} <= made


def test_the_camera_looks_ahead_from_eye_height_and_its_optical_frame_down_the_z_axis(robot: Robot) -> None:
    camera = robot.frame("camera_link", {})
    assert camera[2, 3] == pytest.approx(1.10, abs=0.02)
    optical = robot.frame("camera_optical_frame", {})
    assert optical[:3, 2] == pytest.approx([1, 0, 0], abs=1e-6)  # REP-103: z out of the lens, x to the right
    assert optical[:3, 0] == pytest.approx([0, -1, 0], abs=1e-6)


def test_pan_turns_the_camera_to_the_left_and_tilt_down(robot: Robot) -> None:
    left = robot.frame("camera_link", {robot.head.pan: 0.5})
    assert math.atan2(left[1, 0], left[0, 0]) == pytest.approx(0.5)
    down = robot.frame("camera_link", {robot.head.tilt: 0.3})
    assert down[2, 0] < -0.2


def test_the_wheels_touch_the_floor_and_stand_as_far_apart_as_the_drive_believes(robot: Robot) -> None:
    left, right = (robot.frame(name, {}) for name in (robot.wheels.left, robot.wheels.right))
    assert left[2, 3] == right[2, 3] == pytest.approx(robot.wheels.radius)
    assert left[1, 3] - right[1, 3] == pytest.approx(robot.wheels.separation)


def test_the_urdf_is_one_tree_from_base_footprint_with_every_frame(robot: Robot) -> None:
    root = ET.fromstring(urdf(robot))
    links = {link.get("name") for link in root.iterfind("link")}
    children = [joint.find("child").get("link") for joint in root.iterfind("joint")]
    assert links == {link.name for link in robot.links}
    assert len(children) == len(set(children))
    assert links - set(children) == {"base_footprint"}


@pytest.mark.parametrize("simulator", ["gazebo11", "harmonic"])
def test_the_sdf_has_the_mass_and_the_sensors_of_the_numbers(robot: Robot, simulator) -> None:
    root = ET.fromstring(sdf(robot, simulator))
    masses = [float(mass.text) for mass in root.iterfind(".//inertial/mass")]
    # In Gazebo 11 the head stands on no neck.
    parts = [link for link in robot.links if simulator == "harmonic" or link.name != "head_pan_link"]
    assert sum(masses) == pytest.approx(sum(link.mass for link in parts))
    sensors = {sensor.get("name"): sensor for sensor in root.iterfind(".//sensor")}
    assert set(sensors) == {"camera", "laser", "imu", "bumper"}
    camera = sensors["camera"].find("camera")
    assert (camera.findtext("image/width"), camera.findtext("image/height")) == ("640", "480")
    assert float(camera.findtext("horizontal_fov")) == pytest.approx(robot.camera.fov, abs=1e-5)
    spreads = [float(one.text) for one in root.iterfind(".//noise/stddev")]
    own = [robot.laser.noise, *[robot.imu.turning_noise] * 3, *[robot.imu.acceleration_noise] * 3]
    assert spreads == (own if simulator == "harmonic" else [])  # in Gazebo 11 a scenario says it


def test_the_bridge_of_harmonic_keeps_every_topic_of_the_contract() -> None:
    entries = yaml.safe_load(read_contract().bridge())
    bridged = [topic.by or (topic.name, topic.type) for topic in read_contract().topics]
    assert [entry["ros_type_name"] for entry in entries] == [kind for _, kind in bridged]
    assert [entry["ros_topic_name"].removeprefix("/") for entry in entries] == [name[1:] for name, _ in bridged]
    ways = {entry["ros_topic_name"]: entry["direction"] for entry in entries}
    assert ways["camera/image_raw"] == "GZ_TO_ROS"
    assert ways["cmd_vel"] == "ROS_TO_GZ"


def test_the_sensors_of_the_contract_are_as_quick_as_the_robots_numbers(robot: Robot) -> None:
    topics = {topic.name: topic for topic in read_contract().topics}
    assert topics["/camera/image_raw"].rate == robot.camera.rate
    assert topics["/scan"].rate <= robot.laser.rate
    assert topics["/imu"].rate <= robot.imu.rate
    frames = {link.name for link in robot.links} | {"odom", ""}
    assert {topic.frame for topic in topics.values()} <= frames


def test_a_part_that_hangs_on_nothing_is_named(tmp_path) -> None:
    numbers = yaml.safe_load(NUMBERS.read_text(encoding="utf-8"))
    numbers["links"][3]["parent"] = "moon"
    file = tmp_path / "robot.yaml"
    file.write_text(yaml.safe_dump(numbers), encoding="utf-8")
    with pytest.raises(UserError, match="hangs on moon"):
        read_robot(file)


def test_a_point_seen_by_the_head_is_where_the_frames_say(robot: Robot) -> None:
    joints = {robot.head.pan: 0.4, robot.head.tilt: 0.2}
    placed = robot.transforms(joints)
    chain, name = np.eye(4), "camera_optical_frame"
    while name in placed:
        name, own = placed[name]
        chain = own @ chain
    assert name == "base_footprint"
    assert chain == pytest.approx(robot.frame("camera_optical_frame", joints))
