"""`dolbom simulate`: virtual days on the core, faster than the clock, with every broken rule counted."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Virtual time: the core alone, with a scripted person.",
    epilog="Examples:  [bold]dolbom simulate days 30[/]   [bold]dolbom simulate play --json[/]",
)


@app.callback()
def group() -> None:
    """Virtual time: the core alone, with a scripted person."""


@app.command(epilog="Examples:  dolbom simulate days 30   dolbom simulate days 7 --seed 5 --json")
def days(
    count: Annotated[int, typer.Argument(metavar="N", min=1, max=3660, help="So many days.")],
    seed: Annotated[int, typer.Option(help="Of everything left to chance: the same seed, the same days.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Days of two people with medicines, meals and more: answers, silence, refusals, a calendar that jumps, a process
    that is killed and goes on from its database. Ends with 1 if any rule was broken.

    `speed`: times faster than real time; `violations`: broken rules, with `broken` naming them.
    """
    from dolbom.routines.simulate import simulate

    stderr = Console(stderr=True)
    bar = Progress(
        TextColumn("Virtual days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=stderr, disable=not stderr.is_terminal, transient=True,
    )  # fmt: skip
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dolbom-days-") as folder, bar:
        task = bar.add_task("", total=count)
        found = simulate(count, seed, Path(folder), lambda: bar.advance(task))
    took = time.monotonic() - began
    found |= {"seconds": round(took, 2), "speed": round(count * 86_400 / took)}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        doses = ", ".join(f"{state} {number}" for state, number in found["doses"].items())
        typer.echo(f"{count} days in {took:.1f} s, {found['speed']} times faster than real time")
        typer.echo(f"doses: {doses}")
        typer.echo(f"killed {found['kills']} times, calendar set {found['jumps']} times, {found['prompts']} reminders")
        typer.echo(f"broken rules: {found['violations']}")
        for one in found["broken"]:
            typer.echo(f"  {one}")
    if found["violations"]:
        raise typer.Exit(1)


@app.command(epilog="Examples:  dolbom simulate play   dolbom simulate play --people 50 --seed 3 --json")
def play(
    people: Annotated[
        int, typer.Option(min=12, max=2000, help="So many simulated people; half of them decline.")
    ] = 200,
    sessions: Annotated[int, typer.Option(min=24, max=400, help="Sessions of each.")] = 60,
    seed: Annotated[int, typer.Option(help="Of everything left to chance: the same seed, the same people.")] = 1,
    own_rounds: Annotated[
        bool, typer.Option("--own-rounds", help="A session is one game with its own rounds, 4 to 10; else ten rounds.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Simulated people play the shipped items: are they served what they can do, are they known rightly, is a decline
    noticed; beside a fixed ladder and a 2-up-1-down staircase with the same people.

    `served_in_band`: share of people who succeed in 80 to 90 % of the rounds after session 3; `ability_correlation`:
    of what is thought of them with what is true; `decline_sessions_median`: sessions until a lasting loss of half a
    standard deviation is told; `false_alerts_per_year`: of those who lost nothing, at a session a day.
    """
    from dolbom.games.simulate import simulate

    stderr = Console(stderr=True)
    bar = Progress(
        TextColumn("Simulated people"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=stderr, disable=not stderr.is_terminal, transient=True,
    )  # fmt: skip
    began = time.monotonic()
    with bar:
        task = bar.add_task("", total=people)
        found = simulate(people, sessions, seed, lambda: bar.advance(task), own_rounds=own_rounds)
    found["seconds"] = round(time.monotonic() - began, 1)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for way in ("elo", "ladder", "staircase"):
        one = found[way]
        typer.echo(
            f"{way:10} in band {one['served_in_band']:.3f}, success {one['success_median']:.3f} (median), "
            f"correlation {one['ability_correlation']:.3f}"
        )
    typer.echo(
        f"decline told after {found['decline_sessions_median']:g} sessions (median), "
        f"within 10: {found['decline_within_10']:.2f}, ever: {found['decline_noticed']:.2f}"
    )
    typer.echo(f"false alerts a year: {found['false_alerts_per_year']} ({found['person_years']} person-years)")
