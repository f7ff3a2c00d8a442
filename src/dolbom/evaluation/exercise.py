"""`dolbom eval exercise DIR`: how well repetitions are counted on labelled clips.

The folder holds the clips and a `labels.csv` with the columns `clip`, `exercise` and `repetitions`, and where known
`kind` and `seen` (`no`: the joints of this exercise cannot be seen in it; then right is to say so and to count
nothing). A clip is what `dolbom exercise clips` writes, skeletons as `.npz`, or a video or a folder of numbered
pictures, which is looked at with the robot's own pose network.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import BaseModel, ConfigDict, Field, field_validator
from rich.console import Console
from rich.table import Table

from dolbom.errors import UserError
from dolbom.evaluation.clips import clip_path, read_table
from dolbom.evaluation.falls import frame_rate, frames_of
from dolbom.evaluation.intervals import interval
from dolbom.exercise.clips import read
from dolbom.exercise.exercises import exercise, exercises
from dolbom.exercise.following import Follower
from dolbom.exercise.measures import Sight
from dolbom.exercise.watching import Watched
from dolbom.perception.bodies import BodyWatcher
from dolbom.perception.pose import PoseFinder, pose_model

LABELS = "labels.csv"
NEAR = 1
"""A count that is off by no more is near enough."""
RATE_HZ = 15.0
"""As many frames a second are looked at as on the robot."""
UNSEEN = 0.1
"""Of a clip in which the joints cannot be seen, followed for a smaller share of the time is right."""

app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})


class Label(BaseModel):
    """One line of labels.csv."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    clip: str = Field(min_length=1)
    exercise: str
    repetitions: int = Field(ge=0, le=1000)
    kind: str = ""
    seen: Literal["yes", "no"] = "yes"

    @field_validator("exercise")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in exercises():
            raise ValueError(f"there are {', '.join(exercises())}")
        return name


@dataclass
class ClipResult:
    """What came of one clip.

    Attributes:
        counted: repetitions that were counted.
        followed: share of the frames in which there was something to count in.
        failed: why it could not be read.
    """

    label: Label
    counted: int = 0
    followed: float = 0.0
    frames: int = 0
    failed: str | None = None

    @property
    def off(self) -> int:
        """By how many repetitions the count is wrong."""
        return self.counted - self.label.repetitions

    @property
    def right(self) -> bool:
        """Near enough; of what cannot be seen: nothing was made up."""
        if self.label.seen == "no":
            return self.counted == 0 and self.followed < UNSEEN
        return abs(self.off) <= NEAR


def read_labels(folder: Path) -> list[Label]:
    """The lines of the folder's labels.csv.

    Raises:
        UserError: if there is none or a line is not right.
    """
    labels = read_table(folder, LABELS, Label, ("clip", "exercise", "repetitions"), "clip, exercise and repetitions")
    if doubled := [name for name, count in Counter(one.clip for one in labels).items() if count > 1]:
        raise UserError(f"{folder / LABELS} names {doubled[0]} twice", "one line a clip")
    return labels


def judge(folder: Path, label: Label) -> ClipResult:
    """Follows one clip."""
    result, follower, followed = ClipResult(label), Follower(exercise(label.exercise)), 0
    try:
        for sight in sights_of(clip_path(folder, label.clip)):
            follower.see(sight)
            result.frames += 1
            followed += follower.measure is not None
    except (OSError, ValueError, KeyError, UserError, zipfile.BadZipFile) as error:
        result.failed = str(error) or type(error).__name__
    if not result.frames and result.failed is None:
        result.failed = "it holds no frame"
    result.counted, result.followed = follower.count, followed / max(1, result.frames)
    return result


def sights_of(path: Path) -> Iterator[Sight]:
    """What a clip shows, whatever kind it is of.

    Raises:
        OSError, ValueError, KeyError, UserError, BadZipFile: if it cannot be read.
    """
    if path.suffix == ".npz":
        return read(path).sights()
    return looked_at(path)


def looked_at(path: Path, rate_hz: float = RATE_HZ) -> Iterator[Sight]:
    """What the robot's own pose network sees of whoever exercises in a video, or a folder of pictures (at `rate_hz`).

    Raises:
        UserError: if it cannot be read.
    """
    if not path.exists():
        raise UserError(f"no clip {path}", "give a film, a folder of pictures or skeletons (.npz)")
    fps = frame_rate(path) if path.is_file() else rate_hz
    if not fps:
        raise UserError(f"cannot read {path.name}, or it states no frame rate", "not a video, or damaged")
    watched, step = Watched(), max(1, round(fps / rate_hz))
    with PoseFinder(pose_model()) as finder:
        watcher = BodyWatcher(finder)
        for number, image in enumerate(frames_of(path)):
            if number % step == 0:
                yield watched.see(watcher.update(image, number / fps))


def figures(results: Iterable[ClipResult]) -> dict[str, Any]:
    """The shares, over clips that could be read."""
    read_ones = [one for one in results if one.failed is None]
    seen = [one for one in read_ones if one.label.seen == "yes"]
    hidden = [one for one in read_ones if one.label.seen == "no"]
    near, exact = sum(one.right for one in seen), sum(one.off == 0 for one in seen)
    return {
        "clips": len(seen),
        "within_one": round(near / len(seen), 4) if seen else None,
        "within_one_interval": interval(near, len(seen)) if seen else None,
        "exact": round(exact / len(seen), 4) if seen else None,
        "repetitions": sum(one.label.repetitions for one in seen),
        "mean_error": round(sum(abs(one.off) for one in seen) / len(seen), 3) if seen else None,
        "unseen_clips": len(hidden),
        "unseen_counted_nothing": sum(one.right for one in hidden),
    }


def report(results: list[ClipResult], seconds: float) -> dict[str, Any]:
    """Everything for programs."""
    by = {
        "exercises": sorted({one.label.exercise for one in results}),
        "kinds": sorted({one.label.kind for one in results if one.label.kind}),
    }
    return {
        **figures(results),
        "interval_method": "Clopper-Pearson, 95 %",
        "by_exercise": {name: figures(r for r in results if r.label.exercise == name) for name in by["exercises"]},
        "by_kind": {name: figures(r for r in results if r.label.kind == name) for name in by["kinds"]},
        "wrong": [
            {
                "clip": one.label.clip,
                "exercise": one.label.exercise,
                "repetitions": one.label.repetitions,
                "counted": one.counted,
                "seen": one.label.seen,
            }
            for one in results
            if one.failed is None and not one.right
        ],
        "failed": [{"clip": one.label.clip, "why": one.failed} for one in results if one.failed is not None],
        "frames": sum(one.frames for one in results),
        "seconds": round(seconds, 1),
    }


def show(found: dict[str, Any], console: Console) -> None:
    """A table for people."""
    table = Table(title="Repetitions counted within ±1 (95 % intervals)")
    for column in ("exercise", "clips", "within ±1", "exact", "cannot be seen: nothing counted"):
        table.add_column(column)
    for name, one in [*found["by_exercise"].items(), ("all", found)]:
        bounds = one["within_one_interval"]
        table.add_row(
            name,
            str(one["clips"]),
            "" if bounds is None else f"{one['within_one']:.3f} ({bounds[0]:.3f}–{bounds[1]:.3f})",
            "" if one["exact"] is None else f"{one['exact']:.3f}",
            f"{one['unseen_counted_nothing']} of {one['unseen_clips']}" if one["unseen_clips"] else "",
        )
    console.print(table)
    for one in found["wrong"]:
        console.print(f"[red]{one['counted']} for {one['repetitions']}[/] {one['clip']}")
    for one in found["failed"]:
        console.print(f"[yellow]failed[/] {one['clip']}: {one['why']}")
    console.print(f"{found['frames']} frames in {found['seconds']} s")


@app.command(name="exercise")
def judge_folder(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the clips and a labels.csv.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object on standard output.")] = False,
) -> None:
    """Measure the counting of repetitions on a folder of labelled clips.

    Examples:  [bold]dolbom exercise clips clips --seed 7[/]   [bold]dolbom eval exercise clips --json[/]
    """
    labels = read_labels(folder)
    begin = time.monotonic()
    results = [judge(folder, label) for label in labels]
    if all(one.failed is not None for one in results):
        raise UserError(f"none of {len(results)} clips could be read, first {results[0].failed}")
    found = report(results, time.monotonic() - begin)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found, Console())
