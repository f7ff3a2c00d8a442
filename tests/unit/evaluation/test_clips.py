"""A table of clips is read however its maker's program wrote it, and what is wrong with it is said in one line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dolbom.errors import UserError
from dolbom.evaluation import falls
from dolbom.evaluation.clips import clip_path

PLAIN = "clip,label,fall_start,fall_end,fps,dataset\na.mp4,fall,3,9,25,X\nb/c.avi,adl,,,30,Y\n"


def table(folder: Path, content: bytes) -> list[falls.Label]:
    (folder / "labels.csv").write_bytes(content)
    return falls.read_labels(folder)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("clip,label", " Clip , LABEL").encode(),
        (PLAIN + ",,,,,\n\n").encode(),
        b"dataset,note,fps,label,fall_end,clip,fall_start\nX,,25.0,Fall,9.0,a.mp4,3.0\nY,,30, ADL,nan,b/c.avi,-1\n",
        b"fps,clip,label,fall_start,fall_end,dataset\n25,a.mp4,fall,3,9,X,a cell too many\n30,b/c.avi,adl,None,N/A,Y\n",
    ],
    ids=["plain", "windows", "spaces and capitals", "empty lines", "other order, decimals", "words for unknown"],
)
def test_the_same_table_of_other_programs_is_the_same(tmp_path: Path, content: bytes) -> None:
    a, b = table(tmp_path, content)
    assert (a.clip, a.label, a.fall_start, a.fall_end, a.fps, a.data_set) == ("a.mp4", "fall", 3, 9, 25.0, "X")
    assert (b.clip, b.label, b.fall_start, b.fall_end, b.fps, b.data_set) == ("b/c.avi", "adl", None, None, 30.0, "Y")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("clip,label\nㄱ.mp4,fall\n".encode("cp949"), "not UTF-8"),
        (b"clip,label,fall_start\na.mp4,fall,soon\n", "line 2: fall_start"),
        (b"clip,label,fps\na.mp4,fall,inf\n", "line 2: fps"),
        (b"clip;label\na.mp4;fall\n", "no column clip and label"),
        (b"", "no column clip and label"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        table(tmp_path, content)


def test_a_backslash_leads_into_a_folder_where_no_file_has_that_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.mp4").write_bytes(b"")
    assert clip_path(tmp_path, "b\\c.mp4") == tmp_path / "b" / "c.mp4"
    (tmp_path / "b\\c.mp4").write_bytes(b"")
    assert clip_path(tmp_path, "b\\c.mp4") == tmp_path / "b\\c.mp4"


@pytest.mark.parametrize(("ending", "fourcc"), [("avi", "MJPG"), ("mp4", "mp4v"), ("mov", "mp4v"), ("mkv", "XVID")])
def test_videos_of_any_common_kind_are_played(tmp_path: Path, ending: str, fourcc: str) -> None:
    path = tmp_path / f"clip.{ending}"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), 20.0, (64, 48))
    for level in range(10):
        writer.write(np.full((48, 64, 3), level * 25, np.uint8))
    writer.release()
    assert falls.frame_rate(path) == pytest.approx(20.0)
    assert [round(float(frame.mean()) / 25) for frame in falls.frames_of(path)] == list(range(10))


def test_a_folder_of_pictures_is_played_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"frame-{number}.png"), np.full((48, 64, 3), number * 20, np.uint8))
    (tmp_path / "notes.txt").write_text("x")
    assert [int(frame[0, 0, 0]) // 20 for frame in falls.frames_of(tmp_path)] == list(range(12))
