"""Plays tunes outside the robot: on a speaker of this machine, or one after the other into a WAV file."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from dolbom.errors import UserError
from dolbom.speech.ports import BLOCK, NOWHERE, AudioParameters, FileSink, PortLostError, Sink, open_sink
from dolbom.speech.tunes import tune_sound

CURE = "dolbom audio devices lists them"


class TunePlayer:
    """One speaker, opened with the first tune.

    Args:
        speaker: as `AudioParameters.speaker`; "" or none: nothing sounds.
    """

    def __init__(self, speaker: str) -> None:
        self._wanted = speaker
        self._sink: Sink | None = None

    def check(self) -> None:
        """Makes sure that tunes can sound, before anything else is said.

        Raises:
            UserError: as `play`.
        """
        if self._wanted in NOWHERE:
            return
        try:
            self._open()
        except PortLostError as error:
            raise UserError(str(error), CURE) from None
        finally:
            self.close()  # nobody else's sound is kept waiting until the first tune

    def play(self, name: str) -> None:
        """Plays a tune to its end; into a file at once. What is no tune is silent.

        Args:
            name: as `tune-arirang`.

        Raises:
            UserError: if there is no such speaker, it goes away, or the file cannot be written.
        """
        sound = tune_sound(name)
        if sound is None or self._wanted in NOWHERE:
            return
        try:
            sink = self._open()
            for begin in range(0, len(sound), BLOCK):
                piece = sound[begin : begin + BLOCK]
                sink.write(np.pad(piece, (0, BLOCK - len(piece))))
        except PortLostError as error:
            raise UserError(str(error), CURE) from None
        time.sleep(sink.latency_s)  # what the device still holds sounds before the next words

    def close(self) -> None:
        """Gives the speaker back."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _open(self) -> Sink:
        if self._sink is None:
            if self._wanted.lower().endswith(".wav"):
                self._sink = FileSink(Path(self._wanted).expanduser(), paced=False)
            else:
                self._sink = open_sink(AudioParameters(speaker=self._wanted))
                assert self._sink is not None
                self._sink.open()
        return self._sink
