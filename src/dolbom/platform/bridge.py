"""What the bridge node is set to, and the health that it reports to the district: pure, without ROS."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dolbom import __version__
from dolbom.platform.delivery import DeliveryParameters
from dolbom.platform.messages import Heartbeat

Level = Literal["ok", "warn", "error", "stale"]
LEVELS: tuple[Level, ...] = ("ok", "warn", "error", "stale")
"""In the order of diagnostic_msgs/DiagnosticStatus."""

STALE_AFTER_S = 5.0
NODES_MOST = 64


class BridgeParameters(BaseModel):
    """The bridge node's parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heartbeat_s: float = Field(
        default=20.0, ge=1, le=60, description="How often the district hears from this robot; it alarms after 60 s."
    )
    receipt_timeout_s: float = Field(
        default=5.0, ge=0.5, le=120, description="How long a receipt may take before an event is sent again."
    )
    window: int = Field(default=256, ge=1, le=4096, description="Events in flight at most; alarms have room beside it.")

    def delivery(self) -> DeliveryParameters:
        """For the delivery's state machine."""
        return DeliveryParameters(receipt_timeout_s=self.receipt_timeout_s, window=self.window)


class Health:
    """Gathers what the nodes of this robot say of themselves. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, tuple[Level, float]] = {}
        self._camera: Literal["on", "off", "lost", "unknown"] = "unknown"

    def node(self, name: str, level: int, now: float) -> None:
        """A node's diagnostic level, as in diagnostic_msgs/DiagnosticStatus; an unknown one is an error."""
        short = name.rsplit("/", 1)[-1][:64]
        known: Level = LEVELS[level] if 0 <= level < len(LEVELS) else "error"
        with self._lock:
            if short in self._nodes or len(self._nodes) < NODES_MOST:
                self._nodes[short] = (known, now)

    def camera(self, state: Literal["on", "off", "lost", "unknown"]) -> None:
        """The camera's latched state."""
        with self._lock:
            self._camera = state

    def heartbeat(self, now: float, at: datetime) -> Heartbeat:
        """What to tell the district. A node that was not heard for 5 s is stale: silence is a fault.

        Args:
            now: seconds of the clock that `node` was given.
            at: civil time.
        """
        with self._lock:
            nodes = {
                name: "stale" if now - heard > STALE_AFTER_S else level
                for name, (level, heard) in sorted(self._nodes.items())
            }
            return Heartbeat.model_validate({"at": at, "version": __version__, "nodes": nodes, "camera": self._camera})
