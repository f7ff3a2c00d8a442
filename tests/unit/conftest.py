"""Unit tests run without ROS: importing it in one is an error."""

import sys

import pytest
from tests.quickly import migrations_run_once

__all__ = ["migrations_run_once"]
ROS = ("rclpy", "rosidl_runtime_py", "rosidl_parser", "std_msgs", "sensor_msgs", "geometry_msgs", "hri_msgs")


@pytest.fixture(autouse=True)
def no_ros(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ROS:
        monkeypatch.setitem(sys.modules, name, None)  # Python refuses to import what is None here
