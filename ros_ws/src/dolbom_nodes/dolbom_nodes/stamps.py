"""Behaviour time (float seconds) to and from builtin_interfaces/Time, and the Clock that nodes hand to the core."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from builtin_interfaces.msg import Time
from rclpy.clock import Clock as RclpyClock

ANCHOR = "DOLBOM_TIME_ANCHOR"
"""Environment variable: what behaviour time is ahead of the machine's steady clock, the same in all processes."""

CIVIL_ZERO = "DOLBOM_CIVIL_ZERO"
"""Environment variable: civil time, ISO 8601 with its zone, at the simulator's time zero; only under `use_sim_time`."""


def to_msg(seconds: float) -> Time:
    """A message of behaviour time."""
    whole = int(seconds // 1)
    nanoseconds = round((seconds - whole) * 1e9)
    if nanoseconds >= 1_000_000_000:
        whole, nanoseconds = whole + 1, nanoseconds - 1_000_000_000
    return Time(sec=whole, nanosec=nanoseconds)


def from_msg(stamp: Time) -> float:
    """Behaviour time of a message, seconds."""
    return float(stamp.sec) + float(stamp.nanosec) * 1e-9


class RosClock:
    """`dolbom.clock.Clock` on a node's clock.

    Under `use_sim_time` behaviour time is the simulator's, and civil time moves with it from what `CIVIL_ZERO` says,
    or else from the moment this clock was first read. Otherwise behaviour time is ROS system time as it was when the
    robot started, carried on by the steady clock: a corrected calendar (a robot's clock may be years wrong until the
    network comes) must not stretch or skip the seconds that somebody on the floor waits.
    """

    def __init__(self, clock: RclpyClock, zone: ZoneInfo, simulated: bool) -> None:
        self._clock = clock
        self._zone = zone
        self._simulated = simulated
        named = os.environ.get(ANCHOR)
        self._ahead = float(named) if named else time.time() - time.monotonic()
        self._latest = 0.0
        zero = os.environ.get(CIVIL_ZERO)
        self._civil_zero = datetime.fromisoformat(zero).astimezone(UTC) if zero and simulated else None

    @property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        return self._zone

    def now(self) -> float:
        """Behaviour time in seconds; never runs backwards."""
        if not self._simulated:
            return time.monotonic() + self._ahead
        self._latest = max(self._latest, self._clock.now().nanoseconds * 1e-9)
        return self._latest

    def civil(self) -> datetime:
        """Civil time, aware, in the home's zone."""
        if not self._simulated:
            return datetime.now(self._zone)
        now = self.now()
        if now == 0.0 and self._civil_zero is None:  # the simulator has not spoken yet
            return datetime.now(self._zone)
        if self._civil_zero is None:
            self._civil_zero = datetime.now(UTC) - timedelta(seconds=now)
        return (self._civil_zero + timedelta(seconds=now)).astimezone(self._zone)
