"""From chunks of sound to what was said: turns, phrases spotted at once, and the words of the whole turn.

Fed with chunks and the time; deterministic but for the recogniser, which works beside it and is asked for what it has
done. A cry for help is told as soon as it is spotted, also in the middle of a turn. Every turn that was announced ends
with exactly one `Understood`, empty if nothing was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from pydantic import Field

from dolbom.speech.own_words import OwnWords
from dolbom.speech.recognising import Done, Recognising
from dolbom.speech.recognition import RecognitionParameters
from dolbom.speech.sound import CHUNK, CHUNK_S, Samples
from dolbom.speech.spotting import Spot, Spotter, SpottingParameters
from dolbom.speech.turns import Begun, Dropped, Segment, TurnParameters, Turns

FILLED = 10
"""So many lost chunks (0.3 s) are filled with silence; more of them end the turn."""
AT_A_PAUSE = ("help", "wake", "stop")
"""What is told at a pause; whether "yes" is all that somebody says is known only at the end of their turn."""


class EarsParameters(TurnParameters, SpottingParameters, RecognitionParameters):
    """How the robot hears."""

    spotter: Literal["on", "none"] = Field(
        "on", description="Whether emergencies, yes, no, stop and the robot's name are known at once."
    )
    at_once_s: float = Field(
        5.0,
        ge=2.0,
        le=29.0,
        description="A cry or the name later than this in speech without an end, as a television's, is left to the "
        "words, seconds.",
    )
    prepare: bool = Field(True, description="Whether words are recognised at a pause already, to be there sooner.")


@dataclass(frozen=True)
class Spotted:
    """A phrase was spotted in the turn that began at `stamp`."""

    stamp: float
    spot: Spot


@dataclass(frozen=True)
class Understood:
    """The words of a turn that has ended.

    Attributes:
        stamp: when the turn began.
        text: empty if nothing was understood.
        confidence: 0..1.
        lang: "ko" or "en".
        spoken_until: when the last voice was heard.
        why_not: why there are no words: "noise", "own words", "overload", "failed", "no recogniser", "no words",
            "ended".
    """

    stamp: float
    text: str
    confidence: float
    lang: str
    spoken_until: float
    why_not: str = ""


Decision = Spotted | Understood


class Detector(Protocol):
    """Gives the probability of voice in each chunk, see `VoiceDetector`."""

    def probability(self, chunk: Samples) -> float:
        """Of voice in the next chunk."""
        ...

    def reset(self) -> None:
        """Forgets what came before."""
        ...


class Hearing:
    """Joins detector, turns, spotter and recogniser.

    Args:
        parameters: of all of them.
        lang: the language that is spoken.
        detector: of voice.
        spotter: None: nothing is spotted.
        recognising: None: nothing is recognised.
    """

    def __init__(
        self,
        parameters: EarsParameters,
        lang: str,
        detector: Detector,
        spotter: Spotter | None = None,
        recognising: Recognising | None = None,
    ) -> None:
        self.parameters = parameters
        self.lang = lang
        self.own = OwnWords()
        self._detector, self._spotter, self._recognising = detector, spotter, recognising
        self._turns = Turns(parameters)
        self._next: int | None = None
        self._now = self._stamp = self._voice = self._since = 0.0
        self._spoken_until = -math.inf
        self._told: set[tuple[str, str]] = set()
        self._running: Segment | None = None
        self._prepared: Done | None = None
        self._ended: list[Segment] = []
        self.lost = 0
        """Chunks that were lost on their way."""
        self.overloads = 0
        """Turns that were not recognised because newer ones came."""
        self.last: Done | None = None
        """The last recognition."""

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks now."""
        return self._turns.speaking

    @property
    def waiting(self) -> int:
        """Turns whose words have not come yet."""
        return len(self._ended)

    def be_patient(self, end_of_turn_s: float) -> None:
        """From now on so much silence ends a turn, seconds."""
        if end_of_turn_s != self._turns.parameters.end_of_turn_s:
            self._turns.parameters = self._turns.parameters.model_copy(update={"end_of_turn_s": end_of_turn_s})

    def hear(self, chunk: Samples, stamp: float, sequence: int) -> list[Decision]:
        """The next chunk of sound.

        Args:
            chunk: `CHUNK` samples.
            stamp: time of its first sample, seconds.
            sequence: its number; a gap is lost sound, a smaller one a new beginning.
        """
        out, missing = list[Decision](), 0 if self._next is None else sequence - self._next
        self._next = sequence + 1
        if missing > 0:
            self.lost += missing
        if 0 < missing <= FILLED:
            for at in range(missing):
                out += self._push(np.zeros(CHUNK, np.int16), stamp - (missing - at) * CHUNK_S)
        elif missing:
            out += self.silence()
        return [*out, *self._push(chunk, stamp)]

    def silence(self) -> list[Decision]:
        """No sound comes any more: what was said so far is all."""
        self._detector.reset()
        return [decision for news in self._turns.flush() for decision in self._turn(news)]

    def end(self) -> list[Decision]:
        """Nobody listens any more: whatever was announced or waits for its words gets none."""
        waiting, self._ended = self._ended, []
        out: list[Decision] = [self._nothing(one.stamp, one.spoken_until, "ended") for one in waiting]
        if self._turns.speaking and self._told:
            out.append(self._nothing(self._stamp, self._stamp, "ended"))
        self._told = set()
        return out

    def poll(self) -> list[Decision]:
        """Takes what the recogniser has done; to be called often, also while no sound comes."""
        done = self._recognising.take() if self._recognising is not None else None
        if done is None or done.segment is not self._running:
            return []
        self._running, self.last = None, done
        out = list[Decision]()
        if done.segment.ended or any(_same(done.segment, one) for one in self._ended):
            self._ended = [one for one in self._ended if not _same(done.segment, one)]
            out.append(self._understood(done))
        else:
            self._prepared = done
        self._go_on()
        return out

    # --- turns --------------------------------------------------------------------------------------------------

    def _push(self, chunk: Samples, stamp: float) -> list[Decision]:
        speaking, self._now = self._turns.speaking, stamp + CHUNK_S
        news = self._turns.push(chunk, self._detector.probability(chunk), stamp)
        out = list[Decision]()
        if speaking and self._spotter is not None:
            out += self._tell(self._stamp, self._spotter.feed(chunk))
        for one in news:
            out += self._turn(one)
        return out

    def _turn(self, news: Begun | Segment | Dropped) -> list[Decision]:
        if isinstance(news, Begun):
            self._stamp, self._told, self._prepared = news.stamp, set(), None
            self._voice = news.stamp + max(0.0, len(news.samples) / CHUNK - 1) * CHUNK_S
            if news.stamp - self._spoken_until >= self._turns.parameters.end_of_turn_s / 2:
                # Else the turn before was cut because it was too long: the same speech goes on.
                self._since = news.stamp
            if self._spotter is not None:
                self._spotter.begin()
                return self._tell(news.stamp, self._spotter.feed(news.samples))
            return []
        if isinstance(news, Dropped):
            # Nobody heard of it, unless something was spotted in it.
            return [self._nothing(news.stamp, news.stamp, "noise")] if self._told else []
        self._spoken_until = news.spoken_until
        out = list[Decision]()
        if self._spotter is not None:
            spots, silent_s = self._spotter.settle(), self._now - news.spoken_until
            out += self._tell(news.stamp, [spot for spot in spots if news.ended or spot.kind in AT_A_PAUSE], silent_s)
        if news.ended:
            return [*out, *self._recognise(news)]
        if self.parameters.prepare and self._recognising is not None and self._running is None and not self._ended:
            self._begin(news)
        return out

    def _tell(self, stamp: float, spots: list[Spot], spare_s: float = 0.0) -> list[Decision]:
        out = list[Decision]()
        for spot in spots:
            if self._recognising is not None and self._now - self._since > self.parameters.at_once_s + spare_s:
                # Among so many words the closed grammar finds whatever it looks for; the words of the turn decide.
                continue
            if (spot.kind, spot.phrase) in self._told or self.own.holds(spot.phrase, self._voice, self._now):
                continue
            self._told.add((spot.kind, spot.phrase))
            out.append(Spotted(stamp, spot))
        return out

    # --- words --------------------------------------------------------------------------------------------------

    def _recognise(self, segment: Segment) -> list[Decision]:
        if self._recognising is None:
            return [self._nothing(segment.stamp, segment.spoken_until, "no recogniser")]
        prepared, self._prepared = self._prepared, None
        if prepared is not None and _same(prepared.segment, segment):
            return [self._understood(prepared)]
        self._ended.append(segment)
        out = list[Decision]()
        running = self._running
        waiting = [one for one in self._ended if running is None or not _same(running, one)]
        for old in waiting[:-1]:
            # Slower than speech: what was said last is what the person waits for. Nothing spotted is lost by this.
            self._ended.remove(old)
            self.overloads += 1
            out.append(self._nothing(old.stamp, old.spoken_until, "overload"))
        self._go_on()
        return out

    def _go_on(self) -> None:
        if self._running is None and self._ended:
            self._begin(self._ended[0])

    def _begin(self, segment: Segment) -> None:
        assert self._recognising is not None
        self._running = segment
        self._recognising.begin(segment, self.lang)

    def _understood(self, done: Done) -> Understood:
        segment, found = done.segment, done.recognised
        if found is None or not found.text:
            return self._nothing(segment.stamp, segment.spoken_until, "failed" if found is None else "no words")
        if self.own.repeats(found.text, segment.stamp + self.parameters.pre_roll_s, segment.spoken_until):
            return self._nothing(segment.stamp, segment.spoken_until, "own words")
        return Understood(segment.stamp, found.text, found.confidence, found.lang, segment.spoken_until)

    def _nothing(self, stamp: float, until: float, why: str) -> Understood:
        return Understood(stamp, "", 0.0, self.lang, until, why)


def _same(one: Segment, other: Segment) -> bool:
    """Whether the same words are in both: one may hold more of the silence after them."""
    return one.stamp == other.stamp and one.spoken_until == other.spoken_until
