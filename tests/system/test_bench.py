"""The benchmarks measure what they say, on a small scale; how fast the machine is, is not their test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from dolbom.places import ROOT

CLIP = ROOT / "sim" / "demo" / "fall.mp4"


def bench(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "dolbom", "bench", *arguments, "--json"]
    ran = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def short_clip(tmp_path: Path) -> Path:
    """Three seconds of the demo's clip, in which somebody is there."""
    video, path = cv2.VideoCapture(str(CLIP)), tmp_path / "short.mp4"
    video.set(cv2.CAP_PROP_POS_FRAMES, 30)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 15, (640, 480))
    for _ in range(45):
        writer.write(video.read()[1])
    writer.release()
    return path


@pytest.mark.weights("pose_landmarker_lite.task", "face_detection_yunet_2023mar.onnx")
@pytest.mark.timeout(260)
def test_the_bare_loop_makes_the_very_inferences_of_the_pipeline_it_is_compared_with(
    ros_domain: int, short_clip: Path
) -> None:
    found = bench("perception", "--clip", str(short_clip), "--repetitions", "1", "--domain", str(ros_domain))
    assert found["frames"] == 45
    assert found["inferences"] == found["bare_inferences"]
    assert found["inferences"]["pose"] == 45
    assert found["speed_ratio"] == pytest.approx(found["fps"] / found["bare_fps"], abs=0.01)
    assert found["cpu_ratio"] == pytest.approx(found["cpu_s"] / found["bare_cpu_s"], abs=0.01)
    assert 0 < found["latency_p50_ms"] <= found["latency_p95_ms"]


@pytest.mark.timeout(260)
def test_every_alarm_of_the_benchmark_is_seen_on_the_desk(ros_domain: int) -> None:
    found = bench("alarm", "--alarms", "10", "--events", "100")
    assert found["alarms"] == 10
    assert 0 < found["p50_s"] <= found["p95_s"] <= found["p99_s"] <= found["max_s"]
    assert found["throughput_ratio"] == pytest.approx(
        found["outbox_events_per_s"] / found["paho_events_per_s"], rel=0.05
    )


@pytest.mark.slow
@pytest.mark.timeout(260)
def test_every_page_is_asked_for_and_every_open_page_hears_of_every_change() -> None:
    few = ("--days", "3", "--events", "1000", "--seconds", "3", "--requests", "100", "--pages", "4", "--rounds", "2")
    found = bench("web", "--core", *few)
    assert {"/", "/routines", "/calendar", "/people", "/events", "/robot"} <= found["by_page"].keys()
    assert (found["events"], found["pages"]) == (1000, 4)
    assert found["requests"] >= 100
    assert 0 < found["live_ms"] <= found["shown_ms"]
    assert found["p95_ms"] == max(one["p95_ms"] for one in found["by_page"].values())
    assert found["ratio"] == pytest.approx(found["p50_ms"] / found["bare_p50_ms"], rel=0.1)


def test_a_clip_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dolbom", "bench", "perception", "--clip", str(tmp_path / "none.mp4")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, len(ran.stderr.strip().splitlines())) == (2, 1)
    assert "none.mp4" in ran.stderr


@pytest.mark.slow  # three minutes of talk
@pytest.mark.weights("whisper-base/model.bin")
@pytest.mark.timeout(420)
def test_every_kind_of_word_is_replied_to_in_the_talk_with_the_robot(ros_domain: int) -> None:
    found = bench("voice", "--lang", "en", "--rounds", "1", "--rest", "2", "--domain", str(ros_domain))
    spotted = found["spotted"]
    assert (spotted["tried"], found["open"]["talk"]["tried"]) == (3, 3)
    assert spotted["replies"] >= 2
    assert found["open"]["replies"] >= 1
    assert spotted["from_speech_p95_s"] == pytest.approx(spotted["p95_s"] + found["end_of_turn_s"], abs=0.002)
    assert 0 < found["rest"]["cpu_percent"] < found["talk"]["cpu_percent"]
    assert found["talk"]["memory_mb"] > 100


def test_a_folder_without_transcripts_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dolbom", "bench", "voice", "--sounds", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, len(ran.stderr.strip().splitlines())) == (2, 1)
    assert "transcripts.csv" in ran.stderr
