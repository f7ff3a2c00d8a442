"""The help button: held long enough, it is a call; a short touch is none."""

from __future__ import annotations

HOLD_S = 3.0
"""How long it must be held, seconds."""
LOST_S = 60.0
"""A button whose release was never told counts as released after this."""


class HeldButton:
    """Every button of a home, the robot's own and the pendants.

    One hold is one call, however long it lasts. A pressed button that says nothing more still becomes a call: a lost
    message must not swallow it.
    """

    def __init__(self) -> None:
        self._pressed: dict[str, float] = {}
        self._called: set[str] = set()

    def told(self, person: str, pressed: bool, now: float) -> None:
        """A button was pressed (or still is) or released.

        Args:
            person: whose pendant; "" for the robot's own button.
            now: behaviour time, seconds.
        """
        if not pressed:
            self._pressed.pop(person, None)
            self._called.discard(person)
        elif person not in self._pressed:
            self._pressed[person] = now

    def calls(self, now: float) -> list[str]:
        """Whose button has been held long enough since this was asked last."""
        for person in [person for person, since in self._pressed.items() if now - since > LOST_S]:
            self.told(person, False, now)
        held = [p for p, since in self._pressed.items() if now - since >= HOLD_S and p not in self._called]
        self._called.update(held)
        return held
