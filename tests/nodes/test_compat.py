"""The REP-155 and tf2 messages are, on the wire and in their constants, those of the upstream Jazzy packages.

The hashes are those that rosidl 4.6.6 computes from the upstream definitions: hri_msgs 2.3.2 (tag
release/jazzy/hri_msgs/2.3.2-1 of ros4hri/hri_msgs-release) and tf2_msgs 0.36.4 (branch jazzy of ros2/geometry2). To
repeat: build the target `<package>__rosidl_generator_type_description` of the upstream package and read
`rosidl_generator_type_description/<package>/msg/<Type>.json`.
"""

import hashlib
import importlib

import pytest
import rclpy
from rclpy.context import Context

NO_CONSTANTS = hashlib.sha256(b"").hexdigest()[:16]

# type: (RIHS01 hash, first 16 digits of the SHA-256 over its sorted "NAME=value" joined by ";")
UPSTREAM = {
    "hri_msgs/BodyPosture": ("fa4258f18cc616a912e5aa1d48dbfead0fa5235a8546b4c69b70d64db7cef570", "80463eb698b2c7fa"),
    "hri_msgs/FacialLandmarks": (
        "f1d6b0ba159f4d6be1632e5dfc9cb79ce5e35da73888da2a4789bd9b35112a63",
        "82e269979f5dd1a9",
    ),
    "hri_msgs/IdsList": ("7e0812d1ac945c98fd3e393568d581ad0ab567f37b24eff633eab778c1bfe62d", NO_CONSTANTS),
    "hri_msgs/IdsMatch": ("1c649d4a87ca2d4fe5f606395e83a863640e411c9192dfda6d399a68019966f0", "533a4753a87922c2"),
    "hri_msgs/LiveSpeech": ("2cfdf359eed836b1d32ac2d62e1476f2048212e7ed79a17c0a594b04c33f8783", NO_CONSTANTS),
    "hri_msgs/NormalizedPointOfInterest2D": (
        "cc1d2f720c82afeb850ff1dbf66f41ecb7caf19f842987f1247e66160cf03953",
        NO_CONSTANTS,
    ),
    "hri_msgs/NormalizedRegionOfInterest2D": (
        "2e50c93f1ca166ee77af9a5424dc951ae4e452b740162a7f83c082d917dcaff5",
        NO_CONSTANTS,
    ),
    "hri_msgs/Skeleton2D": ("1cb61f012db6ca43c48fa0097ccab9a00108ea39323c13f01bb983323c1e3420", "fba29cdef314ac61"),
    "tf2_msgs/TFMessage": ("e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087", NO_CONSTANTS),
}


def message(name: str) -> type:
    package, kind = name.split("/")
    return getattr(importlib.import_module(f"{package}.msg"), kind)


@pytest.mark.parametrize("name", UPSTREAM)
def test_the_type_announced_on_the_graph_has_the_upstream_hash(name: str, ros_domain: int) -> None:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    try:
        node = rclpy.create_node("compat", context=context)
        node.create_publisher(message(name), "compat", 1)
        (announced,) = node.get_publishers_info_by_topic("compat")
        assert str(announced.topic_type_hash) == f"RIHS01_{UPSTREAM[name][0]}"
    finally:
        context.shutdown()


@pytest.mark.parametrize("name", UPSTREAM)
def test_the_constants_are_the_upstream_ones(name: str) -> None:
    kind = message(name)
    constants = getattr(type(kind), f"_{type(kind).__name__}__constants")
    listed = ";".join(sorted(f"{constant}={value}" for constant, value in constants.items()))
    assert hashlib.sha256(listed.encode()).hexdigest()[:16] == UPSTREAM[name][1]
