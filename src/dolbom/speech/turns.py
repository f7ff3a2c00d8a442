"""When somebody begins to speak and when it is the end of their turn, from the voice detector's probabilities."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from dolbom.speech.sound import CHUNK_S, Samples


class TurnParameters(BaseModel):
    """How patiently is listened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    end_of_turn_s: float = Field(
        1.0, ge=0.3, le=3.0, description="Silence that ends a turn, seconds; people with dementia need 0.9 to 1.2."
    )
    pause_s: float = Field(
        0.35, ge=0.1, le=2.0, description="Silence after which what was said so far is recognised already, seconds."
    )
    pre_roll_s: float = Field(0.4, ge=0.0, le=2.0, description="Sound kept from before the voice was noticed, seconds.")
    least_speech_s: float = Field(
        0.16, ge=0.0, le=2.0, description="Less voice than this in all is a noise and no turn, seconds."
    )
    longest_s: float = Field(
        25.0, ge=5.0, le=29.0, description="A turn that is longer is handed on and a new one begins, seconds."
    )
    speaks_from: float = Field(0.5, ge=0.1, le=0.95, description="Probability of voice from which somebody speaks.")
    silent_below: float = Field(0.35, ge=0.05, le=0.9, description="Probability of voice below which it is silent.")


@dataclass(frozen=True)
class Segment:
    """What was said in one turn.

    Attributes:
        stamp: time of the first sample, seconds; names the segment.
        samples: 16 kHz mono, with the sound from before and the silence after.
        spoken_until: time at which the last voice was heard.
        ended: whether the turn is over; if not it is a pause, and more may come.
    """

    stamp: float
    samples: Samples
    spoken_until: float
    ended: bool


@dataclass(frozen=True)
class Begun:
    """Somebody began to speak.

    Attributes:
        stamp: time of the first sample, seconds; the segment will have the same.
        samples: what there is of the turn already, with the sound from before.
    """

    stamp: float
    samples: Samples


@dataclass(frozen=True)
class Dropped:
    """It was too short for speech: what `Begun` announced is taken back."""

    stamp: float


Heard = Begun | Segment | Dropped


class Turns:
    """Cuts a stream of sound into turns.

    Feed it chunk by chunk; it is deterministic. It gives `Begun`, then at each pause a `Segment` that has not ended,
    then the `Segment` that has, or `Dropped`.
    """

    def __init__(self, parameters: TurnParameters | None = None) -> None:
        self.parameters = parameters or TurnParameters()
        self._before: deque[Samples] = deque()
        self._turn: list[Samples] = []
        self._stamp = 0.0
        self._voice_s = 0.0
        self._silent_s = 0.0
        self._spoken_until = 0.0
        self._voiced = False
        self._paused = False

    @property
    def speaking(self) -> bool:
        """Whether a turn has begun and not ended."""
        return bool(self._turn)

    @property
    def silent_s(self) -> float:
        """How long nothing was said in the turn that goes on, seconds."""
        return self._silent_s

    def push(self, chunk: Samples, probability: float, stamp: float) -> list[Heard]:
        """Takes the next chunk.

        Args:
            chunk: `CHUNK` samples.
            probability: of voice in it, 0..1.
            stamp: time of its first sample, seconds.
        """
        p = self.parameters
        self._voiced = probability >= (p.silent_below if self._voiced else p.speaks_from)
        if not self._turn:
            if not self._voiced:
                self._before.append(chunk)
                while len(self._before) > round(p.pre_roll_s / CHUNK_S):
                    self._before.popleft()
                return []
            self._stamp = stamp - len(self._before) * CHUNK_S
            self._turn, self._voice_s, self._silent_s = [*self._before, chunk], CHUNK_S, 0.0
            self._spoken_until, self._paused = stamp + CHUNK_S, False
            self._before.clear()
            return [Begun(self._stamp, np.concatenate(self._turn))]
        self._turn.append(chunk)
        if self._voiced:
            self._voice_s += CHUNK_S
            self._silent_s, self._paused = 0.0, False
            self._spoken_until = stamp + CHUNK_S
        else:
            self._silent_s += CHUNK_S
        if self._silent_s >= p.end_of_turn_s or len(self._turn) * CHUNK_S >= p.longest_s:
            return [self._end()]
        if self._silent_s >= p.pause_s and not self._paused and self._voice_s >= p.least_speech_s:
            self._paused = True
            return [self._segment(ended=False)]
        return []

    def tail(self, seconds: float) -> Segment:
        """The last seconds of the turn that goes on, as a piece of its own."""
        kept = self._turn[-round(seconds / CHUNK_S) :]
        stamp = self._stamp + (len(self._turn) - len(kept)) * CHUNK_S
        return Segment(stamp, np.concatenate(kept), self._spoken_until, False)

    def flush(self) -> list[Heard]:
        """Ends the turn now: the sound has stopped."""
        return [self._end()] if self._turn else []

    def _end(self) -> Segment | Dropped:
        segment = self._segment(ended=True)
        # The silence at the end may hold the beginning of the next word; the voice before it is this turn's.
        kept = min(round(self.parameters.pre_roll_s / CHUNK_S), round(self._silent_s / CHUNK_S))
        self._before = deque(self._turn[len(self._turn) - kept :])
        self._turn = []
        return segment if self._voice_s >= self.parameters.least_speech_s else Dropped(segment.stamp)

    def _segment(self, *, ended: bool) -> Segment:
        return Segment(self._stamp, np.concatenate(self._turn), self._spoken_until, ended)
