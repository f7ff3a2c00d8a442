"""What the care worker's pages can do to the robot."""

from __future__ import annotations

from typing import Literal, Protocol
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

    def attended(self, event: UUID, state: Literal["coming", "over"], role: str, person: str) -> None:
        """The district is told that somebody here has taken an alarm on, or says that it is over; on disk when this
        returns.

        Raises:
            UserError: if it could not be written.
        """
        ...

    def restarts(self, part: str) -> bool:
        """Whether a part can be restarted from here; not the pages themselves."""
        ...

    def restart(self, part: str) -> None:
        """Takes a part down and brings it up again; returns when it is up."""
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
        lang: str = "en",
    ) -> None:
        """What somebody knows of a dose better than the robot; see `dolbom.routines.noting.noted`.

        Args:
            lang: of the error.

        Raises:
            UserError: for what cannot be meant.
        """
        ...

    def learn_face(self, *, name: str, given_by: str, until: str, person: str) -> None:
        """Begins to learn the face of whoever stands before the camera; the board shows how it goes on.

        Args:
            until: last day of the consent, as 2027-11-30, or "".
            person: id of whom; "" for somebody new.
        """
        ...

    def stop_learning(self) -> None:
        """Ends that; nothing is kept then."""
        ...

    def play_message(self, name: str, otherwise: str, lang: str) -> None:
        """Plays a message of the home's sounds once and erases it; returns when it has begun.

        Args:
            name: of its file.
            otherwise: what is said where it cannot be played.
        """
        ...
