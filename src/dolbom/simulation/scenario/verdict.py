"""Judges what happened against what was expected: what held and when, what did not and why not."""

from __future__ import annotations

import fnmatch
import math
import re
from dataclasses import dataclass
from enum import StrEnum

from dolbom.simulation.scenario.language import Expectation, Scenario, Words
from dolbom.simulation.scenario.record import Entry, Record, Sort, essence
from dolbom.simulation.scenario.words import in_clock

PATIENCE_S = 60.0
"""What is expected without a time must come within this after the last step."""


class State(StrEnum):
    """Of one expectation."""

    HELD = "held"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True)
class Finding:
    """What became of one expectation.

    Attributes:
        index: its number in the file.
        what: the expectation in words.
        at: when it held, or was broken.
        delay: seconds from the end of the step it counts from.
        why: why it failed.
    """

    index: int
    what: str
    state: State
    at: float | None = None
    delay: float | None = None
    why: str = ""


class Outcome(StrEnum):
    """Of a run."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"
    BROKEN = "broken"
    """The run itself could not be done."""


@dataclass
class Verdict:
    """Of one scenario with one seed.

    Attributes:
        name, file, title: of the scenario.
        why: of what was not run or is broken.
    """

    name: str
    file: str
    title: Words
    seed: int
    backend: str
    outcome: Outcome
    findings: list[Finding]
    record: Record
    why: str = ""
    drawn: dict[str, object] | None = None

    def data(self) -> dict[str, object]:
        """For programs."""
        return {
            "scenario": self.name,
            "file": self.file,
            "seed": self.seed,
            "backend": self.backend,
            "outcome": self.outcome.value,
            "why": self.why,
            "drawn": self.drawn or {},
            "simulated_s": round(self.record.now, 1),
            "wall_s": round(self.record.wall_s, 3),
            "figures": self.record.figures,
            "expectations": [
                {"what": one.what, "state": one.state.value, "at": one.at, "delay": one.delay, "why": one.why}
                for one in self.findings
            ],
            "timeline": [
                {"at": one.at, "sort": one.sort, "name": one.name, "text": one.text, "person": one.person}
                | ({"data": essence(one.event)} if one.event is not None else {})
                for one in self.record.entries
            ],
            "digest": self.record.digest(),
        }


def judge(scenario: Scenario, record: Record, over: bool) -> list[Finding]:
    """What each expectation has come to by now; when all is `over`, none stays open."""
    return [_one(index, one, scenario, record, over) for index, one in enumerate(scenario.expect)]


def deadline(expected: Expectation, record: Record, last_step: float | None) -> float:
    """Until when there is something to wait for; infinite while the step that it counts from has not ended."""
    ended = record.end_of(expected.after)
    if expected.kind == "robot" or ended is None:
        return 0.0 if expected.kind == "robot" else math.inf
    if expected.within is not None:
        return ended + expected.within
    if expected.kind in ("never", "not_said"):
        return 0.0
    return math.inf if last_step is None else max(last_step, ended) + PATIENCE_S


def words(expected: Expectation, lang: str) -> str:
    """The expectation in a line."""
    who = f" of {expected.person}" if expected.person else ""
    data = "".join(f" {name}={value}" for name, value in expected.data.items())
    told = {
        "event": f"{expected.event}{data}{who}" + (" on the desk" if expected.on == "desk" else ""),
        "never": f"never {', '.join(expected.never or ())}",
        "order": " → ".join(expected.order or ()),
        "said": f"the robot says “{_pattern(expected.said, lang)}”",
        "not_said": f"the robot does not say “{_pattern(expected.not_said, lang)}”",
        "fall": f"the fall detector says {expected.fall}{who}",
        "robot": f"the robot stands within {expected.robot.metres:g} m of {expected.robot.of}"
        + (f", and kept {expected.robot.keeps:g} m from everybody" if expected.robot.keeps else "")
        if expected.robot
        else "",
        "drive": f"it drives: {expected.drive}",
    }[expected.kind]
    if expected.times:
        told += f", {expected.times}×"
    if expected.within is not None:
        told += f", within {expected.within:g} s"
    if expected.not_before:
        told += f", not before {expected.not_before:g} s"
    if expected.after:
        told += f" of {expected.after}"
    return told + (f" until {expected.until}" if expected.until else "")


def _one(index: int, expected: Expectation, scenario: Scenario, record: Record, over: bool) -> Finding:
    what = words(expected, scenario.lang)
    begin, end = record.begin_of(expected.after), record.end_of(expected.after)
    if begin is None or end is None:
        if not over:
            return Finding(index, what, State.OPEN)
        return Finding(index, what, State.FAILED, why=f"the step {expected.after} was not done to its end")
    if expected.kind in ("never", "not_said"):
        return _absent(index, what, expected, scenario, record, begin, over)
    if expected.kind == "order":
        return _in_order(index, what, expected, record, begin, end, over)
    if expected.kind == "robot":
        return _stands(index, what, expected, record, over)
    return _present(index, what, expected, scenario.lang, record, begin, end, over)


def _present(
    index: int, what: str, expected: Expectation, lang: str, record: Record, begin: float, end: float, over: bool
) -> Finding:
    last = end + expected.within if expected.within is not None else math.inf
    found = [e for e in record.entries if e.at >= begin and matches(e, expected, lang)]
    right = [e for e in found if end + expected.not_before <= e.at <= last or (not expected.not_before and e.at < end)]
    passed = over or record.now > last
    if expected.times is not None:
        if len(right) > expected.times:
            extra = right[expected.times]
            return Finding(index, what, State.FAILED, extra.at, why=f"it came {len(right)} times")
        if not passed:
            return Finding(index, what, State.OPEN)
        if len(right) < expected.times:
            return Finding(index, what, State.FAILED, why=_why(len(right), found, expected, record, end))
    if right:
        at = right[(expected.times or 1) - 1].at
        return Finding(index, what, State.HELD, at, round(at - end, 2))
    if not passed:
        return Finding(index, what, State.OPEN)
    return Finding(index, what, State.FAILED, why=_why(0, found, expected, record, end))


def _why(count: int, found: list[Entry], expected: Expectation, record: Record, end: float) -> str:
    if count:
        return f"it came {count} times"
    if found:
        at = found[0].at - end
        return f"it came {abs(at):.1f} s {'after' if at >= 0 else 'before'} that"
    if expected.kind == "event":
        where: tuple[Sort, ...] = ("desk", "event") if expected.on == "desk" else ("event",)
        near = [e for sort in where for e in record.of(sort) if fnmatch.fnmatchcase(e.name, expected.event or "")]
        if near:
            seen = near[0].event
            got = {name: seen.data.get(name) for name in expected.data} if seen is not None else {}
            other = (
                f"{near[0].text} {got or ''}".strip() if near[0].sort == where[0] else "on the robot, not on the desk"
            )
            return f"there was one at {in_clock(near[0].at)}, but {other}"
        told = sorted({e.name for e in record.of("event")})
        return f"none came; the robot told of {', '.join(told)}" if told else "none came; the robot told of nothing"
    if expected.kind == "said":
        said = [e.text for e in record.of("said")]
        return f"it said {len(said)} other things, the last “{said[-1]}”" if said else "it said nothing"
    if expected.kind == "drive":
        drove = sorted({e.name for e in record.of("drive")})
        return f"it only drove: {', '.join(drove)}" if drove else "it did not drive"
    falls = sorted({e.name for e in record.of("fall")})
    return f"it only said {', '.join(falls)}" if falls else "it said nothing"


def _absent(
    index: int, what: str, expected: Expectation, scenario: Scenario, record: Record, begin: float, over: bool
) -> Finding:
    end = record.begin_of(expected.until) if expected.until else math.inf
    end = math.inf if end is None else end
    for entry in record.entries:
        if begin <= entry.at < end and _forbidden(entry, expected, scenario.lang):
            return Finding(
                index, what, State.FAILED, entry.at, why=f"at {in_clock(entry.at)}: {entry.name} {entry.text}"
            )
    return Finding(index, what, State.HELD if over or record.now > end else State.OPEN)


def _forbidden(entry: Entry, expected: Expectation, lang: str) -> bool:
    if expected.never is not None:
        told = entry.sort in ("event", "fall", "drive")
        return told and any(fnmatch.fnmatchcase(entry.name, kind) for kind in expected.never)
    return entry.sort == "said" and contains(entry.text, expected.not_said, lang)


def _in_order(
    index: int, what: str, expected: Expectation, record: Record, begin: float, end: float, over: bool
) -> Finding:
    left, last = list(expected.order or ()), end + expected.within if expected.within is not None else math.inf
    at = begin
    for entry in record.entries:
        named = entry.name if entry.sort in ("event", "fall", "drive", "begins") else ""
        if left and entry.at >= begin and named and fnmatch.fnmatchcase(named, left[0]):
            left.pop(0)
            at = entry.at
    if not left and at <= last:
        return Finding(index, what, State.HELD, at, round(at - end, 2))
    if not over and record.now <= last and left:
        return Finding(index, what, State.OPEN)
    return Finding(
        index, what, State.FAILED, why=f"{left[0]} did not come then" if left else f"it took until {in_clock(at)}"
    )


def _stands(index: int, what: str, expected: Expectation, record: Record, over: bool) -> Finding:
    if not over or expected.robot is None:
        return Finding(index, what, State.OPEN)
    at, there = record.robot, record.places.get(expected.robot.of)
    if at is None or there is None:
        return Finding(index, what, State.FAILED, why="nobody knows where it stands")
    away, keeps = math.dist(at, there), expected.robot.keeps
    nearest = min(record.nearest.values(), default=math.inf)
    if keeps is not None and record.touched:
        return Finding(index, what, State.FAILED, record.now, why=f"it touched something {record.touched} times")
    if keeps is not None and nearest < keeps:
        return Finding(index, what, State.FAILED, record.now, why=f"it drove as near as {nearest:.2f} m to somebody")
    if away <= expected.robot.metres:
        return Finding(index, what, State.HELD, record.now)
    return Finding(index, what, State.FAILED, record.now, why=f"it stands {away:.1f} m away")


def matches(entry: Entry, expected: Expectation, lang: str) -> bool:
    """Whether an entry is what an expectation of something asks for, its time apart."""
    if expected.person is not None and entry.person != expected.person:
        return False
    if expected.event is not None:
        event = entry.event
        if event is None or entry.sort != ("desk" if expected.on == "desk" else "event"):
            return False
        if not fnmatch.fnmatchcase(entry.name, expected.event):
            return False
        if expected.severity is not None and event.severity is not expected.severity:
            return False
        return all(event.data.get(name) == value for name, value in expected.data.items())
    if expected.drive is not None:
        return entry.sort == "drive" and entry.name == f"drive.{expected.drive}"
    if expected.fall is not None:
        return entry.sort == "fall" and entry.name == f"fall.{expected.fall}"
    return entry.sort == "said" and contains(entry.text, expected.said, lang)


def contains(text: str, wanted: Words | str | None, lang: str) -> bool:
    """Whether a text holds these words, or fits the pattern between slashes."""
    pattern = _pattern(wanted, lang)
    if len(pattern) > 2 and pattern[0] == pattern[-1] == "/":
        return re.search(pattern[1:-1], text) is not None
    return pattern in text


def _pattern(wanted: Words | str | None, lang: str) -> str:
    return wanted.of(lang) if isinstance(wanted, Words) else wanted or ""
