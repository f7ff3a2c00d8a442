"""The adapter of Gazebo 11 with measurements put in by hand: the graph hears what its sensors are made to be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nav_msgs.msg import Odometry
from sensor_msgs.msg import LaserScan

from dolbom.simulation.noise import Noise, NoisyLaser, NoisyOdometry
from dolbom.simulation.robot import read_robot
from dolbom.simulation.simulation import RobotState
from dolbom_nodes import qos
from dolbom_nodes.simulation_adapter import SimulationAdapter


def stamped(ranges: list[float]) -> Any:
    """What Gazebo tells of a scan."""
    scan = SimpleNamespace(
        ranges=ranges, range_min=0.15, range_max=8.0, angle_min=-1.0, angle_max=1.0, angle_step=2.0 / len(ranges)
    )
    return SimpleNamespace(time=SimpleNamespace(sec=1, nsec=0), scan=scan)


def state(stamp: float, x: float) -> RobotState:
    pose = np.eye(4)
    pose[0, 3] = x
    return RobotState(stamp, pose, {})


@pytest.mark.parametrize("noise", [Noise(), Noise(laser=0.02, slip=0.1)], ids=["perfect", "poor"])
def test_laser_and_odometry_are_as_poor_as_they_are_made(ros: Any, until: Any, noise: Noise) -> None:
    hears = ("on_image", "on_scan", "on_imu", "on_state", "on_bumper")
    simulation: Any = SimpleNamespace(robot=read_robot(), time=0.0, **{name: [] for name in hears})
    adapter = ros.spin_also(SimulationAdapter(simulation))
    adapter.laser, adapter.odometry = NoisyLaser(noise, 1), NoisyOdometry(noise, 1)
    observer = ros.plain()
    scans: list[LaserScan] = []
    ways: list[Odometry] = []
    observer.create_subscription(LaserScan, "scan", scans.append, qos.SENSOR)
    observer.create_subscription(Odometry, "odom", ways.append, qos.STREAM)
    until(lambda: adapter._scan.get_subscription_count() and adapter._odometry.get_subscription_count())
    until(lambda: simulation.on_scan[0](stamped([2.0] * 270 + [9.0])) or scans)
    until(lambda: simulation.on_state[0](state(1.0, 0.0)) or ways)
    simulation.on_state[0](state(2.0, 0.5))
    until(lambda: ways[-1].header.stamp.sec == 2)
    ranges, (x, speed) = np.array(scans[0].ranges), (ways[-1].pose.pose.position.x, ways[-1].twist.twist.linear.x)
    assert np.isinf(ranges[-1])
    assert speed == pytest.approx(x)
    if noise == Noise():
        assert (ranges[:-1] == 2.0).all()
        assert x == 0.5
    else:
        assert float(ranges[:-1].std()) == pytest.approx(0.02, rel=0.2)
        assert x != pytest.approx(0.5, abs=1e-4)
