"""What sounds next: utterances one after the other, each known to have been heard or silenced.

Fed with the pieces of each utterance as they come, and asked for the next samples by whatever plays them. What is
not there in time is silence; an utterance whose rest never comes is given up.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field

import numpy as np

from dolbom.speech.sound import RATE, Samples

STALLED_S = 3.0
"""An utterance of which nothing came for so long, and whose end is not known, is given up."""
TOLD_EVERY_S = 0.1
"""How often it is told how far an utterance was heard."""
LONGEST_S = 120.0
"""More sound than this does not wait in line."""


@dataclass(frozen=True)
class Progress:
    """How far an utterance was heard.

    Attributes:
        id: of the utterance.
        seconds: of it that sounded.
        done: nothing more will sound of it.
        message: why it did not sound whole, else empty.
    """

    id: str
    seconds: float
    done: bool
    message: str = ""


@dataclass
class _Utterance:
    pieces: deque[Samples] = field(default_factory=deque)
    ended: bool = False
    played: int = 0
    told: int = 0
    waited: int = 0


class Playback:
    """The line of what sounds; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: OrderedDict[str, _Utterance] = OrderedDict()
        self._news: deque[Progress] = deque()

    @property
    def busy(self) -> bool:
        """Whether something sounds or waits."""
        with self._lock:
            return bool(self._line)

    def put(self, id: str, samples: Samples, *, end: bool) -> None:
        """Takes the next piece of an utterance.

        Args:
            id: of the utterance; a new one waits until those before it are done.
            samples: 16 kHz, shape (n,); may be empty.
            end: whether this was the last piece.
        """
        with self._lock:
            utterance = self._line.setdefault(id, _Utterance())
            waiting = sum(len(piece) for one in self._line.values() for piece in one.pieces)
            if waiting > LONGEST_S * RATE:
                self._finish(id, "too much waits to be played")
                return
            if len(samples):
                utterance.pieces.append(samples)
                utterance.waited = 0
            utterance.ended = utterance.ended or end

    def flush(self, id: str) -> None:
        """Forgets what has not sounded of an utterance."""
        with self._lock:
            if id in self._line:
                self._finish(id, "silenced")

    def fail(self, message: str) -> None:
        """Nothing can be heard: gives up all that waits."""
        with self._lock:
            for id in list(self._line):
                self._finish(id, message)

    def next(self, count: int) -> Samples:
        """The next samples to sound, shape (count,), with silence where there are none."""
        out = np.zeros(count, np.int16)
        filled = 0
        with self._lock:
            while filled < count and self._line:
                id, utterance = next(iter(self._line.items()))
                while utterance.pieces and filled < count:
                    piece = utterance.pieces.popleft()
                    taken = piece[: count - filled]
                    out[filled : filled + len(taken)] = taken
                    filled += len(taken)
                    utterance.played += len(taken)
                    if len(taken) < len(piece):
                        utterance.pieces.appendleft(piece[len(taken) :])
                if utterance.pieces:
                    break
                if utterance.ended:
                    self._finish(id)
                    continue
                utterance.waited += count - filled
                if utterance.waited >= STALLED_S * RATE:
                    self._finish(id, "the rest of the utterance did not come")
                break
            if self._line:
                id, utterance = next(iter(self._line.items()))
                if utterance.played - utterance.told >= TOLD_EVERY_S * RATE:
                    utterance.told = utterance.played
                    self._news.append(Progress(id, utterance.played / RATE, False))
        return out

    def news(self) -> list[Progress]:
        """What is to be told since the last call."""
        with self._lock:
            told = list(self._news)
            self._news.clear()
            return told

    def _finish(self, id: str, message: str = "") -> None:
        utterance = self._line.pop(id)
        self._news.append(Progress(id, utterance.played / RATE, True, message))
