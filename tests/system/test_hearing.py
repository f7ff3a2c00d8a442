"""Hearing with the real detector and the real network."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from dolbom.evaluation.speech import letters, turns_of
from dolbom.speech.recognition import WhisperRecogniser
from dolbom.speech.sound import RATE, floats, read_sound
from dolbom.speech.turns import TurnParameters

pytestmark = [pytest.mark.weights("whisper-base/model.bin"), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def whisper() -> WhisperRecogniser:
    return WhisperRecogniser()


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_silence_hum_and_noise_are_no_words(whisper: WhisperRecogniser, lang: str) -> None:
    rng, seconds = np.random.default_rng(1), np.arange(3 * RATE) / RATE
    hum = 0.2 * np.sin(2 * np.pi * 60 * seconds)
    for sound in (0 * seconds, hum, 0.05 * rng.standard_normal(len(seconds))):
        samples = sound.astype(np.float32)
        assert turns_of(samples, TurnParameters()) == []
        assert whisper.recognise(samples, lang).text == ""


def test_real_korean_speech_is_understood_turn_by_turn(whisper: WhisperRecogniser, shared_data: Path) -> None:
    folder = shared_data / "speech_ko"
    with (folder / "transcripts.csv").open(encoding="utf-8") as file:
        some = list(csv.DictReader(file))[:6]
    errors = said = 0
    for row in some:
        turns = turns_of(np.pad(read_sound(folder / row["clip"]), (0, 2 * RATE)), TurnParameters())
        heard = " ".join(whisper.recognise(floats(turn.samples), "ko").text for turn in turns)
        errors += Levenshtein.distance(letters(row["text"]), letters(heard))
        said += len(letters(row["text"]))
    assert errors / said < 0.15
