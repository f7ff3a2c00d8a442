"""A microphone into which sound is pushed, and a speaker that notes when it sounds; both at the pace of sound."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np

from dolbom.speech.sound import CHUNK, RATE, Samples

AUDIBLE = 100
"""Sixteen-bit samples from this on are sound (-50 dBFS)."""
ROOM = 6
"""Largest sample of the room's noise, below which nothing is said: no microphone gives pure silence."""


@dataclass
class Pushed:
    """A sound on its way into the microphone.

    Attributes:
        samples: 16 kHz.
        ended: steady time at which its last audible sample was heard; None until then.
    """

    samples: Samples
    ended: float | None = None
    done: threading.Event = field(default_factory=threading.Event)


class PushedSource:
    """As `dolbom.speech.ports.Source`: gives the room's noise, and what is pushed over it.

    Attributes:
        heard: every chunk that was given since `keep` was set.
    """

    name = "pushed"
    overflows = 0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: Pushed | None = None
        self._at = 0
        self._room = np.random.default_rng(0).integers(-ROOM, ROOM + 1, 64 * CHUNK).astype(np.int16)
        self._begin = time.monotonic()
        self._count = 0
        self.keep = False
        self.heard: list[Samples] = []

    def push(self, samples: Samples) -> Pushed:
        """Begins to give a sound; the one before must have ended."""
        pushed = Pushed(samples)
        with self._lock:
            assert self._now is None
            self._now, self._at = pushed, 0
        return pushed

    def open(self) -> None:
        """As `Source.open`."""
        self._begin, self._count = time.monotonic(), 0

    def read(self) -> Samples:
        """As `Source.read`."""
        self._count += CHUNK
        at = self._count % len(self._room)
        room = self._room[at - CHUNK : at] if at else self._room[-CHUNK:]
        with self._lock:
            chunk = self._next(room)
        ahead = self._begin + self._count / RATE - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        if self.keep:
            self.heard.append(chunk)
        return chunk

    def _next(self, room: Samples) -> Samples:
        pushed = self._now
        if pushed is None:
            return room
        piece = pushed.samples[self._at : self._at + CHUNK]
        self._at += CHUNK
        if self._at >= len(pushed.samples):
            loud = np.flatnonzero(np.abs(pushed.samples.astype(np.int32)) >= AUDIBLE)
            last = int(loud[-1]) + 1 if len(loud) else len(pushed.samples)
            # When a microphone would have heard it, not when this is handed on.
            pushed.ended = self._begin + (self._count - self._at + last) / RATE
            pushed.done.set()
            self._now = None
        chunk = room.copy()
        chunk[: len(piece)] = piece
        return chunk

    def close(self) -> None:
        """As `Source.close`."""


class NotedSink:
    """As `dolbom.speech.ports.Sink`: takes sound at its pace and notes when it was audible.

    Attributes:
        audible_at: steady time of the last audible sample.
    """

    name = "noted"
    latency_s = 0.0

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._count = 0
        self._lock = threading.Lock()
        self._blocks: list[tuple[float, float]] = []
        self.audible_at = -1e9

    def open(self) -> None:
        """As `Sink.open`."""
        self._begin, self._count = time.monotonic(), 0

    def write(self, samples: Samples) -> None:
        """As `Sink.write`."""
        now = time.monotonic()
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= AUDIBLE)
        if len(loud):
            first, last = now + int(loud[0]) / RATE, now + int(loud[-1]) / RATE
            with self._lock:
                self._blocks.append((first, last))
            self.audible_at = last
        self._count += len(samples)
        ahead = self._begin + self._count / RATE - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        elif ahead < -1.0:
            self._begin -= ahead

    def first_after(self, at: float) -> float | None:
        """When it first was audible from `at` on; None if it was not yet."""
        with self._lock:
            return next((first for first, _ in self._blocks if first >= at), None)

    def last_before_silence(self, at: float, silence_s: float = 0.15) -> float | None:
        """When it fell silent for `silence_s` after `at`; `at` if it was silent then; None while it still sounds."""
        last = at
        with self._lock:
            for first, end in self._blocks:
                if end < at:
                    continue
                if first - last > silence_s:
                    return last
                last = end
        return last if time.monotonic() - last > silence_s else None

    def close(self) -> None:
        """As `Sink.close`."""
