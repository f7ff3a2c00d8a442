"""`dolbom eval faces` counts right, on templates of which the answer is known, and says what is wrong with a folder."""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.perception.face_fixtures import AXES, look
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.evaluation.faces import Sample, app, darkened, evaluate, print_report, report, samples_in, share, shrunk
from dolbom.perception.identity import IdentityParameters
from dolbom.perception.pictures import DETECTOR, RECOGNISER

needs_models = pytest.mark.weights(DETECTOR, RECOGNISER)
RULES = IdentityParameters()


def sample(name: str, number: int, template: np.ndarray | None = None, person: int = 1, **quality: float) -> Sample:
    one = look(person, number=60 + number, **quality)
    if template is not None:
        one = dataclasses.replace(one, template=template.astype(np.float32))
    return Sample(name, f"{name}{number}.png", dict.fromkeys(("as_is", "60px", "40px", "30px", "dark"), one))


def two_people() -> list[Sample]:
    return [sample(name, i, person=person) for name, person in (("amy", 1), ("raj", 2)) for i in range(4)]


def test_people_who_are_well_apart_are_all_recognised_and_never_confused() -> None:
    found = evaluate(two_people(), "as_is", RULES)
    assert found["true_accept_rate"]["value"] == 1.0 and found["true_accept_rate"]["of"] == 8
    assert found["false_accept_rate"]["value"] == 0.0 and found["false_accept_rate"]["of"] == 8
    assert found["strangers"]["unknown"]["value"] == 1.0
    # Two of one person's pictures have a cosine of 0.64, two of different people none.
    assert found["pairs"]["true_accept_rate"] == share(12, 12) and found["pairs"]["false_accept_rate"]["of"] == 16


def test_one_person_under_two_names_is_found_as_false_accepts() -> None:
    mixed = [sample(name, i, person=1) for name in ("amy", "raj") for i in range(4)]
    found = evaluate(mixed, "as_is", RULES)
    assert found["false_accept_rate"]["value"] == 1.0 and found["strangers"]["named"]["value"] == 1.0
    assert found["true_accept_rate"]["value"] == 0.0  # between two equal people the margin keeps it unsure


def test_a_face_that_is_not_found_or_of_no_use_is_unsure_and_counts() -> None:
    samples = two_people()
    samples[0] = dataclasses.replace(samples[0], looks=samples[0].looks | {"dark": None})
    samples[1] = dataclasses.replace(samples[1], looks=samples[1].looks | {"dark": look(1, number=61, size=10)})
    found = evaluate(samples, "dark", RULES)
    assert found["true_accept_rate"]["value"] == 6 / 8 and found["unsure"]["value"] == 2 / 8
    assert found["faces_found"] == 7 / 8 and found["false_accept_rate"]["of"] == 8


def test_a_picture_is_never_compared_with_itself() -> None:
    # Four pictures of each that resemble nothing but themselves.
    alone = [sample(name, i, template=AXES[10 + 4 * n + i]) for n, name in enumerate(("amy", "raj")) for i in range(4)]
    found = evaluate(alone, "as_is", RULES)
    assert found["true_accept_rate"]["value"] == 0.0 and found["pairs"]["true_accept_rate"]["value"] == 0.0
    assert found["taken_for_unknown_or_other"]["value"] == 1.0


def test_the_report_has_the_keys_that_are_asked_for() -> None:
    result = report(two_people(), Path("somewhere/faces"), RULES)
    assert result["true_accept_rate"] == 1.0 and result["false_accept_rate"] == 0.0
    assert result["threshold"] == RULES.match and (result["people"], result["pictures"]) == (2, 8)
    assert list(result["conditions"]) == ["as_is", "60px", "40px", "30px", "dark"]
    assert json.loads(json.dumps(result)) == result


def test_without_a_face_or_a_second_picture_there_is_nothing_to_report() -> None:
    blind = [dataclasses.replace(s, looks=dict.fromkeys(s.looks)) for s in two_people()]
    with pytest.raises(UserError, match="no face was found in any of the 8"):
        report(blind, Path("x"), RULES)
    with pytest.raises(UserError, match="nobody in x has two pictures"):
        report([two_people()[0], two_people()[4]], Path("x"), RULES)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share(trials: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, trials))
    found = share(hits, trials)
    low, high = found["interval"]
    assert 0 <= low <= found["value"] + 1e-5 and found["value"] - 1e-5 <= high <= 1


def test_no_error_in_three_hundred_trials_still_leaves_one_in_a_hundred_possible() -> None:
    assert share(0, 300)["interval"][1] == pytest.approx(0.0122, abs=1e-4)


def test_dark_and_small_are_what_they_say() -> None:
    image = np.full((100, 80, 3), 128, np.uint8)
    dark = darkened(image, np.random.default_rng(0))
    assert 30 < dark.mean() < 50 and dark.std() > 1
    assert shrunk(image, 80.0, 40).shape == (50, 40, 3)
    assert shrunk(image, 30.0, 40).shape == image.shape


def test_people_read_the_same_figures_as_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    print_report(report(two_people(), Path("x"), RULES))
    said = capsys.readouterr().out
    assert "8 pictures of 2 people, threshold 0.52" in said and "1.000 [0.631, 1.000] of 8" in said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "no pictures in"),
        (["amy1.png", "raj.png"], "1 pictures of 1 people, and 1 not named <name><number>, first raj.png"),
        (["amy1.png", "amy2.png", "raj1.png"], "none of 3 pictures .* could be read"),
        (["amy1.png", "amy2.png"], "2 pictures of 1 people"),
        (["amy1.png", "raj1.png"], "2 pictures of 2 people"),
    ],
)
@needs_models
def test_a_wrong_folder_is_one_clear_line(tmp_path: Path, names: list[str], said: str) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    ended = CliRunner().invoke(app, [str(tmp_path)])
    assert isinstance(ended.exception, UserError)
    assert re.search(said, str(ended.exception)) and "\n" not in str(ended.exception)


class FaceEverywhere:
    """Finds the whole picture to be a face, whose it is by the picture's brightness."""

    def find(self, image: np.ndarray) -> list[Any]:
        height, width = image.shape[:2]
        return [SimpleNamespace(width=float(width), box=np.array([0.0, 0.0, width, height]))]

    def look(self, image: np.ndarray, face: Any) -> Any:
        return look(1 if image.mean() > 128 else 2)


def test_pictures_of_any_ending_and_names_of_any_letters_are_taken_and_what_cannot_be_used_is_said(
    tmp_path: Path,
) -> None:
    def picture(name: str, level: int) -> None:
        saved, data = cv2.imencode(Path(name).suffix.lower(), np.full((64, 64, 3), level, np.uint8))
        assert saved
        (tmp_path / name).write_bytes(data.tobytes())

    for name in ("김영희1.PNG", unicodedata.normalize("NFD", "김영희2.jpg"), "김영희10.webp"):
        picture(name, 200)
    for name in ("id07_1.JPEG", "id07_2.bmp"):
        picture(name, 60)
    picture("group.png", 60)
    picture("._id07_3.png", 60)
    (tmp_path / "id07_4.jpg").write_bytes(b"no picture")
    (tmp_path / "README.txt").write_text("x")
    left_out: dict[str, str] = {}
    samples = list(samples_in(tmp_path, FaceEverywhere(), lambda by: None, left_out))  # type: ignore[arg-type]
    assert sorted(s.name for s in samples) == ["id07_"] * 2 + ["김영희"] * 3
    assert set(left_out) == {"group.png", "id07_4.jpg"}
    told = report(samples, tmp_path, RULES, left_out)
    assert told["true_accept_rate"] == 1.0
    assert [one["file"] for one in told["left_out"]] == ["group.png", "id07_4.jpg"]
