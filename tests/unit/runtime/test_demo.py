"""What would stop the demo half-way is one clear line before it starts; what happens is told in plain words."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from dolbom import i18n
from dolbom.errors import UserError
from dolbom.events import kinds
from dolbom.runtime import demo
from dolbom.runtime.demo import (
    Demo,
    Options,
    check_machine,
    check_source,
    district_ports,
    free_ports,
    page_port,
    run_demo,
    sound_parts,
)
from dolbom.speech.ports import Device, PortAudio, PortLostError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("DOLBOM_HOME", str(folder))
    return folder


def options(**changed: Any) -> Options:
    asked: dict[str, Any] = {"camera": "", "lang": "en", "port": 8080, "browser": False, "as_json": False, "domain": 42}
    return Options(**(asked | changed))


def make_clip(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (64, 48))
    writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    return path


def test_a_file_is_taken_by_its_whole_path_and_held_at_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clip(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    assert check_source("a.mp4") == {"source": str(tmp_path / "a.mp4"), "at_end": "hold"}


@pytest.mark.parametrize(
    ("camera", "complaint"),
    [
        ("none.mp4", "no file .*none.mp4 — check the path"),
        ("97", "no camera at /dev/video97"),
        ("/dev/null", "/dev/null is no camera"),
        (".", "is a folder"),
    ],
)
def test_a_wrong_camera_is_one_line(
    camera: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=complaint) as caught:
        check_source(camera)
    assert "\n" not in str(caught.value)


def test_a_missing_clip_of_the_demo_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "CLIP", tmp_path / "none.mp4")
    with pytest.raises(UserError, match=r"name one: make run CAMERA=file.mp4"):
        check_source("")


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is taken by another program — choose another"):
            check_machine(tmp_path, port)
    check_machine(tmp_path, port)


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 5_000_000))
    with pytest.raises(UserError, match=r"only 5 MB are free in .*, the demo needs 200"):
        check_machine(tmp_path, free_ports(1)[0])


def test_a_folder_without_permission_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UserError, match="no permission to write"):
        check_machine(tmp_path, free_ports(1)[0])


def test_a_port_that_only_root_may_use_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, _: Any) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(demo.socket, "socket", Refusing)
    with pytest.raises(UserError, match="no permission to use port 80"):
        check_machine(tmp_path, 80)


def test_ports_are_free_and_different() -> None:
    first, second = district_ports()
    assert first != second
    assert len(set(free_ports(5))) == 5


def test_the_demo_keeps_to_a_folder_of_its_own_and_leaves_the_environment(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str, str]] = []

    async def run(self: Demo) -> None:
        seen.append((os.environ["DOLBOM_HOME"], os.environ["DOLBOM_DISTRICT"], str(self._folder)))

    monkeypatch.setattr(Demo, "run", run)
    run_demo(options(camera=str(make_clip(tmp_path / "a.mp4")), port=free_ports(1)[0]), check=lambda: None)
    assert seen == [(str(home / "demo"), str(home / "demo" / "district"), str(home / "demo"))]
    assert os.environ["DOLBOM_HOME"] == str(home)
    assert "DOLBOM_DISTRICT" not in os.environ


def test_two_demos_at_once_are_refused(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = options(camera=str(make_clip(tmp_path / "a.mp4")), port=free_ports(1)[0])

    async def run(self: Demo) -> None:
        with pytest.raises(UserError, match="dolbom demo already runs"):
            run_demo_in_other(home)

    def run_demo_in_other(folder: Path) -> None:
        from dolbom.runtime.single import only_one

        with only_one(folder / "demo", "demo"):
            pass

    monkeypatch.setattr(Demo, "run", run)
    run_demo(asked, check=lambda: None)


def test_an_unknown_language_is_one_line() -> None:
    told = CliRunner().invoke(demo.app, ["--lang", "fr"])
    assert isinstance(told.exception, UserError)
    assert "no language 'fr'" in str(told.exception)


HAPPENED: list[tuple[dict[str, Any], str]] = [
    ({"what": "person", "seen": True, "posture": "upright"}, "A person is in the picture."),
    ({"what": "person", "seen": False, "posture": ""}, "Nobody is in the picture."),
    (
        {"what": "fall", "state": "suspected", "confidence": 0.714, "evidence": "dropped"},
        "Fall suspected (71 %): dropped",
    ),
    ({"what": "fall", "state": "down", "confidence": 0.9, "evidence": ""}, "The person is on the floor."),
    ({"what": "distress", "stage": "asked", "cause": "fall"}, "The robot waits for an answer …"),
    ({"what": "distress", "stage": "raised", "cause": "fall"}, "ALARM: no help without people."),
    (
        {"what": "receipt", "kind": "received", "event_id": "e1", "of": "distress.raised", "by": "", "note": ""},
        "on the district's desk (receipt e1)",
    ),
    (
        {
            "what": "receipt",
            "kind": "acknowledged",
            "event_id": "e1",
            "of": "distress.raised",
            "by": "operator",
            "note": "",
        },
        "by: Operator",
    ),
    ({"what": "said", "robot": True, "text": "괜찮으세요?", "question": True}, "Robot: “괜찮으세요?”"),
    ({"what": "said", "robot": False, "text": "아파", "question": False}, "Person: “아파”"),
    ({"what": "camera", "state": "lost", "message": "no frames come"}, "The camera sees nothing: no frames come"),
    ({"what": "error", "node": "body", "message": "no model"}, "body: no model"),
    (
        {"what": "dose", "kind": "missed", "routine": "r", "title": "heart pill", "severity": "alarm", "event_id": "e"},
        "heart pill: no answer to the end.",
    ),
    (
        {"what": "receipt", "kind": "received", "event_id": "e3", "of": "dose.missed", "by": "", "note": ""},
        "an alarm on the district's desk (receipt e3)",
    ),
]


@pytest.mark.parametrize(("said", "line"), HAPPENED, ids=[line for _, line in HAPPENED])
def test_each_thing_that_happens_has_its_line(tmp_path: Path, capsys: Any, said: dict[str, Any], line: str) -> None:
    Demo(tmp_path, options(), {"source": "x"})._happened(said)
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    "said",
    [
        {"what": "receipt", "kind": "received", "event_id": "e2", "of": "distress.updated", "by": "", "note": ""},
        {"what": "distress", "stage": "none", "cause": ""},
        {"what": "camera", "state": "lost", "message": "starting"},
    ],
)
def test_what_means_nothing_to_people_is_not_told(tmp_path: Path, capsys: Any, said: dict[str, Any]) -> None:
    Demo(tmp_path, options(), {"source": "x"})._happened(said)
    assert capsys.readouterr().out == ""


def test_every_state_that_can_happen_has_words_in_both_languages() -> None:
    from dolbom.safety.distress import Stage

    for lang in i18n.LANGUAGES:
        words = i18n.catalogue(lang, "demo")
        assert {stage.value for stage in Stage if stage != Stage.CLEARED} <= set(words["distress"])
        assert set(words["fall"]) == {"cleared", "suspected", "down", "recovered", "long_lie"}
        assert set(words["receipt"]) == {"received", "acknowledged", "closed"}
        assert {f"dose.{kind}" for kind in words["dose"]} == {kind for kind in kinds() if kind.startswith("dose.")}
        assert set(words["camera"]) == {"on", "off", "lost"}


def test_a_data_folder_that_cannot_be_made_is_named_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(UserError, match=r"home cannot be made: .* \$DOLBOM_HOME"):
        run_demo(options(), check=lambda: None)


def test_the_robots_page_has_its_usual_port_or_any_if_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert page_port(taken) not in (0, taken)
    assert page_port(taken) == taken


def test_the_demo_hears_and_sounds_with_what_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    only_speaker = [Device(0, "speaker", "ALSA", 0, 2, 48000, False, True)]
    monkeypatch.setattr(PortAudio, "devices", lambda self: only_speaker)
    assert sound_parts() == {"microphone": "none", "speaker": "default"}

    def missing(self: PortAudio) -> list[Device]:
        raise PortLostError("PortAudio is missing")

    monkeypatch.setattr(PortAudio, "devices", missing)
    assert sound_parts() == {"microphone": "none", "speaker": "none"}
