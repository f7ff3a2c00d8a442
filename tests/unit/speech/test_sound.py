"""Sound in the form in which the robot hears it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dolbom.errors import UserError
from dolbom.speech.sound import CHUNK, RATE, chunks, floats, level, pcm, read_sound


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (8_000, 1)])
def test_a_file_of_any_rate_and_channels_comes_as_16_khz_mono(tmp_path: Path, rate: int, channels: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    soundfile.write(tmp_path / "a.wav", np.stack([tone] * channels, axis=1), rate)
    read = read_sound(tmp_path / "a.wav")
    assert (read.dtype, len(read)) == (np.float32, RATE)
    assert np.argmax(np.abs(np.fft.rfft(read))) == 440
    assert level(read) == pytest.approx(-9.0, abs=0.3)


def test_what_is_no_sound_is_one_line_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(UserError, match=r"a\.wav is not a sound file"):
        read_sound(tmp_path / "a.wav")
    with pytest.raises(UserError, match="check the path"):
        read_sound(tmp_path / "b.wav")


def test_chunks_hold_all_samples_and_fill_up_the_last_with_silence() -> None:
    samples = np.arange(1000, dtype=np.int16)
    pieces = list(chunks(samples))
    assert [len(piece) for piece in pieces] == [CHUNK, CHUNK]
    assert np.array_equal(np.concatenate(pieces)[:1000], samples)
    assert not np.concatenate(pieces)[1000:].any()


def test_sixteen_bits_keep_the_sound_and_clip_what_is_too_loud() -> None:
    assert np.allclose(floats(pcm(np.array([0.5, -0.5], np.float32))), [0.5, -0.5], atol=1e-4)
    assert pcm(np.array([2.0, -2.0], np.float32)).tolist() == [32767, -32768]
    assert level(np.zeros(0, np.float32)) == -120
