"""`dolbom up` with real processes: what dies or hangs comes back, a lost camera returns, everything stops in time."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from tests.system.robot_process import DolbomProcess, alive, dolbom

Start = Callable[..., DolbomProcess]


def make_clip(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 120))
    for index in range(20):
        writer.write(np.full((120, 160, 3), 60 + index * 5, np.uint8))
    writer.release()
    return path


@pytest.fixture
def start(ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    started: list[DolbomProcess] = []

    def run(source: Path | str, *options: str) -> DolbomProcess:
        file = tmp_path / "home.yaml"
        file.write_text(
            f"camera:\n  ros__parameters:\n    source: {source}\n    at_end: loop\n    retry_longest_s: 0.5\n"
        )
        arguments = ["up", "--json", "--only", "camera", "--parameters", str(file), *options]
        started.append(DolbomProcess(arguments))
        return started[-1]

    yield run
    for one in started:
        one.kill()


@pytest.mark.timeout(240)
def test_what_dies_or_hangs_comes_back_and_all_stops_within_five_seconds(start: Start, tmp_path: Path) -> None:
    robot = start(make_clip(tmp_path / "a.mp4"), "--hang", "3")
    robot.until(lambda: robot.node_is("camera", "ok"))

    os.kill(robot.named("started")[-1]["pid"], signal.SIGKILL)
    robot.until(lambda: len(robot.named("ready")) == 2 and robot.named("state")[-1]["nodes"]["camera"][0] == "ok")
    assert robot.named("died")[0]["code"] == -signal.SIGKILL

    os.kill(robot.named("started")[-1]["pid"], signal.SIGSTOP)
    robot.until(lambda: len(robot.named("ready")) == 3)
    assert robot.named("hangs")[0]["silent_s"] >= 3

    second = dolbom("up")
    assert second.returncode == 2
    assert f"dolbom up already runs in {tmp_path / 'home'} (process {robot.pid})" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1

    code, took = robot.stop(signal.SIGINT)
    assert code == 0
    assert took < 6
    assert not any(alive(one["pid"]) for one in robot.named("started"))
    logged = [json.loads(line) for line in (tmp_path / "home/logs/up.jsonl").read_text().splitlines()]
    assert {"started", "ready", "died", "hangs", "stopped"} <= {line["text"] for line in logged}


@pytest.mark.timeout(240)
def test_a_camera_that_comes_late_is_used_can_be_switched_and_recorded_without_a_picture(
    start: Start, tmp_path: Path
) -> None:
    clip = tmp_path / "later.mp4"
    robot = start(clip)
    robot.until(lambda: robot.node_is("camera", "error", "no file"))
    make_clip(tmp_path / "made.mp4").rename(clip)
    robot.until(lambda: robot.node_is("camera", "ok"))

    told = dolbom("camera", "status", "--json")
    assert json.loads(told.stdout) == {"state": "on", "source": "later.mp4", "message": ""}
    assert json.loads(dolbom("camera", "off", "--json").stdout)["state"] == "off"

    os.kill(robot.named("started")[-1]["pid"], signal.SIGKILL)
    robot.until(lambda: len(robot.named("ready")) == 2)
    assert json.loads(dolbom("camera", "status", "--json").stdout)["state"] == "off"
    assert json.loads(dolbom("camera", "on", "--json").stdout)["state"] in ("on", "lost")

    file = tmp_path / "a.mcap"
    recorded = json.loads(dolbom("record", "--duration", "4", "--out", str(file), "--json").stdout)
    assert recorded["topics"]["/diagnostics"] >= 2
    assert recorded["topics"]["/camera_state"] >= 1
    assert "/image" not in recorded["topics"]
    assert "/image" in recorded["refused"]
    with file.open("rb") as stream:
        found = [
            (schema.name, channel.topic)
            for schema, channel, _, _ in make_reader(
                stream, decoder_factories=[DecoderFactory()]
            ).iter_decoded_messages()
        ]
    assert ("dolbom_msgs/msg/CameraState", "/camera_state") in found
    assert not [name for name, _ in found if "Image" in name]
    assert file.stat().st_mode & 0o077 == 0

    again = dolbom("record", "--duration", "1", "--out", str(file))
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert robot.stop()[0] == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("camera:\n  ros__parameters:\n    fsp: 3\n", "home.yaml:3: camera has no parameter 'fsp'; did you mean fps?"),
        (
            "camera:\n  ros__parameters:\n    fps: 300\n",
            "home.yaml:3: camera fps: Input should be less than or equal to 60",
        ),
    ],
)
def test_a_wrong_parameter_file_starts_nothing_and_names_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "home.yaml"
    file.write_text(text)
    told = dolbom("up", "--parameters", str(file), DOLBOM_HOME=str(tmp_path / "home"))
    assert told.returncode == 2
    assert complaint in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_no_robot_is_one_line(ros_domain: int, tmp_path: Path) -> None:
    told = dolbom("camera", "off", DOLBOM_HOME=str(tmp_path))
    assert told.returncode == 2
    assert f"the camera does not answer in ROS domain {ros_domain}" in told.stderr
