"""Words of a scenario as sound: spoken by espeak-ng into the robot's microphone, as fast as simulated time goes."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.msg import Audio, AudioState
from std_msgs.msg import Header

from dolbom.errors import UserError
from dolbom.speech.espeak import Espeak
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Samples
from dolbom.speech.synthesis import Cancel, SynthesisError
from dolbom_nodes import qos, stamps

ROOM = 6
"""Largest sample of the room's own noise: no microphone gives pure silence."""
LOUDNESS = 0.25
"""Of full scale, root of the mean square of what is said: a voice two metres away."""


class Microphone:
    """The audio node's place on the graph: publishes `audio/in` and `audio/state`.

    Args:
        node: of whoever spins it.
        seed: of the room's noise.
    """

    def __init__(self, node: Any, seed: int) -> None:
        self._in = node.create_publisher(Audio, "audio/in", qos.STREAM)
        self._state = node.create_publisher(AudioState, "audio/state", qos.STATE)
        self._state.publish(AudioState(microphone=AudioState.ON, microphone_name="the simulator's"))
        node.create_subscription(DiagnosticArray, "/diagnostics", self._learn, 10)
        self._rng = np.random.default_rng([seed, 31])
        self._said: deque[Samples] = deque()
        self._given = -1.0
        self._sequence = 0
        self._voice = Espeak()
        self.heard = False
        """Whether the ears are ready for it."""

    @staticmethod
    def unready() -> str:
        """Why nothing can be said here; empty if it can."""
        return Espeak().unready("ko")

    def say(self, text: str, lang: str) -> float:
        """Begins to say something after what is being said; returns how long it takes, seconds.

        Raises:
            UserError: if it cannot be spoken.
        """
        try:
            if trouble := self._voice.unready(lang):
                raise SynthesisError(trouble)
            samples = self._voice.render(text, lang, 1.0, Cancel())
        except SynthesisError as error:
            raise UserError(f"{text!r} cannot be spoken: {error}", "install espeak-ng, or say it as text") from None
        level = float(np.sqrt(np.mean(np.square(samples.astype(np.float64) / 32768)))) or 1.0
        loud = np.clip(samples * min(LOUDNESS / level, 8.0), -32768, 32767).astype(np.int16)
        for begin in range(0, len(loud), CHUNK):
            piece = loud[begin : begin + CHUNK]
            self._said.append(np.pad(piece, (0, CHUNK - len(piece))))
        return len(loud) / RATE

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
