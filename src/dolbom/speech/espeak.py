"""espeak-ng: speaks every language without a network or a model, plainly. A separate program, never linked."""

from __future__ import annotations

import io
import shutil

import numpy as np

from dolbom.speech.programs import run
from dolbom.speech.sound import Samples, pcm, resampled
from dolbom.speech.synthesis import Cancel, SynthesisError

PROGRAM = "espeak-ng"
VOICES = {"ko": "ko", "en": "en-us"}
WORDS_A_MINUTE = 150
"""Slower than its own 175: old people follow it better."""
LIMIT_S = 10.0


class Espeak:
    """The program espeak-ng, started for each sentence."""

    name = "espeak"
    licence = "GPL-3.0-or-later, a separate program"

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program

    def unready(self, lang: str) -> str:
        """As `Synthesiser.unready`."""
        if shutil.which(self._program) is None:
            return f"{self._program} is not installed"
        return "" if lang in VOICES else f"no voice for {lang}"

    def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Samples:
        """As `Synthesiser.render`."""
        import soundfile

        pace = round(WORDS_A_MINUTE * rate)
        # The words come by standard input: nothing in them can be an option.
        command = [self._program, "-v", VOICES[lang], "-s", str(pace), "-g", "2", "-b", "1", "--stdin", "--stdout"]
        out = run(command, text, LIMIT_S, cancel)
        if cancel.is_set():
            return np.zeros(0, np.int16)
        try:
            samples, found = soundfile.read(io.BytesIO(_with_length(out)), dtype="float32")
        except soundfile.LibsndfileError as error:
            raise SynthesisError(f"{self._program} gave no sound: {error}") from None
        return pcm(resampled(samples, found))

    def warm(self, lang: str) -> None:
        """As `Synthesiser.warm`."""
        self.render("a", lang, 1.0, Cancel())

    def close(self) -> None:
        """As `Synthesiser.close`."""


def _with_length(wav: bytes) -> bytes:
    # A pipe cannot be rewound: the header says that it is as long as a file can be.
    return wav[:4] + (len(wav) - 8).to_bytes(4, "little") + wav[8:40] + (len(wav) - 44).to_bytes(4, "little") + wav[44:]
