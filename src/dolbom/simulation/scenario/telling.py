"""A verdict in words: for the terminal, and as the output of a test case."""

from __future__ import annotations

from collections.abc import Iterator

from dolbom.simulation.scenario.record import Entry
from dolbom.simulation.scenario.verdict import Outcome, State, Verdict
from dolbom.simulation.scenario.words import in_clock

SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_RUN: "–", Outcome.BROKEN: "!"}


def headline(verdict: Verdict) -> str:
    """The verdict in one line."""
    what = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.NOT_RUN: "not run", Outcome.BROKEN: "broken"}
    times = f"{verdict.record.now:.0f} s in {verdict.record.wall_s:.1f} s" if verdict.record.now else ""
    why = f": {verdict.why}" if verdict.why else ""
    more = f" ({verdict.backend}, seed {verdict.seed}, {times})" if times else ""
    return f"{SIGNS[verdict.outcome]} {verdict.name} {what[verdict.outcome]}{more}{why}"


def findings(verdict: Verdict) -> Iterator[str]:
    """What became of each expectation."""
    for one in verdict.findings:
        if one.state is State.HELD:
            when = f" at {in_clock(one.at)}" if one.at is not None else ""
            yield f"  ✓ {one.what}{when}" + (f" ({one.delay:+.1f} s)" if one.delay is not None else "")
        else:
            yield f"  ✗ {one.what} — {one.why or 'it did not come'}"


def timeline(verdict: Verdict) -> Iterator[str]:
    """What happened, line by line; what was expected stands where it held or broke."""
    marks = [(one.at, 1, f"            {'✓' if one.state is State.HELD else '✗'} {one.what}")
             for one in verdict.findings if one.at is not None]  # fmt: skip
    lines = [(entry.at, 0, f"{in_clock(entry.at):<10}  {line(entry)}") for entry in verdict.record.entries]
    yield from (text for _, _, text in sorted(lines + marks, key=lambda one: one[:2]))


def line(entry: Entry) -> str:
    """One entry in words."""
    who = f" ({entry.person})" if entry.person and entry.sort in ("fall", "event", "desk") else ""
    return {
        "begins": f"· {entry.text}",
        "ends": f"· done: {entry.text}",
        "fall": f"sees {entry.name}{who}: {entry.text}",
        "drive": f"{entry.name}: {entry.text}",
        "said": f"{'safety' if entry.name == 'safety' else 'robot'} says: {entry.text}",
        "event": f"→ {entry.name} {entry.text}{who}",
        "desk": f"⇒ on the desk: {entry.name} {entry.text}{who}",
        "note": entry.text,
    }[entry.sort]
