"""`dolbom sim lint`, `list`, `run`, `sweep`: scenarios checked, played and judged."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.places import ROOT

FOLDER = ROOT / "sim" / "scenarios"

Files = Annotated[list[Path], typer.Argument(help="Scenario files, folders of them, or names of shipped ones.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Core = Annotated[bool, typer.Option("--core", help="On the core alone: no simulator, many times real time.")]
Morphemes = Annotated[
    bool, typer.Option("--morphemes", help="Understand Korean with the morpheme model, as the robot does (500 MB).")
]

Domain = Annotated[int | None, typer.Option(min=0, max=101, help="ROS_DOMAIN_ID of the robot's processes.")]


def lint(files: Files, as_json: AsJson = False) -> None:
    """Say what is wrong with scenario files, one line each with file, line, column and a cure; exit code 1 if anything.

    Example:  dolbom sim lint sim/scenarios
    """
    from dolbom.simulation.scenario.lint import lint as look
    from dolbom.simulation.scenario.lint import told

    problems = [problem for path in found(files) for problem in look(path)]
    if as_json:
        typer.echo(json.dumps(list(told(problems)), indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(str(problem))
        if not problems:
            typer.echo("nothing is wrong")
    raise typer.Exit(1 if problems else 0)


def shipped(as_json: AsJson = False) -> None:
    """List the shipped scenarios with their titles, and what they need that this robot cannot do yet.

    Example:  dolbom sim list
    """
    from dolbom.simulation.scenario.reading import load

    lines = []
    for path in found([FOLDER]):
        scenario = load(path).scenario
        title = {"ko": scenario.title.ko, "en": scenario.title.en}
        lines.append({"name": path.stem, "title": title, "needs": list(scenario.needs)})
    if as_json:
        typer.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    for line in lines:
        needs = f"  (needs {', '.join(line['needs'])})" if line["needs"] else ""
        typer.echo(f"{line['name']:<40} {line['title']['en']}{needs}")  # type: ignore[index]


def run(
    files: Files,
    seed: Annotated[int, typer.Option(min=0, help="Of looks, manners and everything that is drawn.")] = 0,
    core: Core = False,
    record: Annotated[
        Path | None, typer.Option(help="Film what the robot's camera shows (MP4); not with --core.", dir_okay=False)
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Taken and without effect: no run opens a window, with or without it.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the verdicts as JUnit XML.", dir_okay=False)] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report, one HTML file.", dir_okay=False)] = None,
    timeline: Annotated[bool, typer.Option("--timeline", help="Print what happened, also of what passed.")] = False,
    morphemes: Morphemes = False,
    domain: Domain = None,
    as_json: AsJson = False,
) -> None:
    """Play scenarios and judge them; exit code 1 if one fails, 3 if one cannot be played.

    Examples:  dolbom sim run --core fall_sideways_by_day --timeline
               dolbom sim run --core sim/scenarios --junit out.xml --html out.html
    """
    from dolbom.simulation.home import read_home
    from dolbom.simulation.scenario.backends import make
    from dolbom.simulation.scenario.junit import junit as as_junit
    from dolbom.simulation.scenario.lint import sound
    from dolbom.simulation.scenario.reading import load
    from dolbom.simulation.scenario.report import report
    from dolbom.simulation.scenario.telling import findings, headline
    from dolbom.simulation.scenario.telling import timeline as told
    from dolbom.simulation.scenario.verdict import Outcome

    del headless  # no backend opens a window
    home, paths = read_home(), found(files)
    if record is not None and len(paths) > 1:
        raise UserError("one film shows one scenario", "name one file with --record")
    play = make(core, record, morphemes, domain)
    loaded = [sound(load(path, seed), home) for path in paths]
    verdicts = []
    with _bar(len(loaded)) as bar:
        for one in loaded:
            bar.name(one.name)
            verdicts.append(play(one, bar.moment))
            bar.done()
            if not as_json:
                bar.print(headline(verdicts[-1]))
                if timeline:
                    bar.print("\n".join(told(verdicts[-1])))
                if timeline or verdicts[-1].outcome is Outcome.FAILED:
                    bar.print("\n".join(findings(verdicts[-1])))
    if junit is not None:
        _write(junit, as_junit(verdicts))
    if html is not None:
        _write(html, report(verdicts, datetime.now(SEOUL)).encode())
    outcomes = {one.outcome for one in verdicts}
    if as_json:
        typer.echo(json.dumps([one.data() for one in verdicts], indent=2, ensure_ascii=False))
    elif len(verdicts) > 1:
        counts = {what: sum(one.outcome is what for one in verdicts) for what in Outcome}
        typer.echo(", ".join(f"{count} {what.value.replace('_', ' ')}" for what, count in counts.items() if count))
    raise typer.Exit(3 if Outcome.BROKEN in outcomes else 1 if Outcome.FAILED in outcomes else 0)


def sweep(
    scenario: Annotated[Path, typer.Argument(help="A scenario file, or the name of a shipped one.")],
    seeds: Annotated[int, typer.Option(min=1, max=10_000, help="How many seeds, from 0.")] = 20,
    core: Core = False,
    together: Annotated[
        bool, typer.Option("--together", help="All in one running simulation, the home set back in between: quicker.")
    ] = False,
    morphemes: Morphemes = False,
    domain: Domain = None,
    as_json: AsJson = False,
) -> None:
    """Play one scenario with many seeds: how often falls are found, or alarms false, and each expectation holds (95 %
    intervals), delays p50 and p95.

    Exit code 1 if a run failed, 3 if one could not be played.

    Examples:  dolbom sim sweep fall_sideways_by_day --core --seeds 20 --json
               dolbom sim sweep falls_in_view --together --seeds 20
    """
    from dolbom.simulation.home import read_home
    from dolbom.simulation.scenario import backends
    from dolbom.simulation.scenario.lint import sound_always
    from dolbom.simulation.scenario.reading import load
    from dolbom.simulation.scenario.sweeping import rates
    from dolbom.simulation.scenario.sweeping import sweep as many

    paths = found([scenario])
    if len(paths) > 1:
        raise UserError(f"{scenario} holds {len(paths)} scenarios, and a sweep plays one", "name the one that is meant")
    (path,) = paths
    sound_always(path, read_home())
    if core and together:
        raise UserError("the core starts in a moment and needs no --together", "leave one of the two out")
    player = backends.together(domain) if together else nullcontext(backends.make(core, None, morphemes, domain))
    with player as play, _bar(seeds) as bar:
        verdicts = many(path, range(seeds), lambda one: play(one, bar.moment), lambda _verdict: bar.done())
    told = rates(verdicts, load(path).scenario.expect)
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        passed = told["passed"]
        assert isinstance(passed, dict)
        typer.echo(f"{path.stem}: {_rate(passed)} passed, {told['times_real_time']}× real time")
        if told["detection"]:
            typer.echo(f"  detection: {_rate(told['detection'])} runs in which the fall was found")  # type: ignore[arg-type]
        if told["false_alarm"]:
            typer.echo(f"  false alarm: {_rate(told['false_alarm'])} runs in which a fall was found or raised")  # type: ignore[arg-type]
        for one in told["expectations"]:  # type: ignore[attr-defined]
            delay = f", {one['delay_p50_s']} s (p95 {one['delay_p95_s']} s)" if one["delay_p50_s"] is not None else ""
            typer.echo(f"  {_rate(one)} {one['what']}{delay}")
        if told["failed_seeds"]:
            typer.echo(f"  failed: seeds {', '.join(map(str, told['failed_seeds']))}")  # type: ignore[call-overload]
        if told["why"]:
            typer.echo(f"  {told['why']}")
    raise typer.Exit(3 if told["broken"] else 1 if told["failed_seeds"] else 0)


def add(app: typer.Typer) -> None:
    """Puts the commands into `dolbom sim`."""
    app.command()(lint)
    app.command("list")(shipped)
    app.command()(run)
    app.command()(sweep)


# --- what they share -------------------------------------------------------------------------------------------------


def found(files: Iterable[Path]) -> list[Path]:
    """The scenario files that are meant: folders without those of their own below them, shipped ones by their names.

    Raises:
        UserError: if one is not there, or a folder holds none.
    """
    paths: list[Path] = []
    for file in files:
        if file.is_dir():
            inside = sorted(file.glob("*.yaml"))
            if not inside:
                raise UserError(f"no scenario in {file}", "a scenario is a .yaml file, see docs/simulation.md")
            paths += inside
            continue
        named = FOLDER / f"{file.name.removesuffix('.yaml')}.yaml"
        if not file.exists() and file.parent == Path() and named.exists():
            file = named
        if not file.exists():
            raise UserError(f"no scenario {file}", "the shipped ones: dolbom sim list")
        paths.append(file)
    return paths


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}", "write somewhere else") from None


def _rate(share: dict[str, object]) -> str:
    bounds = share["interval"]
    assert isinstance(bounds, list)
    low, high = bounds
    return f"{share['held']}/{share['of']} ({low:.2f}…{high:.2f})"


class _Bar:
    """Shows how far it is, where somebody looks."""

    def __init__(self, bar: Progress, task: int) -> None:
        self._bar, self._task = bar, task
        self._name = ""

    def name(self, name: str) -> None:
        self._name = name
        self._bar.update(self._task, description=name)  # type: ignore[arg-type]

    def moment(self, now: float, what: str) -> None:
        self._bar.update(self._task, description=f"{self._name} {now:6.0f} s  {what[:40]}")  # type: ignore[arg-type]

    def done(self) -> None:
        self._bar.advance(self._task)  # type: ignore[arg-type]

    def print(self, text: str) -> None:
        if self._bar.disable:
            typer.echo(text)
        else:
            self._bar.console.print(text, markup=False, highlight=False)


@contextlib.contextmanager
def _bar(total: int) -> Iterator[_Bar]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield _Bar(bar, bar.add_task("", total=total))
