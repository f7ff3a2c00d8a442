"""`dolbom record`: writes everything on the graph but pictures and sound into an MCAP file, until told to stop."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.places import data_folder
from dolbom_nodes.commanding import Domain, Json, conversation
from dolbom_nodes.recording import Recorder, create_private

LOOK_S = 0.5


def default_path(now: datetime) -> Path:
    """A new file in the home's data folder."""
    folder = data_folder() / "recordings"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{now:%Y%m%d-%H%M%S}.mcap"


def record(
    path: Path,
    duration: float | None,
    stopping: threading.Event,
    domain: int | None = None,
    tell: Callable[[], None] | None = None,
) -> Recorder:
    """Records until `stopping` is set or `duration` seconds have passed; calls `tell` when the file is there.

    Raises:
        UserError: if the file exists or cannot be written, or the disk is full.
    """
    try:
        file = create_private(path)
    except FileExistsError:
        raise UserError(f"{path} exists already", "name another file with --out") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}", "name another file with --out") from None
    if tell is not None:
        tell()
    with file, conversation(domain=domain) as graph:
        recorder = Recorder(graph.node, file)
        end = None if duration is None else time.monotonic() + duration
        try:
            while not stopping.is_set() and (end is None or time.monotonic() < end) and recorder.error is None:
                recorder.look()
                pause = time.monotonic() + (LOOK_S if end is None else min(LOOK_S, max(0.0, end - time.monotonic())))
                graph.wait(lambda until=pause: stopping.is_set() or time.monotonic() > until, LOOK_S + 1)
        finally:
            if recorder.error is None:
                recorder.close()
        if recorder.error is not None:
            raise UserError(f"the recording ended: {recorder.error.strerror}", f"what was written is in {path}")
    return recorder


app = typer.Typer()


@app.command(epilog="Examples:  dolbom record   dolbom record --duration 60 --out evening.mcap")
def command(
    duration: Annotated[float | None, typer.Option(min=0.1, help="Seconds; else until Ctrl-C.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file. [default: a new one in the home's data folder]")] = None,
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Records the graph (never pictures or sound) as MCAP, for Foxglove and for finding faults."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    path = out if out is not None else default_path(SystemClock().civil())

    def tell() -> None:
        if not as_json:
            typer.echo(f"recording to {path}" + ("; Ctrl-C ends it" if duration is None else ""), err=True)

    recorder = record(path, duration, stopping, domain, tell)
    if as_json:
        result = {"file": str(path), "messages": recorder.messages, "topics": recorder.topics}
        typer.echo(json.dumps({**result, "refused": recorder.refused}, ensure_ascii=False))
    else:
        typer.echo(f"{path}: {recorder.messages} messages of {len(recorder.topics)} topics", err=True)
        for topic, reason in recorder.refused.items():
            typer.echo(f"  not recorded: {topic} ({reason})", err=True)
