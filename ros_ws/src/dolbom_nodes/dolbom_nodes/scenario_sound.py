"""Words of a scenario as sound: spoken by espeak-ng into the robot's microphone, as fast as simulated time goes."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.msg import Audio, AudioState
from std_msgs.msg import Header

from dolbom.bench.sayings import VOICES, spoken_by_espeak
from dolbom.errors import UserError
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Samples
from dolbom_nodes import qos, stamps

ROOM = 6
"""Largest sample of the room's own noise: no microphone gives pure silence."""


class Microphone:
    """The audio node's place on the graph: publishes `audio/in` and `audio/state`.

    Args:
        node: of whoever spins it.
        seed: of the voice and of the room's noise.
    """

    def __init__(self, node: Any, seed: int) -> None:
        self._in = node.create_publisher(Audio, "audio/in", qos.STREAM)
        self._state = node.create_publisher(AudioState, "audio/state", qos.STATE)
        self._state.publish(AudioState(microphone=AudioState.ON, microphone_name="the simulator's"))
        node.create_subscription(DiagnosticArray, "/diagnostics", self._learn, 10)
        self._seed, self._rng = seed, np.random.default_rng([seed, 31])
        self._said: deque[Samples] = deque()
        self._given = -1.0
        self._sequence = 0
        self.heard = False
        """Whether the ears are ready for it."""

    def say(self, text: str, lang: str) -> float:
        """Begins to say something after what is being said; returns how long it takes, seconds.

        Raises:
            UserError: if it cannot be spoken.
        """
        voices = VOICES.get(lang)
        if voices is None:
            raise UserError(f"nobody speaks {lang!r} here", f"there are {', '.join(VOICES)}")
        samples = spoken_by_espeak(text, *voices[self._seed % len(voices)])
        for begin in range(0, len(samples), CHUNK):
            piece = samples[begin : begin + CHUNK]
            self._said.append(np.pad(piece, (0, CHUNK - len(piece))))
        return len(samples) / RATE

    def advance(self, until: float) -> None:
        """Gives the robot all sound up to then, seconds of simulated time."""
        if self._given < 0:
            self._given = until
        while self._given + CHUNK_S <= until:
            room = self._rng.integers(-ROOM, ROOM + 1, CHUNK).astype(np.int16)
            samples = np.clip(self._said.popleft() + room.astype(np.int32), -32768, 32767) if self._said else room
            message = Audio(sequence=self._sequence, rate=RATE, samples=np.asarray(samples, np.int16))
            message.header = Header(stamp=stamps.to_msg(self._given), frame_id="microphone")
            self._in.publish(message)
            self._sequence += 1
            self._given += CHUNK_S

    def _learn(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.rpartition("/")[2].startswith("ears"):
                self.heard |= any(value.key == "ready" and value.value == "True" for value in status.values)
