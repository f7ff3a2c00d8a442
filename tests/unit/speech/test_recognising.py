"""A recogniser in its own thread: one turn after the other, faults told, an end."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from dolbom.speech.recognising import Done, RecognitionThread
from dolbom.speech.recognition import Recognised
from dolbom.speech.sound import RATE, Floats
from dolbom.speech.turns import Segment


class Recorder:
    """Understands how much sound it was given; fails on silence of no length."""

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        if not len(samples):
            raise RuntimeError("nothing to recognise")
        return Recognised(f"{lang} {len(samples)} {samples.max():.2f}", 0.5, lang)


def segment(count: int) -> Segment:
    return Segment(1.0, np.full(count, 16384, np.int16), 2.0, True)


def run(*segments: Segment) -> list[Done]:
    finished = threading.Semaphore(0)
    recognising, stopping = RecognitionThread(Recorder(), finished.release), threading.Event()
    thread = threading.Thread(target=recognising.run, args=(stopping,))
    thread.start()
    done = []
    for one in segments:
        recognising.begin(one, "ko")
        assert finished.acquire(timeout=5)
        taken = recognising.take()
        assert taken is not None
        assert recognising.take() is None
        done.append(taken)
    stopping.set()
    thread.join(5)
    assert not thread.is_alive()
    return done


def test_what_was_begun_is_done_with_the_time_that_it_took() -> None:
    (done,) = run(segment(RATE))
    assert done.recognised == Recognised(f"ko {RATE} 0.50", 0.5, "ko")
    assert done.segment.stamp == 1.0
    assert done.real_time_factor == pytest.approx(done.took_s)


def test_a_recogniser_that_fails_says_why_and_does_the_next() -> None:
    failed, well = run(segment(0), segment(5))
    assert (failed.recognised, str(failed.error)) == (None, "nothing to recognise")
    assert well.recognised is not None
