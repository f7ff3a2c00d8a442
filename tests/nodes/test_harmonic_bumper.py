"""The bumper on Gazebo Harmonic: contacts become the contract's topic, and their silence a release."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Bool

from dolbom.simulation.contract import read_contract
from dolbom_nodes import qos
from dolbom_nodes.harmonic_bumper import HarmonicBumper

TOUCH = SimpleNamespace(contacts=[SimpleNamespace()])
NOTHING = SimpleNamespace(contacts=[])


def test_it_touches_while_contacts_come_and_no_more_when_they_cease(ros: Any, until: Any) -> None:
    (topic,) = (one for one in read_contract().topics if one.name == "/bumper")
    bumper = ros.spin_also(HarmonicBumper(parameter_overrides=[Parameter("use_sim_time", value=True)]))
    assert bumper._bumper.topic_name == topic.name
    observer = ros.plain()
    told: list[bool] = []
    observer.create_subscription(Bool, "bumper", lambda message: told.append(message.data), qos.STREAM)
    clock = observer.create_publisher(Clock, "/clock", 10)
    now = 100.0

    def live(until_told: bool) -> None:
        """Simulated time goes on, 0.02 s each time, until that is told."""
        nonlocal now
        told.clear()

        def step() -> bool:
            nonlocal now
            now += 0.02
            clock.publish(Clock(clock=Time(sec=int(now), nanosec=int(now % 1 * 1e9))))
            return until_told in told

        until(step)

    live(False)
    bumper.hear(NOTHING)
    live(False)
    for _ in range(3):
        bumper.hear(TOUCH)
        live(True)
    live(False)
    bumper.hear(TOUCH)
    live(True)
