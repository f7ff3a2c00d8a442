"""Reads what the robot's processes wrote into their logs: the last lines, or everything about one event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path

LEVELS = ("debug", "info", "warning", "error")
TAIL_BYTES = 400_000
"""Of each process's newest file so much is read for its last lines."""
SHOWN = ("event_id", "distress_id", "trouble", "reason", "why", "trace")
"""What is told beside the text. Other values may be anybody's words."""


@dataclass(frozen=True)
class LogLine:
    """One line; `more` are those of its values that say nothing of the person."""

    time: str
    process: str
    node: str
    level: str
    text: str
    more: dict[str, str]


@dataclass(frozen=True)
class Sought:
    """Which lines: about an event or a distress by its id ("" for any), of a node, at least of a level."""

    id: str = ""
    node: str = ""
    level: str = "debug"

    def fits(self, line: LogLine) -> bool:
        """Whether this is one of them."""
        rank = LEVELS.index(line.level) if line.level in LEVELS else len(LEVELS)
        return rank >= LEVELS.index(self.level) and self.node in ("", line.node)


def lines(folder: Path, sought: Sought, limit: int) -> list[LogLine]:
    """The newest of them, the oldest first. With an id all files are read, else the ends of the newest ones.

    Args:
        folder: of the logs; one that is not there has none.
    """
    found = (line for path in sorted(folder.glob("*.jsonl*")) for line in _of(path, sought) if sought.fits(line))
    return sorted(nlargest(limit, found, key=lambda line: line.time), key=lambda line: line.time)


def _of(path: Path, sought: Sought) -> Iterator[LogLine]:
    process, _, number = path.name.partition(".jsonl")
    if number and not sought.id:
        return
    try:
        with path.open("rb") as file:
            if not sought.id:
                file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            yield from _read(file, process, sought.id.encode())
    except OSError:
        return  # turned over or gone meanwhile


def _read(raw: Iterable[bytes], process: str, id: bytes) -> Iterator[LogLine]:
    for line in raw:
        if id not in line:
            continue
        try:
            said = json.loads(line)
        except ValueError:
            continue  # cut off at the beginning, or torn by a full disk
        if not isinstance(said, dict):
            continue
        more = {key: str(said[key]) for key in SHOWN if said.get(key)}
        yield LogLine(
            str(said.get("time", "")), process, str(said.get("node", "")), str(said.get("level", "")),
            str(said.get("text", "")), more,
        )  # fmt: skip
