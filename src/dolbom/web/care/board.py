"""What the care worker's pages show of this moment, and the wire that tells open pages that something changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from dolbom.web.board import Board
from dolbom.web.wire import sse

CALM = "home"
"""The kind of change that need not be shown many times a second."""


@dataclass(frozen=True)
class Present:
    """Somebody whom the camera sees. `person` is an id, or empty for somebody who is not known."""

    person: str
    posture: str


@dataclass(frozen=True)
class Part:
    """How one node of the robot is: ok, warn, error or stale."""

    level: str
    message: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Learning:
    """A face that the robot learns with its camera.

    Attributes:
        guidance: what the person is asked to do, one of `dolbom.perception.enrolment.Guidance`.
        progress: 0 to 1.
        over: it has ended; then `person` is who was learnt, or empty, and `message` why not.
    """

    name: str
    guidance: str = "nobody"
    progress: float = 0.0
    over: bool = False
    person: str = ""
    message: str = ""


class CareBoard(Board):
    """As `Board`; of what changes it says only that it did, and pages ask for what they show."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._present: tuple[Present, ...] = ()
        self._parts: dict[str, Part] = {}
        self._learning: Learning | None = None

    # --- the robot's side ---

    def learning(self, now: Learning) -> None:
        """How far the learning of a face is."""
        self._learning = now
        self.changed("face")

    def present(self, people: tuple[Present, ...]) -> None:
        """Who is there now."""
        if people != self._present:
            self._present = people
            self.changed(CALM)

    def part(self, name: str, part: Part) -> None:
        """How a node is."""
        before = self._parts.get(name)
        self._parts[name] = part
        if before is None or (before.level, before.message) != (part.level, part.message):
            self.changed(CALM)

    def gone(self, name: str) -> None:
        """A node says nothing any more."""
        known = self._parts.get(name)
        if known is not None and known.level != "stale":
            self.part(name, Part("stale", "", known.values))

    def changed(self, kind: str, alarm: str | None = None) -> None:
        """Something changed: `raised` (an alarm), `updated`, `dose`, `routine`, `face`, or what is calm."""
        with self._lock:
            self._number += 1
            self._wire.put(sse("change", {"change": kind, "alarm": alarm, "home": None}, self._number))

    # --- the pages' side ---

    @property
    def number(self) -> int:
        """Of the last change."""
        return self._number

    @property
    def learns(self) -> Learning | None:
        """The face that is learnt, or that was learnt last."""
        return self._learning

    @property
    def people(self) -> tuple[Present, ...]:
        """Who is there now."""
        return self._present

    @property
    def parts(self) -> dict[str, Part]:
        """The nodes, by name."""
        return dict(self._parts)

    def follow(self) -> AsyncIterator[str]:
        """Server-sent events: that something changed, from now on."""
        return self._wire.follow(lambda: [f"retry: 1000\nid: {self._number}\n\n"])

    def _tell(self, event: str, data: object) -> None:  # noqa: ARG002 - pages ask for what they show
        self.changed(CALM)
