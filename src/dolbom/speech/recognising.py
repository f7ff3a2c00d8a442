"""A recogniser in a thread of its own, one turn at a time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from dolbom.speech.recognition import Recognised, Recogniser
from dolbom.speech.sound import RATE, floats
from dolbom.speech.turns import Segment


@dataclass(frozen=True)
class Done:
    """One recognition that has ended.

    Attributes:
        segment: what was recognised.
        recognised: the words; None if it failed.
        took_s: how long it took, seconds.
        error: why it failed.
    """

    segment: Segment
    recognised: Recognised | None
    took_s: float
    error: Exception | None = None

    @property
    def real_time_factor(self) -> float:
        """Seconds of work for a second of sound."""
        return self.took_s / max(len(self.segment.samples) / RATE, 1e-3)


class Recognising(Protocol):
    """Takes one turn, and gives its words later; never more than one at a time."""

    def begin(self, segment: Segment, lang: str) -> None:
        """Begins to recognise it; only when the one before has been taken."""
        ...

    def take(self) -> Done | None:
        """What has ended since, once."""
        ...


class RecognitionThread:
    """Runs a recogniser in a thread.

    Args:
        recogniser: loaded; called from the thread only.
        finished: called in the thread when something has ended.
    """

    def __init__(self, recogniser: Recogniser, finished: Callable[[], None] = lambda: None) -> None:
        self._recogniser = recogniser
        self._finished = finished
        self._wanted: queue.SimpleQueue[tuple[Segment, str] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()

    def begin(self, segment: Segment, lang: str) -> None:
        """As `Recognising.begin`."""
        self._wanted.put((segment, lang))

    def take(self) -> Done | None:
        """As `Recognising.take`."""
        try:
            return self._done.get_nowait()
        except queue.Empty:
            return None

    def run(self, stopping: threading.Event, item: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        """Works until told to stop; this is the thread's body.

        Args:
            stopping: set to end it.
            item: entered around each recognition, so that one that hangs is noticed.
        """
        while not stopping.is_set():
            try:
                wanted = self._wanted.get(timeout=0.2)
            except queue.Empty:
                continue
            if wanted is not None:
                with item():
                    self._done.put(self._recognise(*wanted))
                self._finished()

    def _recognise(self, segment: Segment, lang: str) -> Done:
        begun = time.perf_counter()
        try:
            found = self._recogniser.recognise(floats(segment.samples), lang)
        except Exception as error:  # a recogniser's fault must not end hearing
            return Done(segment, None, time.perf_counter() - begun, error)
        return Done(segment, found, time.perf_counter() - begun)
