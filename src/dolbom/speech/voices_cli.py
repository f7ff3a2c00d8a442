"""`dolbom voices …`: what can speak here and why something cannot, piper and its voices brought and taken, a try."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES
from dolbom.speech import voice_files
from dolbom.speech.engines import engines_of
from dolbom.speech.kept import Kept, default_folder
from dolbom.speech.manner import silence
from dolbom.speech.online_voice import OnlineVoice
from dolbom.speech.piper import find_program, find_voices, home_voices
from dolbom.speech.prompts import fixed_prompts, keep_prompts
from dolbom.speech.sentences import sentences
from dolbom.speech.settings_cli import person_of, settings_of
from dolbom.speech.sound import RATE, Samples
from dolbom.speech.speaking import Manner, sound_of
from dolbom.speech.synthesis import EngineName, SynthesisError, SynthesisParameters
from dolbom.weights import Package

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What the robot speaks with: the engines and voices that are here, piper installed apart, a try.",
    epilog="Examples:  [bold]dolbom voices list[/]   [bold]dolbom voices install piper[/]   "
    "[bold]dolbom voices install en_US-joe-medium[/]   [bold]dolbom voices test '2시에 약 1알 드세요.'[/]",
)

stdout, stderr = Console(), Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Language = Annotated[str, typer.Option("--lang", help="ko or en.")]
PIPER, KEPT = "piper", "kept"


@app.command("list")
def list_voices(as_json: AsJson = False) -> None:
    """The engines and voices, and why one cannot speak.

    Example:  dolbom voices list --json
    """
    kept = Kept(default_folder())
    engines = engines_of(SynthesisParameters(), kept)
    rows: list[dict[str, Any]] = [
        {
            "name": engine.name,
            "licence": engine.licence,
            "trouble": {lang: engine.unready(lang) for lang in LANGUAGES},
        }
        for engine in engines.engines
    ]
    here = [
        {
            "name": voice.name,
            "lang": voice.lang,
            "file": str(voice.model),
            "removable": voice.model.parent == home_voices(),
        }
        for voice in find_voices()
    ]
    names = {voice["name"] for voice in here}
    manifest = voice_files.offered()
    more: list[dict[str, Any]] = [
        {"name": Path(weight.file).stem, "lang": weight.file[:2], "licence": weight.licence, "size": weight.size}
        for weight in manifest.weights
        if weight.file.endswith(".onnx") and Path(weight.file).stem not in names
    ]
    told = {
        "engines": rows,
        "program": find_program(),
        "voices": here,
        "offered": more,
        "kept": {"sentences": kept.count(), "bytes": kept.size(), "folder": str(kept.folder)},
    }
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    table = Table("engine", *LANGUAGES, "licence", box=None, title="Asked in this order", title_justify="left")
    for row in rows:
        troubles = [row["trouble"][lang] for lang in LANGUAGES]
        marks = [f"[yellow]{escape(trouble)}[/]" if trouble else "[green]speaks[/]" for trouble in troubles]
        table.add_row(row["name"], *marks, escape(row["licence"]))
    stdout.print(table)
    stdout.print()
    table = Table("voice of piper", "language", "where", box=None)
    for voice in here:
        table.add_row(str(voice["name"]), str(voice["lang"]), escape(str(voice["file"])))
    for one in more:
        size = f"{one['size'] // 10**6} MB, {one['licence']}"
        table.add_row(
            str(one["name"]), str(one["lang"]), f"[dim]dolbom voices install {one['name']}  ({escape(size)})[/]"
        )
    stdout.print(table)
    stdout.print(
        f"\n{kept.count()} sentences are kept as sound ({kept.size() / 1e6:.1f} MB) in {escape(str(kept.folder))}"
    )


@app.command()
def install(
    name: Annotated[
        str, typer.Argument(help="piper, a voice that `list` offers, or the path of a voice's .onnx file.")
    ],
) -> None:
    """Bring the program piper, or a voice for it; once it is here, nothing needs the network.

    piper (GPL-3.0-or-later) becomes a program of its own in the home's data folder, from the package index, by hash.

    Example:  dolbom voices install piper && dolbom voices install en_US-joe-medium
    """
    if name == PIPER:
        with _downloads() as (bar, task):

            def begin(package: str) -> None:
                bar.update(task, description=package.split(" ")[0], completed=0)

            new = voice_files.install_program(lambda arrived: bar.update(task, completed=arrived), begin)
        said = "is installed, a separate program under GPL-3.0-or-later" if new else "is already installed"
        stdout.print(f"piper {said}: {escape(str(find_program()))}")
        if not find_voices():
            stdout.print("It needs a voice: dolbom voices list")
    elif name.endswith(".onnx"):
        voice = voice_files.add_voice(Path(name).expanduser())
        stdout.print(f"{voice.name} ({voice.lang}) is in {escape(str(voice.model.parent))}")
    else:
        with _downloads() as (bar, task):

            def advance(package: Package) -> Any:
                bar.update(task, description=package.name, total=package.size)
                return lambda arrived: bar.update(task, completed=arrived)

            new = voice_files.fetch_voice(name, advance)
        stdout.print(f"{name} {'is installed' if new else 'is already'} in {escape(str(home_voices()))}")
        if find_program() is None:
            stdout.print("It needs its program: dolbom voices install piper")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="piper, a voice of the home, or kept: the sentences kept as sound.")],
) -> None:
    """Take away what `install` brought, or the sentences that are kept as sound.

    Example:  dolbom voices remove kept
    """
    if name == PIPER:
        if not voice_files.remove_program():
            raise UserError("piper was not installed here", "see `dolbom voices list`")
        stdout.print("piper is removed; its voices stay.")
    elif name == KEPT:
        stdout.print(f"{Kept(default_folder()).clear()} sentences erased.")
    else:
        voice_files.remove_voice(name)
        stdout.print(f"{name} is removed.")


@app.command("test")
def try_voice(
    text: Annotated[str, typer.Argument(help="What to say.")],
    lang: Language = "ko",
    engine: Annotated[str, typer.Option(help="piper, gtts or espeak alone; without it the first that can.")] = "",
    voice: Annotated[str, typer.Option(help="Name of a voice of piper.")] = "",
    person: Annotated[str, typer.Option(help="As to this person: a name or id.")] = "",
    online: Annotated[bool, typer.Option("--online", help="Let gtts send the words to its service.")] = False,
    out: Annotated[Path | None, typer.Option(help="WAV file to write instead of playing it.")] = None,
    speaker: Annotated[str, typer.Option(help="default, a number, or a part of its name.")] = "default",
    as_json: AsJson = False,
) -> None:
    """Say TEXT without the robot, as it would: on the speaker, or into a WAV file.

    Example:  dolbom voices test "2시에 약 1알 드세요." --out said.wav
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    if engine and engine not in get_args(EngineName):
        raise UserError(f"no engine {engine!r}", f"there are {', '.join(get_args(EngineName))}")
    if voice and not any(one.name == voice and one.lang == lang for one in find_voices()):
        raise UserError(f"no voice {voice!r} for {lang}", "see `dolbom voices list`")
    parts = sentences(text)
    if not parts:
        raise UserError("there is nothing to say in that", "give words: dolbom voices test '안녕하세요.'")
    chosen = [engine] if engine else (["piper"] if voice else list(get_args(EngineName)))
    parameters = SynthesisParameters(engines=chosen, online=online, piper_voice=voice)
    engines = engines_of(parameters)
    try:
        begin = time.monotonic()
        engines.warm(lang)
        warm_s = time.monotonic() - begin
        own = settings_of(person_of(person) if person else None)
        manner = Manner(
            own.rate or parameters.rate,
            own.volume_db or 0.0,
            parameters.pause_s if own.pause_s is None else own.pause_s,
        )
        begin, first_s, pieces, by = time.monotonic(), 0.0, list[Samples](), ""
        for number, part in enumerate(parts):
            made = sound_of(engines, part, lang, manner, threading.Event())
            first_s, by = first_s or time.monotonic() - begin, by or made.engine
            pieces += [silence(manner.pause_s), made.samples] if number else [made.samples]
    except SynthesisError as error:
        raise UserError(f"it cannot be said: {error}", "see `dolbom voices list`") from None
    finally:
        engines.close()
    samples = np.concatenate(pieces)
    if out is not None:
        _write(out, samples)
    else:
        _play(samples, speaker)
    seconds = len(samples) / RATE
    if as_json:
        told = {
            "engine": by,
            "warm_s": round(warm_s, 3),
            "first_sound_s": round(first_s, 3),
            "seconds": round(seconds, 2),
            "file": None if out is None else str(out),
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    where = f" in {escape(str(out))}" if out is not None else ""
    stdout.print(
        f"{by}: {seconds:.1f} s of speech{where}; first words after {first_s:.2f} s (loaded in {warm_s:.2f} s)"
    )


@app.command()
def keep(lang: Language = "ko") -> None:
    """Fetch the robot's fixed prompts from the online voice (gtts) and keep them, for a home without a network.

    Sends only sentences of the robot's own, without a name or anything that somebody said.

    Example:  dolbom voices keep --lang ko
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    kept = Kept(default_folder())
    voice = OnlineVoice(kept, online=True, limit_s=10.0)
    total = len(fixed_prompts(lang))
    missing = fetched = 0
    with Progress(console=stderr, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("Prompts", total=total)
        try:
            for missing in keep_prompts(voice, kept, lang, threading.Event(), 0.2):
                fetched = max(fetched, missing)
                bar.update(task, completed=total - missing)
        except SynthesisError as error:
            said = f"{total - missing} of {total} prompts are kept, then: {error}"
            raise UserError(said, "try again later; what is kept stays") from None
    stdout.print(f"{total} prompts are kept, {fetched} of them fetched now.")


@contextmanager
def _downloads() -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as bar:
        yield bar, bar.add_task("…", total=None)


def _write(file: Path, samples: Samples) -> None:
    import soundfile

    try:
        soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    except (soundfile.LibsndfileError, OSError) as error:
        raise UserError(
            f"{file} cannot be written: {getattr(error, 'error_string', error)}", "name another --out"
        ) from None


def _play(samples: Samples, speaker: str) -> None:
    from dolbom.speech.audio_cli import play_samples

    try:
        play_samples(samples, speaker)
    except UserError as error:
        raise UserError(error.message, "name another --speaker, or write a file with --out FILE.wav") from None
