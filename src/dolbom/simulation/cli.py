"""`dolbom sim …`: the simulator set up, looked at and taken away."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dolbom.errors import UserError
from dolbom.simulation.installation import installation
from dolbom.simulation.scenario.cli import add as add_scenarios

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The simulated home: Gazebo 11 in a Debian root of its own, beside whatever this machine runs.",
    epilog="Examples:  [bold]dolbom sim install[/]   [bold]dolbom sim doctor --json[/]   [bold]dolbom sim uninstall[/]",
)

add_scenarios(app)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def install(
    mirror: Annotated[
        str, typer.Option(help="Address of a Debian mirror, instead of the usual one.", envvar="DOLBOM_DEBIAN_MIRROR")
    ] = "",
) -> None:
    """Bring Gazebo 11 from Debian into a root of its own (0.9 GB, some minutes); a second time does nothing.

    As root. The host gets mmdebstrap and nothing else. An interrupted installation goes on where it was.

    Example:  dolbom sim install
    """
    from dolbom.simulation.install import install as bring

    at = installation()
    console = Console(stderr=True)
    columns = (TextColumn("Gazebo 11 {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("…", total=None)

        def advance(phase: str, done: int, total: int) -> None:
            bar.update(task, description=phase, completed=done, total=total or None)

        new = bring(at, advance, mirror)
    told = at.told()
    typer.echo(f"Gazebo {told.get('gazebo')} {'is' if new else 'is already'} installed in {at.folder}")


@app.command()
def uninstall() -> None:
    """Take the simulator away.

    Example:  dolbom sim uninstall
    """
    from dolbom.simulation.install import uninstall as remove

    at = installation()
    if not remove(at):
        raise UserError(f"Gazebo is not installed in {at.folder}", "dolbom sim install")
    typer.echo("Gazebo is removed; mmdebstrap stays on the host.")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say whether the simulator is there and starts; exit code 1 if not.

    Example:  dolbom sim doctor --json
    """
    from dolbom.simulation.install import fitness
    from dolbom.simulation.trial import try_server

    at = installation()
    trouble, started_s = at.trouble(), None
    if not trouble:
        try:
            started_s = try_server(at)
        except UserError as error:
            trouble = str(error)
    hindered = fitness(at) if trouble else ""
    told = {"ok": not trouble, "folder": str(at.folder), **at.told(), "trouble": trouble, "hindered": hindered}
    if started_s is not None:
        told["started_s"] = round(started_s, 2)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    elif trouble:
        typer.echo(f"✗ {trouble}: {hindered or 'dolbom sim install'}")
    else:
        typer.echo(f"✓ Gazebo {told.get('gazebo')} in {at.folder}; a world was loaded after {started_s:.1f} s")
    raise typer.Exit(0 if told["ok"] else 1)


@app.command()
def describe(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a file is outdated.")] = False,
) -> None:
    """Write URDF, SDF and the bridge's configuration from the YAML that describes robot, home and contract.

    Example:  dolbom sim describe
    """
    from dolbom.simulation import described

    files = described.outdated() if check else described.describe()
    for file in files:
        typer.echo(f"{'outdated' if check else 'written'}: {file}")
    raise typer.Exit(1 if check and files else 0)


@app.command("home")
def home(
    domain: Annotated[
        int | None, typer.Option(min=0, max=101, help="ROS domain; default: $ROS_DOMAIN_ID, else 0.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the resident's look, manner and errands.")] = 1,
    fall_after: Annotated[
        float, typer.Option(min=0, help="The resident falls before the robot after so many seconds; 0: never.")
    ] = 0.0,
    seconds: Annotated[float, typer.Option(min=0, help="How long, in simulated seconds; 0: until Ctrl-C.")] = 0.0,
    pace: Annotated[
        float, typer.Option(min=0.05, max=10, help="Simulated seconds a second; 0.5 for a busy machine.")
    ] = 1,
) -> None:
    """Run the flat with its resident on the ROS graph, at the pace of real time; the robot's nodes can join.

    Example:  dolbom sim home --domain 7 --fall-after 30
    """
    import importlib

    installation().demand()
    # Needs ROS, which the core does not import.
    keep_home = importlib.import_module("dolbom_nodes.simulation_home").keep_home
    try:
        keep_home(domain, seed, fall_after, seconds, pace, typer.echo)
    except KeyboardInterrupt:
        typer.echo("ended")
