"""What the pages of an application need to know of it to let people in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from dolbom.staff.access import Permissions
from dolbom.staff.database import Database


@dataclass(frozen=True)
class Gate:
    """Stands in `app.state.gate`.

    Args:
        database: holds the tables of `dolbom.staff.models`.
        now: civil time.
        permissions: roles × actions.
        cookie: name of the cookie of a login.
        secure: whether it is served over TLS (cookies are then sent over TLS only).
        home_page: by role, where somebody lands after login.
    """

    database: Database
    now: Callable[[], datetime]
    permissions: Permissions
    cookie: str
    secure: bool
    home_page: Callable[[str], str]


def gate_of(request: Request) -> Gate:
    """The gate of the application that is asked."""
    gate: Gate = request.app.state.gate
    return gate
