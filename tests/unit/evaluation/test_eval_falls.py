"""What `dolbom eval falls` reads, counts and says; the pose network is stood in for by a person of sticks."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rich.console import Console
from tests.unit.perception.stick_figure import ON_FRONT, STANDING, film
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.evaluation import fall_folds, falls
from dolbom.evaluation.fall_views import View, seen_as
from dolbom.evaluation.falls import ClipResult, Label
from dolbom.evaluation.intervals import interval
from dolbom.perception.falls import FallEvent, FallKind

FALL = [(0.0, STANDING), (2.0, STANDING), (2.9, replace(ON_FRONT, x=0.6)), (6.0, replace(ON_FRONT, x=0.6))]


def label(kind: str = "fall", **more: Any) -> Label:
    return Label.model_validate({"clip": "a.mp4", "label": kind, **more})


def event(kind: FallKind, stamp: float, person: str = "p") -> FallEvent:
    return FallEvent(kind, person, stamp, stamp, 0.9, 1.0)


def judged(kind: str, events: list[FallEvent], end: float = 20.0, **more: Any) -> ClipResult:
    result = ClipResult(label(kind, **more), fps=10.0, events=events)
    falls.judge(result, end)
    return result


def write_clip(path: Path, frames: int = 60, fps: float = 10.0) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for i in range(frames):
        writer.write(np.full((48, 64, 3), i * 3 % 255, np.uint8))
    writer.release()


class Sticks:
    """Stands in for the pose network: shows the fall of a person of sticks."""

    def __init__(self, *_: Any) -> None:
        self._frames = iter(film(FALL, fps=10))

    def __enter__(self) -> Sticks:
        return self

    def __exit__(self, *_: Any) -> None: ...

    def find(self, image: Any, stamp: float) -> list[Any]:
        return [b.pose for b in next(self._frames).bodies]

    def find_turned(self, image: Any, quarter: int) -> list[Any]:
        return []


@pytest.fixture
def sticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(falls, "PoseFinder", Sticks)
    monkeypatch.setattr(falls, "pose_model", lambda: Path("none"))


def labels_file(folder: Path, text: str) -> Path:
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    return folder


def test_labels_need_only_clip_and_label_and_other_columns_are_not_read(tmp_path: Path) -> None:
    read = falls.read_labels(labels_file(tmp_path, "clip,label,colour\na.mp4,FALL,red\nb.mp4, adl ,\n"))
    assert [(one.clip, one.label, one.fps) for one in read] == [("a.mp4", "fall", None), ("b.mp4", "adl", None)]
    full = "clip,label,fall_start,fall_end,fps,dataset\na.mp4,fall,3,,25,X\n"
    (one,) = falls.read_labels(labels_file(tmp_path, full))
    assert (one.fall_start, one.fall_end, one.fps, one.data_set) == (3, None, 25.0, "X")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clip,label\na.mp4,fall\nb.mp4,tumble\n", "line 3: label"),
        ("clip,label,fps\na.mp4,fall,fast\n", "line 2: fps"),
        ("clip,kind\na.mp4,fall\n", "no column label"),
        ("clip,label\n", "names no clip"),
        ("clip,label\n,fall\n", "line 2: clip"),
    ],
)
def test_a_wrong_line_of_labels_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        falls.read_labels(labels_file(tmp_path, text))


def test_a_wrong_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        falls.read_labels(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"no labels\.csv"):
        falls.read_labels(tmp_path)


def test_down_starts_the_question() -> None:
    result = judged("fall", [event(FallKind.SUSPECTED, 5), event(FallKind.DOWN, 5.5)], fall_start=45, fall_end=50)
    assert result.right
    assert (result.asked_at, result.delay, result.early) == (5.5, 0.5, [])


def test_a_suspicion_that_lasts_starts_the_question_and_one_that_is_cleared_in_time_does_not() -> None:
    assert judged("adl", [event(FallKind.SUSPECTED, 5)], end=9).asked_at == 8.0
    assert judged("adl", [event(FallKind.SUSPECTED, 5)], end=7).right
    assert judged("adl", [event(FallKind.SUSPECTED, 5), event(FallKind.CLEARED, 7.5)]).right
    assert not judged("adl", [event(FallKind.SUSPECTED, 5), event(FallKind.CLEARED, 8.5)]).right


def test_a_question_before_the_fall_is_early_and_does_not_count() -> None:
    result = judged("fall", [event(FallKind.SUSPECTED, 1), event(FallKind.DOWN, 2)], fall_start=50)
    assert not result.right
    assert result.early == [2]


def test_intervals_are_clopper_and_pearsons() -> None:
    assert interval(0, 0) == [0.0, 1.0]
    assert interval(10, 10) == [0.6915, 1.0]
    low, high = interval(70, 74)
    assert 0.86 < low < 70 / 74 < high < 0.986


def test_figures_leave_out_what_could_not_be_read() -> None:
    down = [event(FallKind.SUSPECTED, 5), event(FallKind.DOWN, 5.5)]
    broken = ClipResult(label(), failed="cannot be read")
    found = falls.figures([judged("fall", down), judged("fall", []), judged("adl", []), judged("adl", down), broken])
    assert (found["sensitivity"], found["specificity"]) == (0.5, 0.5)
    assert (found["falls"], found["falls_noticed"], found["adl"], found["adl_undisturbed"]) == (2, 1, 2, 1)
    assert found["delay_s"]["of"] == 0
    assert falls.figures([])["sensitivity"] is None


def test_a_clip_is_played_and_judged(tmp_path: Path, sticks: None) -> None:
    write_clip(tmp_path / "a.mp4")
    result = falls.evaluate_clip(tmp_path, label(fall_start=20, fall_end=29), 240, folds=True)
    assert result.right
    assert result.fps == pytest.approx(10)
    assert result.frames == 60
    assert result.delay is not None
    assert -0.6 < result.delay < 1.5
    assert result.grid is not None
    assert len(result.grid) == 2 * len(fall_folds.GRID)


def test_a_lower_rate_looks_at_fewer_frames(tmp_path: Path, sticks: None) -> None:
    write_clip(tmp_path / "a.mp4")
    assert falls.evaluate_clip(tmp_path, label("adl"), 5).frames == 30


def test_the_views_of_a_clip_are_what_they_say() -> None:
    image = np.zeros((360, 480, 3), np.uint8)
    image[:, :240] = 200
    (as_is,) = seen_as(View.AS_IS, [image])
    (mirrored,) = seen_as(View.MIRRORED, [image])
    (poor,) = seen_as(View.POOR, [image])
    assert (as_is == image).all()
    assert (mirrored[:, 240:] == 200).all() and not mirrored[:, :240].any()
    assert poor.shape == (180, 240, 3)
    assert poor[:, :110].mean() == pytest.approx(200 * 0.45, abs=1)
    assert poor[:, :110].std() == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize("view", list(View))
def test_a_clip_is_judged_in_every_view_and_drawn_as_it_was_seen(tmp_path: Path, sticks: None, view: View) -> None:
    write_clip(tmp_path / "a.mp4")
    result = falls.evaluate_clip(tmp_path, label("adl"), 240, tmp_path, view=view)
    assert (result.failed, result.frames, result.right) == (None, 60, False)
    assert (tmp_path / "false_alarm_a.jpg").is_file()


def test_a_picture_is_drawn_of_a_false_alarm(tmp_path: Path, sticks: None) -> None:
    write_clip(tmp_path / "a.mp4")
    result = falls.evaluate_clip(tmp_path, label("adl"), 240, tmp_path)
    assert not result.right
    strip = cv2.imread(str(tmp_path / "false_alarm_a.jpg"))
    assert strip.shape == (480, 1280, 3)
    # The skeleton is green.
    assert ((strip[:, :, 1].astype(int) - strip[:, :, 2]) > 60).sum() > 200


@pytest.mark.parametrize("content", [None, b"", b"not a video"])
def test_a_clip_that_cannot_be_read_is_told_and_does_not_stop_the_others(
    tmp_path: Path, sticks: None, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "a.mp4").write_bytes(content)
    result = falls.evaluate_clip(tmp_path, label(fps=10), 240)
    assert result.failed is not None
    assert "a.mp4" in result.failed


def run(*args: str) -> Any:
    return CliRunner().invoke(falls.app, list(args))


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch, sticks: None) -> None:
    """Clips one after the other in this process: what a spawned one imports cannot be replaced."""

    def evaluate(folder: Path, labels: list[Label], jobs: int, *rest: Any) -> list[ClipResult]:
        return [falls.evaluate_clip(folder, one, *rest) for one in labels]

    monkeypatch.setattr(falls, "evaluate", evaluate)


def test_the_command_reports_in_json(tmp_path: Path, in_process: None) -> None:
    for name in ("a", "b"):
        write_clip(tmp_path / f"{name}.mp4")
    labels_file(tmp_path, "clip,label,dataset\na.mp4,fall,X\nb.mp4,adl,Y\nc.mp4,adl,Y\n")
    result = run(str(tmp_path), "--json", "--folds", "--pictures", str(tmp_path / "wrong"))
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["sensitivity"], found["specificity"]) == (1.0, 0.0)
    assert found["intervals"]["sensitivity"] == [0.025, 1.0]
    assert set(found["data_sets"]) == {"X", "Y"}
    assert [one["clip"] for one in found["failed"]] == ["c.mp4"]
    assert found["clips"][0]["question"] == "down"
    assert {fold["judged_on"] for fold in found["folds"]} == {"X", "Y"}
    assert (tmp_path / "wrong" / "false_alarm_b.jpg").is_file()


def test_the_command_shows_a_table_to_people(tmp_path: Path, in_process: None) -> None:
    for name in ("a", "b"):
        write_clip(tmp_path / f"{name}.mp4")
    labels_file(tmp_path, "clip,label,fall_start,dataset\na.mp4,fall,59,X\nb.mp4,adl,,Y\nc.mp4,adl,,Y\n")
    result = run(str(tmp_path))
    assert result.exit_code == 0, result.output
    for word in ("missed", "false alarm", "too early", "failed", "sensitivity"):
        assert word in result.output
    only = run(str(tmp_path), "--data-set", "Y", "--json")
    assert set(json.loads(only.stdout)["data_sets"]) == {"Y"}


@pytest.mark.parametrize(
    ("lines", "more", "said"),
    [
        ("a.mp4,fall\na.mp4,adl\n", [], "twice"),
        ("a.mp4,fall\n", ["--data-set", "Z"], "no data set Z"),
        ("gone.mp4,fall\n", [], "none of 1 clips could be read"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    tmp_path: Path, in_process: None, lines: str, more: list[str], said: str
) -> None:
    labels_file(tmp_path, "clip,label\n" + lines)
    result = run(str(tmp_path), *more)
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)


def test_a_fold_is_chosen_without_the_clips_it_is_judged_on() -> None:
    places = range(len(fall_folds.GRID))
    # On X only the first setting is right; on Y only the last.
    verdicts_x = {(place, step): place == 0 for place in places for step in (1, 2)}
    verdicts_y = {(place, step): place == places[-1] for place in places for step in (1, 2)}
    results = [
        ClipResult(label(dataset="X"), grid=verdicts_x),
        ClipResult(label("adl", dataset="X"), grid=verdicts_x),
        ClipResult(label(dataset="Y"), grid=verdicts_y),
        ClipResult(label("adl", dataset="Y"), grid=verdicts_y),
    ]
    on_y, on_x = sorted(fall_folds.held_out(results), key=lambda fold: fold["judged_on"], reverse=True)
    assert on_y["judged_on"] == "Y"
    assert on_y["parameters"]["enough"] == fall_folds.GRID[0].enough
    assert on_y["sensitivity"] == [0, 1]
    assert on_x["parameters"]["enough"] == fall_folds.GRID[-1].enough


def test_among_equal_settings_the_shipped_one_is_taken() -> None:
    all_right = {(place, step): True for place in range(len(fall_folds.GRID)) for step in (1, 2)}
    place = fall_folds.choose([(label(), all_right), (label("adl"), all_right)])
    assert fall_folds.GRID[place] == falls.FallParameters()


def test_every_other_frame_tells_also_who_was_lost_between() -> None:
    frames = film(FALL, fps=5)[:3]
    frames[1] = replace(frames[1], lost=("a",))
    assert fall_folds.every_other(frames, 2).lost == ("a",)
    assert fall_folds.every_other(frames, 0).lost == ()


def test_the_table_is_told_without_clips(capsys: pytest.CaptureFixture[str]) -> None:
    found = falls.report([judged("adl", [])], 1.0, 1, 240)
    text = io.StringIO()
    falls.show(found, Console(file=text, width=120))
    assert "unnamed" in text.getvalue()
