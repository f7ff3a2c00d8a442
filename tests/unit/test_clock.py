"""The two clocks of the home."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dolbom.clock import SEOUL, ManualClock, SystemClock


def test_both_clocks_advance_together() -> None:
    clock = ManualClock(datetime(2026, 3, 1, 8, 0, tzinfo=SEOUL), now=5.0)
    clock.advance(90.0)
    assert clock.now() == 95.0
    assert clock.civil() == datetime(2026, 3, 1, 8, 1, 30, tzinfo=SEOUL)


def test_the_calendar_may_jump_while_behaviour_time_does_not() -> None:
    clock = ManualClock(now=5.0)
    clock.set_civil(datetime(2020, 1, 1, tzinfo=SEOUL))
    assert clock.now() == 5.0
    assert clock.civil().year == 2020


def test_behaviour_time_never_runs_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        ManualClock().advance(-1.0)


def test_an_hour_is_an_hour_over_a_change_to_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    clock = ManualClock(datetime(2026, 3, 29, 1, 30, tzinfo=berlin), zone=berlin)
    clock.advance(3600.0)
    assert clock.civil().strftime("%H:%M") == "03:30"


def test_civil_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        ManualClock().set_civil(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_system_clock_tells_the_homes_zone() -> None:
    clock = SystemClock()
    assert clock.civil().utcoffset() == timedelta(hours=9)
    assert abs(clock.now() - clock.civil().timestamp()) < 5.0
    assert clock.zone == ManualClock().zone
