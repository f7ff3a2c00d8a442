"""One scenario with many seeds: how often each expectation holds, with intervals, and how long it takes."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dolbom.evaluation.intervals import interval
from dolbom.simulation.scenario.language import Expectation
from dolbom.simulation.scenario.reading import Loaded, load
from dolbom.simulation.scenario.verdict import Outcome, State, Verdict

ALARMS = ("fall.down", "distress.raised")
"""What the robot says of a fall: its detector, and whoever it calls."""

Play = Callable[[Loaded], Verdict]


def sweep(
    path: Path, seeds: Sequence[int], run: Play, progress: Callable[[Verdict], None] = lambda _verdict: None
) -> list[Verdict]:
    """Plays a scenario once with each seed.

    Raises:
        UserError: if the file is wrong.
    """
    verdicts = []
    for seed in seeds:
        verdicts.append(run(load(path, seed)))
        progress(verdicts[-1])
    return verdicts


def rates(verdicts: Sequence[Verdict], expect: Sequence[Expectation] = ()) -> dict[str, object]:
    """What many runs of one scenario come to.

    Args:
        expect: its expectations, which tell whether somebody falls in it.

    Returns:
        Counts; for all of it (`passed`) and each expectation the share that held with its 95 % interval (Clopper and
        Pearson) and, where it has one, the delay from the end of the step that it counts from (p50, p95, seconds);
        `detection`, where a fall is expected to be found: the share of runs in which it was; `false_alarm`, where none
        may be: the share of runs in which one was found or raised all the same; each None where the scenario is not
        about it; the seeds that failed; how much faster than real time it went.
    """
    run = [one for one in verdicts if one.outcome in (Outcome.PASSED, Outcome.FAILED)]
    passed = sum(one.outcome is Outcome.PASSED for one in run)
    expectations = []
    for index in range(len(run[0].findings) if run else 0):
        found = [one.findings[index] for one in run]
        held = [one for one in found if one.state is State.HELD]
        delays = [one.delay for one in held if one.delay is not None]
        expectations.append(
            {
                "what": found[0].what,
                **_share(len(held), len(found)),
                "delay_p50_s": _percentile(delays, 50),
                "delay_p95_s": _percentile(delays, 95),
            }
        )
    simulated, wall = sum(one.record.now for one in run), sum(one.record.wall_s for one in run)
    return {
        "scenario": verdicts[0].name if verdicts else "",
        "backend": run[0].backend if run else "",
        "runs": len(run),
        "not_run": sum(one.outcome is Outcome.NOT_RUN for one in verdicts),
        "broken": sum(one.outcome is Outcome.BROKEN for one in verdicts),
        "passed": _share(passed, len(run)),
        **_of_falls(run, expect),
        "expectations": expectations,
        "failed_seeds": [one.seed for one in run if one.outcome is Outcome.FAILED],
        "why": next((one.why for one in verdicts if one.why), ""),
        "times_real_time": round(simulated / wall, 1) if wall else None,
    }


def _of_falls(run: Sequence[Verdict], expect: Sequence[Expectation]) -> dict[str, object]:
    numbered = list(enumerate(expect))
    found = [i for i, one in numbered if one.fall in ("down", "long_lie")]
    raised = [i for i, one in numbered if one.event == "distress.raised" and one.data.get("cause") == "fall"]
    never = [i for i, one in numbered if any(fnmatch.filter(ALARMS, kind) for kind in one.never or ())]
    falls = found or raised

    def held(all_of: Sequence[int]) -> int:
        return sum(all(one.findings[i].state is State.HELD for i in all_of) for one in run)

    return {
        "detection": _share(held(falls), len(run)) if falls else None,
        "false_alarm": _share(len(run) - held(never), len(run)) if never and not falls else None,
    }


def _share(hits: int, of: int) -> dict[str, object]:
    return {"held": hits, "of": of, "rate": round(hits / of, 4) if of else None, "interval": interval(hits, of)}


def _percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 2) if values else None
