"""How much of speech is understood: counting, reading and reporting."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.evaluation import speech
from dolbom.evaluation.speech import letters, read_transcripts, with_noise, words
from dolbom.speech.recognition import Recognised
from dolbom.speech.sound import RATE, Floats

TONE = (0.3 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)).astype(np.float32)


class Deaf:
    """Hears the same in everything."""

    def __init__(self, *_: object) -> None: ...

    def warm(self) -> None: ...

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        return Recognised("안녕하세 요", 1.0, lang)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    soundfile.write(tmp_path / "a.wav", TONE, RATE)
    (tmp_path / "transcripts.csv").write_text('clip,text\na.wav,"안녕, 하세요?"\n', encoding="utf-8")
    monkeypatch.setattr(speech, "WhisperRecogniser", Deaf)
    monkeypatch.setattr(speech, "whisper_model", lambda: None)
    # What is voice is the detector's matter; here all of the clip is.
    monkeypatch.setattr(speech.VoiceDetector, "probability", lambda _, chunk: 0.9 if chunk.any() else 0.0)
    return tmp_path


def test_spaces_punctuation_and_case_are_no_errors_of_letters() -> None:
    assert letters("안녕, 하세요?") == letters("안녕하세 요") == "안녕하세요"
    assert letters("TV 켜 줘!") == "tv켜줘"
    assert words("안녕, 하세요?") == ["안녕", "하세요"]


def test_the_command_reports_in_json_what_was_said_and_heard(folder: Path) -> None:
    told = CliRunner().invoke(speech.app, [str(folder), "--noise", "10", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["cer"], found["wer"], found["clips"], found["letters"]) == (0.0, 1.0, 1, 5)
    assert found["noise"]["10 dB"]["cer"] == 0.0
    assert found["per_clip"][0]["heard"]["clean"] == "안녕하세 요"
    assert found["end_of_speech_to_text_s"]["p50"] >= 1.0
    assert found["real_time_factor"] >= 0


def test_noise_is_as_far_below_the_speech_as_was_asked() -> None:
    for decibels in (20.0, 5.0):
        noise = with_noise(TONE, decibels, seed=1) - TONE
        ratio = 10 * np.log10(np.mean(TONE**2) / np.mean(noise**2))
        assert ratio == pytest.approx(decibels, abs=0.1)


def test_a_clip_that_cannot_be_read_is_told_and_the_others_are_heard(folder: Path) -> None:
    with (folder / "transcripts.csv").open("a", encoding="utf-8") as file:
        file.write("gone.wav,어디\n")
    told = CliRunner().invoke(speech.app, [str(folder), "--json"])
    found = json.loads(told.stdout)
    assert found["clips"] == 1
    assert [one["clip"] for one in found["failed"]] == ["gone.wav"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,text\na,b\n", "has no column clip"),
        ("clip,text\n", "names no clip"),
        ("clip,text\na.wav,\n", "line 2: text"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "transcripts.csv").write_text(text)
    with pytest.raises(UserError, match=said):
        read_transcripts(tmp_path)


def test_a_wrong_folder_language_or_noise_is_one_line(folder: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        read_transcripts(folder / "none")
    for arguments, said in [(["--lang", "fr"], "no language 'fr'"), (["--noise", "loud"], "not a list of decibels")]:
        told = CliRunner().invoke(speech.app, [str(folder), *arguments])
        assert isinstance(told.exception, UserError) and said in str(told.exception)


def test_a_silent_clip_and_one_in_a_folder_are_heard_and_a_transcript_without_a_word_is_named(folder: Path) -> None:
    (folder / "b").mkdir()
    soundfile.write(folder / "b" / "c.wav", TONE, RATE)
    soundfile.write(folder / "still.wav", np.zeros(RATE, np.float32), RATE)
    text = "text,clip\r\n안녕하세요,b\\c.wav\r\n안녕하세요,still.wav\r\n안녕,gone.wav\r\n"
    (folder / "transcripts.csv").write_bytes(text.encode("utf-8-sig"))
    told = CliRunner().invoke(speech.app, [str(folder), "--noise", "10", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["clips"], found["cer"], found["noise"]["10 dB"]["cer"]) == (2, 0.5, 0.5)
    assert [one["clip"] for one in found["failed"]] == ["gone.wav"]
    (folder / "transcripts.csv").write_text("clip,text\na.wav,...\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 2: text"):
        read_transcripts(folder)
