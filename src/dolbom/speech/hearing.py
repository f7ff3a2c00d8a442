"""From chunks of sound to what was said: turns, phrases spotted at once, and the words of the whole turn.

Fed with chunks and the time; deterministic but for the recogniser, which works beside it and is asked for what it has
done. A cry for help, or the robot's name, that is spotted is a candidate: it is told when the words around it confirm
it (`dolbom.speech.confirming`) or do not come in time, and dismissed when they are other words; exactly one of both.
Every turn that was announced ends with exactly one `Understood`, empty if nothing was.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from pydantic import Field

from dolbom.dialog.understanding import calls_for_help
from dolbom.speech.confirming import verdict
from dolbom.speech.own_words import OwnWords
from dolbom.speech.recognising import Done, Recognising
from dolbom.speech.recognition import Recognised, RecognitionParameters
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Samples
from dolbom.speech.spotting import Spot, Spotter, SpottingParameters
from dolbom.speech.turns import Begun, Dropped, Segment, TurnParameters, Turns

FILLED = 10
"""So many lost chunks (0.3 s) are filled with silence; more of them end the turn."""
AT_A_PAUSE = ("help", "wake", "stop")
"""What counts at a pause; whether "yes" is all that somebody says is known only at the end of their turn."""
CONFIRMED = ("help", "wake")
"""What is told only when words confirm it: a closed grammar finds them wherever somebody speaks for long. "Stop" is
told at once while the robot speaks; else nothing is to be silenced, and "what time is it" sounds like "stop it"."""
GOES_ON_S = 1.0
"""A cry after which speech goes on so long does not wait for a pause."""
AROUND_S = 6.0
"""So much sound, the last, is recognised then."""
APART_S = 3.0
"""Such pieces begin no oftener than this: a television all day must not keep the processor busy."""
LIMIT_S = 4.0
"""A cry whose words have not come by then is told without: it may be that nothing is recognised any more. So is an
unclear one in a quiet home, if the turn has not ended before and nothing went on: whoever lies there is asked soon."""
GOES_ON_LIKE_TELEVISION_S = 2.0
"""An unclear cry after which so much more is said is no cry: whoever calls for help waits, or calls again."""
AGAIN_S = 1.0
"""A cry that ends so long after another is a second one, and not more of the same."""
LATELY_S, MUCH_S = 30.0, 10.0
"""So much voice in so long, and it is a television or a visit: there a cry without clear words is not believed."""


class EarsParameters(TurnParameters, SpottingParameters, RecognitionParameters):
    """How the robot hears."""

    spotter: Literal["on", "none"] = Field(
        "on", description="Whether emergencies, yes, no, stop and the robot's name are known at once."
    )
    prepare: bool = Field(True, description="Whether words are recognised at a pause already, to be there sooner.")


@dataclass(frozen=True)
class Spotted:
    """A phrase was spotted in the turn that began at `stamp`."""

    stamp: float
    spot: Spot


@dataclass(frozen=True)
class Dismissed:
    """A phrase was spotted in the turn that began at `stamp`, and was something else by its words."""

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


Decision = Spotted | Dismissed | Understood


@dataclass(eq=False)
class _Candidate:
    """A phrase that waits for its words.

    Attributes:
        stamp: when its turn began.
        at: until when it was said, by the sound's stamps.
        spotted: when it was spotted, by the sound's stamps.
        limit: when it is told without words, by the time of `poll`.
        unclear: what words there are do not tell whether it is one.
        again: another cry came after it.
    """

    stamp: float
    spot: Spot
    at: float
    spotted: float
    limit: float | None = None
    unclear: bool = False
    again: bool = False
    key: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.key = (self.spot.kind, self.spot.phrase)

    def inside(self, segment: Segment) -> bool:
        """Whether the sound holds the phrase."""
        return segment.stamp < self.at <= segment.stamp + len(segment.samples) / RATE


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
        self._now = self._stamp = self._voice = 0.0
        self._voiced: deque[tuple[float, float]] = deque()
        self._voices: deque[float] = deque(maxlen=round(LATELY_S / CHUNK_S))
        self._told: set[tuple[str, str]] = set()
        self._candidates: list[_Candidate] = []
        self._judged: dict[tuple[str, str], float] = {}
        self._check: Segment | None = None
        self._checked = -math.inf
        self._running: Segment | None = None
        self._prepared: Done | None = None
        self._ended: list[Segment] = []
        self.lost = 0
        """Chunks that were lost on their way."""
        self.overloads = 0
        """Turns that were not recognised because newer ones came."""
        self.dismissed = 0
        """Cries that were something else by their words."""
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
        out: list[Decision] = []
        for one in waiting:
            out += self._close(self._nothing(one.stamp, one.spoken_until, "ended"))
        out += self._tell(list(self._candidates))
        if self._turns.speaking and self._told:
            out.append(self._nothing(self._stamp, self._stamp, "ended"))
        self._told, self._check = set(), None
        return out

    def poll(self, now: float) -> list[Decision]:
        """Takes what the recogniser has done; to be called often, also while no sound comes.

        Args:
            now: behaviour time, seconds.
        """
        out = list[Decision]()
        done = self._recognising.take() if self._recognising is not None else None
        if done is not None and done.segment is self._running:
            self._running, self.last = None, done
            ended = next((one for one in self._ended if _same(done.segment, one)), None)
            if ended is not None:
                self._ended.remove(ended)
                out += self._close(self._understood(done), done.recognised)
            else:
                inside = [one for one in self._candidates if one.inside(done.segment)]
                end = done.segment.stamp + len(done.segment.samples) / RATE
                own = self._understood(done).why_not == "own words"
                out += self._judge(inside, done.recognised, end, own=own)
                if done.segment.stamp == self._stamp:
                    self._prepared = done
        for one in self._candidates:
            if one.limit is None and one.spot.kind == "help":
                one.limit = now + LIMIT_S
        for one in [one for one in self._candidates if one.unclear and self._goes_on(one)]:
            out.append(self._dismiss(one))
        out += self._tell([one for one in self._candidates if one.limit is not None and now >= one.limit])
        self._go_on()
        return out

    # --- turns --------------------------------------------------------------------------------------------------

    def _push(self, chunk: Samples, stamp: float) -> list[Decision]:
        speaking, self._now = self._turns.speaking, stamp + CHUNK_S
        news = self._turns.push(chunk, self._detector.probability(chunk), stamp)
        if self._turns.speaking and self._turns.silent_s == 0 and not self.own.speaks(stamp):
            self._voices.append(self._now)
        out = list[Decision]()
        if speaking and self._spotter is not None:
            out += self._take(self._stamp, self._spotter.feed(chunk))
        for one in news:
            out += self._turn(one)
        if self._candidates and self._turns.speaking and self._turns.silent_s < self.parameters.pause_s:
            self._ask_for_words()
        return out

    def _turn(self, news: Begun | Segment | Dropped) -> list[Decision]:
        if isinstance(news, Begun):
            self._stamp, self._told, self._judged, self._prepared = news.stamp, set(), {}, None
            self._voice = news.stamp + max(0.0, len(news.samples) / CHUNK - 1) * CHUNK_S
            if self._spotter is not None:
                self._spotter.begin()
                return self._take(news.stamp, self._spotter.feed(news.samples))
            return []
        if isinstance(news, Dropped):
            # Nobody heard of it, unless something was spotted in it.
            noise = self._nothing(news.stamp, news.stamp, "noise")
            nothing = self._close(noise, Recognised("", 0.0, self.lang))
            return nothing if self._told else nothing[:-1]
        out = list[Decision]()
        if self._spotter is not None:
            spots = self._spotter.settle()
            out += self._take(news.stamp, [spot for spot in spots if news.ended or spot.kind in AT_A_PAUSE])
        if news.ended:
            self._voiced.append((self._voice, news.spoken_until))
            return [*out, *self._recognise(news)]
        if self._recognising is not None:
            if any(one.stamp == news.stamp for one in self._candidates):
                self._check = news
                self._go_on()
            elif self.parameters.prepare and self._running is None and not self._ended:
                self._begin(news)
        return out

    # --- phrases ------------------------------------------------------------------------------------------------

    def _take(self, stamp: float, spots: list[Spot]) -> list[Decision]:
        out = list[Decision]()
        waiting = {one.key for one in self._candidates if one.stamp == stamp}
        for spot in spots:
            key = (spot.kind, spot.phrase)
            if self.own.holds(spot.phrase, self._voice, self._now):
                continue
            if spot.kind == "help":
                out += self._cried_again(stamp, stamp + spot.until_s)
            if key in self._told or key in waiting:
                continue
            nothing_to_hush = spot.kind == "stop" and not self.own.speaks(self._now)
            if not (spot.kind in CONFIRMED or nothing_to_hush) or self._recognising is None:
                self._told.add(key)
                out.append(Spotted(stamp, spot))
            elif spot.until_s > self._judged.get(key, -math.inf):
                waiting.add(key)
                at = min(stamp + max(spot.until_s, CHUNK_S), self._now)
                self._candidates.append(_Candidate(stamp, spot, at, self._now))
        return out

    def _tell(self, candidates: list[_Candidate]) -> list[Decision]:
        out = list[Decision]()
        for one in candidates:
            self._candidates.remove(one)
            if one.stamp == self._stamp:
                self._told.add(one.key)
            out.append(Spotted(one.stamp, one.spot))
        return out

    def _judge(
        self, candidates: list[_Candidate], found: Recognised | None, until: float, *, own: bool
    ) -> list[Decision]:
        """Tells or dismisses each by the words; what is unclear in a turn that goes on stays open.

        Args:
            found: None if recognition failed.
            until: to where the sound of the words went.
            own: the words are the robot's own.
        """
        out = list[Decision]()
        quiet = self._quiet()
        for one in candidates:
            if one.stamp == self._stamp:
                self._judged[one.key] = until - one.stamp
            judged = "borne out" if found is None else "other" if own else verdict(one.spot, found, self.lang)
            one.unclear = judged == "unclear" and quiet
            believed = one.unclear and (one.spot.kind != "help" or one.again)
            if judged == "borne out" or believed:
                out += self._tell([one])
            elif not one.unclear or self._goes_on(one):
                out.append(self._dismiss(one))
            elif until == math.inf:
                out += self._tell([one])
        return out

    def _goes_on(self, one: _Candidate) -> bool:
        """Whether so much is said after a cry as by a television; what comes back of the robot's voice is not."""
        return sum(at > one.at for at in self._voices) * CHUNK_S >= GOES_ON_LIKE_TELEVISION_S

    def _cried_again(self, stamp: float, until: float) -> list[Decision]:
        """Tells what was unclear before this cry of the same turn, which was said until then."""
        before = [one for one in self._candidates if one.spot.kind == "help" and one.stamp == stamp]
        for one in before:
            one.again |= until >= one.at + AGAIN_S
        return self._tell([one for one in before if one.unclear and one.again])

    def _dismiss(self, one: _Candidate) -> Dismissed:
        self._candidates.remove(one)
        self.dismissed += 1
        return Dismissed(one.stamp, one.spot)

    def _quiet(self) -> bool:
        """Whether little was said lately."""
        begin = self._now - LATELY_S
        while self._voiced and self._voiced[0][1] < begin:
            self._voiced.popleft()
        spans = [*self._voiced, *([(self._voice, self._now)] if self._turns.speaking else [])]
        return sum(end - max(begin, start) for start, end in spans) < MUCH_S

    def _ask_for_words(self) -> None:
        """Of a cry in speech that goes on and on."""
        if self._now - self._checked < APART_S:
            return
        waiting = [self._running, self._check, *self._ended]
        for one in self._candidates:
            old = one.spot.kind == "help" and one.stamp == self._stamp and self._now - one.spotted >= GOES_ON_S
            if old and not any(segment is not None and one.inside(segment) for segment in waiting):
                self._check, self._checked = self._turns.tail(AROUND_S), self._now
                self._go_on()
                return

    # --- words --------------------------------------------------------------------------------------------------

    def _recognise(self, segment: Segment) -> list[Decision]:
        if self._recognising is None:
            return [self._nothing(segment.stamp, segment.spoken_until, "no recogniser")]
        prepared, self._prepared = self._prepared, None
        if self._check is not None and self._check.stamp >= segment.stamp:
            self._check = None  # the whole turn is recognised now
        if prepared is not None and _same(prepared.segment, segment):
            return self._close(self._understood(prepared), prepared.recognised)
        self._ended.append(segment)
        out = list[Decision]()
        running = self._running
        waiting = [one for one in self._ended if running is None or not _same(running, one)]
        for old in waiting[:-1]:
            # Slower than speech: what was said last is what the person waits for. Nothing spotted is lost by this.
            self._ended.remove(old)
            self.overloads += 1
            out += self._close(self._nothing(old.stamp, old.spoken_until, "overload"))
        self._go_on()
        return out

    def _close(self, understood: Understood, found: Recognised | None = None) -> list[Decision]:
        """The turn is over: what was spotted in it is told or dismissed before its words."""
        of_turn = [one for one in self._candidates if one.stamp == understood.stamp]
        own = understood.why_not == "own words"
        return [*self._judge(of_turn, found, math.inf, own=own), understood]

    def _go_on(self) -> None:
        if self._running is not None:
            return
        if self._check is not None:
            # A cry goes first.
            check, self._check = self._check, None
            self._begin(check)
        elif self._ended:
            self._begin(self._ended[0])

    def _begin(self, segment: Segment) -> None:
        assert self._recognising is not None
        self._running = segment
        self._recognising.begin(segment, self.lang)

    def _understood(self, done: Done) -> Understood:
        segment, found = done.segment, done.recognised
        if found is None or not found.text:
            return self._nothing(segment.stamp, segment.spoken_until, "failed" if found is None else "no words")
        begun = segment.stamp + self.parameters.pre_roll_s
        if self.own.repeats(found.text, begun, segment.spoken_until):
            return self._nothing(segment.stamp, segment.spoken_until, "own words")
        if self.own.is_rest(found.text, begun, segment.spoken_until) and not calls_for_help(found.text, self.lang):
            return self._nothing(segment.stamp, segment.spoken_until, "no words")
        return Understood(segment.stamp, found.text, found.confidence, found.lang, segment.spoken_until)

    def _nothing(self, stamp: float, until: float, why: str) -> Understood:
        return Understood(stamp, "", 0.0, self.lang, until, why)


def _same(one: Segment, other: Segment) -> bool:
    """Whether the same words are in both: one may hold more of the silence after them."""
    return one.stamp == other.stamp and one.spoken_until == other.spoken_until
