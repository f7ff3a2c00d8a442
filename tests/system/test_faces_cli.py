"""`dolbom faces`: enrols from pictures with a consent, shows, forgets; bad input is one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.drawn_faces import MOTHER, SON, draw, put
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.evaluation.faces import app as eval_app
from dolbom.perception.faces_cli import app
from dolbom.perception.pictures import DETECTOR, RECOGNISER
from dolbom.store.consent_cli import app as consent_app

needs_models = pytest.mark.weights(DETECTOR, RECOGNISER)
CONSENT = ("--given-by", "daughter", "--until", "2999-12-31")
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty home; what the root command would print as one line is raised."""
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str) -> str:
        ended = CliRunner().invoke(app, list(arguments))
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        assert ended.exit_code == 0, ended.output
        return ended.output

    return command


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, turn in enumerate((0, 18, -18)):
        cv2.imwrite(str(folder / f"{i}.png"), draw(MOTHER, turn=turn, seed=i))
    return folder


@needs_models
def test_enrolled_listed_withdrawn_and_forgotten(run: Run, pictures: Path, tmp_path: Path) -> None:
    enrolled = json.loads(run("enrol", "어머니", str(pictures), *CONSENT, "--json"))
    person = enrolled["person"]
    assert sorted(enrolled["views"]) == ["front", "left", "right"] and enrolled["missing"] == []
    (row,) = json.loads(run("list", "--json"))
    assert (row["person"], row["name"], row["recognised"]) == (person, "어머니", True)
    assert row["consents"][0]["state"] == "holds until 2999-12-31"
    assert "어머니" in run("list") and person in run("list")
    assert not list((tmp_path / "home").rglob("*.png"))
    with pytest.raises(UserError, match="cannot be told from"):
        run("enrol", "또 어머니", str(pictures), *CONSENT)
    assert "is enrolled as" in run("enrol", "엄마", str(pictures), *CONSENT, "--again", person)
    assert run("new-key").strip() == "Sealed anew."
    withdrawn = CliRunner().invoke(consent_app, ["withdraw", "엄마", "face_recognition"])
    assert "erased" in withdrawn.output
    (row,) = json.loads(run("list", "--json"))
    assert not row["recognised"] and {c["state"] for c in row["consents"]} == {"withdrawn"}
    assert "Forgotten: 1" in run("forget", "엄마", "--asked-by", "son")
    assert "Nobody is enrolled" in run("list")
    assert "Nothing erased is left" in run("wipe")


@needs_models
def test_pictures_of_no_use_are_named_with_the_reason(run: Run, pictures: Path) -> None:
    both = draw(MOTHER, size=(640, 480), at=(150, 200))
    put(both, SON, (450, 200), 85)
    cv2.imwrite(str(pictures / "both.png"), both)
    cv2.imwrite(str(pictures / "empty.png"), np.full((200, 200, 3), 90, np.uint8))
    cv2.imwrite(str(pictures / "small.png"), draw(MOTHER, width=30))
    enrolled = json.loads(run("enrol", "어머니", str(pictures), *CONSENT, "--json"))
    assert enrolled["refused"]["both.png"] == "more than one face"
    assert enrolled["refused"]["empty.png"] == "no face found"
    assert "too small" in enrolled["refused"]["small.png"]


@needs_models
def test_too_few_pictures_store_nothing_and_say_why(run: Run, pictures: Path) -> None:
    (pictures / "0.png").unlink()
    with pytest.raises(UserError, match=r"2 of the pictures .* can be used, 3 are needed"):
        run("enrol", "어머니", str(pictures), *CONSENT)
    assert json.loads(run("list", "--json")) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("enrol", "x", "/none", "--given-by", "a"), "is not a folder"),
        (("enrol", "x", "/none", "--given-by", " "), "nobody is named"),
        (("enrol", "x", "/none", "--given-by", "a", "--until", "soon"), "is not a day"),
        (("enrol", "x", "/none", "--given-by", "a", "--until", "2001-01-01"), "would have ended"),
        (("forget",), "name who is to be forgotten"),
        (("forget", "x", "--all"), "name who is to be forgotten"),
        (("forget", "x"), "nobody is enrolled"),
    ],
)
def test_bad_input_is_one_clear_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        run(*arguments)
    assert "\n" not in str(caught.value)


@needs_models
def test_the_evaluation_measures_a_folder_of_drawn_people(tmp_path: Path) -> None:
    for name, person in (("mother", MOTHER), ("son", SON)):
        for i in (1, 2):
            cv2.imwrite(str(tmp_path / f"{name}{i}.png"), draw(person, turn=4 * i - 8, seed=i))
    ended = CliRunner().invoke(eval_app, [str(tmp_path), "--json"])
    assert ended.exit_code == 0, ended.output
    result = json.loads(ended.stdout)
    assert result["pictures"] == 4 and result["no_face_found"] == []
    assert result["conditions"]["as_is"]["scores"]["genuine"]["lowest"] > 0.8
