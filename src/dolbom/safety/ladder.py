"""The ladder of one distress: suspected, asked, asked again, raised, acknowledged, closed, or stood down.

The rules only; what they decide on is a `Distress`, and which observation belongs to which is decided in
`dolbom.safety.guard`. The times are those of care work: ask, wait 10 s, ask again, wait 10 s, alarm. See
docs/safety.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dolbom import events
from dolbom.events import Asked, Cause, Data, Severity, new_event, new_id
from dolbom.i18n import phrase
from dolbom.safety.decisions import Ask, Decisions, Say, StopAsking
from dolbom.safety.distress import (
    ALARM,
    Distress,
    Question,
    Source,
    Stage,
    Timer,
    Topic,
)
from dolbom.safety.observations import (
    Answered,
    Fall,
    FallSeen,
    Heard,
    Moment,
    Outcome,
    ReceiptKind,
    Received,
    Suspected,
    TakenBack,
)

CALLS: tuple[Cause, ...] = ("voice", "button")
"""Sources that are the person's own call: one question, not two."""
KEPT_QUESTIONS = 6
KEPT_WORDS = 120
KEPT_EVIDENCE = 200
"""An event holds 16 kB and must never be refused for its size: it carries the newest questions, and shortened words."""

Reason = Literal["help", "silence", "unclear", "urgent", "voice_failed"]
Understood = Literal["fine", "help", "unclear", "silence", "not_asked"]
Evidence = TypeVar("Evidence", bound=Data)


class LadderParameters(BaseModel):
    """The ladder's times. The defaults are those of Korean telecare practice; see docs/safety.md for each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirm_s: float = Field(
        3.0,
        ge=0,
        le=30,
        description="A suspected fall that is not confirmed or cleared is asked about after this, seconds.",
    )
    speak_limit_s: float = Field(
        10.0,
        ge=2,
        le=60,
        description="A question takes no longer to be spoken; else it counts as not asked, seconds.",
    )
    wait_s: float = Field(10.0, ge=2, le=120, description="Silence after the first question, seconds.")
    wait_again_s: float = Field(10.0, ge=2, le=120, description="Silence after the second question, seconds.")
    grace_s: float = Field(
        2.0,
        ge=0.5,
        le=10,
        description="How much later than that an answer may still arrive, seconds.",
    )
    insist_s: float = Field(
        2.0,
        ge=0,
        le=30,
        description="A call repeated later than this after the first counts as a yes, seconds.",
    )
    watch_s: float = Field(
        180.0,
        ge=20,
        le=1800,
        description="Somebody who says to be fine but stays on the floor is asked again after this, seconds.",
    )
    long_lie_s: float = Field(
        600.0,
        ge=60,
        le=7200,
        description="Whoever is still on the floor this long after saying to be fine gets help, seconds.",
    )
    receipt_limit_s: float = Field(
        15.0,
        ge=3,
        le=300,
        description="Without the district's receipt the robot says that it keeps trying, seconds.",
    )
    waiting_s: float = Field(
        60.0,
        ge=10,
        le=600,
        description="Until somebody acknowledges, the robot says again that help was called, seconds.",
    )
    reassure_s: float = Field(
        120.0,
        ge=10,
        le=1800,
        description="After that it says again that help is coming, seconds.",
    )
    reassure_for_s: float = Field(1800.0, ge=0, le=7200, description="… for this long, seconds.")
    merge_s: float = Field(
        600.0,
        ge=10,
        le=7200,
        description="A new suspicion joins an acknowledged alarm that changed within this, seconds.",
    )
    apart_s: float = Field(
        1.0, ge=0, le=30, description="Two bodies seen side by side for this long are two people, seconds."
    )
    address: str = Field(
        "",
        max_length=40,
        description="How the person is called to the face (어머님 …); empty: the usual polite form.",
    )

    @property
    def longest_s(self) -> float:
        """No suspicion stays undecided for longer than this: every wait of one round, seconds."""
        questions = 2 * (self.speak_limit_s + self.grace_s) + self.wait_s + self.wait_again_s
        return self.confirm_s + questions


class Ladder:
    """Decides what follows for one distress.

    Args:
        parameters: the times.
        source: the CloudEvents source of this robot.
        lang: language of the home, "ko" or "en".
        address: how a person is called to the face, by id; None or empty if not known.
    """

    def __init__(
        self,
        parameters: LadderParameters,
        source: str,
        lang: str = "ko",
        address: Callable[[str | None], str | None] = lambda _: None,
    ) -> None:
        self.parameters = parameters
        self._source = source
        self._lang = lang
        self._address = address

    # --- what is observed ---

    def begin(self, at: Moment, cause: Cause, person: str | None) -> Distress:
        """A new distress, before its first observation."""
        civil = at.civil.astimezone(UTC)
        return Distress(
            id=new_id(),
            stage=Stage.SUSPECTED,
            began=civil,
            changed=civil,
            last_sign=civil,
            cause=cause,
            person=person,
        )

    def fall(self, d: Distress, seen: FallSeen, out: Decisions) -> None:
        """The fall detector said something of this person."""
        before, fresh = d.fall, "fall" not in d.sources
        d.fall = seen.state
        if seen.state.rank:
            self._add(d, "fall", seen.at, seen.confidence, seen.evidence)
        if d.stage in ALARM:
            self._fall_in_alarm(d, seen, before, fresh, out)
        elif d.watching:
            if not seen.state.rank:
                self._settle(d)
            elif seen.state is Fall.LONG_LIE and before is not Fall.LONG_LIE:
                self._ask(d, seen.at, "lying", out)
        elif d.stage is Stage.SUSPECTED:
            if not seen.state.rank:
                if d.softened:
                    d.stage, d.timer = Stage.CLEARED, None
            elif seen.state is Fall.SUSPECTED:
                d.timer = d.timer or Timer.start(seen.at, self.parameters.confirm_s)
            else:
                self._ask(d, seen.at, "fall", out)
        elif fresh and self._called(d):
            self._raise(d, seen.at, "help", out)
        self.note(d, seen.at, out)

    def suspicion(self, d: Distress, suspected: Suspected, out: Decisions) -> None:
        """Another source said that something is wrong."""
        at, known = suspected.at, d.sources.get(suspected.cause)
        began = known.since if known is not None and known.active else None
        others = [cause for cause, source in d.sources.items() if source.active and cause != suspected.cause]
        quiet_s = (at.civil - d.last_sign).total_seconds()
        self._add(d, suspected.cause, at, suspected.confidence, suspected.evidence)
        if d.stage in ALARM:
            if began is None or quiet_s >= self.parameters.waiting_s:
                self._update(d, at, Severity.WARNING, out)
            if suspected.cause in CALLS:
                d.quiet = False
                self._say(d, "reassure" if d.stage is Stage.ACKNOWLEDGED else "waiting", out)
        elif not suspected.ask:
            self._raise(d, at, "urgent", out)
        elif d.question is not None:
            # What is said while a question is open comes as its answer, better understood than a keyword.
            if suspected.cause == "button" and (d.question.topic != "sos" or self._insists(began, at)):
                self._raise(d, at, "help", out)
        elif suspected.cause in CALLS:
            if d.on_the_floor:
                # Two that know nothing of each other say the same: that is an answer.
                self._raise(d, at, "help", out)
            else:
                self._ask(d, at, "sos", out)
        elif d.watching or not others:
            self._ask(d, at, "welfare", out)
        self.note(d, at, out)

    def taken_back(self, d: Distress, back: TakenBack, out: Decisions) -> None:
        """A source takes its suspicion back."""
        source = d.sources.get(back.cause)
        if source is None or not source.active:
            return
        source.active = False
        if back.cause in CALLS:
            # The person's own hand or word: the same as to say that all is well.
            self._fine(d, back.at, "", out)
        elif d.stage is Stage.SUSPECTED and d.softened:
            d.stage, d.timer = Stage.CLEARED, None
        self.note(d, back.at, out)

    def answered(self, d: Distress, answer: Answered, out: Decisions) -> None:
        """The open question ended."""
        question = d.question
        if question is None or question.id != answer.question:
            return
        if answer.outcome is Outcome.FAILED:
            self._record(d, "not_asked", "")
            self._raise(d, answer.at, "voice_failed", out)
        elif answer.outcome is Outcome.SILENCE:
            self._unsettled(d, answer.at, "silence", "", out)
        elif answer.outcome is Outcome.INTERRUPTED:
            self._unsettled(d, answer.at, "not_asked", "", out)
        elif answer.outcome is Outcome.UNCLEAR:
            self._unsettled(d, answer.at, "unclear", answer.heard, out)
        else:
            self._meant(d, answer.at, answer.answer, answer.heard, out)
        self.note(d, answer.at, out)

    def heard(self, d: Distress, heard: Heard, out: Decisions) -> None:
        """The person said something unasked, or to a question that was lost in a restart."""
        called = d.cause in CALLS and not self._insists(d.began, heard.at)
        if heard.meaning == "help" and called:
            # The very words that began it, come a second way.
            return
        if heard.meaning == "help" and d.open and d.stage not in ALARM:
            if d.question is not None:
                out.acts.append(StopAsking(d.question.id))
                self._record(d, "help", heard.text)
            self._raise(d, heard.at, "help", out)
        elif heard.meaning == "fine":
            self._fine(d, heard.at, heard.text, out)
        elif heard.meaning == "stop" and d.stage in ALARM and not d.quiet:
            d.quiet = True
            self._say(d, "quiet", out)
        self.note(d, heard.at, out)

    def receipt(self, d: Distress, receipt: Received, out: Decisions) -> None:
        """The district said something about the alarm."""
        at = receipt.at
        if d.stage not in ALARM:
            return
        if receipt.kind is ReceiptKind.CLOSED:
            d.stage, d.timer, d.received = Stage.CLOSED, None, True
            self._say(d, "closed", out, note=receipt.note)
        elif receipt.kind is ReceiptKind.ACKNOWLEDGED and d.stage is Stage.RAISED:
            d.stage, d.received = Stage.ACKNOWLEDGED, True
            d.calm_until = at.civil.astimezone(UTC) + timedelta(seconds=self.parameters.reassure_for_s)
            d.timer = Timer.start(at, self.parameters.reassure_s)
            self._say(d, "acknowledged", out, note=receipt.note)
        elif receipt.kind is ReceiptKind.RECEIVED and not d.received:
            d.received = True
            d.timer = Timer.start(at, self.parameters.waiting_s)
            self._say(d, "received", out)
        else:
            return
        self.note(d, at, out)

    def tick(self, d: Distress, at: Moment, out: Decisions) -> None:
        """Time passed."""
        if d.watching and d.long_lie is not None and d.long_lie.is_due(at):
            self._lying_too_long(d, at, out)
        elif d.timer is None or not d.timer.is_due(at):
            return
        elif d.stage is Stage.SUSPECTED:
            self._ask(d, at, "fall", out)
        elif d.question is not None:
            # No word from the voice at all: whether it was spoken is not known.
            self._unsettled(d, at, "not_asked", "", out)
        elif d.watching:
            self._ask(d, at, "lying", out)
        elif d.stage is Stage.RAISED:
            # Each minute at first; who still waits after half an hour is not told so each minute of the night.
            long = (at.civil - d.began).total_seconds() > self.parameters.reassure_for_s
            d.timer = Timer.start(at, self.parameters.waiting_s * (10 if long else 1))
            self._say(d, "waiting" if d.received else "not_received", out)
        else:
            go_on = d.calm_until is not None and at.civil < d.calm_until
            d.timer = Timer.start(at, self.parameters.reassure_s) if go_on else None
            self._say(d, "reassure", out)
        self.note(d, at, out)

    def resume(self, d: Distress, at: Moment, out: Decisions) -> None:
        """Goes on in a new process with what the old one left on disk.

        A question that may or may not have been heard is put again, without a longer wait; an alarm that
        stands is spoken of again. Nothing here is an event.
        """
        for timer in (d.timer, d.long_lie):
            if timer is not None:
                timer.resume(at)
        if d.long_lie is not None and d.long_lie.is_due(at):
            # Nobody watched meanwhile: ask once more how it stands before anybody is sent.
            d.long_lie.due = at.now + self.parameters.longest_s
        if d.question is not None and d.timer is not None:
            left = d.timer.due - at.now - self.parameters.grace_s
            if left >= 1.0:
                d.question.id = new_id()
                out.acts.append(self._spoken(d, d.question, min(left, self._wait(d.question))))
                self.note(d, at, out)
        elif d.stage in ALARM:
            self._say(d, "reassure" if d.stage is Stage.ACKNOWLEDGED else "waiting", out)

    # --- what is done ---

    def _ask(self, d: Distress, at: Moment, topic: Topic, out: Decisions, number: int = 1) -> None:
        key = f"distress.ask.{topic}{'_again' if number > 1 else ''}"
        usual = phrase(self._lang, "distress.address")
        question = Question(
            id=new_id(),
            topic=topic,
            number=number,
            of=1 if topic == "sos" else 2,
            at=at.civil.astimezone(UTC),
            recorded=phrase(self._lang, key, address=usual),
        )
        d.stage = Stage.ASKED if number == 1 else Stage.ASKED_AGAIN
        d.question, d.watching = question, False
        wait = self._wait(question)
        d.timer = Timer.start(at, self.parameters.speak_limit_s + wait + self.parameters.grace_s)
        out.acts.append(self._spoken(d, question, wait))

    def _spoken(self, d: Distress, question: Question, wait: float) -> Ask:
        key = f"distress.ask.{question.topic}{'_again' if question.number > 1 else ''}"
        usual = phrase(self._lang, "distress.address")
        address = self._address(d.person) or self.parameters.address or usual
        # A body's id keeps two unknown people apart who are asked in the same words.
        person = d.person or next(iter(d.bodies), None)
        return Ask(question.id, d.id, phrase(self._lang, key, address=address), person, wait)

    def _wait(self, question: Question) -> float:
        return self.parameters.wait_s if question.number == 1 else self.parameters.wait_again_s

    def _meant(self, d: Distress, at: Moment, answer: str, heard: str, out: Decisions) -> None:
        assert d.question is not None
        # "Shall I call someone?" turns a bare yes and no round against "Are you all right?".
        offers_help = d.question.topic in ("sos", "lying")
        meaning = {
            "yes": "help" if offers_help else "fine",
            "no": "fine" if offers_help else "help",
        }.get(answer, answer)
        if meaning == "help":
            self._record(d, "help", heard)
            self._raise(d, at, "help", out)
        elif meaning == "fine":
            self._fine(d, at, heard, out)
        else:
            self._unsettled(d, at, "unclear", heard, out)

    def _unsettled(self, d: Distress, at: Moment, how: Understood, heard: str, out: Decisions) -> None:
        question = d.question
        assert question is not None
        self._record(d, how, heard)
        if how == "silence" and d.softened and d.fall is not Fall.RECOVERED:
            # What raised the question was taken back, and nobody asked for anything.
            self._stand_down(d, at, "cleared", out)
        elif question.number < question.of:
            self._ask(d, at, question.topic, out, number=question.number + 1)
        else:
            # Also when the person is up again by the camera: that goes with the alarm, and people judge it.
            reasons: dict[Understood, Reason] = {"silence": "silence", "not_asked": "voice_failed"}
            self._raise(d, at, reasons.get(how, "unclear"), out)

    def _fine(self, d: Distress, at: Moment, heard: str, out: Decisions) -> None:
        if d.stage in ALARM:
            assert d.alarm_id is not None
            self._emit(d, at, self._data(events.DistressCancelled, d, alarm_id=d.alarm_id), out)
            d.stage, d.timer = Stage.CANCELLED, None
            self._say(d, "cancelled", out)
        elif d.question is not None:
            # Ended for the voice already if this is its answer; to stop it once more does nothing.
            out.acts.append(StopAsking(d.question.id))
            self._record(d, "fine", heard)
            self._stand_down(d, at, "fine", out)

    def _stand_down(
        self,
        d: Distress,
        at: Moment,
        reason: Literal["fine", "cleared"],
        out: Decisions,
    ) -> None:
        too_long = d.long_lie is not None and d.long_lie.is_due(at)
        if d.on_the_floor and too_long:
            self._lying_too_long(d, at, out)
            return
        self._stop_asking(d, out)
        self._emit(d, at, self._data(events.DistressStoodDown, d, reason=reason), out)
        d.stage = Stage.STOOD_DOWN
        if d.on_the_floor:
            self.watch(d, at)
            self._say(d, "fine_watching", out)
        else:
            self._settle(d)
            if reason == "fine":
                self._say(d, "fine", out)

    def watch(self, d: Distress, at: Moment) -> None:
        """Somebody who says to be fine is still on the floor: to be asked again, and helped in the end."""
        d.watching = True
        d.timer = Timer.start(at, self.parameters.watch_s)
        d.long_lie = d.long_lie or Timer.start(at, self.parameters.long_lie_s)

    def _settle(self, d: Distress) -> None:
        d.watching, d.timer, d.long_lie = False, None, None

    def _lying_too_long(self, d: Distress, at: Moment, out: Decisions) -> None:
        d.sources["fall"].evidence = phrase(self._lang, "distress.evidence.lying_too_long")
        self._raise(d, at, "urgent", out)

    def _raise(self, d: Distress, at: Moment, reason: Reason, out: Decisions) -> None:
        self._stop_asking(d, out)
        self._settle(d)
        d.alarm_id = self._emit(d, at, self._data(events.DistressRaised, d, reason=reason), out)
        d.stage = Stage.RAISED
        d.timer = Timer.start(at, self.parameters.receipt_limit_s)
        d.last_sign = at.civil.astimezone(UTC)
        self._say(d, "raised_fall" if d.on_the_floor else "raised", out)

    def _fall_in_alarm(
        self,
        d: Distress,
        seen: FallSeen,
        before: Fall | None,
        fresh: bool,
        out: Decisions,
    ) -> None:
        again = seen.state.rank > 0 and before is not None and before.rank == 0
        if fresh or again or (seen.state is Fall.LONG_LIE and before is not Fall.LONG_LIE):
            self._update(d, seen.at, Severity.WARNING, out)
        elif seen.state is Fall.RECOVERED and before is not Fall.RECOVERED:
            self._update(d, seen.at, Severity.NOTICE, out)

    def _update(self, d: Distress, at: Moment, severity: Severity, out: Decisions) -> None:
        assert d.alarm_id is not None
        self._emit(
            d,
            at,
            self._data(events.DistressUpdated, d, alarm_id=d.alarm_id),
            out,
            severity,
        )

    def _stop_asking(self, d: Distress, out: Decisions) -> None:
        if d.question is not None:
            out.acts.append(StopAsking(d.question.id))
            self._record(d, "not_asked", "")

    def _record(self, d: Distress, understood: Understood, heard: str) -> None:
        question, d.question = d.question, None
        assert question is not None
        said = Asked(
            at=question.at,
            question=question.recorded,
            answer=heard[:KEPT_WORDS] or None,
            understood=understood,
        )
        d.asked = [*d.asked, said][-KEPT_QUESTIONS:]

    def _say(self, d: Distress, key: str, out: Decisions, note: str = "") -> None:
        if d.quiet and key in ("waiting", "not_received", "reassure"):
            return
        words = phrase(self._lang, f"distress.say.{key}")
        out.acts.append(Say(d.id, f"{words} {note}".strip(), d.person))

    def _emit(
        self,
        d: Distress,
        at: Moment,
        data: Data,
        out: Decisions,
        severity: Severity | None = None,
    ) -> UUID:
        event = new_event(data, at=at.civil, source=self._source, subject=d.person, severity=severity)
        out.events.append(event)
        return event.id

    def _data(self, model: type[Evidence], d: Distress, **more: object) -> Evidence:
        evidence = [source.evidence for source in d.sources.values() if source.evidence]
        if d.fall in (Fall.RECOVERED, Fall.CLEARED):
            evidence.append(phrase(self._lang, f"distress.evidence.{d.fall.value}"))
        if d.fall is Fall.LONG_LIE:
            evidence.append(phrase(self._lang, "distress.evidence.long_lie"))
        return model.model_validate(
            {
                "distress_id": d.id,
                "cause": d.cause,
                "sources": list(d.sources),
                "since": d.began,
                "asked": d.asked,
                "confidence": max((source.confidence for source in d.sources.values()), default=1.0),
                "evidence": evidence,
                **more,
            }
        )

    # --- what is remembered ---

    def _add(self, d: Distress, cause: Cause, at: Moment, confidence: float, evidence: str) -> None:
        source, d.last_sign = d.sources.get(cause), at.civil.astimezone(UTC)
        if source is None or not source.active:
            since = at.civil.astimezone(UTC)
            d.sources[cause] = Source(since=since, confidence=confidence, evidence=evidence[:KEPT_EVIDENCE])
        else:
            source.confidence = max(source.confidence, confidence)
            source.evidence = evidence[:KEPT_EVIDENCE] or source.evidence

    def _called(self, d: Distress) -> bool:
        return any(d.sources[cause].active for cause in CALLS if cause in d.sources)

    def _insists(self, first: datetime | None, at: Moment) -> bool:
        return first is not None and (at.civil - first).total_seconds() >= self.parameters.insist_s

    def note(self, d: Distress, at: Moment, out: Decisions) -> None:
        """The distress changed and is to be written down as it is now."""
        d.changed = at.civil.astimezone(UTC)
        out.changed[d.id] = d.model_copy(deep=True)
