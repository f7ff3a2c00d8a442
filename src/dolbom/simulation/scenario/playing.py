"""Plays a scenario on a backend: begins each step when it is due, lets time pass, and judges what happened."""

from __future__ import annotations

import fnmatch
import math
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dolbom.errors import UserError
from dolbom.simulation.scenario.backend import Backend
from dolbom.simulation.scenario.language import NEEDS, Scenario, Step, Until
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.scenario.record import Record
from dolbom.simulation.scenario.verdict import PATIENCE_S, Outcome, State, Verdict, contains, deadline, judge

TAIL_S = 20.0
"""It goes on for so long after the last step: what must never happen may come late."""
LONGEST_STEP_S = 1800.0
"""A step that a backend does not end by then is given up."""
DAY = "2026-11-25"
"""The day of a scenario that names none: a Wednesday."""

NOBODYS = ("wait", "until", "network", "kill", "camera", "desk", "light", "gas", "open", "close", "drive")
"""Verbs of which it does not matter who does them."""

A_STEP_S = 60.0
"""What a body needs for a step at the most, as it is reckoned before it is played."""

Progress = Callable[[float, str], None]


def starts(scenario: Scenario) -> datetime:
    """Civil time at the beginning, aware."""
    text = scenario.start if " " in scenario.start else f"{DAY} {scenario.start}"
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=scenario.tz)


def longest(scenario: Scenario) -> float:
    """How many seconds a scenario may go on by its file: each step done in a minute, and all that it waits for."""
    steps, start = scenario.steps, starts(scenario)
    clocks = [at_clock(start, step.clock) for step in steps if step.clock is not None]
    begins = max([0.0, *clocks, *(step.at for step in steps if step.at is not None)])
    lived = begins + sum(step.delay + (_span(step) or A_STEP_S) for step in steps)
    waits = max([TAIL_S, PATIENCE_S, *(one.within for one in scenario.expect if one.within is not None)])
    return max(lived + waits, scenario.lasts)


def at_clock(start: datetime, clock: str) -> float:
    """Seconds from the start until the home's calendar shows that time of day."""
    hour, minute = int(clock[:2]), int(clock[3:])
    then = start.replace(hour=hour, minute=minute)
    if then < start:
        then = (then + timedelta(days=1)).replace(hour=hour, minute=minute)
    return (then.astimezone(UTC) - start.astimezone(UTC)).total_seconds()


def play(
    loaded: Loaded,
    make: Callable[[Loaded, Record], Backend],
    progress: Progress = lambda _now, _what: None,
    lacks: dict[str, str] | None = None,
) -> Verdict:
    """Plays one scenario once; whatever breaks, the verdict says so, and those after it can be played.

    Args:
        make: makes the backend that writes into this record.
        progress: told the time and what begins.
        lacks: needs that the backend cannot meet, so that it need not even be made.
    """
    scenario, record = loaded.scenario, Record()
    record.labels = {step.label: index for index, step in enumerate(scenario.steps) if step.label}
    backend_name, why, outcome = "", "", Outcome.PASSED
    lacking = [need for need in scenario.needs if need in (lacks or {})]
    began = time.perf_counter()
    findings = []
    try:
        if lacking:
            outcome, why = Outcome.NOT_RUN, (lacks or {})[lacking[0]] or NEEDS[lacking[0]]
        else:
            backend = make(loaded, record)
            backend_name = backend.name
            with backend:
                _Play(scenario, backend, record, progress).run()
                backend.close(record)
            findings = judge(scenario, record, over=True)
            if any(one.state is not State.HELD for one in findings):
                outcome = Outcome.FAILED
    except UserError as error:
        outcome, why = Outcome.BROKEN, str(error)
    except Exception as error:  # a mistake of ours in one scenario must not cost a batch its report
        outcome, why = Outcome.BROKEN, _in_one_line(error)
    record.wall_s = time.perf_counter() - began
    return Verdict(
        loaded.name, str(loaded.file), scenario.title, loaded.seed, backend_name, outcome, findings, record, why,
        loaded.drawn,
    )  # fmt: skip


class _Play:
    def __init__(self, scenario: Scenario, backend: Backend, record: Record, progress: Progress) -> None:
        self.scenario, self.backend, self.record, self.progress = scenario, backend, record, progress
        self._start = starts(scenario)

    def run(self) -> None:
        record, backend, steps = self.record, self.backend, self.scenario.steps
        while True:
            self._end_and_begin()
            waits = self._next()
            if waits is None:
                break
            limits = [record.began[i] + _longest(steps[i]) for i in record.began if i not in record.ended]
            backend.advance(min([waits, backend.now + LONGEST_STEP_S, *(at + 0.1 for at in limits)]))
            record.now = backend.now
            for index in [i for i in record.began if i not in record.ended]:
                if backend.now - record.began[index] > _longest(steps[index]):
                    raise _endless(index, steps[index])

    def _end_and_begin(self) -> None:
        """Ends and begins what can be, until nothing more follows from it."""
        record, backend, steps = self.record, self.backend, self.scenario.steps
        changed = True
        while changed:
            changed = False
            for index, step in enumerate(steps):
                if index in record.began and index not in record.ended and self._ended(index, step):
                    record.ended[index] = backend.now
                    record.add(backend.now, "ends", step.label or step.verb, _told(step))
                    changed = True
                due = self._due(index, step)
                if index not in record.began and due is not None and due <= backend.now + 1e-6:
                    record.began[index] = backend.now
                    record.add(backend.now, "begins", step.label or step.verb, _told(step), person=step.who)
                    self.progress(backend.now, _told(step))
                    if step.verb not in ("wait", "until"):
                        backend.begin(index, step)
                    changed = True

    def _ended(self, index: int, step: Step) -> bool:
        began, now = self.record.began[index], self.backend.now
        if step.wait is not None:
            return now >= began + step.wait - 1e-6
        if step.until is None:
            return self.backend.ended(index)
        return now >= began + step.until.within - 1e-6 or self._came(step.until, began)

    def _came(self, until: Until, since: float) -> bool:
        for entry in self.record.entries:
            if entry.at < since:
                continue
            if until.event is not None and entry.sort == "event" and fnmatch.fnmatchcase(entry.name, until.event):
                return True
            if until.fall is not None and entry.sort == "fall" and entry.name == f"fall.{until.fall}":
                return True
            if until.drive is not None and entry.sort == "drive" and entry.name == f"drive.{until.drive}":
                return True
            if until.said is not None and entry.sort == "said" and contains(entry.text, until.said, self.scenario.lang):
                return True
        return False

    def _due(self, index: int, step: Step) -> float | None:
        """When a step begins; None while that is not known."""
        record, base = self.record, 0.0
        if step.at is not None:
            base = step.at
        elif step.clock is not None:
            base = at_clock(self._start, step.clock)
        elif step.after is not None or step.together is not None:
            found = record.end_of(step.after) if step.after is not None else record.begin_of(step.together)
            if found is None:
                return None
            base = found
        elif index:
            if index - 1 not in record.ended:
                return None
            base = record.ended[index - 1]
        return base + step.delay

    def _next(self) -> float | None:
        """Until when time passes next; None when all is done."""
        record, backend, steps = self.record, self.backend, self.scenario.steps
        left = [i for i in range(len(steps)) if i not in record.ended]
        if left:
            dues = [self._due(i, steps[i]) for i in left if i not in record.began]
            ends = [record.began[i] + _span(steps[i]) for i in left if i in record.began and _span(steps[i])]
            return min([*(due for due in dues if due is not None), *ends], default=math.inf)
        last = max(record.ended.values())
        end = max(last + TAIL_S, self.scenario.lasts)
        findings = judge(self.scenario, record, over=False)
        for expected, finding in zip(self.scenario.expect, findings, strict=True):
            if finding.state is State.OPEN or expected.times is not None:
                end = max(end, deadline(expected, record, last))
        return end + 1e-3 if backend.now <= end else None


def _in_one_line(error: Exception) -> str:
    """What broke, and where."""
    said = " ".join(str(error).split())[:200]
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {said} ({Path(last.filename).name}:{last.lineno})"


def _span(step: Step) -> float:
    return step.wait or (step.until.within if step.until else 0.0)


def _longest(step: Step) -> float:
    """For how many seconds a step may go on."""
    return step.answer.within if step.answer else LONGEST_STEP_S + _span(step)


def _endless(index: int, step: Step) -> UserError:
    if step.answer is not None:
        why = f"step {index + 1}: nobody asked within {step.answer.within:g} s what “{step.answer.text}” would answer"
        return UserError(why, "begin it when the robot is about to ask, or give it a longer `within`")
    return UserError(f"step {index + 1} ({step.verb}) does not end", "is it possible there?")


def _told(step: Step) -> str:
    """A step in a few words."""
    what = step.what
    if step.verb in ("say", "answer"):
        return f"{step.who} {'answers' if step.verb == 'answer' else 'says'}: {what.text}"
    if step.verb == "television":
        return f"the television says: {what}"
    said = ""
    if hasattr(what, "model_dump"):
        said = " ".join(str(value) for value in what.model_dump(exclude_defaults=True).values() if value is not True)
        if step.verb == "desk":
            said = "acknowledges" if what.acknowledge else "closes" if what.close else f"asks: {what.campaign.text}"
    elif what is not True:
        said = str(what)
    verb = step.verb.replace("_", " ")
    who = (
        f"{step.who} "
        if step.verb not in ("wait", "until", "network", "kill", "camera", "desk", "light", "gas", "drive")
        else ""
    )
    return f"{who}{verb} {said}".strip()
