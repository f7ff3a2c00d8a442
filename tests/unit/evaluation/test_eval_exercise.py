"""The counting is judged on labelled clips, and bad folders are told in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.evaluation.exercise import app, judge, read_labels, report
from dolbom.exercise.cli import app as exercise_app
from dolbom.exercise.clips import make, read

ONLY = ("arms_up", "seated_march", "sit_to_stand")
HEAD = "clip,exercise,repetitions,kind,seen\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    assert make(folder, 11, 1, ONLY) == 24
    return folder


def test_nine_of_ten_clips_and_more_are_counted_within_one_and_none_is_made_up(folder: Path) -> None:
    done = CliRunner().invoke(app, [str(folder), "--json"])
    found = json.loads(done.stdout)
    assert found["clips"] == 23
    assert found["within_one"] >= 0.93
    assert found["unseen_counted_nothing"] == found["unseen_clips"] == 1
    assert set(found["by_exercise"]) == {label.exercise for label in read_labels(folder)}
    assert found["failed"] == []


def test_the_same_seed_makes_the_same_clips(folder: Path, tmp_path: Path) -> None:
    assert (
        CliRunner()
        .invoke(exercise_app, ["clips", str(tmp_path), "--seed", "11", "--each", "1", "--exercise", "arms_up"])
        .exit_code
        == 0
    )
    assert (tmp_path / "labels.csv").read_text().splitlines() == (folder / "labels.csv").read_text().splitlines()[:9]
    name = read_labels(folder)[3].clip
    assert (read(tmp_path / name).landmarks == read(folder / name).landmarks).sum() > 1000


def test_a_label_that_is_wrong_is_called_wrong(folder: Path) -> None:
    label = next(one for one in read_labels(folder) if one.seen == "yes" and one.kind == "plain")
    lied = label.model_copy(update={"repetitions": label.repetitions + 3})
    results = [judge(folder, label), judge(folder, lied)]
    assert [one.right for one in results] == [True, False]
    found = report(results, 1.0)
    assert found["within_one"] == 0.5
    assert found["wrong"][0]["repetitions"] == lied.repetitions


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (HEAD + "a.npz,salto,3,plain,yes\n", "labels.csv, line 2: exercise"),
        (HEAD + "a.npz,arms_up,many,plain,yes\n", "repetitions"),
        (HEAD + "a.npz,arms_up,3,plain,yes\na.npz,arms_up,3,plain,yes\n", "names a.npz twice"),
        ("clip,exercise\na.npz,arms_up\n", "no column repetitions"),
    ],
)
def test_a_wrong_table_is_told_by_its_line(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "labels.csv").write_text(table)
    with pytest.raises(UserError, match=said):
        read_labels(tmp_path)


def test_clips_that_cannot_be_read_are_left_out_and_named(tmp_path: Path, folder: Path) -> None:
    good = read_labels(folder)[0]
    (tmp_path / good.clip).write_bytes((folder / good.clip).read_bytes())
    (tmp_path / "bad.npz").write_bytes(b"no archive")
    rows = f"{good.clip},{good.exercise},{good.repetitions},,\nbad.npz,arms_up,3,,\ngone.mp4,arms_up,3,,\n"
    (tmp_path / "labels.csv").write_text("clip,exercise,repetitions,kind\n" + rows.replace(",,", ","))
    done = CliRunner().invoke(app, [str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "failed" in done.output and "bad.npz" in done.output and "gone.mp4" in done.output
