"""The two clocks of the home behind one interface: behaviour time (ROS time) and civil time (wall calendar).

Nothing else in the core reads a clock: whoever decides something is handed a `Clock`, so that a test or a
simulation can drive it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


class Clock(Protocol):
    """Tells behaviour time and civil time.

    Behaviour time orders what the robot sees and does: seconds as a float, never running backwards within a
    process; under `use_sim_time` it is the simulator's. Civil time is what a calendar on the wall shows: an
    aware `datetime` in the home's zone, which may jump.
    """

    @property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        ...

    def now(self) -> float:
        """Behaviour time in seconds."""
        ...

    def civil(self) -> datetime:
        """Civil time, aware, in the home's zone."""
        ...


class SystemClock:
    """The machine's own clocks: for programs that run outside ROS (district, web, CLI)."""

    def __init__(self, zone: ZoneInfo = SEOUL) -> None:
        self._zone = zone

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    def now(self) -> float:
        return time.time()

    def civil(self) -> datetime:
        return datetime.now(self._zone)


class ManualClock:
    """A clock that stands still until it is told to move: for tests, replays and virtual days.

    Both clocks advance together; `set_civil` makes the civil one jump alone, as a wrong or corrected
    calendar would.
    """

    def __init__(self, civil: datetime | None = None, now: float = 0.0, zone: ZoneInfo = SEOUL) -> None:
        start = civil if civil is not None else datetime(2026, 1, 1, 9, 0, tzinfo=zone)
        if start.tzinfo is None:
            raise ValueError("civil time needs a zone: datetime(..., tzinfo=ZoneInfo('Asia/Seoul'))")
        self._zone = zone
        # Kept in UTC: adding seconds to a local datetime would be wrong over a DST change.
        self._utc = start.astimezone(UTC)
        self._now = now

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    def now(self) -> float:
        return self._now

    def civil(self) -> datetime:
        return self._utc.astimezone(self._zone)

    def advance(self, seconds: float) -> None:
        """Moves both clocks forward.

        Raises:
            ValueError: if `seconds` is negative; behaviour time never runs backwards.
        """
        if seconds < 0:
            raise ValueError(f"behaviour time does not run backwards ({seconds} s)")
        self._now += seconds
        self._utc += timedelta(seconds=seconds)

    def set_civil(self, civil: datetime) -> None:
        """Lets the civil clock jump, without behaviour time."""
        if civil.tzinfo is None:
            raise ValueError("civil time needs a zone: datetime(..., tzinfo=ZoneInfo('Asia/Seoul'))")
        self._utc = civil.astimezone(UTC)
