"""Whose turn it is to speak: one mouth, utterances by urgency, questions that wait for an answer.

Fed with requests, what the speech engine does and what is heard, each with behaviour time in seconds; returns
what to do. Distress interrupts a reminder, a reminder interrupts chat; equals wait. The silence after a question
is measured from the question's end.

One segment of speech comes in two ways: a phrase spotted while it lasts, then the words of the whole of it. Help and
stop count as soon as they are spotted, and yes or no for an ordinary question; while safety asks, nothing but the
words stands an emergency down. Once a segment has settled something, its words only count if they call for help.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

from pydantic import Field

from dolbom.dialog.answers import AnswerSchema, Value
from dolbom.dialog.engine import syllables
from dolbom.dialog.understanding import Meaning, calls_for_help, understand
from dolbom.speech.synthesis import SynthesisParameters

SENTENCE = 5
"""Words of so many syllables are no mere hesitation."""


class VoiceParameters(SynthesisParameters):
    """How the robot speaks and listens."""

    syllables_per_s: float = Field(
        6.0, ge=0, le=50, description="Pace of the text engine, syllables a second; 0: at once."
    )
    settle_s: float = Field(
        2.0,
        ge=0,
        le=10,
        description="After words not understood, a question waits this long for clearer ones, seconds.",
    )
    answer_limit_s: float = Field(
        10.0,
        ge=1,
        le=120,
        description="Silence that ends a question whose asker gave no time limit, seconds.",
    )
    stuck_s: float = Field(
        6.0,
        ge=1,
        le=60,
        description="An engine this much slower than a slow speaker counts as failed, seconds.",
    )
    waiting_limit: int = Field(20, ge=1, le=200, description="More utterances than this do not wait in line.")


class Urgency(IntEnum):
    """The higher interrupts the lower."""

    CHAT = 0
    REMINDER = 1
    DISTRESS = 2


@dataclass(frozen=True)
class Request:
    """Something to say, or to ask if there is a time limit.

    Attributes:
        id: the goal's id.
        answers: the meanings that settle a question; with neither these nor a schema any words do.
        time_limit_s: silence after the question's end; None: not a question.
        schema: what else settles it.
        again: said one after the other when nothing was understood or heard.
        picture: shown beside it.
        buttons: answers to it that may be touched.
        sound: name of a sound file of the home, or of a tune (`tune-…`), that sounds in the place of the text.
    """

    id: str
    text: str
    lang: str
    person: str = ""
    urgency: Urgency = Urgency.CHAT
    answers: tuple[str, ...] = ()
    time_limit_s: float | None = None
    schema: AnswerSchema | None = None
    again: tuple[str, ...] = ()
    picture: str = ""
    sound: str = ""
    buttons: tuple[str, ...] = ()

    @property
    def question(self) -> bool:
        """Whether it waits for an answer."""
        return self.time_limit_s is not None


class Ended(IntEnum):
    """How a turn ended; the first five are the outcomes of `ask`."""

    ANSWERED = 0
    SILENCE = 1
    UNCLEAR = 2
    INTERRUPTED = 3
    FAILED = 4
    FINISHED = 5


@dataclass(frozen=True)
class Speak:
    """Give this to the engine now."""

    request: Request


@dataclass(frozen=True)
class Hush:
    """Silence the engine."""

    id: str


@dataclass(frozen=True)
class End:
    """Tell whoever asked for it how it ended."""

    id: str
    how: Ended
    answer: str = ""
    heard: str = ""
    confidence: float = 0.0
    message: str = ""
    value: Value | None = None


@dataclass(frozen=True)
class CalledForHelp:
    """Words that mean help, which no distress question was waiting for."""

    text: str
    confidence: float


Decision = Speak | Hush | End | CalledForHelp


@dataclass
class _Turn:
    request: Request
    began: float
    engine_until: float
    asked: int = 0
    spoken_at: float | None = None
    deadline: float | None = None
    heard: list[str] = field(default_factory=list)
    confidence: float = 0.0


class Voice:
    """Takes turns."""

    def __init__(self, parameters: VoiceParameters | None = None) -> None:
        self.parameters = parameters or VoiceParameters()
        self._turn: _Turn | None = None
        self._line: list[Request] = []
        self._segments: dict[tuple[str, float], Meaning] = {}

    @property
    def current(self) -> Request | None:
        """What is being said or asked now."""
        return self._turn.request if self._turn else None

    @property
    def listening(self) -> bool:
        """Whether a question was spoken and its answer is awaited."""
        return self._turn is not None and self._turn.deadline is not None

    @property
    def heard(self) -> str:
        """What was heard so far since the question began."""
        return " ".join(self._turn.heard) if self._turn else ""

    @property
    def waiting(self) -> int:
        """How many wait in line."""
        return len(self._line)

    def request(self, request: Request, now: float) -> list[Decision]:
        """Somebody wants something said or asked."""
        if not request.text.strip():
            return [End(request.id, _unspoken(request), message="there is nothing to say")]
        out: list[Decision] = []
        turn = self._turn
        if turn is not None:
            same = (
                request.question
                and turn.request.question
                and (request.text, request.person, request.urgency)
                == (turn.request.text, turn.request.person, turn.request.urgency)
            )
            # The same question again comes from an asker that was restarted: nobody waits for the old one.
            if request.urgency > turn.request.urgency or same:
                out += self._interrupt("by something more urgent" if not same else "asked again")
        if len(self._line) >= self.parameters.waiting_limit:
            last = min(self._line, key=lambda waiting: waiting.urgency)
            if last.urgency >= request.urgency:
                return [*out, End(request.id, _unspoken(request), message="too much is waiting to be said")]
            self._line.remove(last)
            out.append(End(last.id, _unspoken(last), message="something more urgent took its place"))
        self._line.append(request)
        return out + self._next(now)

    def cancel(self, id: str, now: float) -> list[Decision]:
        """Whoever asked for it wants it no more."""
        if self._turn is not None and self._turn.request.id == id:
            return [*self._interrupt("cancelled"), *self._next(now)]
        for waiting in self._line:
            if waiting.id == id:
                self._line.remove(waiting)
                return [End(id, Ended.INTERRUPTED, message="cancelled")]
        return []

    def spoken(self, id: str, now: float) -> list[Decision]:
        """The engine has said all of it."""
        turn = self._turn
        if turn is None or turn.request.id != id or turn.spoken_at is not None:
            return []
        turn.spoken_at = now
        if turn.request.time_limit_s is None:
            self._turn = None
            return [End(id, Ended.FINISHED), *self._next(now)]
        # Words said over the question were not understood: there is still the whole time for better ones.
        turn.deadline = now + (turn.request.time_limit_s or self.parameters.answer_limit_s)
        return []

    def sounding(self, id: str, now: float) -> None:
        """The engine shows that it still speaks: it is not stuck, however long the text takes."""
        turn = self._turn
        if turn is not None and turn.request.id == id and turn.spoken_at is None:
            turn.engine_until = max(turn.engine_until, now + self.parameters.stuck_s)

    def failed(self, id: str, why: str, now: float) -> list[Decision]:
        """The engine could not say it."""
        turn = self._turn
        if turn is None or turn.request.id != id or turn.spoken_at is not None:
            return []
        self._turn = None
        return [End(id, Ended.FAILED, message=why), *self._next(now)]

    def hear(
        self,
        text: str,
        now: float,
        confidence: float = 1.0,
        lang: str | None = None,
        *,
        voice: str = "",
        began: float | None = None,
        spotted: bool = False,
    ) -> list[Decision]:
        """Somebody said something; also while the robot speaks.

        Args:
            text: the words; or the phrase that was spotted in a segment that may still go on.
            confidence: of the recognition.
            lang: of the words; None: of the question.
            voice: whose.
            began: when the segment began, the same for all that is heard of it; None: it is of one piece (typed).
            spotted: it is only a spotted phrase. A call for help that is spotted is told to safety by who spots it.
        """
        if not text.strip():
            return []
        turn = self._turn
        request = turn.request if turn is not None and turn.request.question else None
        lang = lang or (request.lang if request else "ko")
        meaning = understand(text, lang)
        segment = (voice, began) if began is not None else None
        if segment in self._segments:
            late = not spotted and self._segments[segment] != "help" and calls_for_help(text, lang)
            return [CalledForHelp(text, confidence)] if late else []
        awaited = request is not None and (request.urgency is Urgency.DISTRESS or "help" in request.answers)
        if spotted:
            return self._hear_spotted(text, meaning, now, confidence, segment)
        out: list[Decision] = []
        if not awaited and calls_for_help(text, lang):
            out.append(CalledForHelp(text, confidence))
        if turn is None:
            return out
        distress = turn.request.urgency is Urgency.DISTRESS
        if request is None:
            if meaning == "stop" and not distress:
                # "Stop" is obeyed at once, by everything but an emergency.
                out += [*self._interrupt("stopped by the person"), *self._next(now)]
            return out
        if began is not None and began < turn.began and not distress:
            return out  # they were talking of something else before they were asked
        turn.heard.append(text)
        turn.confidence = confidence
        return out + self._answer(turn, text, meaning, lang, now)

    def _hear_spotted(
        self, text: str, meaning: Meaning, now: float, confidence: float, segment: tuple[str, float] | None
    ) -> list[Decision]:
        turn = self._turn
        if meaning == "help":
            self._settled(segment, meaning)
        if turn is None:
            return []
        request = turn.request
        if request.urgency is Urgency.DISTRESS:
            # The cry that made safety ask is not also the answer to its question.
            before = segment is not None and segment[1] < turn.began
            settles = request.question and meaning == "help" and "help" in request.answers and not before
        elif meaning in ("yes", "no"):
            asked = meaning in request.answers or (request.schema is not None and request.schema.kind == "yes_no")
            settles = request.question and asked
        else:
            settles = meaning == "stop"
        if not settles:
            return []
        self._settled(segment, meaning)
        if not request.question:
            return [*self._interrupt("stopped by the person"), *self._next(now)]
        turn.heard.append(text)
        turn.confidence = confidence
        return self._answer(turn, text, meaning, request.lang, now)

    def _settled(self, segment: tuple[str, float] | None, meaning: Meaning) -> None:
        if segment is None:
            return
        self._segments[segment] = meaning
        while len(self._segments) > 32:
            del self._segments[next(iter(self._segments))]

    def _answer(self, turn: _Turn, text: str, meaning: Meaning, lang: str, now: float) -> list[Decision]:
        request = turn.request
        if meaning in request.answers:
            return self._end(Ended.ANSWERED, now, answer=meaning)
        if meaning == "stop" and request.urgency is not Urgency.DISTRESS:
            return self._end(Ended.INTERRUPTED, now, answer="stop")
        value = request.schema.settle(text, lang) if request.schema is not None else None
        if value is not None or not (request.answers or request.schema):
            return self._end(Ended.ANSWERED, now, value=value)
        if turn.deadline is not None:
            # In a chat a whole sentence is a wish of its own: its answer is not kept waiting.
            whole = request.urgency is Urgency.CHAT and syllables(text) >= SENTENCE
            turn.deadline = min(turn.deadline, now + (0.0 if whole else self.parameters.settle_s))
        return []

    def tick(self, now: float) -> list[Decision]:
        """Time passed."""
        turn = self._turn
        if turn is None:
            return []
        if turn.deadline is not None and now >= turn.deadline:
            if turn.asked < len(turn.request.again):
                return self._ask_again(turn, now)
            return self._end(Ended.UNCLEAR if turn.heard else Ended.SILENCE, now)
        if turn.spoken_at is None and now >= turn.engine_until:
            id = turn.request.id
            return [Hush(id), *self.failed(id, "the speech engine does not answer", now)]
        return []

    def _ask_again(self, turn: _Turn, now: float) -> list[Decision]:
        text = turn.request.again[turn.asked]
        turn.asked += 1
        turn.spoken_at = turn.deadline = None
        turn.engine_until = now + self._longest(text)
        return [Speak(replace(turn.request, text=text))]

    def _end(self, how: Ended, now: float, answer: str = "", value: Value | None = None) -> list[Decision]:
        turn, self._turn = self._turn, None
        assert turn is not None
        id = turn.request.id
        heard, confidence = " ".join(turn.heard), turn.confidence if turn.heard else 0.0
        end = End(id, how, answer, heard, confidence, value=value)
        hush: list[Decision] = [Hush(id)] if turn.spoken_at is None else []
        return [*hush, end, *self._next(now)]

    def _interrupt(self, message: str) -> list[Decision]:
        turn, self._turn = self._turn, None
        assert turn is not None
        hush: list[Decision] = [Hush(turn.request.id)] if turn.spoken_at is None else []
        return [*hush, End(turn.request.id, Ended.INTERRUPTED, heard=" ".join(turn.heard), message=message)]

    def _next(self, now: float) -> list[Decision]:
        if self._turn is not None or not self._line:
            return []
        # max() takes the first of equals: who came first.
        request = max(self._line, key=lambda waiting: waiting.urgency)
        self._line.remove(request)
        self._turn = _Turn(request, began=now, engine_until=now + self._longest(request.text))
        return [Speak(request)]

    def _longest(self, text: str) -> float:
        return syllables(text) / (self.parameters.syllables_per_s or 2.0) * 1.5 + self.parameters.stuck_s


def _unspoken(request: Request) -> Ended:
    return Ended.FAILED if request.question else Ended.INTERRUPTED
