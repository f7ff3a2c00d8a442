"""`dolbom eval falls DIR`: how many falls are noticed and how many daily activities are left in peace.

The folder holds the clips and a `labels.csv` with the columns `clip` and `label` (fall or adl) and, where known,
`fall_start` and `fall_end` (frames), `fps`, `dataset` and `activity`; others are not read. A clip is a video of any
kind that OpenCV reads, or a folder of numbered pictures. Every clip is played through the same classes as on the
robot, each frame at its own time.

What counts is what starts the robot's question: `down`, or a suspicion that was neither confirmed nor cleared for as
long as the safety node waits (`confirm_s`). In a fall clip it counts from the labelled start of the fall on; before, it
is a false alarm.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
import typer
from pydantic import BaseModel, ConfigDict, Field, field_validator
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.evaluation import fall_folds
from dolbom.evaluation.clips import Frame, Number, clip_path, read_table
from dolbom.evaluation.fall_pictures import save_strip
from dolbom.evaluation.fall_views import View, seen_as
from dolbom.evaluation.intervals import interval
from dolbom.perception.bodies import Bodies, BodyWatcher
from dolbom.perception.falls import FallDetector, FallEvent, FallKind, FallParameters
from dolbom.perception.pictures import pictures_in, read_picture
from dolbom.perception.pose import BodyParameters, PoseFinder, pose_model
from dolbom.safety.ladder import LadderParameters

LABELS = "labels.csv"

app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})


class Label(BaseModel):
    """One line of labels.csv; frames count from 0."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    clip: str = Field(min_length=1)
    label: Literal["fall", "adl"]
    fall_start: Frame = None
    fall_end: Frame = None
    fps: Annotated[Number, Field(gt=0, le=1000)] = None
    activity: str = ""
    data_set: str = Field("", alias="dataset")

    @field_validator("label", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


@dataclass
class ClipResult:
    """What came of one clip.

    Attributes:
        question: the event that started the robot's question, the first that counts; None if there was none.
        asked_at: time of the question's start in the clip, seconds.
        early: questions before the fall, in seconds.
        delay: seconds from the end of the fall to `down`; negative if it was said before the person had landed.
        seconds: time spent on the clip.
        failed: why it could not be read.
        grid: verdicts of `dolbom.evaluation.fall_folds`, if they were asked for.
    """

    label: Label
    frames: int = 0
    fps: float = 0.0
    events: list[FallEvent] = field(default_factory=list)
    question: FallEvent | None = None
    asked_at: float | None = None
    early: list[float] = field(default_factory=list)
    delay: float | None = None
    seconds: float = 0.0
    failed: str | None = None
    grid: dict[tuple[int, int], bool] | None = None

    @property
    def right(self) -> bool:
        return (self.question is not None) == (self.label.label == "fall")


def read_labels(folder: Path) -> list[Label]:
    """The lines of labels.csv, see `read_table`."""
    return read_table(folder, LABELS, Label, ("clip", "label"), "clip and label (fall or adl)")


def frames_of(path: Path) -> Iterator[np.ndarray[Any, np.dtype[np.uint8]]]:
    """The pictures of a clip, RGB.

    Raises:
        UserError: if it cannot be opened.
    """
    if path.is_dir():
        for picture in sorted(pictures_in(path), key=_in_order):
            yield cv2.cvtColor(read_picture(picture), cv2.COLOR_BGR2RGB)  # type: ignore[misc]
        return
    video = cv2.VideoCapture(str(path))
    try:
        if not video.isOpened():
            raise UserError(f"cannot read {path.name}", "not a video, damaged, or not there")
        while True:
            read, image = video.read()
            if not read:
                return
            yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB)  # type: ignore[misc]
    finally:
        video.release()


def _in_order(picture: Path) -> list[tuple[int, str]]:
    """Frame 10 comes after frame 9, with or without zeros before."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", picture.name)]


def frame_rate(path: Path) -> float:
    """Frames per second that the file itself states; 0 if none."""
    video = cv2.VideoCapture(str(path))
    rate = float(video.get(cv2.CAP_PROP_FPS)) if video.isOpened() else 0.0
    video.release()
    return rate if 0 < rate < 1000 else 0.0


def watch(
    path: Path, fps: float, finder: PoseFinder, detector: FallDetector, rate_hz: float, view: View
) -> Iterator[Bodies]:
    """Plays a clip through body and fall detection as on the robot; `detector` has the say of who is known down."""
    watcher = BodyWatcher(finder)
    step = max(1, round(fps / rate_hz))
    for i, image in enumerate(seen_as(view, frames_of(path))):
        if i % step == 0:
            yield watcher.update(image, i / fps, detector.down)


def judge(result: ClipResult, end: float) -> None:
    """Finds in the events what starts the question, and when; `end` is the clip's last time."""
    start = 0.0
    if result.label.label == "fall" and result.label.fall_start is not None:
        start = result.label.fall_start / result.fps
    wait = LadderParameters().confirm_s
    open_since: dict[str, FallEvent] = {}
    asked: list[tuple[float, FallEvent]] = []
    for event in [*result.events, None]:
        now = end if event is None else event.stamp
        for person, suspected in list(open_since.items()):
            if suspected.stamp + wait < now:
                asked.append((suspected.stamp + wait, suspected))
                del open_since[person]
        if event is None:
            break
        if event.kind is FallKind.SUSPECTED:
            open_since[event.person] = event
        else:
            open_since.pop(event.person, None)
            if event.kind is FallKind.DOWN:
                asked.append((event.stamp, event))
    result.early = [at for at, _ in asked if at < start]
    counted = [(at, event) for at, event in asked if at >= start]
    if counted:
        result.asked_at, result.question = counted[0]
    if result.label.fall_end is not None:
        downs = [e.stamp for e in result.events if e.kind is FallKind.DOWN and e.stamp >= start]
        if downs:
            result.delay = downs[0] - result.label.fall_end / result.fps


def evaluate_clip(
    folder: Path,
    label: Label,
    rate_hz: float,
    pictures: Path | None = None,
    folds: bool = False,
    view: View = View.AS_IS,
) -> ClipResult:
    """Plays and judges one clip; what cannot be read is told in `failed`."""
    begin = time.monotonic()
    result = ClipResult(label)
    path = clip_path(folder, label.clip)
    seen: list[Bodies] = []
    try:
        if not path.exists():
            raise UserError(f"no clip {label.clip}", "it is left out of every figure")
        result.fps = label.fps or frame_rate(path)
        if not result.fps:
            raise UserError(f"cannot read {label.clip}, or it states no frame rate", "give it in the column fps")
        detector = FallDetector(FallParameters())
        body = BodyParameters()
        with PoseFinder(pose_model(), body.people, body.confidence) as finder:
            for bodies in watch(path, result.fps, finder, detector, rate_hz, view):
                seen.append(bodies)
                result.events += detector.update(bodies)
        if not seen:
            raise UserError(f"cannot read {label.clip}", "it holds no picture")
    except (UserError, OSError, cv2.error, RuntimeError, ValueError) as error:
        # MediaPipe and OpenCV say so of pictures they cannot use; one clip does not take the others with it.
        result.failed = str(error)
        return result
    result.frames = len(seen)
    judge(result, seen[-1].stamp)
    result.seconds = time.monotonic() - begin
    if folds:
        result.grid = fall_folds.verdicts(label, result.fps, seen)
    if pictures is not None and not (result.right and not result.early):
        at = _moments(result, seen[-1].stamp)
        kind = "miss" if label.label == "fall" and result.question is None else "false_alarm"
        name = re.sub(r"[/\\:]+", "_", str(Path(label.clip).with_suffix("")))
        shown = seen_as(view, frames_of(path))
        save_strip(pictures / f"{kind}_{name}.jpg", shown, result.fps, seen, at, result.events)
    result.seconds = time.monotonic() - begin
    return result


def _moments(result: ClipResult, end: float) -> list[float]:
    """Times that show why a clip was judged wrongly."""
    begin, last = 0.0, end
    if result.label.label == "fall" and result.label.fall_start is not None:
        begin, last = result.label.fall_start / result.fps - 0.5, min(end, result.label.fall_start / result.fps + 4)
    elif result.asked_at is not None:
        begin, last = result.asked_at - 2.5, min(end, result.asked_at + 1)
    return [float(t) for t in np.linspace(max(0.0, begin), last, 8)]


def evaluate(
    folder: Path,
    labels: list[Label],
    jobs: int,
    rate_hz: float,
    pictures: Path | None = None,
    folds: bool = False,
    view: View = View.AS_IS,
) -> list[ClipResult]:
    """Judges all clips in `jobs` processes, with a progress bar on standard error."""
    results: dict[str, ClipResult] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
    # Not forked: MediaPipe's threads do not survive it.
    context = multiprocessing.get_context("spawn")
    with bar, ProcessPoolExecutor(min(jobs, len(labels)), mp_context=context, initializer=_one_core) as pool:
        task = bar.add_task("clips", total=len(labels))
        waiting = {pool.submit(evaluate_clip, folder, one, rate_hz, pictures, folds, view): one for one in labels}
        try:
            for done in as_completed(waiting):
                results[waiting[done].clip] = done.result()
                bar.advance(task)
        except BrokenProcessPool:
            raise UserError("a process that played clips was killed", "out of memory? --jobs 1 needs least") from None
    return [results[one.clip] for one in labels]


def _one_core() -> None:
    cv2.setNumThreads(1)
    # MediaPipe's native warnings, the same for every clip, would tear the progress bar; errors come as exceptions.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def figures(results: Iterable[ClipResult]) -> dict[str, Any]:
    """Sensitivity, specificity, their intervals and the delay over some clips; None where there is nothing to count."""
    done = [r for r in results if r.failed is None]
    falls = [r for r in done if r.label.label == "fall"]
    others = [r for r in done if r.label.label == "adl"]
    hit, calm = sum(r.right for r in falls), sum(r.right for r in others)
    delays = [r.delay for r in falls if r.delay is not None]
    return {
        "sensitivity": round(hit / len(falls), 4) if falls else None,
        "specificity": round(calm / len(others), 4) if others else None,
        "intervals": {
            "sensitivity": interval(hit, len(falls)) if falls else None,
            "specificity": interval(calm, len(others)) if others else None,
        },
        "falls": len(falls),
        "falls_noticed": hit,
        "adl": len(others),
        "adl_undisturbed": calm,
        "falls_by_down": sum(any(e.kind is FallKind.DOWN for e in r.events) and r.right for r in falls),
        "early_questions": sum(len(r.early) for r in falls),
        "delay_s": {
            "p50": round(float(np.percentile(delays, 50)), 2) if delays else None,
            "p95": round(float(np.percentile(delays, 95)), 2) if delays else None,
            "of": len(delays),
        },
    }


def report(results: list[ClipResult], seconds: float, jobs: int, rate_hz: float) -> dict[str, Any]:
    """Everything for programs."""
    names = sorted({r.label.data_set for r in results})
    frames = sum(r.frames for r in results)
    return {
        **figures(results),
        "interval_method": "Clopper-Pearson, 95 %",
        "data_sets": {name or "unnamed": figures(r for r in results if r.label.data_set == name) for name in names},
        "clips": [_clip(r) for r in results],
        "failed": [{"clip": r.label.clip, "why": r.failed} for r in results if r.failed is not None],
        "frames": frames,
        "frame_ms": round(sum(r.seconds for r in results) / frames * 1000, 1) if frames else None,
        "seconds": round(seconds, 1),
        "jobs": jobs,
        "rate_hz": rate_hz,
    }


def _clip(r: ClipResult) -> dict[str, Any]:
    return {
        "clip": r.label.clip,
        "label": r.label.label,
        "data_set": r.label.data_set,
        "activity": r.label.activity,
        "right": r.right if r.failed is None else None,
        "question": str(r.question.kind) if r.question else None,
        "asked_at_s": None if r.asked_at is None else round(r.asked_at, 2),
        "delay_s": None if r.delay is None else round(r.delay, 2),
        "confidence": round(r.question.confidence, 3) if r.question else None,
        "evidence": r.question.words("en") if r.question else None,
        "early_s": [round(at, 2) for at in r.early],
        "events": [{"kind": str(e.kind), "at_s": round(e.stamp, 2), "person": e.person} for e in r.events],
        "failed": r.failed,
    }


def show(found: dict[str, Any], console: Console) -> None:
    """A table for people."""
    table = Table(title="Falls noticed, daily activities left in peace (95 % intervals)")
    for column in ("data set", "sensitivity", "specificity", "delay to down, s"):
        table.add_column(column)
    for name, f in [*found["data_sets"].items(), ("all", found)]:
        table.add_row(
            name,
            _share(f["falls_noticed"], f["falls"], f["intervals"]["sensitivity"]),
            _share(f["adl_undisturbed"], f["adl"], f["intervals"]["specificity"]),
            "" if not f["delay_s"]["of"] else f"{f['delay_s']['p50']} median, {f['delay_s']['p95']} at 95 %",
        )
    console.print(table)
    for one in found["clips"]:
        if one["failed"] is not None:
            console.print(f"[yellow]failed[/]      {one['clip']}: {one['failed']}")
        elif not one["right"]:
            what = "missed     " if one["label"] == "fall" else "false alarm"
            console.print(f"[red]{what}[/] {one['clip']} {one['activity']} {one['evidence'] or ''}")
        if one["early_s"]:
            console.print(f"[red]too early[/]   {one['clip']} at {one['early_s']} s")
    console.print(
        f"{found['frames']} frames in {found['seconds']} s, {found['frame_ms']} ms a frame, {found['jobs']} jobs"
    )


def _share(hits: int, of: int, bounds: list[float] | None) -> str:
    return "" if not of or bounds is None else f"{hits}/{of} = {hits / of:.3f} ({bounds[0]:.3f}–{bounds[1]:.3f})"


@app.command()
def falls(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the clips and a labels.csv.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object on standard output.")] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for an annotated picture of every miss and false alarm.")
    ] = None,
    data_set: Annotated[list[str] | None, typer.Option(help="Only this data set; may be given again.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes at once.")] = 2,
    rate_hz: Annotated[
        float, typer.Option("--rate", min=1, max=240, help="Look at about so many frames a second; all by default.")
    ] = 240.0,
    folds: Annotated[
        bool, typer.Option("--folds", help="Also choose thresholds on some data sets and judge them on the others.")
    ] = False,
    view: Annotated[
        View,
        typer.Option(help="Show the clips mirrored; poor: 180 lines, half the light, noise; or dark: as by night."),
    ] = View.AS_IS,
) -> None:
    """Measure fall detection on a folder of labelled clips.

    Examples:  [bold]dolbom eval falls clips[/]   [bold]dolbom eval falls clips --json --pictures wrong[/]
    """
    labels = read_labels(folder)
    if doubled := [name for name, count in Counter(one.clip for one in labels).items() if count > 1]:
        raise UserError(f"{folder / LABELS} names {doubled[0]} twice", "one line a clip")
    if data_set:
        known = sorted({one.data_set for one in labels})
        labels = [one for one in labels if one.data_set in data_set]
        if not labels:
            raise UserError(f"no data set {', '.join(data_set)}", f"there are {', '.join(known)}")
    pose_model()  # if it is not there, that is said once and at once
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    results = evaluate(folder, labels, jobs, rate_hz, pictures, folds, view)
    if all(r.failed is not None for r in results):
        raise UserError(f"none of {len(results)} clips could be read, first {results[0].failed}")
    found = report(results, time.monotonic() - begin, jobs, rate_hz) | {"view": str(view)}
    if folds:
        found["folds"] = fall_folds.held_out(results)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    show(found, Console())
    for fold in found.get("folds", []):
        typer.echo(f"chosen on {', '.join(fold['chosen_on'])}, judged on {fold['judged_on']}: {fold['result']}")
