"""Tunes as they sound: measured in the sound itself, against the notes that are written."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.unit.speech.test_speaking import Loudspeaker, Tone

from dolbom.errors import UserError
from dolbom.speech.manner import louder
from dolbom.speech.plucked import PEAK, Note, sounded
from dolbom.speech.sound import RATE, Floats, Samples, floats, level
from dolbom.speech.speaking import Manner, Speaking
from dolbom.speech.synthesis import Preferred
from dolbom.speech.tunes import PREFIX, Sign, Tune, tune_sound, tunes

LONGEST_S = 20.0
CENTS = 12
"""Nobody hears a note that is off by so much as another one: a semitone is 100."""


def sound_of(name: str) -> Samples:
    sound = tune_sound(PREFIX + name)
    assert sound is not None
    return sound


def parts(tune: Tune) -> list[tuple[Sign, int, int]]:
    """Each note with the samples in which it should sound."""
    ends = np.round(np.cumsum([sign.beats * tune.beat_s for sign in tune.signs]) * RATE).astype(int)
    return list(zip(tune.signs, [0, *ends[:-1]], ends, strict=True))


def pitch_of(sound: Floats) -> float:
    """The MIDI pitch of the strongest part of a sound's spectrum."""
    count = 1 << 17
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), count))
    return 69 + 12 * float(np.log2(np.argmax(spectrum[1:]) + 1) + np.log2(RATE / count / 440.0))


@pytest.mark.parametrize("name", tunes())
def test_every_note_sounds_at_its_pitch_where_it_is_written(name: str) -> None:
    tune, sound = tunes()[name], floats(sound_of(name))
    for sign, begin, end in parts(tune):
        piece = sound[begin:end]
        if not sign.step:
            assert not piece.any()
            continue
        assert pitch_of(piece) == pytest.approx(tune.do + sign.above, abs=CENTS / 100), (name, sign, begin / RATE)
        # It sounds for the whole of its beats: loud at once, and still there before it makes room for the next.
        third = len(piece) // 3
        assert level(piece[:third]) > -30 and level(piece[third : 2 * third]) > -36, (name, sign)


@pytest.mark.parametrize("name", tunes())
def test_a_tune_is_as_long_as_its_beats_and_never_tiring(name: str) -> None:
    tune = tunes()[name]
    assert len(sound_of(name)) / RATE == pytest.approx(tune.seconds, abs=0.001)
    assert 6 <= tune.seconds <= LONGEST_S


@pytest.mark.parametrize("name", tunes())
def test_no_sample_is_clipped_and_nothing_clicks_where_notes_meet(name: str) -> None:
    tune, sound = tunes()[name], floats(sound_of(name))
    assert np.abs(sound).max() == pytest.approx(PEAK, abs=0.001)
    steps = np.abs(np.diff(sound))
    for _, begin, end in parts(tune):
        edge = RATE // 500  # 2 ms
        join = slice(max(0, begin - edge), begin + edge)
        assert np.abs(sound[join]).max() < 0.03 * PEAK
        # A click is a step; within a join none is as large as those of the notes themselves.
        assert steps[join].max() < 0.1 * steps[begin : end - 1].max() if sound[begin:end].any() else True
    assert not sound[0] and abs(sound[-1]) < 1e-3


def test_it_is_gentle_yet_as_loud_as_a_voice_and_loud_for_whoever_wants_it_louder() -> None:
    for name in tunes():
        assert -26 < level(floats(sound_of(name))) < -14, name
        assert np.abs(louder(sound_of(name), 6)).max() < 32767


def test_a_note_holds_no_part_above_what_old_ears_hear() -> None:
    for name in tunes():
        spectrum = np.abs(np.fft.rfft(floats(sound_of(name)))) ** 2
        high = np.fft.rfftfreq(len(sound_of(name)), 1 / RATE) > 4000
        assert spectrum[high].sum() < 1e-4 * spectrum.sum(), name


def test_two_notes_of_one_pitch_are_heard_as_two() -> None:
    sound = np.abs(floats(sounded([Note(69, 0.5), Note(69, 0.5)])))
    assert sound[RATE // 2 - 20 : RATE // 2 + 20].max() < 0.03 * sound.max()


def test_every_tune_is_free_its_author_unknown_or_dead_for_more_than_seventy_years() -> None:
    this_year = datetime.now(UTC).year
    for name, tune in tunes().items():
        assert tune.free == "unknown" or tune.free < this_year - 70, name


def test_every_bar_of_a_tune_holds_the_same_beats() -> None:
    for name, tune in tunes().items():
        bars = [sum(sign.beats for sign in tune.model_copy(update={"notes": bar}).signs)
                for bar in tune.notes.split("|")]  # fmt: skip
        # A long note may be held over a bar's line.
        assert all(bar % bars[1] == 0 for bar in bars[1:-1]), (name, bars)
        # The first may be an upbeat; the last note may be held on.
        assert bars[0] <= bars[1] and bars[-1] < 2 * bars[1], (name, bars)


def test_what_is_no_tune_has_no_sound_and_what_is_no_note_is_named() -> None:
    assert tune_sound("arirang") is None and tune_sound("tune-none") is None and tune_sound("") is None
    wrong = Tune(origin="nowhere", free="unknown", do=60, beat_s=0.5, notes="d:1 x:1")
    with pytest.raises(UserError, match="'x:1' is no note"):
        _ = wrong.signs


def test_a_tune_falls_silent_at_once_when_something_comes_first() -> None:
    loudspeaker, stop = Loudspeaker(), threading.Event()
    speaking = Speaking(Preferred([Tone()], time.monotonic), loudspeaker)
    told = 0.0
    for _ in speaking.play("t", sound_of("arirang"), Manner(), stop):
        if loudspeaker.pieces and not told:
            told = time.monotonic()
            stop.set()
    assert loudspeaker.flushed and loudspeaker.flushed - told < 0.5
    assert loudspeaker.seconds < 1.0 < tunes()["arirang"].seconds
