"""What the care worker's pages can do to the robot."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class Robot(Protocol):
    """Each may be called from any thread and raises `dolbom.web.app.NotNowError` if it cannot be done now."""

    def switch_camera(self, on: bool) -> None:
        """Switches the camera; returns when it is switched."""
        ...

    def say(self, text: str, lang: str) -> None:
        """Says a sentence; returns when it has begun, or when it is known that it cannot."""
        ...

    def acknowledge(self, event: UUID, role: str) -> None:
        """Somebody has taken an alarm on: the person is told that help comes."""
        ...

    def note_dose(
        self,
        *,
        what: str,
        by: str,
        due: str = "",
        state: str = "",
        routine: str = "",
        person: str = "",
        count: float = 0.0,
        reason: str = "",
    ) -> None:
        """What somebody knows of a dose better than the robot; see `dolbom.routines.noting.noted`.

        Raises:
            UserError: for what cannot be meant.
        """
        ...
