"""When to send what: the state machine between an outbox and an unreliable link, driven by the times it is given.

An event is offered once and stays here until its receipt comes: ready → in flight → (receipt | no receipt in time
→ backing off → ready). It knows neither disk nor network.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class DeliveryParameters(BaseModel):
    """How patient and how eager delivery is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: int = Field(default=256, ge=1, le=4096, description="Events in flight at most: sent, no receipt yet.")
    window_alarms: int = Field(default=64, ge=1, le=4096, description="More of them that only alarms may use.")
    receipt_timeout_s: float = Field(
        default=5.0, gt=0, le=120, description="How long a receipt may take before the event counts as not delivered."
    )
    retry_base_s: float = Field(
        default=0.5, gt=0, le=60, description="Upper bound of the first back-off; doubles each time."
    )
    retry_cap_s: float = Field(default=60.0, gt=0, le=3600, description="Upper bound of every back-off.")
    retry_cap_alarm_s: float = Field(default=5.0, gt=0, le=60, description="The same, when an alarm waits.")


def back_off(tries: int, cap_s: float, base_s: float, chance: random.Random) -> float:
    """Seconds to wait before another try: "full jitter", uniform between 0 and the bound.

    The bound doubles with each of the `tries` made so far, up to `cap_s`; a district that comes back is not
    overrun by all its robots in the same moment.
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
    """
    return chance.uniform(0.0, min(cap_s, base_s * 2 ** min(max(tries - 1, 0), 32)))


class _Stage(Enum):
    READY = 0
    IN_FLIGHT = 1
    BACKING_OFF = 2


@dataclass
class _Parcel:
    alarm: bool
    stage: _Stage = _Stage.READY
    tries: int = 0
    until: float = 0.0  # of the receipt or of the back-off


class Delivery:
    """Decides what to send now. Times are seconds of one clock that never runs backwards.

    Args:
        chance: where the jitter comes from; seeded in tests.
    """

    def __init__(self, parameters: DeliveryParameters | None = None, chance: random.Random | None = None) -> None:
        self.parameters = parameters or DeliveryParameters()
        self._chance = chance or random.Random()  # noqa: S311 (jitter, not a secret)
        self._parcels: dict[UUID, _Parcel] = {}
        self._ready: list[tuple[bool, UUID]] = []  # heap: alarms first, then by age (an id is in the order of making)
        self._timers: list[tuple[float, UUID]] = []  # heap of receipts and back-offs that run out
        self._in_flight = 0
        self._alarms = 0
        self._connected = False
        self._overdue_since: float | None = None

    def __len__(self) -> int:
        """How many events wait for their receipt."""
        return len(self._parcels)

    @property
    def in_flight(self) -> int:
        """How many of them were sent and may still get it."""
        return self._in_flight

    @property
    def urgent(self) -> bool:
        """Whether an alarm waits."""
        return self._alarms > 0

    def offer(self, id: UUID, alarm: bool) -> None:
        """Takes an event in; one that is here already stays as it is."""
        if id in self._parcels:
            return
        self._parcels[id] = _Parcel(alarm)
        self._alarms += alarm
        heapq.heappush(self._ready, (not alarm, id))

    def connected(self) -> None:
        """The link is up: whatever has no receipt may be sent at once."""
        self._connected = True
        self._overdue_since = None
        self._rest(backing_off_too=True)

    def disconnected(self) -> None:
        """The link is down: what was in flight may or may not have arrived, so it will be sent again."""
        self._connected = False
        self._overdue_since = None
        self._rest(backing_off_too=False)

    def _rest(self, backing_off_too: bool) -> None:
        for id, parcel in self._parcels.items():
            if parcel.stage is _Stage.IN_FLIGHT or (backing_off_too and parcel.stage is _Stage.BACKING_OFF):
                self._make_ready(id, parcel)

    def _make_ready(self, id: UUID, parcel: _Parcel) -> None:
        if parcel.stage is _Stage.IN_FLIGHT:
            self._in_flight -= 1
        parcel.stage = _Stage.READY
        heapq.heappush(self._ready, (not parcel.alarm, id))

    def due(self, now: float, most: int = 1024) -> list[UUID]:
        """The events to send now, in order; from this moment on they are in flight."""
        self._run_out(now)
        chosen: list[UUID] = []
        p = self.parameters
        while self._connected and self._ready and len(chosen) < most:
            not_alarm, id = self._ready[0]
            parcel = self._parcels.get(id)
            if parcel is None or parcel.stage is not _Stage.READY:
                heapq.heappop(self._ready)  # left from before its receipt
                continue
            if self._in_flight >= p.window + (0 if not_alarm else p.window_alarms):
                break
            heapq.heappop(self._ready)
            parcel.stage, parcel.until = _Stage.IN_FLIGHT, now + p.receipt_timeout_s
            parcel.tries += 1
            self._in_flight += 1
            heapq.heappush(self._timers, (parcel.until, id))
            chosen.append(id)
        return chosen

    def _run_out(self, now: float) -> None:
        p = self.parameters
        while self._timers and self._timers[0][0] <= now:
            until, id = heapq.heappop(self._timers)
            parcel = self._parcels.get(id)
            if parcel is None or parcel.until != until or parcel.stage is _Stage.READY:
                continue
            if parcel.stage is _Stage.BACKING_OFF:
                self._make_ready(id, parcel)
                continue
            self._in_flight -= 1
            if self._overdue_since is None:
                self._overdue_since = until
            cap = p.retry_cap_alarm_s if parcel.alarm else p.retry_cap_s
            parcel.stage = _Stage.BACKING_OFF
            parcel.until = now + back_off(parcel.tries, cap, p.retry_base_s, self._chance)
            heapq.heappush(self._timers, (parcel.until, id))

    def settled(self, id: UUID) -> bool:
        """The receipt came (or the event is gone from the outbox). True if it was waited for."""
        self._overdue_since = None
        parcel = self._parcels.pop(id, None)
        if parcel is None:
            return False
        self._in_flight -= parcel.stage is _Stage.IN_FLIGHT
        self._alarms -= parcel.alarm
        return True

    def unanswered(self, now: float) -> float:
        """For how many seconds receipts have been overdue while none came: a link that is up may be a dead one."""
        return 0.0 if self._overdue_since is None or not self._connected else max(0.0, now - self._overdue_since)

    def wake_at(self) -> float | None:
        """When `due` should be called again if nothing else happens before; None for no need."""
        while self._timers:
            until, id = self._timers[0]
            parcel = self._parcels.get(id)
            if parcel is not None and parcel.until == until and parcel.stage is not _Stage.READY:
                return until
            heapq.heappop(self._timers)
        return None
