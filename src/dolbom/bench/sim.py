"""`dolbom bench sim`: how fast the simulated home runs with the whole companion in it, and how alike two runs are.

A shipped scenario is played by `dolbom sim run`, each time by a process of its own, as a developer does it.
"""

from __future__ import annotations

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

SCENARIO = "fall_sideways_by_day"
RUN_S = 900.0
COMPARED = ("fall", "event", "desk")
"""What two runs with one seed must have in common, in this order; words depend on the voice's own pace."""


def play(scenario: str, seed: int) -> dict[str, Any]:
    """One run's verdict.

    Raises:
        UserError: if it cannot be played.
    """
    command = [sys.executable, "-m", "dolbom", "sim", "run", scenario, "--seed", str(seed), "--json"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=RUN_S, check=False)
    try:
        (verdict,) = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise UserError(f"{scenario} could not be played: {said[0]}", "dolbom sim doctor") from None
    if verdict["outcome"] in ("broken", "not_run"):
        raise UserError(f"{scenario} could not be played: {verdict['why']}", "dolbom sim doctor")
    return dict(verdict)


def course(verdict: dict[str, Any]) -> list[str]:
    """What happened, in order, without its times."""
    return [entry["name"] for entry in verdict["timeline"] if entry["sort"] in COMPARED]


def figures(verdicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the runs come to; all of one seed."""

    def middle(name: str) -> float:
        return round(float(median(one["figures"][name] for one in verdicts)), 2)

    return {
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
        "same_order": all(course(one) == course(verdicts[0]) for one in verdicts),
        "course": course(verdicts[0]),
    }


app = typer.Typer()


@app.command()
def command(
    scenario: Annotated[str, typer.Option(help="A shipped scenario.")] = SCENARIO,
    runs: Annotated[int, typer.Option(min=2, max=20, help="How many runs with the same seed.")] = 2,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Measure the simulated home with the whole companion: start, pace, frames; and whether a seed repeats itself.

    Exit code 1 if two runs of the seed told different events, or in another order.

    Examples:  dolbom bench sim   dolbom bench sim --runs 3 --json
    """
    if len(paths := found([Path(scenario)])) > 1:
        raise UserError(f"{scenario} are {len(paths)} scenarios", "name one")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        verdicts = [play(scenario, seed) for _ in progress.track(range(runs), description=scenario)]
    told = figures(verdicts)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(
            f"{told['scenario']}, {runs} runs: first frame after {told['first_frame_s']} s, robot ready after "
            f"{told['ready_s']} s\nreal-time factor {told['real_time_factor']}, camera {told['camera_hz']} Hz of "
            f"simulated time, looked at {told['looked_at_hz']} Hz\nthe same events in the same order: "
            f"{'yes' if told['same_order'] else 'no'}"
        )
    raise typer.Exit(0 if told["same_order"] else 1)
