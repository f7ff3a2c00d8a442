"""`dolbom bench sim`: how fast the simulated home runs with the whole companion in it, and how alike two runs are.

A shipped scenario is played by `dolbom sim run`, each time by a process of its own, as a developer does it.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from dolbom.bench.rig import environment
from dolbom.errors import UserError
from dolbom.simulation.scenario.cli import found
from dolbom.simulation.scenario.playing import longest
from dolbom.simulation.scenario.reading import load

SCENARIO = "fall_sideways_by_day"
START_S = 300.0
SLOWEST = 0.25
"""A run that takes longer than its start and its scenario at this real-time factor does not end any more."""
BARS = (("first_frame_s", "≤", 15.0), ("real_time_factor", "≥", 0.9))
"""What is asked of a machine with nothing else to do; on another one they say only how busy it is, and fail nothing."""
COMPARED = ("fall", "event", "desk")
"""What two runs with one seed must have in common, in this order; words depend on the voice's own pace."""


def limit(scenario: Path, seed: int) -> float:
    """Seconds that a run may take."""
    return START_S + longest(load(scenario, seed).scenario) / SLOWEST


def play(scenario: Path, seed: int) -> dict[str, Any]:
    """One run's verdict.

    Raises:
        UserError: if it cannot be played, or does not end.
    """
    patience = limit(scenario, seed)
    command = [sys.executable, "-m", "dolbom", "sim", "run", str(scenario), "--seed", str(seed), "--json"]
    try:
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        raise UserError(f"{scenario.stem} took more than {patience:.0f} s", "what else does this machine do?") from None
    try:
        (verdict,) = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise UserError(f"{scenario.stem} could not be played: {said[0]}", "dolbom sim doctor") from None
    if verdict["outcome"] in ("broken", "not_run"):
        raise UserError(f"{scenario.stem} could not be played: {verdict['why']}", "dolbom sim doctor")
    return dict(verdict)


def course(verdict: dict[str, Any]) -> list[str]:
    """What happened, in order, without its times: names, who, and what the events say."""
    return [
        " ".join([entry["sort"], entry["name"], entry["person"], json.dumps(entry.get("data", {}), sort_keys=True)])
        for entry in verdict["timeline"]
        if entry["sort"] in COMPARED
    ]


def difference(verdicts: Sequence[dict[str, Any]]) -> str:
    """Where a run first goes another way than the first one; empty if none does."""
    first = course(verdicts[0])
    for number, verdict in enumerate(verdicts[1:], 2):
        for one, other in itertools.zip_longest(first, course(verdict), fillvalue="nothing"):
            if one != other:
                return f"run {number}: {other}, not {one}"
    return ""


def bars(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Which of the bars are met."""
    return [
        {"figure": name, "bar": f"{sign} {bar:g}", "met": told[name] <= bar if sign == "≤" else told[name] >= bar}
        for name, sign, bar in BARS
    ]


def figures(verdicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the runs come to; all of one seed."""

    def middle(name: str) -> float:
        return round(float(median(one["figures"][name] for one in verdicts)), 2)

    told: dict[str, Any] = {
        "scenario": verdicts[0]["scenario"],
        "seed": verdicts[0]["seed"],
        "runs": len(verdicts),
        "passed": sum(one["outcome"] == "passed" for one in verdicts),
        "first_frame_s": middle("first_frame_s"),
        "ready_s": middle("ready_s"),
        "real_time_factor": middle("real_time_factor"),
        "camera_hz": middle("camera_hz"),
        "looked_at_hz": middle("looked_at_hz"),
        "whole_s": round(median(one["wall_s"] for one in verdicts), 1),
        "simulated_s": round(median(one["simulated_s"] for one in verdicts), 1),
        "same_order": not difference(verdicts),
        "difference": difference(verdicts),
        "course": [entry["name"] for entry in verdicts[0]["timeline"] if entry["sort"] in COMPARED],
    }
    return told | {"bars": bars(told)}


app = typer.Typer()


@app.command()
def command(
    scenario: Annotated[str, typer.Option(help="A shipped scenario.")] = SCENARIO,
    runs: Annotated[int, typer.Option(min=2, max=20, help="How many runs with the same seed.")] = 2,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Measure the simulated home with the whole companion: start, pace, frames; and whether a seed repeats itself.

    Exit code 1 if two runs of the seed told different events, or in another order, by their names and data without ids,
    times and measured figures. Start and pace are told against their bars and fail nothing.

    Examples:  dolbom bench sim   dolbom bench sim --runs 3 --json
    """
    if len(paths := found([Path(scenario)])) > 1:
        raise UserError(f"{scenario} are {len(paths)} scenarios", "name one")
    (path,) = paths
    with Progress(console=Console(stderr=True), transient=True) as progress:
        verdicts = [play(path, seed) for _ in progress.track(range(runs), description=scenario)]
    told = figures(verdicts)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(
            f"{told['scenario']}, {runs} runs: first frame after {told['first_frame_s']} s, robot ready after "
            f"{told['ready_s']} s\nreal-time factor {told['real_time_factor']}, camera {told['camera_hz']} Hz of "
            f"simulated time, looked at {told['looked_at_hz']} Hz\nthe same events in the same order: "
            f"{'yes' if told['same_order'] else 'no, ' + told['difference']}"
        )
        for bar in told["bars"]:
            typer.echo(f"{bar['figure']} {bar['bar']}: {'met' if bar['met'] else 'not met'}")
    raise typer.Exit(0 if told["same_order"] else 1)
