"""The robot's own voice taken out of what it hears: WebRTC's echo canceller, fed with what is being played."""

from __future__ import annotations

import threading

import numpy as np

from dolbom.speech.sound import RATE, Samples

BLOCK = RATE // 100
"""The canceller works on 10 ms."""
FARTHEST_S = 0.5
"""Played sound older than this is not waited for any more: the microphone was gone."""


class EchoCanceller:
    """Cancels what is played out of what is heard.

    `played` and `cancel` may be called from two threads; both run at the pace of the sound. The canceller finds the
    delay between them by itself, up to about half a second, as long as it does not jump.
    """

    def __init__(self) -> None:
        from pywebrtc_audio import AudioProcessor

        self._processor = AudioProcessor(sample_rate=RATE, echo_cancellation=True)
        self._lock = threading.Lock()
        self._far = np.zeros(0, np.int16)
        self._near = np.zeros(0, np.int16)
        self._out = np.zeros(0, np.int16)

    def played(self, samples: Samples) -> None:
        """What goes to the speaker now, silence too; 16 kHz, shape (n,)."""
        with self._lock:
            self._far = np.concatenate([self._far, samples])[-int(FARTHEST_S * RATE) :]

    def cancel(self, samples: Samples) -> Samples:
        """What was heard, without the echo: as many samples, up to 10 ms later.

        Args:
            samples: 16 kHz, shape (n,).
        """
        self._near = np.concatenate([self._near, samples])
        cleaned = [self._out]
        while len(self._near) >= BLOCK:
            block, self._near = self._near[:BLOCK], self._near[BLOCK:]
            cleaned.append(self._processor.process(block, self._take(BLOCK)))
        ready = np.concatenate(cleaned)
        missing = len(samples) - len(ready)
        if missing > 0:  # only at the very beginning
            ready = np.concatenate([np.zeros(missing, np.int16), ready])
        self._out = ready[len(samples) :]
        return np.asarray(ready[: len(samples)], np.int16)

    def reset(self) -> None:
        """The microphone or the speaker began anew: forgets what was played and heard."""
        with self._lock:
            self._far = np.zeros(0, np.int16)
        self._near = np.zeros(0, np.int16)
        self._out = np.zeros(0, np.int16)
        self._processor.reset()

    def _take(self, count: int) -> Samples:
        with self._lock:
            taken, self._far = self._far[:count], self._far[count:]
        return taken if len(taken) == count else np.concatenate([taken, np.zeros(count - len(taken), np.int16)])
