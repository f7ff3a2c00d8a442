"""The program piper beside this one: its sentences, its death in the middle, and that it sees nothing of ours."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dolbom.speech.piper import Piper, find_voices
from dolbom.speech.sound import RATE
from dolbom.speech.synthesis import Cancel, SynthesisError

NEVER = threading.Event()
# Speaks as piper does, a tenth of a second a letter; what it shall do otherwise stands in front of the loop's end.
PROGRAM = """#!{python} -S
import os, sys, time, wave
folder = sys.argv[sys.argv.index("--output-dir") + 1]
for number, line in enumerate(sys.stdin):
    words = line.rstrip("\\n")
    {trouble}
    name = os.path.join(folder, f"{{number}}.wav")
    with wave.open(name, "wb") as sound:
        sound.setnchannels(1); sound.setsampwidth(2); sound.setframerate(22050)
        sound.writeframes(b"\\x00\\x20" * (2205 * len(words)))
    print("INFO:__main__:Wrote " + name, file=sys.stderr, flush=True)
"""
Make = Callable[..., Piper]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes an engine over a program; `trouble` is what the program does with each line first."""
    made: list[Piper] = []
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    def make(trouble: str = "pass", lang: str = "ko") -> Piper:
        program = tmp_path / "piper"
        program.write_text(PROGRAM.format(python=sys.executable, trouble=trouble))
        program.chmod(0o755)
        (tmp_path / f"{lang}.onnx").write_bytes(b"")
        (tmp_path / f"{lang}.onnx.json").write_text(f'{{"language": {{"code": "{lang}_XX"}}}}')
        made.append(Piper(program=str(program), folders=[tmp_path]))
        return made[-1]

    yield make
    for piper in made:
        piper.close()
    assert list(scratch.iterdir()) == []


def seconds(piper: Piper, text: str, rate: float = 1.0, cancel: Cancel = NEVER) -> float:
    return len(piper.render(text, "ko", rate, cancel)) / RATE


def test_each_sentence_is_its_own_sound_from_one_program_that_stays(make: Make) -> None:
    piper = make()
    assert [round(seconds(piper, text), 2) for text in ("가나", "가", "가나다")] == [0.2, 0.1, 0.3]
    assert seconds(piper, "가나다라", 0.5) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("text", ["가\n나", "가\r\n나", "가\x0b나", "가\u2028나", "\n가 나\n"])
def test_no_sign_in_the_words_begins_another_sentence(make: Make, text: str) -> None:
    piper = make()
    assert round(seconds(piper, text), 1) == 0.3
    assert round(seconds(piper, "가"), 1) == 0.1


def test_a_program_that_dies_in_the_middle_hands_over_and_is_started_anew(make: Make, tmp_path: Path) -> None:
    once = tmp_path / "died"
    dies = f"(number and not os.path.exists({str(once)!r}) and (open({str(once)!r}, 'w'), sys.exit('out of memory')))"
    piper = make(dies)
    assert seconds(piper, "가") > 0
    with pytest.raises(SynthesisError, match="piper ended: out of memory"):
        piper.render("나", "ko", 1.0, NEVER)
    assert seconds(piper, "다라") > 0


def test_what_is_wanted_no_more_is_given_up_at_once_and_never_taken_for_the_next(make: Make) -> None:
    piper = make("number == 0 and time.sleep(0.6)")
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    begin = time.monotonic()
    assert seconds(piper, "가나다라마", cancel=cancel) == 0
    assert time.monotonic() - begin < 0.4
    assert round(seconds(piper, "가"), 1) == 0.1


def test_a_program_that_hangs_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dolbom.speech.piper.START_S", 0.3)
    piper = make("time.sleep(60)")
    with pytest.raises(SynthesisError, match="piper took too long"):
        piper.render("가", "ko", 1.0, NEVER)


def test_a_damaged_sound_and_a_program_that_is_none_are_told(make: Make, tmp_path: Path) -> None:
    piper = make(
        "open(os.path.join(folder, 'x.wav'), 'w'); print('Wrote ' + folder + '/x.wav', file=sys.stderr); continue"
    )
    with pytest.raises(SynthesisError, match="piper gave no sound"):
        piper.render("가", "ko", 1.0, NEVER)
    (tmp_path / "none").write_text("no program")
    with pytest.raises(SynthesisError, match="piper cannot be started: Permission denied"):
        Piper(program=str(tmp_path / "none"), folders=[tmp_path]).render("가", "ko", 1.0, NEVER)


def test_the_program_sees_none_of_our_packages_or_libraries(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/ours")
    assert seconds(make("assert '/ours' not in os.environ.values()"), "가") > 0


def test_what_is_no_voice_is_left_out(tmp_path: Path) -> None:
    for name, settings in [
        ("a", '{"language": {"code": "ko_KR"}}'),
        ("b", "{"),
        ("c", "[]"),
        ("d", '{"espeak": {"voice": "en-us"}}'),
    ]:
        (tmp_path / f"{name}.onnx").write_bytes(b"")
        (tmp_path / f"{name}.onnx.json").write_text(settings)
    (tmp_path / "e.onnx").write_bytes(b"")
    assert [(voice.name, voice.lang) for voice in find_voices([tmp_path, tmp_path / "nowhere"])] == [
        ("a", "ko"),
        ("d", "en"),
    ]


def test_without_a_voice_or_the_program_it_says_what_is_missing(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piper = make(lang="ko")
    assert (piper.unready("ko"), piper.unready("en")) == ("", "no voice file for en")
    monkeypatch.setattr("dolbom.speech.piper.find_program", lambda: None)
    assert "dolbom voices install piper" in Piper(folders=[tmp_path]).unready("ko")
