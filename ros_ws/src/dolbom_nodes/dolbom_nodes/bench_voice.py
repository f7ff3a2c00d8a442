"""`dolbom bench voice`: how soon the robot replies to what is said to it, and what listening and talking cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from dolbom.bench.sayings import Saying, made, recorded, understandable
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES
from dolbom.places import data_folder
from dolbom.runtime.parent import following
from dolbom.speech.spotting import SpottingParameters, spotter_for

SPOTTED_BAR_S = 0.6
OPEN_BAR_S = 2.5
SPOTTED = ("emergency", "yes_no", "stop")
OPEN = ("talk", "fine")
WORKER_S = 3600.0
LOOK_S = 0.3
OF_THE_HOME = ("voices", "piper", "spoken")
"""Folders of the home that hold voices and kept sentences: the robot of the benchmark speaks with them, too."""


def bench(
    lang: str, sounds: Path | None, rounds: int, rest_s: float, domain: int, told: Callable[[str], None]
) -> dict[str, Any]:
    """Holds the talk and gives the figures.

    Raises:
        UserError: if something that is needed is not there, or the robot does not run.
    """
    own = recorded(sounds, lang) if sounds is not None else []
    told("loading the spotter")
    spotter = spotter_for(lang, SpottingParameters())
    sayings = made(lang, told)
    if own:
        there = {one.kind for one in own}
        sayings = [*own, *(one for one in sayings if one.kind not in there)]
    told("choosing the sounds that the spotter hears")
    chosen = understandable(sayings, spotter, lang)
    del spotter
    with tempfile.TemporaryDirectory(prefix="dolbom-bench-") as name:
        folder = Path(name)
        home = folder / "home"
        home.mkdir()
        for part in OF_THE_HOME:
            if (data_folder() / part).is_dir():
                (home / part).symlink_to(data_folder() / part)
        _keep(chosen, folder / "sayings.npz")
        _worker("dolbom_nodes.bench_talk", [lang, str(rounds), str(rest_s)], folder, domain, told)
        told("the same sound through a bare loop")
        _worker("dolbom.bench.bare_talk", [lang], folder, domain, told)
        talk = json.loads((folder / "talk.json").read_text(encoding="utf-8"))
        bare = json.loads((folder / "bare.json").read_text(encoding="utf-8"))
    voices = sorted({one.voice for all_of_it in chosen.values() for one in all_of_it})
    return {"lang": lang, "rounds": rounds, "sounds": sounds.name if sounds else "espeak-ng", "voices": len(voices),
            **figures(talk, bare)}  # fmt: skip


def figures(talk: dict[str, Any], bare: dict[str, Any]) -> dict[str, Any]:
    """What is told of one talk and its baseline."""
    kinds, silence = talk["kinds"], talk["end_of_turn_s"]

    def path(names: Sequence[str], beyond_s: float) -> dict[str, Any]:
        seconds = [one for name in names for one in kinds[name]["seconds"]]
        return _percentiles(seconds, beyond_s) | {
            "replies": len(seconds), "tried": sum(kinds[name]["tried"] for name in names)
        }  # fmt: skip

    spotted = path(SPOTTED, silence)
    spotted |= {f"from_speech_{key}": value for key, value in _percentiles(
        [one for name in SPOTTED for one in kinds[name]["seconds"]]).items()}  # fmt: skip
    spotted |= {name: path([name], silence) for name in SPOTTED}
    spotted["stop"] |= {f"silent_{key}": value for key, value in _percentiles(talk["silenced"]).items()}
    rest, talked = talk["rest"], talk["talk"]
    return {
        "end_of_turn_s": silence,
        "spotted": spotted,
        "open": path(OPEN, 0.0) | {name: path([name], 0.0) for name in OPEN},
        "bare": {
            "recognition_p50_s": _percentiles(bare["recognising_s"])["p50_s"],
            "recognition_p95_s": _percentiles(bare["recognising_s"])["p95_s"],
            "first_sentence_p50_s": _percentiles(bare["rendering_s"])["p50_s"],
            "first_sentence_p95_s": _percentiles(bare["rendering_s"])["p95_s"],
        },
        "rest": {
            "cpu_percent": round(100 * rest["cpu_s"] / rest["wall_s"], 1),
            "bare_cpu_percent": round(100 * bare["rest_cpu_s"] / rest["wall_s"], 1),
            "memory_mb": round(rest["memory_mb"]),
        },
        "talk": {
            "seconds": round(talked["wall_s"]),
            "cpu_percent": round(100 * talked["cpu_s"] / talked["wall_s"], 1),
            "bare_cpu_percent": round(100 * bare["talk_cpu_s"] / talked["wall_s"], 1),
            "cpu_ratio": round(talked["cpu_s"] / bare["talk_cpu_s"], 2),
            "memory_mb": round(talked["memory_mb"]),
            "bare_memory_mb": round(bare["memory_mb"]),
        },
        "sayings": talk["measured"],
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 1),
    }


def _percentiles(seconds: Sequence[float], less: float = 0.0) -> dict[str, float | None]:
    if not seconds:
        return {"p50_s": None, "p95_s": None}
    p50, p95 = np.percentile(np.asarray(seconds) - less, [50, 95])
    return {"p50_s": round(float(p50), 3), "p95_s": round(float(p95), 3)}


def _keep(chosen: dict[str, list[Saying]], path: Path) -> None:
    sayings = [one for all_of_it in chosen.values() for one in all_of_it]
    table = json.dumps([(one.kind, one.text, one.voice) for one in sayings], ensure_ascii=False)
    np.savez(path, table=np.array(table), **{f"s{number}": one.samples for number, one in enumerate(sayings)})


def _worker(module: str, arguments: list[str], folder: Path, domain: int, told: Callable[[str], None]) -> None:
    """Runs one worker in a process of its own, with the folder's home.

    Raises:
        UserError: with its last words, if it fails.
    """
    environment = dict(os.environ) | {
        "DOLBOM_HOME": str(folder / "home"), "ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
    }  # fmt: skip
    environment.pop("NOTIFY_SOCKET", None)
    progress, log = folder / "progress.txt", folder / f"{module}.log"
    with log.open("w", encoding="utf-8") as out:
        worker = subprocess.Popen(
            following([sys.executable, "-m", module, str(folder), *arguments]), env=environment, stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        end, last = time.monotonic() + WORKER_S, ""
        try:
            while worker.poll() is None:
                if time.monotonic() > end:
                    raise UserError(f"{module} took more than {WORKER_S:.0f} s", "is the machine overloaded?")
                time.sleep(LOOK_S)
                if progress.exists() and (now := progress.read_text(encoding="utf-8")) and now != last:
                    last = now
                    told(now)
        finally:
            worker.kill()
            worker.wait()
    if worker.returncode != 0:
        said = progress.read_text(encoding="utf-8") if progress.exists() else ""
        if said.startswith("error: "):
            raise UserError(said.removeprefix("error: "))
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        raise UserError(f"{module} failed: {lines[-1] if lines else worker.returncode}", "dolbom doctor")


app = typer.Typer()


@app.command(
    epilog="Examples:  dolbom bench voice --json   dolbom bench voice --lang en --rounds 4   "
    "dolbom bench voice --sounds ../shared/data/speech_ko"
)
def command(
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    sounds: Annotated[
        Path | None,
        typer.Option(help="Folder with transcripts.csv (clip,text): its sounds are said instead of espeak-ng's."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Of the whole talk; one takes 50 s.")] = 8,
    rest: Annotated[float, typer.Option(min=1, max=3600, help="Seconds at rest, to count CPU time.")] = 20.0,
    domain: Annotated[int, typer.Option(min=0, max=101, help="ROS_DOMAIN_ID.")] = 43,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """From the end of what is said to the first sound of the robot's reply, through its own nodes and engines.

    Each round: a cry for help and then "I'm fine", a question answered yes or no, a long speech stopped by a word,
    and the robot called by its name and talked to three times. The sound goes into the audio node in place of a
    microphone and is taken where it would go to the speaker (what sound cards add is not counted).

    End of speech is the last audible sample said. open.*: from there to the first audible sample (-50 dBFS) of the
    reply, the silence that ends a turn included. spotted.*: the same less that silence (end_of_turn_s), so less than
    0 is sooner than the turn ends; spotted.from_speech_* includes it. Said but not replied to within 9 s: only in
    `tried`. Only phrases are said that the spotter hears when nothing else goes on: time is measured, not hearing.

    The baseline is the same sound through the same engines in one loop without ROS.
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting")
        found = bench(lang, sounds, rounds, rest, domain, lambda text: progress.update(task, description=text))
    if as_json:
        typer.echo(json.dumps(found))
        return
    spotted, opened = found["spotted"], found["open"]
    typer.echo(f"{found['rounds']} rounds in {found['talk']['seconds']} s, {found['cores']} cores, {found['sounds']}")
    typer.echo(
        f"spotted  {_s(spotted['p50_s'])} / {_s(spotted['p95_s'])} s beyond the end-of-turn silence of "
        f"{found['end_of_turn_s']:g} s (asked: p95 ≤ {SPOTTED_BAR_S})  {spotted['replies']} of {spotted['tried']}"
    )
    for name in SPOTTED:
        one = spotted[name]
        typer.echo(f"  {name:10} {_s(one['p50_s'])} / {_s(one['p95_s'])} s  {one['replies']} of {one['tried']}")
    typer.echo(
        f"open     {_s(opened['p50_s'])} / {_s(opened['p95_s'])} s from the end of speech "
        f"(asked: p95 ≤ {OPEN_BAR_S})  {opened['replies']} of {opened['tried']}"
    )
    for name in ("rest", "talk"):
        one = found[name]
        typer.echo(
            f"{name}     {one['cpu_percent']} % of a core, bare loop {one['bare_cpu_percent']} %; {one['memory_mb']} MB"
        )


def _s(value: float | None) -> str:
    return "none" if value is None else f"{value:5.2f}"
