"""One utterance from words to the speaker: made sentence by sentence, handed on a little ahead of the sound.

Knows nothing of who plays it: a `Speaker` takes the pieces and tells how much was heard.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dolbom.dialog.engine import SpeechError, syllables
from dolbom.speech.manner import louder, silence, trimmed
from dolbom.speech.normaliser import spoken
from dolbom.speech.playback import Progress
from dolbom.speech.sentences import sentences
from dolbom.speech.sound import RATE, Samples
from dolbom.speech.synthesis import Preferred, Rendered, SynthesisError

AHEAD_S = 0.3
PIECE_S = 0.1
LOOK_S = 0.02
PULSE_S = 0.2
FIRST_S = 12.0
"""No sound at all by then: the engines hang."""
NEWS_S = 2.0
"""A speaker that says nothing for so long, while it should sound, is not there."""
SLACK_S = 3.0
"""At the end the speaker may be so much later than the sound is long."""


class Speaker(Protocol):
    """Plays pieces of utterances, in order."""

    def begin(self, id: str) -> None:
        """A new utterance, perhaps with an id that was used before: forgets what was told about it."""
        ...

    def put(self, id: str, samples: Samples, *, end: bool) -> None:
        """The next piece; with `end` the last."""
        ...

    def flush(self, id: str) -> None:
        """Silences it at once."""
        ...

    def heard(self, id: str) -> Progress | None:
        """What the speaker said last about it."""
        ...


@dataclass(frozen=True)
class Manner:
    """How to speak to somebody: pace, loudness (dB), silence between sentences (seconds)."""

    rate: float = 1.0
    volume_db: float = 0.0
    pause_s: float = 0.35


class UnheardError(SpeechError):
    """It did not sound, or not to its end; `rest` is what nobody heard."""

    def __init__(self, why: str, rest: str) -> None:
        super().__init__(why)
        self.rest = rest


class Speaking:
    """Speaks one utterance after the other.

    Args:
        engines: what makes the sound.
        speaker: what plays it.
        now: steady time, seconds.
    """

    def __init__(self, engines: Preferred, speaker: Speaker, now: Callable[[], float] = time.monotonic) -> None:
        self._engines, self._speaker, self._now = engines, speaker, now
        self.engine = ""
        """Who made the last sentence."""
        self.first_sound_s = 0.0
        """From the words to the first piece handed on, of the last utterance."""

    def speak(self, id: str, text: str, lang: str, manner: Manner, cancel: threading.Event) -> Iterator[float]:
        """Speaks; in a thread of its own.

        Args:
            id: of the utterance, new each time.
            cancel: set when it must be quiet at once: within a few hundredths of a second the speaker is told.

        Yields:
            How much has sounded, 0 to 1, several times a second.

        Raises:
            UnheardError: if it could not be made into sound or the speaker is gone.
        """
        parts = sentences(text)
        line = _Line(self._engines, parts, lang, manner, cancel)
        try:
            yield from self._play(id, parts, line, manner, cancel)
        except BaseException:
            # Also when whoever reads stops reading.
            self._speaker.flush(id)
            raise
        finally:
            line.stop()

    def play(self, id: str, samples: Samples, manner: Manner, cancel: threading.Event) -> Iterator[float]:
        """Plays a whole sound, 16 kHz, at the person's loudness; otherwise as `speak`."""
        try:
            yield from self._play(id, [""], _Whole(louder(samples, manner.volume_db)), manner, cancel)
        except BaseException:
            self._speaker.flush(id)
            raise

    def _play(
        self, id: str, parts: list[str], line: _Line | _Whole, manner: Manner, cancel: threading.Event
    ) -> Iterator[float]:
        weights = [max(1.0, syllables(part)) for part in parts]
        whole, done = sum(weights) or 1.0, 0.0
        self._speaker.begin(id)
        began, begun_at = self._now(), None
        sent, pulse = 0.0, _Pulse(self._now)
        yield 0.0
        for number, weight in enumerate(weights):
            waited = self._now()
            while (ready := line.next(LOOK_S)) is None:
                if pulse.due():
                    yield min(0.99, done / whole)
                if cancel.is_set():
                    self._speaker.flush(id)
                    return
                if self._now() - waited > FIRST_S:
                    raise UnheardError("the speech engines do not answer", " ".join(parts[number:]))
                if begun_at is not None:
                    sent += self._fill(id, begun_at, sent)
                    self._check(id, begun_at, " ".join(parts[number:]))
            if isinstance(ready, SynthesisError):
                if begun_at is not None:
                    self._speaker.put(id, silence(0), end=True)
                raise UnheardError(str(ready), " ".join(parts[number:]))
            self.engine = ready.engine
            samples = ready.samples if number == 0 else np.concatenate([silence(manner.pause_s), ready.samples])
            length = max(1, len(samples))
            for begin in range(0, len(samples), round(PIECE_S * RATE)):
                piece = samples[begin : begin + round(PIECE_S * RATE)]
                if begun_at is None:
                    begun_at = self._now()
                    self.first_sound_s = begun_at - began
                elif self._now() - begun_at > sent:  # nothing was left: what comes now sounds later
                    begun_at = self._now() - sent
                if self._wait(begun_at + sent + len(piece) / RATE - AHEAD_S, cancel):
                    self._speaker.flush(id)
                    return
                self._speaker.put(id, piece, end=False)
                sent += len(piece) / RATE
                self._check(id, begun_at, " ".join(parts[number:]))
                yield min(0.99, (done + weight * begin / length) / whole)
            done += weight
        if begun_at is None:
            raise UnheardError("there is nothing to say", "")
        self._speaker.put(id, silence(0), end=True)
        yield from self._until_heard(id, begun_at + sent + SLACK_S, cancel)

    def _until_heard(self, id: str, latest: float, cancel: threading.Event) -> Iterator[float]:
        pulse = _Pulse(self._now)
        while True:
            news = self._speaker.heard(id)
            if news is not None and news.done:
                if news.message:
                    raise UnheardError(f"the speaker: {news.message}", "")
                yield 1.0
                return
            if cancel.wait(LOOK_S):
                self._speaker.flush(id)
                return
            if self._now() > latest:
                raise UnheardError("the speaker does not say that it sounded", "")
            if pulse.due():
                yield 0.99

    def _fill(self, id: str, begun_at: float, sent: float) -> float:
        """Silence while a sentence is late: an utterance of which nothing comes would be given up."""
        if begun_at + sent - self._now() > PIECE_S:
            return 0.0
        self._speaker.put(id, silence(PIECE_S), end=False)
        return PIECE_S

    def _check(self, id: str, begun_at: float, rest: str) -> None:
        news = self._speaker.heard(id)
        if news is not None and news.done:
            raise UnheardError(f"the speaker: {news.message or 'ended early'}", rest)
        if news is None and self._now() - begun_at > NEWS_S:
            raise UnheardError("no speaker answers", rest)

    def _wait(self, until: float, cancel: threading.Event) -> bool:
        """Waits; whether it was cancelled."""
        while (left := until - self._now()) > 0:
            if cancel.wait(min(left, PIECE_S)):
                return True
        return cancel.is_set()


def sound_of(engines: Preferred, sentence: str, lang: str, manner: Manner, cancel: threading.Event) -> Rendered:
    """One sentence as it is spoken to somebody: its numbers as words, at their pace and loudness.

    Raises:
        SynthesisError: if no engine could.
    """
    words = spoken(sentence, lang)
    if not words:
        return Rendered(silence(0.2), "")
    made = engines.render(words, lang, manner.rate, cancel)
    return Rendered(louder(trimmed(made.samples), manner.volume_db), made.engine)


class _Pulse:
    """Says now and then that it still goes on."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._last = now, now()

    def due(self) -> bool:
        if self._now() - self._last < PULSE_S:
            return False
        self._last = self._now()
        return True


class _Line:
    """Sentences on their way to being sound, made one ahead in a thread."""

    def __init__(
        self, engines: Preferred, parts: list[str], lang: str, manner: Manner, cancel: threading.Event
    ) -> None:
        self._ready: queue.Queue[Rendered | SynthesisError] = queue.Queue(maxsize=2)
        self._stopped = threading.Event()
        self._cancel = cancel
        arguments = (engines, parts, lang, manner)
        threading.Thread(target=self._make, args=arguments, name="synthesis", daemon=True).start()

    def next(self, limit_s: float) -> Rendered | SynthesisError | None:
        """The next sentence; None if it is not there in time."""
        try:
            return self._ready.get(timeout=limit_s)
        except queue.Empty:
            return None

    def stop(self) -> None:
        """Nobody wants the rest."""
        self._stopped.set()

    def _make(self, engines: Preferred, parts: list[str], lang: str, manner: Manner) -> None:
        either = _Either(self._stopped, self._cancel)
        for part in parts:
            try:
                made: Rendered | SynthesisError = sound_of(engines, part, lang, manner, either)
            except SynthesisError as error:
                made = error
            except Exception as error:  # an engine's own mistake must not leave the robot waiting for it
                made = SynthesisError(f"{type(error).__name__}: {error}")
            while not either.is_set():
                try:
                    self._ready.put(made, timeout=0.1)
                    break
                except queue.Full:
                    continue
            if either.is_set() or isinstance(made, SynthesisError):
                return


class _Whole:
    """A sound that is there already, in the place of a line of sentences."""

    def __init__(self, samples: Samples) -> None:
        self._ready = Rendered(samples, "recording")

    def next(self, limit_s: float) -> Rendered:  # noqa: ARG002 (as `_Line.next`)
        """All of it."""
        return self._ready


class _Either(threading.Event):
    """Set when one of two events is."""

    def __init__(self, one: threading.Event, other: threading.Event) -> None:
        super().__init__()
        self._one, self._other = one, other

    def is_set(self) -> bool:
        return self._one.is_set() or self._other.is_set()
