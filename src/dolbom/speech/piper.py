"""Piper: neural voices as files, spoken by the separate program `piper` that stays loaded; never linked.

A voice is two files, `NAME.onnx` and `NAME.onnx.json`, in the home's `voices` folder or the models folder.
"""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dolbom.places import data_folder, models_folder
from dolbom.runtime.foreign import foreign_environment
from dolbom.speech.manner import stretched
from dolbom.speech.programs import LOOK_S
from dolbom.speech.sound import Samples, pcm, resampled
from dolbom.speech.synthesis import Cancel, SynthesisError

START_S = 20.0
SENTENCE_S = 20.0


@dataclass(frozen=True)
class PiperVoice:
    """A voice that is there."""

    name: str
    lang: str
    model: Path


def home_voices() -> Path:
    """The home's own voices."""
    return data_folder() / "voices"


def voice_folders() -> tuple[Path, ...]:
    """Where voices are looked for."""
    return home_voices(), models_folder() / "piper"


def voice_at(model: Path) -> PiperVoice:
    """The voice of a model file, as the settings beside it describe it.

    Raises:
        OSError, ValueError, KeyError, TypeError, AttributeError: if they do not.
    """
    told = json.loads(model.with_name(f"{model.name}.json").read_text(encoding="utf-8"))
    code = str(told.get("language", {}).get("code") or told["espeak"]["voice"])
    return PiperVoice(model.stem, code[:2].lower(), model)


def find_voices(folders: Sequence[Path] | None = None) -> list[PiperVoice]:
    """The voices in the folders, by name; a file that is no voice is left out."""
    found: dict[str, PiperVoice] = {}
    for folder in voice_folders() if folders is None else folders:
        for model in sorted(folder.glob("*.onnx")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                found.setdefault(model.stem, voice_at(model))
    return sorted(found.values(), key=lambda voice: voice.name)


def installed_program() -> Path:
    """Where `dolbom voices install piper` puts the program."""
    return data_folder() / "piper" / "bin" / "piper"


def find_program() -> str | None:
    """The program: the installed one, else the one on the PATH."""
    ours = installed_program()
    return str(ours) if ours.is_file() else shutil.which("piper")


class Piper:
    """The program piper with one voice a language, kept running.

    Args:
        wanted: name of the voice to take; empty: the first of the language.
        program: another program than the one that is found.
        folders: where voices are, instead of `voice_folders()`.
    """

    name = "piper"
    licence = "GPL-3.0-or-later, a separate program; each voice has its own licence"

    def __init__(self, wanted: str = "", program: str | None = None, folders: Sequence[Path] | None = None) -> None:
        self._wanted, self._given, self._folders = wanted, program, folders
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._looked: tuple[float, str | None, list[PiperVoice]] | None = None

    def voice(self, lang: str) -> PiperVoice | None:
        """The voice for a language, if there is one."""
        fitting = [voice for voice in self._look()[1] if voice.lang == lang]
        named = [voice for voice in fitting if voice.name == self._wanted]
        return next(iter(named or fitting), None)

    def unready(self, lang: str) -> str:
        """As `Synthesiser.unready`."""
        program, _ = self._look()
        if self.voice(lang) is None:
            return f"no voice file for {lang}"
        return "" if program else "the program is not installed: dolbom voices install piper"

    def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Samples:
        """As `Synthesiser.render`."""
        import soundfile

        with self._lock:
            running = self._start(lang)
            try:
                sound = running.render(text, cancel)
            except SynthesisError:
                self._running.pop(lang).close()
                raise
        if sound is None:
            return np.zeros(0, np.int16)
        try:
            samples, found = soundfile.read(sound, dtype="float32")
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise SynthesisError(f"piper gave no sound: {error}") from None
        finally:
            sound.unlink(missing_ok=True)
        return stretched(pcm(resampled(samples, found)), rate)

    def warm(self, lang: str) -> None:
        """As `Synthesiser.warm`."""
        self.render("a.", lang, 1.0, Cancel())

    def close(self) -> None:
        """As `Synthesiser.close`."""
        with self._lock:
            while self._running:
                self._running.popitem()[1].close()

    def _look(self) -> tuple[str | None, list[PiperVoice]]:
        # A voice may be dropped in while the robot runs; but the folders are not read for every sentence.
        now = time.monotonic()
        if self._looked is None or now - self._looked[0] > 10.0:
            self._looked = (now, self._given or find_program(), find_voices(self._folders))
        return self._looked[1], self._looked[2]

    def _start(self, lang: str) -> _Running:
        program, voice = self._look()[0], self.voice(lang)
        if program is None or voice is None:
            raise SynthesisError(self.unready(lang))
        running = self._running.get(lang)
        if running is not None and running.alive and running.model == voice.model:
            return running
        if running is not None:
            running.close()
        self._running[lang] = _Running(program, voice.model)
        return self._running[lang]


class _Running:
    """The program, one voice loaded: a line in is a WAV file out, and a line on standard error that names it."""

    def __init__(self, program: str, model: Path) -> None:
        self.model = model
        self._folder = Path(tempfile.mkdtemp(prefix="dolbom-piper-"))
        self._told: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._owed = 0
        self._begun = False
        try:
            # Not `following`: it would follow the thread that started it. It ends when its standard input does.
            self._program = subprocess.Popen(
                [program, "--model", str(model), "--output-dir", str(self._folder)],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8",
                errors="replace", env=foreign_environment(),
            )  # fmt: skip
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise SynthesisError(f"piper cannot be started: {error.strerror or error}") from None
        threading.Thread(target=self._read, name="piper", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._program.poll() is None

    def render(self, text: str, cancel: Cancel) -> Path | None:
        """The WAV file of a sentence; None if `cancel` was set before it came."""
        assert self._program.stdin is not None
        try:
            self._program.stdin.write(" ".join(text.split()) + "\n")
            self._program.stdin.flush()
        except OSError:
            raise SynthesisError(self._why()) from None
        self._owed += 1
        end = time.monotonic() + (SENTENCE_S if self._begun else START_S)
        said = ""
        while True:
            try:
                line = self._told.get(timeout=LOOK_S)
            except queue.Empty:
                if cancel.is_set():
                    return None
                if time.monotonic() > end:
                    raise SynthesisError("piper took too long") from None
                continue
            if line is None:
                raise SynthesisError(f"piper ended: {said or 'it gave no reason'}")
            said = line.strip() or said
            if "Wrote " in line:
                self._begun, self._owed = True, self._owed - 1
                file = Path(line.rpartition("Wrote ")[2].strip())
                if self._owed == 0:
                    return file
                file.unlink(missing_ok=True)  # of a sentence that was cancelled

    def close(self) -> None:
        """Ends the program."""
        for pipe in (self._program.stdin, self._program.stderr):
            with contextlib.suppress(OSError, ValueError):
                if pipe is self._program.stdin and pipe is not None:
                    pipe.close()
        if self._program.poll() is None:
            self._program.kill()
        self._program.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> None:
        assert self._program.stderr is not None
        with self._program.stderr as lines:
            for line in lines:
                self._told.put(line)
        self._told.put(None)

    def _why(self) -> str:
        lines = []
        with contextlib.suppress(queue.Empty):
            while (line := self._told.get(timeout=0.2)) is not None:
                lines.append(line.strip())
        return f"piper ended: {lines[-1] if lines else 'it gave no reason'}"
