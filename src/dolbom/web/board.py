"""What the robot's page shows now, and the wire that brings every change of it to the open pages."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Literal

from dolbom.web.wire import Wire, sse

Care = Literal["well", "asking", "watching", "raised", "acknowledged", "unguarded"]
"""all is well; a question is open; stood down but still on the floor; help was called; help is coming; nobody guards"""
Camera = Literal["on", "off", "lost", "unknown"]
Doing = Literal["speaking", "hearing", "listening", "quiet"]
"""it speaks; it hears somebody; it waits for an answer; nothing of these"""
Microphone = Literal["on", "lost", "none", "unknown"]
DUE = ("reminded", "snoozed", "taken", "done", "refused", "missed", "unknown")
"""How far something due can be that the page tells of: not before the robot has said it."""
LINES = 100
Exercising = Literal["", "showing", "counting", "by_voice", "timed", "resting"]
"""nothing is done; it is shown how; seen and counted; counted aloud only; against the clock; they rest"""

_WORST: tuple[Care, ...] = ("raised", "acknowledged", "asking", "watching")


@dataclass(frozen=True)
class Line:
    """Something that was said. `at` is civil time, ISO 8601; `picture` is the name of one, or empty; `buttons` are
    answers that may be touched."""

    speaker: Literal["robot", "person"]
    text: str
    at: str
    question: bool = False
    lang: str = ""
    picture: str = ""
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """What is exercised: `picture` is the name of the figure; `of` and `left_s` are 0 where there is no such thing."""

    state: Exercising = ""
    title: str = ""
    picture: str = ""
    count: int = 0
    of: int = 0
    left_s: int = 0


class Board:
    """The state of the page. The robot's side writes from its own thread; pages read in the event loop."""

    def __init__(self) -> None:
        self._wire = Wire()
        self._lock = self._wire.lock
        self._distresses: dict[str, Care] = {}
        self._guarded = False
        self._camera: Camera = "unknown"
        self._camera_message = ""
        self._time = ""
        self._doing: Doing = "quiet"
        self._microphone: Microphone = "unknown"
        self._text = "normal"
        self._due = ("", "", "", "")
        self._exercise = Exercise()
        self._lines: deque[Line] = deque(maxlen=LINES)

    # --- the robot's side ---

    def distress(self, id: str, care: Care) -> None:
        """Where one distress stands; "well" when it has ended. An empty id: there is none at all."""
        with self._lock:
            if not id:
                self._distresses.clear()
            elif care == "well":
                self._distresses.pop(id, None)
            else:
                self._distresses[id] = care
        self._tell_state()

    def guarded(self, is_guarded: bool) -> None:
        """Whether the part of the robot that raises alarms is alive."""
        if is_guarded != self._guarded:
            self._guarded = is_guarded
            self._tell_state()

    def camera(self, camera: Camera, message: str = "") -> None:
        """What the camera does."""
        if (camera, message) != (self._camera, self._camera_message):
            self._camera, self._camera_message = camera, message
            self._tell_state()

    def time(self, time: str) -> None:
        """The home's civil time to the minute, ISO 8601 without a zone."""
        if time != self._time:
            self._time = time
            self._tell_state()

    def doing(self, doing: Doing) -> None:
        """What the robot does now."""
        if doing != self._doing:
            self._doing = doing
            self._tell_state()

    def microphone(self, microphone: Microphone) -> None:
        """Whether it can hear."""
        if microphone != self._microphone:
            self._microphone = microphone
            self._tell_state()

    def text(self, text: str) -> None:
        """How large the page writes: normal, large or largest."""
        if text != self._text:
            self._text = text
            self._tell_state()

    def due(self, id: str, title: str, local: str, state: str) -> None:
        """How far something is that was due at a local time (ISO 8601); the last that changed is shown."""
        if state in DUE and title:
            self._due = (id, title, local, state)
        elif id == self._due[0]:
            self._due = ("", "", "", "")
        else:
            return
        self._tell_state()

    def exercise(self, exercise: Exercise) -> None:
        """What is exercised now."""
        if exercise != self._exercise:
            self._exercise = exercise
            self._tell("exercise", asdict(exercise))

    def said(self, line: Line) -> None:
        """Somebody said something."""
        with self._lock:
            self._lines.append(line)
        self._tell("said", asdict(line))

    def close(self) -> None:
        """Ends every open page's stream."""
        self._wire.close()

    # --- the pages' side ---

    def state(self) -> dict[str, str]:
        """What is so now."""
        with self._lock:
            now = set(self._distresses.values())
        worst: Care = next((care for care in _WORST if care in now), "well")
        # An alarm that was raised stands whether or not its guard is alive; "all is well" does not.
        care: Care = worst if self._guarded or worst in ("raised", "acknowledged") else "unguarded"
        _, title, local, due = self._due if self._due[2][:10] == self._time[:10] else ("", "", "", "")
        return {
            "care": care,
            "camera": self._camera,
            "camera_message": self._camera_message,
            "doing": self._doing,
            "microphone": self._microphone,
            "time": self._time,
            "text": self._text,
            "due": due,
            "due_title": title,
            "due_at": local[11:16],
        }

    def lines(self) -> list[Line]:
        """What was said lately, oldest first."""
        with self._lock:
            return list(self._lines)

    def follow(self) -> AsyncIterator[str]:
        """Server-sent events: first the present, then every change; a comment when nothing happens."""
        return self._wire.follow(
            lambda: [
                sse("state", self.state()),
                sse("lines", [asdict(line) for line in self._lines]),
                sse("exercise", asdict(self._exercise)),
            ]
        )

    def _tell_state(self) -> None:
        self._tell("state", self.state())

    def _tell(self, event: str, data: object) -> None:
        self._wire.put(sse(event, data))
