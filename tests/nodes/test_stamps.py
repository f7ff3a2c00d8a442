"""The calendar of a simulated robot is the scenario's, in every process the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from rclpy.clock import Clock
from rclpy.time import Time

from dolbom_nodes import stamps

SEOUL = ZoneInfo("Asia/Seoul")
ZERO = "2026-03-01T07:00:00+09:00"


class SimulatedTime:
    """A node's clock under `use_sim_time`, set by hand."""

    seconds = 0.0

    def now(self) -> Time:
        return Time(nanoseconds=round(self.seconds * 1e9))


@pytest.mark.parametrize("read_at", [0.0, 12.5])
def test_civil_time_counts_from_what_the_environment_says(monkeypatch: pytest.MonkeyPatch, read_at: float) -> None:
    monkeypatch.setenv(stamps.CIVIL_ZERO, ZERO)
    time = SimulatedTime()
    clock = stamps.RosClock(cast(Clock, time), SEOUL, simulated=True)
    time.seconds = read_at
    assert clock.civil() == datetime(2026, 3, 1, 7, tzinfo=SEOUL) + timedelta(seconds=read_at)
    time.seconds = 3600.0
    assert clock.civil().isoformat() == "2026-03-01T08:00:00+09:00"


def test_a_real_robot_does_not_listen_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(stamps.CIVIL_ZERO, ZERO)
    clock = stamps.RosClock(cast(Clock, SimulatedTime()), SEOUL, simulated=False)
    assert abs((clock.civil() - datetime.now(SEOUL)).total_seconds()) < 60
