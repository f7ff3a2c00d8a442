"""`dolbom eval faces DIR`: how often faces are told right, and how often wrong, on a folder of pictures.

The folder holds `<name><number>.<ending>` (amy1.png, amy2.png, …), one main face a picture. Three questions are asked,
each also of the same pictures made small and dark:

- *recognised*: everybody is enrolled from their other pictures, as the product enrols; then the picture left out is
  decided on as one look of the robot is: known, unsure or unknown. A genuine trial asks whether the person is known by
  name; an impostor trial is the picture of somebody against one other person's enrolment.
- *strangers*: everybody but the person in the picture is enrolled; a name given is wrong whoever's it is.
- *pairs*: every picture against every other, at the same threshold: what a single enrolled view would do.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.evaluation.intervals import interval
from dolbom.perception.faces import Face, FaceReader, Image, Look
from dolbom.perception.identity import Gallery, IdentityParameters, Verdict, one_vote
from dolbom.perception.pictures import face_reader, main_face, pictures_in, read_picture

NAMED = re.compile(r"^(?P<name>.*?\D)(?P<number>\d+)$")
WIDTHS = (60, 40, 30)
DARK = 0.08
"""Light that is left in the dark condition: 8 %, with the photon and read noise of a small sensor."""

app = typer.Typer(
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(frozen=True)
class Sample:
    """One picture: whose it is, and the look at its face under each condition (None where none was found)."""

    name: str
    file: str
    looks: dict[str, Look | None]


def darkened(image: Image, random: np.random.Generator) -> Image:
    """The picture with 8 % of the light: fewer photons (4000 electrons were full white), the same read noise."""
    light = (image.astype(np.float32) / 255) ** 2.2 * DARK
    electrons = light * 4000
    noisy = electrons + random.normal(0, 1, electrons.shape) * np.sqrt(electrons + 16)
    return np.asarray(np.clip(noisy / 4000, 0, 1) ** (1 / 2.2) * 255, dtype=np.uint8)


def shrunk(image: Image, face_width: float, wanted: int) -> Image:
    """The picture scaled down so that its face is `wanted` pixels wide; never scaled up."""
    scale = min(1.0, wanted / face_width)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def samples_in(
    folder: Path, reader: FaceReader, advance: Callable[[int], None], left_out: dict[str, str]
) -> Iterator[Sample]:
    """Looks at every picture under every condition.

    Args:
        folder: holds `<name><number>.<ending>`.
        advance: told the number of pictures when it is known (negative), then 1 for each picture done.
        left_out: takes the files that cannot be used, and why.

    Raises:
        UserError: if the folder is not what it should be, or too little of it can be used.
    """
    named = []
    for file in pictures_in(folder):
        # A Mac writes 민 as two letters, others as one.
        if match := NAMED.match(unicodedata.normalize("NFC", file.stem)):
            named.append((file, match["name"]))
        else:
            left_out[file.name] = "not named <name><number>, as in amy1.png, amy2.png"
    people = {name for _, name in named}
    if len(people) < 2 or len(named) == len(people):
        more = f", and {len(left_out)} not named <name><number>, first {min(left_out)}" if left_out else ""
        raise UserError(
            f"{folder} holds {len(named)} pictures of {len(people)} people{more}",
            "two people, and two pictures of somebody, are the least that can be compared",
        )
    advance(-len(named))
    for number, (file, name) in enumerate(named):
        try:
            image = read_picture(file)
        except UserError as error:
            left_out[file.name] = error.message.removeprefix(f"{file} ")
        else:
            yield Sample(name, file.name, _under_all_conditions(image, reader, number))
        advance(1)


def _under_all_conditions(image: Image, reader: FaceReader, seed: int) -> dict[str, Look | None]:
    looks: dict[str, Look | None] = {"as_is": _look(image, reader)}
    first = looks["as_is"]
    if first is None:
        # Its size is not known, and what is not found large and bright is not found small or dark.
        return looks | dict.fromkeys((*(f"{w}px" for w in WIDTHS), "dark"))
    for width in WIDTHS:
        small = shrunk(image, first.quality.size, width)
        looks[f"{width}px"] = _look(small, reader)
    looks["dark"] = _look(darkened(image, np.random.default_rng(seed)), reader)
    return looks


def _look(image: Image, reader: FaceReader) -> Look | None:
    face: Face | None = main_face(reader.find(image), image)
    return None if face is None else reader.look(image, face)


def share(hits: int, trials: int) -> dict[str, Any]:
    """A share with its 95 % Clopper-Pearson interval."""
    return {"value": hits / trials if trials else None, "of": trials, "interval": interval(hits, trials, 5)}


def evaluate(samples: Sequence[Sample], condition: str, parameters: IdentityParameters) -> dict[str, Any]:
    """All figures of one condition. What is enrolled are the pictures as they are; what is tried is the condition."""
    enrolled: dict[str, list[tuple[str, Look]]] = {}
    for sample in samples:
        if (look := sample.looks["as_is"]) is not None and not look.quality.flaws:
            enrolled.setdefault(sample.name, []).append((sample.file, look))
    genuine: list[Verdict] = []
    impostor: list[bool] = []
    strangers: list[Verdict] = []
    genuine_scores: list[float] = []
    impostor_scores: list[float] = []
    for sample in samples:
        views = {
            name: [look.template for file, look in looks if file != sample.file] for name, looks in enrolled.items()
        }
        gallery = Gallery(views)
        look = sample.looks[condition]
        scores = {} if look is None else gallery.compare(look.template)
        if sample.name in gallery.people:
            verdict, person = (Verdict.UNSURE, None) if look is None else one_vote(scores, look, parameters)
            genuine.append(verdict if person in (None, sample.name) else Verdict.UNKNOWN)
        for name in gallery.people:
            if name == sample.name:
                genuine_scores += [scores[name]] if scores else []
                continue
            impostor_scores += [scores[name]] if scores else []
            alone = {name: scores[name]} if scores else {}
            impostor.append(look is not None and one_vote(alone, look, parameters)[0] is Verdict.KNOWN)
        others = {name: score for name, score in scores.items() if name != sample.name}
        strangers.append(Verdict.UNSURE if look is None else one_vote(others, look, parameters)[0])
    return {
        "faces_found": sum(sample.looks[condition] is not None for sample in samples) / len(samples),
        "true_accept_rate": share(genuine.count(Verdict.KNOWN), len(genuine)),
        "false_accept_rate": share(sum(impostor), len(impostor)),
        "unsure": share(genuine.count(Verdict.UNSURE), len(genuine)),
        "taken_for_unknown_or_other": share(genuine.count(Verdict.UNKNOWN), len(genuine)),
        "strangers": {
            "named": share(strangers.count(Verdict.KNOWN), len(strangers)),
            "unsure": share(strangers.count(Verdict.UNSURE), len(strangers)),
            "unknown": share(strangers.count(Verdict.UNKNOWN), len(strangers)),
        },
        "scores": {"genuine": _quantiles(genuine_scores, 0.0), "impostor": _quantiles(impostor_scores, 1.0)},
        "pairs": _pairs(samples, condition, parameters.match),
    }


def _pairs(samples: Sequence[Sample], condition: str, threshold: float) -> dict[str, Any]:
    """Every picture in the condition against every other as it is; a face not found accepts nobody."""
    same: list[float] = []
    other: list[float] = []
    for a, b in combinations(samples, 2):
        tried, kept = a.looks[condition], b.looks["as_is"]
        usable = tried is not None and kept is not None and not tried.quality.flaws
        score = float(tried.template @ kept.template) if usable and tried and kept else -1.0
        (same if a.name == b.name else other).append(score)
    return {
        "true_accept_rate": share(sum(s >= threshold for s in same), len(same)),
        "false_accept_rate": share(sum(s >= threshold for s in other), len(other)),
        "highest_impostor": max(other, default=None),
        "true_accept_rate_above_highest_impostor": share(sum(s > max(other, default=-1) for s in same), len(same)),
    }


def _quantiles(scores: list[float], extreme: float) -> dict[str, float] | None:
    if not scores:
        return None
    return {
        "mean": round(float(np.mean(scores)), 4),
        "1%" if extreme == 0 else "99%": round(float(np.quantile(scores, 0.01 if extreme == 0 else 0.99)), 4),
        "lowest" if extreme == 0 else "highest": round(float(np.quantile(scores, extreme)), 4),
    }


def report(
    samples: Sequence[Sample],
    folder: Path,
    parameters: IdentityParameters,
    left_out: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The whole report; the figures of the pictures as they are stand at the top.

    Raises:
        UserError: if too few faces were found to compare anything.
    """
    left_out = left_out or {}
    if not samples:
        first = min(left_out, default="")
        raise UserError(f"none of {len(left_out)} pictures in {folder} could be read", f"{first}: {left_out[first]}")
    found = [sample for sample in samples if sample.looks["as_is"] is not None]
    if not found:
        raise UserError(f"no face was found in any of the {len(samples)} pictures in {folder}", "are they of faces?")
    conditions = {name: evaluate(samples, name, parameters) for name in ("as_is", *(f"{w}px" for w in WIDTHS), "dark")}
    whole = conditions["as_is"]
    if not whole["true_accept_rate"]["of"]:
        raise UserError(f"nobody in {folder} has two pictures with a face that can be used", "add more pictures")
    return {
        "folder": folder.name,
        "pictures": len(samples),
        "people": len({sample.name for sample in samples}),
        "threshold": parameters.match,
        "true_accept_rate": whole["true_accept_rate"]["value"],
        "false_accept_rate": whole["false_accept_rate"]["value"],
        "unsure_rate": whole["unsure"]["value"],
        "conditions": conditions,
        "left_out": [{"file": file, "why": why} for file, why in sorted(left_out.items())],
        "no_face_found": [sample.file for sample in samples if sample.looks["as_is"] is None],
        "simulation": {
            "px": "the picture scaled down (area average) until the face is this wide; faces that are smaller stay",
            "dark": f"{DARK:.0%} of the light in linear terms, photon noise at 4000 electrons full white, read noise 4",
        },
    }


@app.command()
def faces(
    folder: Annotated[Path, typer.Argument(help="Pictures named <name><number>.<ending>, one face each.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """True and false accepts of face recognition at the shipped threshold, also small and dark.

    Example:  dolbom eval faces ../shared/data/faces --json
    """
    stderr = Console(stderr=True)
    bar = Progress(
        TextColumn("Looking at the pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=stderr, disable=not stderr.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=None)

        def advance(by: int) -> None:
            if by < 0:
                bar.update(task, total=-by)
            else:
                bar.advance(task, by)

        left_out: dict[str, str] = {}
        samples = list(samples_in(folder, face_reader(), advance, left_out))
    result = report(samples, folder, IdentityParameters(), left_out)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    print_report(result)


def print_report(result: dict[str, Any]) -> None:
    """The figures of each condition as a table."""
    table = Table(
        "pictures", "found", "recognised", "false accepts", "unsure", "strangers named", "pairs: true / false"
    )
    for name, one in result["conditions"].items():
        table.add_row(
            name.replace("_", " "),
            f"{one['faces_found']:.0%}",
            _said(one["true_accept_rate"]),
            _said(one["false_accept_rate"]),
            _said(one["unsure"]),
            _said(one["strangers"]["named"]),
            f"{one['pairs']['true_accept_rate']['value']:.3f} / {one['pairs']['false_accept_rate']['value']:.5f}",
        )
    console = Console()
    console.print(f"{result['pictures']} pictures of {result['people']} people, threshold {result['threshold']}")
    console.print(table)
    for one in result["left_out"]:
        console.print(f"[yellow]left out[/] {escape(one['file'])}: {escape(one['why'])}")
    if result["no_face_found"]:
        console.print(f"No face found in: {', '.join(result['no_face_found'])}")


def _said(part: dict[str, Any]) -> str:
    low, high = part["interval"]
    return "-" if part["value"] is None else f"{part['value']:.3f} [{low:.3f}, {high:.3f}] of {part['of']}"
