"""What the parts of a running district share: database, clock, feed, authority, and whom to tell of a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request

from dolbom.clock import Clock
from dolbom.district.authority import Authority
from dolbom.district.database import Database
from dolbom.district.feed import Feed


def _nobody() -> None:
    """Nobody needs to be told."""


@dataclass
class District:
    """A running district as the web routes see it.

    Args:
        secure: whether the desk is served over TLS (cookies are then sent over TLS only).
        robots_changed: told, from any thread, when other robots may connect than before.
        send_soon: told when something waits for a robot.
        touched: told when pages should look for changes.
        health: how the district's own parts are, for /healthz.
    """

    name: str
    database: Database
    clock: Clock
    feed: Feed
    authority: Authority
    broker_host: str
    broker_port: int
    enrol_url: str
    secure: bool = False
    robots_changed: Callable[[], None] = field(default=_nobody)
    send_soon: Callable[[], None] = field(default=_nobody)
    touched: Callable[[], None] = field(default=_nobody)
    health: Callable[[], dict[str, bool]] = field(default=dict)

    def now(self) -> datetime:
        """Civil time."""
        return self.clock.civil()


def district_of(request: Request) -> District:
    """The running district."""
    district: District = request.app.state.district
    return district
