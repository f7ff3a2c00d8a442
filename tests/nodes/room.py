"""A room for tests: what the robot sounds comes back to its microphone, softer and later, with whoever speaks there."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from dolbom.speech.sound import CHUNK, RATE, Samples
from dolbom_nodes import audio_node

LONGEST_S = 300


class Room:
    """Stands in for both devices of an audio node.

    Args:
        echo_db: how loud the robot's own voice is at its microphone, against how it was made.
        delay_s: after which it comes there.
    """

    latency_s = 0.0
    name = "room"

    def __init__(self, echo_db: float = -6.0, delay_s: float = 0.08) -> None:
        self._gain, self._delay = 10 ** (echo_db / 20), round(delay_s * RATE)
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        rng = np.random.default_rng(0)
        self._air = rng.normal(0, 15, LONGEST_S * RATE)
        self._reverberation = rng.normal(0, 0.06, 1600) * np.exp(-np.arange(1600) / 500)
        self._written = self._read = 0
        self.robot = np.zeros(LONGEST_S * RATE, np.int16)
        """What sounded of the robot, from the beginning of the room."""
        self.open_ears = True
        """False: the microphone gives nothing any more."""

    def say(self, samples: Samples) -> float:
        """Somebody speaks now; returns how long, in seconds."""
        with self._lock:
            at = self._read + CHUNK
            self._air[at : at + len(samples)] += samples
        return len(samples) / RATE

    def fitted(self, monkeypatch: pytest.MonkeyPatch) -> Room:
        """The next audio node is in this room."""
        monkeypatch.setattr(audio_node, "open_source", lambda _: self._Microphone(self))
        monkeypatch.setattr(audio_node, "open_sink", lambda _: self._Speaker(self))
        return self

    def _wait_for(self, sample: int) -> None:
        ahead = self._begun + sample / RATE - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)

    class _Port:
        name, latency_s = "room", 0.0

        def __init__(self, room: Room) -> None:
            self._room = room

        def open(self) -> None: ...

        def close(self) -> None: ...

    class _Speaker(_Port):
        def write(self, samples: Samples) -> None:
            room = self._room
            with room._lock:
                at = room._written
                room.robot[at : at + len(samples)] = samples
                echo = samples * room._gain
                begin = at + room._delay
                room._air[begin : begin + len(echo)] += echo
                if samples.any():
                    late = np.convolve(echo, room._reverberation)
                    room._air[begin + 240 : begin + 240 + len(late)] += late
                room._written = at + len(samples)
            room._wait_for(room._written)

    class _Microphone(_Port):
        def read(self) -> Samples:
            room = self._room
            while not room.open_ears:
                time.sleep(0.01)
            room._wait_for(room._read + CHUNK)
            # On a machine that is busy the speaker is late: the room's time waits for it.
            late = time.monotonic() + 2.0
            while room._written < room._read + CHUNK and time.monotonic() < late:
                time.sleep(0.002)
            with room._lock:
                heard = room._air[room._read : room._read + CHUNK]
                room._read += CHUNK
            return np.asarray(np.clip(heard, -32768, 32767), np.int16)
