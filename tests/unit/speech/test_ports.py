"""Files as microphone and speaker, and devices that are not there."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dolbom.errors import UserError
from dolbom.speech.echo import EchoCanceller
from dolbom.speech.ports import (
    AudioParameters,
    Device,
    FileSink,
    FileSource,
    PortAudio,
    PortLostError,
    _Thinning,
    amplified,
    find_device,
    open_sink,
    open_source,
)
from dolbom.speech.sound import CHUNK, RATE, Samples


def noise(seconds: float, seed: int = 0, loud: float = 3000.0) -> Samples:
    return np.random.default_rng(seed).normal(0, loud, int(seconds * RATE)).astype(np.int16)


def test_a_file_is_heard_sample_for_sample_and_then_it_is_silent(tmp_path: Path) -> None:
    path, sound = tmp_path / "said.wav", noise(0.1)
    soundfile.write(path, sound, RATE)
    source = FileSource(path, loop=False)
    source.open()
    heard = np.concatenate([source.read() for _ in range(5)])
    # Read as floats and rounded back: at most one step beside.
    assert np.abs(heard[: len(sound)].astype(int) - sound).max() <= 1
    assert not heard[len(sound) :].any()


def test_a_file_takes_the_time_that_it_lasts(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", noise(0.2), RATE)
    source = FileSource(tmp_path / "a.wav", loop=True)
    source.open()
    begin = time.monotonic()
    for _ in range(6):
        source.read()
    assert time.monotonic() - begin >= 5 * CHUNK / RATE


def test_what_sounds_is_in_the_file(tmp_path: Path) -> None:
    sink, sound = FileSink(tmp_path / "out.wav"), noise(0.1)
    sink.open()
    for at in range(0, len(sound), 320):
        sink.write(sound[at : at + 320])
    sink.close()
    assert np.array_equal(soundfile.read(tmp_path / "out.wav", dtype="int16")[0], sound)


def test_none_is_no_microphone_and_no_speaker() -> None:
    parameters = AudioParameters(microphone="none", speaker="none")
    assert open_source(parameters) is None
    assert open_sink(parameters) is None


def test_a_file_that_is_not_there_or_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file"):
        open_source(AudioParameters(microphone=str(tmp_path / "none.wav")))
    with pytest.raises(UserError, match="cannot be written"):
        open_sink(AudioParameters(speaker=str(tmp_path / "nowhere" / "out.wav")))


def test_a_device_that_is_not_there_is_told_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [
        Device(0, "USB Camera Mic", "ALSA", 1, 0, 48000, False, False),
        Device(1, "USB", "ALSA", 1, 2, 48000, True, True),
    ]
    monkeypatch.setattr(PortAudio, "devices", lambda self: devices)
    with pytest.raises(PortLostError, match="no microphone 'Jabra': there is USB Camera Mic, USB"):
        find_device("Jabra", output=False)
    assert find_device("usb", output=False).index == 1
    assert find_device("camera", output=False).index == 0
    assert find_device("default", output=True).index == 1
    with pytest.raises(PortLostError, match="no speaker '0': there is USB"):
        find_device("0", output=True)


def test_a_stream_is_thinned_out_without_seams() -> None:
    fast = (10000 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / (3 * RATE))).astype(np.int16)
    thin = _Thinning(3)
    parts = np.concatenate([thin(fast[at : at + 3 * CHUNK]) for at in range(0, len(fast) - 3 * CHUNK, 3 * CHUNK)])
    whole = _Thinning(3)(fast[: len(parts) * 3])
    assert np.array_equal(parts, whole)
    settled = parts[CHUNK:].astype(float)
    assert 10000 / np.sqrt(2) == pytest.approx(float(np.sqrt(np.mean(settled**2))), rel=0.02)


def test_the_robots_own_voice_is_taken_out_and_what_a_person_says_stays() -> None:
    canceller = EchoCanceller()
    far, person = noise(6.0), np.zeros(6 * RATE, np.int16)
    person[4 * RATE : 5 * RATE] = noise(1.0, seed=1)
    room = np.zeros(2000)
    room[[640, 940, 1500]] = 0.5, 0.2, 0.1
    heard = np.clip(np.convolve(far, room)[: len(far)] + person, -32768, 32767).astype(np.int16)
    cleaned = []
    for at in range(0, len(far) - CHUNK, CHUNK):
        canceller.played(far[at : at + CHUNK])
        cleaned.append(canceller.cancel(heard[at : at + CHUNK]))
    out = np.concatenate(cleaned)

    def power(samples: Samples, begin: float, end: float) -> float:
        return float(10 * np.log10(np.mean(samples[int(begin * RATE) : int(end * RATE)].astype(float) ** 2) + 1e-9))

    assert len(out) == len(cleaned) * CHUNK
    assert power(heard, 2, 4) - power(out, 2, 4) > 15
    assert power(out, 4.2, 4.8) > power(out, 2, 4) + 10


def test_a_gain_makes_louder_and_never_wraps() -> None:
    assert amplified(np.array([1000], np.int16), 6.0206)[0] == pytest.approx(2000, abs=2)
    assert amplified(np.array([30000], np.int16), 20)[0] == 32767
