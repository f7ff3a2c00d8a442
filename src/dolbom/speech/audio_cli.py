"""`dolbom audio …`: which microphones and speakers there are, and whether they work."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.speech.ports import (
    BLOCK,
    PORT_AUDIO,
    AudioParameters,
    FileSink,
    PortLostError,
    Sink,
    Source,
    open_sink,
    open_source,
)
from dolbom.speech.sound import CHUNK_S, RATE, Samples, floats, level, pcm, read_sound

TAIL_S = 0.5

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Microphones and speakers: which there are, how loud it is, record and play.",
    epilog="Examples:  [bold]dolbom audio devices[/]   [bold]dolbom audio level --microphone USB[/]   "
    "[bold]dolbom audio record said.wav --seconds 5[/]   [bold]dolbom audio play said.wav[/]",
)

stdout, stderr = Console(), Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Microphone = Annotated[str, typer.Option("--microphone", help="default, a number, or a part of its name.")]
Speaker = Annotated[str, typer.Option("--speaker", help="default, a number, or a part of its name.")]
Seconds = Annotated[float, typer.Option("--seconds", min=0.5, max=600, help="How long.")]
CURE = "dolbom audio devices lists them"


@app.command()
def devices(as_json: AsJson = False) -> None:
    """The microphones and speakers of this machine.

    Example:  dolbom audio devices --json
    """
    try:
        found = PORT_AUDIO.devices()
    except PortLostError as error:
        raise UserError(str(error), "dolbom doctor says how") from None
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        stderr.print("no sound device: with audio.microphone and audio.speaker set to none the robot is typed to")
        return
    table = Table("number", "name", "hears", "sounds", "default")
    for one in found:
        default = " ".join(
            word for word, yes in (("microphone", one.default_input), ("speaker", one.default_output)) if yes
        )
        table.add_row(str(one.index), one.name, "yes" * bool(one.inputs), "yes" * bool(one.outputs), default)
    stdout.print(table)


@app.command(name="level")
def show_level(microphone: Microphone = "default", seconds: Seconds = 10.0, as_json: AsJson = False) -> None:
    """How loud the microphone is: 0 dBFS is the loudest it can take; speech should reach -30 to -15.

    Example:  dolbom audio level --microphone USB --seconds 5
    """
    source = _source(microphone)
    heard = []
    with Progress(
        TextColumn("{task.fields[db]:>6} dBFS"), BarColumn(), console=stderr, disable=not stderr.is_terminal
    ) as bar:
        task = bar.add_task("level", total=90, db="")
        for _ in range(round(seconds / CHUNK_S)):
            decibels = level(floats(_read(source)))
            heard.append(decibels)
            bar.update(task, completed=max(0.0, 90 + decibels), db=f"{decibels:.0f}")
    source.close()
    result = {
        "device": source.name,
        "loudest_dbfs": round(max(heard), 1),
        "median_dbfs": round(float(np.median(heard)), 1),
    }
    print(
        json.dumps(result, ensure_ascii=False)
        if as_json
        else f"{source.name}: median {result['median_dbfs']} dBFS, loudest {result['loudest_dbfs']} dBFS"
    )


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="WAV file to write.")],
    microphone: Microphone = "default",
    seconds: Seconds = 5.0,
) -> None:
    """Records from the microphone into a file.

    Example:  dolbom audio record said.wav --seconds 5
    """
    source = _source(microphone)
    sink = FileSink(file, paced=False)
    total = round(seconds / CHUNK_S)
    with Progress(console=stderr, disable=not stderr.is_terminal) as bar:
        for _ in bar.track(range(total), description="Recording"):
            try:
                sink.write(_read(source))
            except PortLostError as error:
                raise UserError(str(error), "is the disk full?") from None
    sink.close()
    source.close()
    stderr.print(f"{file}: {total * CHUNK_S:.1f} s from {source.name}")


@app.command()
def play(
    file: Annotated[Path, typer.Argument(help="WAV, FLAC, OGG or MP3 file.")],
    speaker: Speaker = "default",
) -> None:
    """Plays a file on the speaker.

    Example:  dolbom audio play said.wav --speaker USB
    """
    samples = pcm(read_sound(file))
    name = play_samples(samples, speaker)
    stderr.print(f"{file}: {len(samples) / RATE:.1f} s on {name}")


def play_samples(samples: Samples, speaker: str) -> str:
    """Plays sound of 16 kHz to its end with a progress bar; returns the speaker's name.

    Raises:
        UserError: if there is no such speaker, or it goes away.
    """
    sink = _sink(speaker)
    # Closing drops what a sound server still holds; then it is silence.
    samples = np.pad(samples, (0, round(TAIL_S * RATE)))
    try:
        with Progress(console=stderr, disable=not stderr.is_terminal) as bar:
            for begin in bar.track(range(0, len(samples), BLOCK), description="Playing"):
                piece = samples[begin : begin + BLOCK]
                sink.write(np.pad(piece, (0, BLOCK - len(piece))))
    except PortLostError as error:
        raise UserError(str(error), CURE) from None
    time.sleep(sink.latency_s)
    sink.close()
    return sink.name


def _source(wanted: str) -> Source:
    source = open_source(AudioParameters(microphone=wanted))
    if source is None:
        raise UserError("none is no microphone", CURE)
    try:
        source.open()
    except PortLostError as error:
        raise UserError(str(error), CURE) from None
    return source


def _read(source: Source) -> Samples:
    try:
        return source.read()
    except PortLostError as error:
        raise UserError(str(error), CURE) from None


def _sink(wanted: str) -> Sink:
    sink = open_sink(AudioParameters(speaker=wanted))
    if sink is None:
        raise UserError("none is no speaker", CURE)
    try:
        sink.open()
    except PortLostError as error:
        raise UserError(str(error), CURE) from None
    return sink
