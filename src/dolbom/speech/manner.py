"""How words sound: pace without a change of pitch, loudness without harsh clipping, and the silence around them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from dolbom.speech.sound import RATE, Samples, floats, pcm

MARGIN_S = 0.04
SILENT = 10 ** (-48 / 20)
KNEE = 0.7
"""Above this part of full scale loud sound is bent instead of clipped."""


def stretched(samples: Samples, rate: float) -> Samples:
    """The same voice faster (over 1) or slower; 16 kHz, shape (n,), 0.5 to 2."""
    if abs(rate - 1.0) < 0.01 or not len(samples):
        return samples
    import av
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="s16", layout="mono", time_base=Fraction(1, RATE))
    tempo = graph.add("atempo", f"{rate:.3f}")
    sink = graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    source.push(frame)
    source.push(None)
    out = []
    while True:
        try:
            made: Any = sink.pull()
            out.append(made.to_ndarray().reshape(-1))
        except (av.error.EOFError, av.error.BlockingIOError):
            break
    return np.concatenate(out).astype(np.int16) if out else samples


def louder(samples: Samples, gain_db: float) -> Samples:
    """Louder or softer by decibels; peaks are rounded off, not cut."""
    if gain_db == 0 or not len(samples):
        return samples
    loud = floats(samples) * np.float32(10 ** (gain_db / 20))
    over = np.abs(loud) > KNEE
    bent = np.sign(loud) * (KNEE + (1 - KNEE) * np.tanh((np.abs(loud) - KNEE) / (1 - KNEE)))
    return pcm(np.where(over, bent, loud).astype(np.float32))


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after, but for a breath's margin."""
    loud = np.flatnonzero(np.abs(floats(samples)) > SILENT)
    if not len(loud):
        return samples[:0]
    margin = round(MARGIN_S * RATE)
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def silence(seconds: float) -> Samples:
    """Nothing, for so long."""
    return np.zeros(round(seconds * RATE), np.int16)
