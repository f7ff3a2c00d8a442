"""Replays distress decisions from a list of observations that reads like a conversation (tests/unit/golden).

Each line that begins with a time (seconds) is an observation; the lines with `→` are what the robot does:

      0.0  fall b1 down
           → asks: 어르신, 괜찮으세요?
     12.0  silence
           → asks: 어르신, 괜찮으세요? ‘괜찮아’ 또는 ‘도와줘’ 하고 말씀해 주세요.

Observations: `fall BODY STATE [as PERSON]`, `suspect CAUSE [PERSON] [urgent]`, `over CAUSE`, `see BODY …`,
`face BODY as PERSON`, `answer MEANING ["words"] [by PERSON]`, `unclear "words"`, `silence`, `interrupted`,
`voice fails`, `heard MEANING ["words"] [by PERSON]`, `received`, `acknowledged ["note"]`, `closed`,
`restart [after SECONDS] [calendar ±SECONDS]`, `nothing`. What the robot does by itself in between is written
under its own time with the observation `(time)`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.safety.decisions import Act, Ask, Decisions, Say, StopAsking
from dolbom.safety.distress import ALARM, Distress
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.safety.observations import (
    Answered,
    Fall,
    FallSeen,
    Heard,
    Moment,
    Observation,
    Outcome,
    ReceiptKind,
    Received,
    Recognised,
    SeenTogether,
    Suspected,
    TakenBack,
    Tick,
)

START = datetime(2026, 11, 22, 9, 0, tzinfo=SEOUL)
_LINE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s+(.*\S)\s*$")
_OUTCOMES = {"silence": Outcome.SILENCE, "interrupted": Outcome.INTERRUPTED, "voice": Outcome.FAILED}


class Replay:
    """One home's safety, driven by written observations; what is on its disk survives `restart`."""

    def __init__(self, parameters: LadderParameters | None = None, lang: str = "ko") -> None:
        source = "/district/d/home/h/robot/r"
        self._ladder = Ladder(parameters or LadderParameters(), source, lang)
        self._calendar = START
        self.guard = Guard(self._ladder)
        self.disk: dict[UUID, Distress] = {}
        self.outbox: list[CareEvent] = []
        self._asked: list[UUID] = []
        self._now = 0.0

    def at(self) -> Moment:
        """The present moment of the replay."""
        return Moment(self._now, self._calendar.astimezone(UTC) + timedelta(seconds=self._now))

    def run(self, text: str) -> str:
        """Replays every line and returns the same conversation with what the robot does.

        Raises:
            UserError: for a line that cannot be read (names it).
        """
        return "\n".join(self._run(text)) + "\n"

    def _run(self, text: str) -> Iterator[str]:
        for number, line in enumerate(text.splitlines(), 1):
            found = _LINE.match(line)
            if found is None or found[2] == "(time)":
                if line.strip() and not line.lstrip().startswith("→") and found is None:
                    raise UserError(f"line {number} of the replay is no observation: {line.strip()}")
                continue
            until = float(found[1])
            yield from self._wait(until)
            try:
                decisions = self._do(found[2])
            except (KeyError, ValueError, IndexError) as error:
                raise UserError(f"line {number} of the replay cannot be read: {line.strip()} ({error})") from None
            yield f"{until:8.1f}  {found[2]}"
            yield from self._tell(decisions)

    def _wait(self, until: float) -> Iterator[str]:
        while self._now < until:
            dues = [t.due for d in self.guard.open for t in (d.timer, d.long_lie) if t is not None]
            self._now = min([until, *(due for due in dues if self._now < due)])
            if self._now == until:
                return
            decisions = self.guard.observe(Tick(self.at()))
            if decisions:
                yield f"{self._now:8.1f}  (time)"
                yield from self._tell(decisions)

    def _do(self, words: str) -> Decisions:
        verb, *rest = shlex.split(words)
        if verb == "restart":
            options = dict(zip(rest[::2], map(float, rest[1::2]), strict=True))
            self._now += options.get("after", 0.0)
            self._calendar += timedelta(seconds=options.get("calendar", 0.0))
            self.guard = Guard(self._ladder)
            kept = [Distress.model_validate_json(d.model_dump_json()) for d in self.disk.values()]
            return self.guard.restore(kept, self.at())
        return self.guard.observe(self._observation(verb, rest))

    def _observation(self, verb: str, rest: list[str]) -> Observation:
        at = self.at()
        person = None
        if len(rest) > 1 and rest[-2] in ("by", "as"):
            person = rest[-1]
            rest = rest[:-2]
        if verb == "fall":
            return FallSeen(at, rest[0], Fall(rest[1]), person, confidence=0.9)
        if verb == "suspect":
            who = [word for word in rest[1:] if word != "urgent"]
            return Suspected(at, rest[0], who[0] if who else None, 0.8, "urgent" not in rest)  # type: ignore[arg-type]
        if verb == "over":
            return TakenBack(at, rest[0], person)  # type: ignore[arg-type]
        if verb == "see":
            return SeenTogether(at, frozenset(rest))
        if verb == "face":
            return Recognised(at, rest[0], person or "")
        if verb == "heard":
            return Heard(at, rest[0], rest[1] if len(rest) > 1 else "", person)
        if verb in ("received", "acknowledged", "closed"):
            alarm = [d.alarm_id for d in self.guard.distresses if d.stage in ALARM][-1]
            assert alarm is not None
            return Received(at, alarm, ReceiptKind(verb), rest[0] if rest else "")
        if verb == "nothing":
            return Tick(at)
        question = self._asked[0] if self._asked else UUID(int=0)
        if verb == "answer":
            return Answered(at, question, Outcome.ANSWERED, rest[0], rest[1] if len(rest) > 1 else rest[0], person)
        if verb == "unclear":
            return Answered(at, question, Outcome.UNCLEAR, heard=rest[0] if rest else "")
        return Answered(at, question, _OUTCOMES[verb])

    def _tell(self, decisions: Decisions) -> Iterator[str]:
        self.disk |= decisions.changed
        self.outbox += decisions.events
        for event in decisions.events:
            why = ", ".join([event.data[key] for key in ("reason",) if key in event.data] + event.data["sources"])
            who = f" for {event.subject}" if event.subject else ""
            yield f"          → tells the district: {event.kind} [{event.severity}] ({why}){who}"
        for act in decisions.acts:
            if (line := self._act(act)) is not None:
                yield f"          → {line}"
        # Questions end by their answer, by being stopped, or by another of the same distress.
        open_now = {d.question.id for d in self.guard.open if d.question is not None}
        self._asked = [question for question in self._asked if question in open_now]

    def _act(self, act: Act) -> str | None:
        if isinstance(act, Ask):
            self._asked.append(act.question)
            return f"asks: {act.text}"
        if isinstance(act, StopAsking):
            return None
        assert isinstance(act, Say)
        return f"says: {act.text}"
