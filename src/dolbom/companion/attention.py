"""Whether words are meant for the robot: called by its name, or said by somebody it knows who is in view."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dolbom.companion.observations import Heard
from dolbom.dialog.letters import words_of

_CALLING = r"(?:아|야|이|이야|아아|님|씨)?"
"""How a Korean name is lengthened when somebody is called."""


class Attention:
    """Who may talk to the robot now.

    Args:
        names: what the robot is called, in any language.
        attention_s: how long it listens after it was called or answered, seconds.
        face_s: how long a familiar face counts after it was last seen, seconds.
    """

    def __init__(self, names: Sequence[str], attention_s: float, face_s: float) -> None:
        self.attention_s, self.face_s = attention_s, face_s
        plain = sorted({" ".join(words_of(name)) for name in names if words_of(name)}, key=len, reverse=True)
        one = "|".join(re.escape(name).replace(r"\ ", " ?") for name in plain)
        self._name = re.compile(
            rf"^(?:(?:hey|hello|hi|ok|okay|저기|얘|어이|이봐) )*(?:{one}){_CALLING}(?= |$)|(?:^| )(?:{one}){_CALLING}$"
        )
        self._until: dict[str, float] = {}
        self._faces: dict[str, float] = {}

    def without_name(self, text: str) -> tuple[bool, str]:
        """Whether the words call the robot by its name, and the words without it ("돌봄아 몇 시야" → "몇 시야")."""
        words = " ".join(words_of(text))
        match = self._name.search(words)
        if match is None:
            return False, text
        # The words as they were, if only the front was cut off: numbers and marks stay.
        return True, f"{words[: match.start()]} {words[match.end() :]}".strip()

    def wake(self, heard: Heard, now: float) -> None:
        """From now on this speaker is listened to for a while."""
        self._until[_who(heard)] = now + self.attention_s

    def prolong(self, now: float) -> None:
        """The robot spoke with whoever it listens to: it goes on listening."""
        for who, until in self._until.items():
            if until >= now:
                self._until[who] = now + self.attention_s

    def sleep(self) -> None:
        """Nobody is listened to any more until the name is said again."""
        self._until.clear()

    def seen(self, person: str, now: float) -> None:
        """A familiar face is in view."""
        self._faces[person] = now

    def listens_to(self, heard: Heard, now: float) -> bool:
        """Whether this speaker called the robot, or typed."""
        return heard.voice == "typed" or self._until.get(_who(heard), -1.0) >= now

    def knows(self, heard: Heard, now: float) -> bool:
        """Whether somebody whom the robot knows is in view: the speaker, if it is known who speaks."""
        if heard.person:
            return self._faces.get(heard.person, -1e9) + self.face_s >= now
        return self.company(now)

    def company(self, now: float) -> bool:
        """Whether a familiar face was in view lately."""
        return any(at + self.face_s >= now for at in self._faces.values())

    def faces(self, now: float) -> list[str]:
        """Who was in view lately."""
        return [person for person, at in self._faces.items() if at + self.face_s >= now]


def _who(heard: Heard) -> str:
    return heard.person or heard.voice
