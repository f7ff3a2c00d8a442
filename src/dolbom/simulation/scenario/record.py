"""What happened in a run, in order: what was done, what the robot saw, said and told, and what reached the desk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from dolbom.events import CareEvent

Sort = Literal["begins", "ends", "fall", "said", "event", "desk", "drive", "note"]
NOT_THE_SAME = ("id", "distress_id", "campaign_id", "alarm_id")
"""Fields of an event that are made anew in every run."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Entry:
    """One line of the timeline.

    Attributes:
        at: seconds since the beginning.
        sort: begins, ends: a step; fall: the fall detector's word; said: by the robot; event: on the robot's disk;
            desk: received by the district; drive: how a drive went; note: anything else worth reading.
        name: what it is called in expectations: a label, a kind of event, `fall.down`.
        text: for people.
        event: of `event` and `desk`.
        person: who, if known.
        picture: JPEG of the moment, if the backend has pictures.
    """

    at: float
    sort: Sort
    name: str
    text: str
    event: CareEvent | None = None
    person: str = ""
    picture: bytes = b""


@dataclass
class Record:
    """One run.

    Attributes:
        began, ended: of each step, by its number.
        labels: numbers of the labelled steps.
        robot: where it stands at the end, x and y.
        places: where people and places are at the end.
        nearest: how near it drove to each person's body, metres; touched: how often it touched anything.
        wall_s: how long it took.
        figures: what was measured of the run itself, by name.
        picture: makes a picture (JPEG) of what is seen now; None where there are none.
    """

    entries: list[Entry] = field(default_factory=list)
    began: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    robot: tuple[float, float] | None = None
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    nearest: dict[str, float] = field(default_factory=dict)
    touched: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    now: float = 0.0
    wall_s: float = 0.0
    picture: Callable[[], bytes] | None = None

    def add(self, at: float, sort: Sort, name: str, text: str, **more: Any) -> None:
        """One thing more; of a key moment with a picture, where there is one."""
        if self.picture is not None and sort in ("fall", "event"):
            more.setdefault("picture", self.picture())
        self.entries.append(Entry(round(at, 3), sort, name, text, **more))

    def told(self, at: float, event: CareEvent, desk: bool = False) -> None:
        """The robot made an event, or the desk received it."""
        self.add(at, "desk" if desk else "event", event.kind, summary(event), event=event, person=event.subject or "")

    def of(self, *sorts: Sort) -> Iterator[Entry]:
        """The entries of some sorts."""
        return (entry for entry in self.entries if entry.sort in sorts)

    def begin_of(self, label: str | None) -> float | None:
        """When a step began; 0 without a label; None if it has not begun."""
        return 0.0 if label is None else self.began.get(self.labels.get(label, -1))

    def end_of(self, label: str | None) -> float | None:
        """When a step ended, likewise."""
        return 0.0 if label is None else self.ended.get(self.labels.get(label, -1))

    def digest(self) -> str:
        """Equal for two runs in which the same happened in the same order at the same times."""
        made = hashlib.sha256()
        for entry in self.entries:
            made.update(json.dumps([entry.at, entry.sort, entry.name, entry.text, entry.person]).encode())
            if entry.event is not None:
                made.update(json.dumps(_bare(entry.event.model_dump(mode="json")), sort_keys=True).encode())
        return made.hexdigest()


def summary(event: CareEvent) -> str:
    """An event in a few words."""
    data = event.data
    more = [
        str(data[name]) for name in ("cause", "reason", "title", "ended", "part", "level", "what") if data.get(name)
    ]
    return f"[{event.severity}]" + (f" {', '.join(more)}" if more else "")


def essence(event: CareEvent) -> dict[str, Any]:
    """What two runs must have in common of an event although the robot lives at the pace of the wall clock: who, how
    grave, and its data without ids, times and measured figures."""
    return {
        "severity": event.severity.value,
        "person": event.subject or "",
        **_alike(event.model_dump(mode="json")["data"]),
    }


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key != "id" and not key.endswith("_id")}
        return {key: _alike(one) for key, one in kept.items() if not _measured(one)}
    if isinstance(value, list):
        return [_alike(one) for one in value if not _measured(one)]
    return _NUMBER.sub("#", value) if isinstance(value, str) else value


def _measured(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and _TIME.match(value) is not None)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(one) for key, one in value.items() if key not in NOT_THE_SAME}
    return [_bare(one) for one in value] if isinstance(value, list) else value
