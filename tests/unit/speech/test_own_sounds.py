"""Songs and familiar voices of the home: found by name only, cut at a minute, played and silenced like speech."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.unit.speech.test_speaking import Loudspeaker, Tone

from dolbom.errors import UserError
from dolbom.speech import own_sounds
from dolbom.speech.own_sounds import LONGEST_S, find_sound, load_sound
from dolbom.speech.sound import RATE
from dolbom.speech.speaking import Manner, Speaking
from dolbom.speech.synthesis import Preferred


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    own_sounds.own_folder().mkdir()
    return own_sounds.own_folder()


def make(path: Path, seconds: float, rate: int = 8000) -> Path:
    soundfile.write(path, np.full(round(seconds * rate), 0.25, np.float32), rate)
    return path


def test_a_file_is_found_by_its_name_and_nothing_outside_the_folder(folder: Path) -> None:
    daughter = make(folder / "딸 목소리.wav", 0.1)
    assert find_sound("딸 목소리.wav") == daughter
    make(folder.parent / "secret.wav", 0.1)
    (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
    (folder / "empty.wav").touch()
    for name in ("../secret.wav", "link.wav", "none.wav", "empty.wav", "", ".", "..", "a\0b"):
        assert find_sound(name) is None, name


def test_a_long_song_is_cut_at_a_minute_and_fades_out(folder: Path) -> None:
    samples = load_sound(make(folder / "song.wav", LONGEST_S + 5))
    assert len(samples) == LONGEST_S * RATE
    assert abs(int(samples[-1])) < 100 and samples[len(samples) // 2] == pytest.approx(8192, abs=50)


def test_what_is_no_sound_is_one_line(folder: Path) -> None:
    (folder / "text.wav").write_text("hello")
    with pytest.raises(UserError, match=r"text\.wav is not a sound file"):
        load_sound(folder / "text.wav")


def test_it_sounds_whole_and_is_silent_at_once_when_told(folder: Path) -> None:
    samples, loudspeaker = load_sound(make(folder / "a.wav", 0.5)), Loudspeaker()
    speaking = Speaking(Preferred([tone := Tone()], time.monotonic), loudspeaker)
    assert list(speaking.play("u", samples, Manner(), threading.Event()))[-1] == 1.0
    assert np.array_equal(loudspeaker.samples, samples)
    assert (speaking.engine, tone.asked) == ("recording", [])
    stop = threading.Event()
    for _ in speaking.play("v", np.tile(samples, 20), Manner(), stop):
        stop.set()
    assert loudspeaker.flushed
    assert loudspeaker.seconds < 1
