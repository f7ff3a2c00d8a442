"""The rules by which one thing that is due is followed: reminded up its ladder, answered, put off, settled, corrected.

What belongs to which, and when something falls due, is decided in `keeper`. The answers are never guessed: whatever is
not clear is "unknown" and goes to a person. See docs/routines.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from dolbom import events
from dolbom.events import Data, Severity, new_event, new_id
from dolbom.routines import wording
from dolbom.routines.decisions import Begin, Decisions, Remind, Withdraw
from dolbom.routines.due import Due, How, Prompt, State
from dolbom.routines.history import Entry, What
from dolbom.routines.ladders import Step
from dolbom.routines.observations import Moment, Outcome, Reminded
from dolbom.routines.routine import ACTIVITIES, Hours, Routine, in_hours
from dolbom.safety.distress import Timer

KEPT_WORDS = 120


class RoutineParameters(BaseModel):
    """Times that all routines share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet: Hours = Field("22:00-06:00", description="Nothing but what is critical is said in these hours.")
    lookback_days: int = Field(
        31, ge=1, le=35, description="What fell due while the robot was off is accounted for so far back, days."
    )
    again_min: float = Field(
        5, ge=0, le=30, description="A reminder that a restart cut off is given again within this, minutes."
    )
    early_min: float = Field(
        60, ge=0, le=240, description="Said to be taken so long before its time, a dose counts as taken, minutes."
    )
    late_h: float = Field(
        12, ge=0, le=24, description="Said to be taken so long after it was missed, a dose counts as late, hours."
    )
    repeat_min: float = Field(
        15, ge=0, le=120, description="Saying again to have taken it within this is no second dose, minutes."
    )


class Rules:
    """Decides what follows for one thing that is due.

    Attributes:
        gaps_h: the smallest gap between two doses of each medicine, the largest of all routines that it is in, hours.

    Args:
        parameters: the shared times.
        source: the CloudEvents source of this robot.
        lang: language of the home.
        zone: of the home.
        address: how a person is addressed; "" for the usual form.
    """

    def __init__(
        self,
        parameters: RoutineParameters,
        source: str,
        lang: str,
        zone: ZoneInfo,
        address: Callable[[str | None], str],
    ) -> None:
        self.parameters = parameters
        self.gaps_h: dict[str, float] = {}
        self.zone = zone
        self.lang = lang
        self._source = source
        self._address = address

    # --- time ---

    def waiting(self, d: Due, latest: datetime, at: Moment, out: Decisions) -> None:
        """What comes after something else is due so long after it, or at the latest then."""
        after_it = d.rest is not None and d.rest.is_due(at)
        if after_it or at.civil >= latest:
            d.state, d.rest = State.DUE, None
            d.at = min(at.civil.astimezone(UTC), d.until)
            self.note(d, out)

    def begin(self, d: Due, r: Routine, at: Moment, out: Decisions) -> None:
        """Its first reminder is due now."""
        d.began, d.reason = at.civil.astimezone(UTC), ""
        d.climb = Timer.start(at, r.rungs.steps[0].at_min * 60)
        self.note(d, out)
        self.climb(d, r, at, out)

    def held(self, d: Due, at: Moment, reason: str, out: Decisions) -> None:
        """It is due but may not be said yet."""
        if d.reason != reason:
            d.reason = reason
            self._enter(d, at, "held", out, reason=reason)

    def over(self, d: Due, r: Routine, at: Moment, out: Decisions) -> None:
        """Its window has passed and it was never begun."""
        if d.reason in ("quiet_hours", "too_soon"):
            self.settle(d, r, at, State.MISSED, d.reason, out)
        elif d.medicine:
            self.settle(d, r, at, State.UNKNOWN, "not_watched", out)
        else:
            self.settle(d, r, at, State.MISSED, "not_watched", out)

    def climb(self, d: Due, r: Routine, at: Moment, out: Decisions) -> None:
        """Time passed while it is followed."""
        rested = d.rest is not None and d.rest.is_due(at)
        if d.climb is not None and d.climb.is_due(at):
            steps = r.rungs.steps
            step, d.step = steps[d.step], d.step + 1
            if d.step < len(steps):
                d.climb = Timer.start(at, (steps[d.step].at_min - step.at_min) * 60)
            self._step(d, r, step, at, out)
            rested = rested and not step.speaks
        if rested and d.open:
            d.state = State.REMINDED
            self._prompt(d, r, at, "snooze", None, out)
        if rested or (d.rest is not None and d.rest.is_due(at)):
            d.rest = None
            self.note(d, out)

    def resume(self, d: Due, r: Routine, at: Moment, out: Decisions) -> None:
        """Goes on in a new process: what was being said may have been heard and answered, so it is asked after."""
        for timer in (d.climb, d.rest):
            if timer is not None:
                timer.resume(at)
        if d.prompt is None:
            return
        lost, d.prompt = d.prompt, None
        d.asks_first = True
        young = abs((at.civil - lost.at).total_seconds()) <= self.parameters.again_min * 60
        goes_on = any(step.speaks for step in r.rungs.steps[d.step :])
        if young or not goes_on:
            self._prompt(d, r, at, "again", None, out)
        self.note(d, out)

    # --- what is answered ---

    def reminded(self, d: Due, r: Routine, told: Reminded, out: Decisions) -> None:
        """A prompt came back."""
        at, current = told.at, d.prompt is not None and d.prompt.id == told.prompt
        if current:
            d.prompt = None
            if told.outcome not in (Outcome.INTERRUPTED, Outcome.FAILED):
                d.reminders += 1
                self._enter(d, at, "told", out)
            self.note(d, out)
        meant = wording.meaning(d.kind, told.answer) if told.outcome is Outcome.ANSWERED else None
        if told.outcome is Outcome.UNCLEAR:
            meant = "unclear"
        if meant is None and not told.told:
            if told.answer == "stop" and not d.medicine and current and d.open:
                self.settle(d, r, at, State.REFUSED, "stop", out, by="person")
            return
        if not d.open:
            self._answered_late(d, r, at, meant == "done", told.heard, out)
        elif told.told:
            self.settle(d, r, at, State.DONE, "", out)
        elif d.medicine:
            self._answered_dose(d, r, at, meant or "unclear", told.heard, current, out)
        elif meant == "later":
            self.snooze(d, r, at, told.heard, out)
        elif meant == "not_yet":
            self._enter(d, at, "said", out, by="person", reason=meant, words=told.heard)
        else:
            self.settle(d, r, at, State.DONE, "", out, by="person", words=told.heard)

    def _answered_dose(
        self, d: Due, r: Routine, at: Moment, meant: wording.Meaning, heard: str, current: bool, out: Decisions
    ) -> None:
        if meant == "done":
            self.settle(d, r, at, State.TAKEN, "", out, by="person", words=heard)
        elif meant == "refused":
            self.settle(d, r, at, State.REFUSED, "", out, by="person", words=heard)
        elif not current:
            # Words into a prompt that was already taken back may have been meant for something else.
            self._enter(d, at, "said", out, by="person", reason=meant, words=heard)
        elif meant == "later":
            self.snooze(d, r, at, heard, out)
        elif meant == "not_yet":
            self._enter(d, at, "said", out, by="person", reason=meant, words=heard)
        else:
            self.settle(d, r, at, State.UNKNOWN, meant, out, by="person", words=heard)

    def _answered_late(self, d: Due, r: Routine, at: Moment, done: bool, heard: str, out: Decisions) -> None:
        if done and d.medicine and d.known is State.MISSED:
            self.correct(d, r, at, State.TAKEN, "person", "late", out, words=heard)
        elif heard:
            self._enter(d, at, "said", out, by="person", words=heard)

    def snooze(self, d: Due, r: Routine, at: Moment, heard: str, out: Decisions) -> None:
        """The person wants it later: granted so often as the ladder says, and not beyond the window."""
        ladder = r.rungs
        rest_s = ladder.snooze_min * 60
        until = at.civil.astimezone(UTC) + timedelta(seconds=rest_s)
        if d.snoozes >= ladder.snoozes or until > d.until or d.climb is None:
            self._enter(d, at, "said", out, by="person", reason="later", words=heard)
            return
        d.snoozes += 1
        d.state = State.SNOOZED
        d.rest = Timer.start(at, rest_s)
        d.climb = Timer.start(at, max(0.0, d.climb.due - at.now) + rest_s)
        self._enter(d, at, "snoozed", out, by="person", words=heard)
        if d.medicine:
            self._tell(d, at, self._dose(events.DoseSnoozed, d, r, until=until), out)

    # --- how it ends ---

    def settle(
        self,
        d: Due,
        r: Routine,
        at: Moment,
        state: State,
        reason: str,
        out: Decisions,
        *,
        by: str = "robot",
        words: str = "",
        taken_at: datetime | None = None,
    ) -> None:
        """It has ended, once and for all; what is known of it later is a correction."""
        d.state, d.reason, d.settled = state, reason, at.civil.astimezone(UTC)
        d.climb = d.rest = None
        if d.prompt is not None:
            out.acts.append(Withdraw(d.prompt.id))
            d.prompt = None
        self._may_be_taken(d, r, at, taken_at or at.civil if reason != "not_watched" else None)
        self._enter(d, at, "settled", out, by=by, reason=reason, words=words, state=state, count=_count(r))
        ladder = r.rungs
        evidence = d.evidence[-4:]
        why = reason if by in ("robot", "person") else "staff"
        if not d.medicine:
            if state is State.MISSED and ladder.tells and reason != "passed":
                self._unanswered(d, r, at, ladder.missed, out)
        elif state is State.TAKEN:
            dose = self._dose(
                events.DoseTaken, d, r, taken_at=taken_at or at.civil, scheduled=d.scheduled, evidence=evidence
            )
            self._tell(d, at, dose, out)
        elif state is State.REFUSED:
            self._tell(d, at, self._dose(events.DoseRefused, d, r, evidence=evidence), out, ladder.refused)
        elif state is State.MISSED:
            missed = self._dose(events.DoseMissed, d, r, reason=why, reminders=d.reminders, evidence=evidence)
            self._tell(d, at, missed, out, ladder.missed if ladder.tells else Severity.INFO)
        elif state is State.UNKNOWN:
            unknown = self._dose(events.DoseUnknown, d, r, reason=why, evidence=evidence)
            self._tell(d, at, unknown, out, ladder.unknown)

    def correct(
        self,
        d: Due,
        r: Routine,
        at: Moment,
        state: State,
        by: str,
        reason: str,
        out: Decisions,
        *,
        words: str = "",
        taken_at: datetime | None = None,
    ) -> None:
        """More is known of what is settled: a new entry, with who says so and why."""
        before, d.corrected = d.known, state
        self._may_be_taken(d, r, at, taken_at or at.civil)
        self._enter(d, at, "corrected", out, by=by, reason=reason, words=words, state=state, count=_count(r))
        if d.medicine:
            corrected = self._dose(
                events.DoseCorrected, d, r, before=before.value, after=state.value, by=by, reason=reason
            )
            self._tell(d, at, corrected, out)
            if reason == "contradicted":
                unknown = self._dose(events.DoseUnknown, d, r, reason="contradicted", evidence=d.evidence[-4:])
                self._tell(d, at, unknown, out, r.rungs.unknown)

    def void(self, d: Due, r: Routine | None, at: Moment, reason: str, out: Decisions) -> None:
        """It was never due: the clock was wrong, or the routine is no more."""
        if not d.open and d.medicine and r is not None:
            before = d.known.value
            corrected = self._dose(
                events.DoseCorrected, d, r, before=before, after=State.VOID.value, by="robot", reason=reason
            )
            self._tell(d, at, corrected, out)
        if d.prompt is not None:
            out.acts.append(Withdraw(d.prompt.id))
        d.state, d.reason, d.prompt, d.climb, d.rest, d.gap = State.VOID, reason, None, None, None, None
        self._enter(d, at, "voided", out, reason=reason)

    def again(self, d: Due, r: Routine, at: Moment, last: datetime, heard: str, out: Decisions) -> None:
        """Said to be taken again, sooner than it may be: a person should ask."""
        self._enter(d, at, "said", out, by="person", reason="again", words=heard)
        again = self._dose(events.DoseAgain, d, r, last_taken=last, min_gap_h=self._gap_h(d, r))
        self._tell(d, at, again, out)

    def refill(self, d: Due, r: Routine, at: Moment, left: float, out: Decisions) -> None:
        """A medicine runs out."""
        data = events.DoseRefill(medicine=d.medicine, title=r.title, left=left)
        self._tell(d, at, data, out)

    def seen(self, d: Due, at: Moment, what: str, confidence: float, out: Decisions) -> None:
        """Evidence: it is recorded, and changes nothing."""
        d.evidence = [*d.evidence, f"{what} {confidence:.0%} {at.civil.astimezone(self.zone):%H:%M}"[:200]][-8:]
        self._enter(d, at, "evidence", out, words=what)

    def said(self, d: Due, at: Moment, reason: str, heard: str, out: Decisions) -> None:
        """Words that leave it as it is."""
        self._enter(d, at, "said", out, by="person", reason=reason, words=heard)

    def opened(self, d: Due, at: Moment, out: Decisions) -> None:
        """It is followed from now on."""
        self._enter(d, at, "opened", out)

    # --- what is done ---

    def _step(self, d: Due, r: Routine, step: Step, at: Moment, out: Decisions) -> None:
        self.note(d, out)
        if step.speaks:
            self._prompt(d, r, at, "step", step, out)
        if "family_message" in step.do and d.medicine:
            self._enter(d, at, "family", out, step=d.step - 1)
            unanswered = self._dose(events.DoseUnanswered, d, r, reminders=d.reminders)
            self._tell(d, at, unanswered, out)
        if d.step == len(r.rungs.steps):
            told = d.prompts and not self._muted(r, at)
            self.settle(d, r, at, State.MISSED, "no_answer" if told or d.reminders else "quiet_hours", out)

    def _muted(self, r: Routine, at: Moment) -> bool:
        return not r.rungs.in_quiet_hours and self.is_quiet(r, at)

    def is_quiet(self, r: Routine, at: Moment) -> bool:
        """Whether these are quiet hours for a routine."""
        hours = self.parameters.quiet if r.quiet is None else r.quiet
        return in_hours(hours, at.civil.astimezone(self.zone).time())

    def _prompt(self, d: Due, r: Routine, at: Moment, how: How, step: Step | None, out: Decisions) -> None:
        if self._muted(r, at):
            return
        if d.prompt is not None:
            out.acts.append(Withdraw(d.prompt.id))
        words = wording.text(r, d, how, self._address(d.person), self.lang)
        index = d.step - 1 if step is not None else max(d.step - 1, 0)
        prompt = Prompt(id=new_id(), step=index, how=how, at=at.civil.astimezone(UTC))
        d.prompt, d.state = prompt, State.REMINDED
        d.prompts = [*d.prompts, prompt.id][-12:]
        doing = step.do if step is not None else ("voice",)
        if d.kind in ACTIVITIES:
            out.acts.append(Begin(prompt.id, d.id, d.kind, words, d.person))
        else:
            asked = wording.question(r, self.lang)
            # A recording says that it is time, which must not be said to whoever may have taken it.
            familiar = r.recording if "familiar_recording" in doing and not d.asks_first else ""
            picture = (r.medicine.photo if r.medicine is not None else "") or r.picture
            out.acts.append(
                Remind(
                    prompt.id,
                    d.id,
                    d.kind,
                    words,
                    asked,
                    wording.answers(d.kind) if asked else (),
                    d.person,
                    picture if "picture" in doing else "",
                    come="come_to_person" in doing,
                    recording=familiar,
                    song=r.song if not d.reminders else "",
                )
            )
        self._enter(d, at, "reminded", out, step=index if how == "step" else None, reason=how)
        if d.medicine:
            reminded = self._dose(events.DoseReminded, d, r, step=index, how=list(doing))
            self._tell(d, at, reminded, out)

    def _unanswered(self, d: Due, r: Routine, at: Moment, severity: Severity, out: Decisions) -> None:
        data = events.RoutineUnanswered(
            routine=d.routine, what=d.kind, title=r.title, local=d.local, reminders=d.reminders
        )
        self._tell(d, at, data, out, severity)

    def _may_be_taken(self, d: Due, r: Routine, at: Moment, when: datetime | None) -> None:
        taken = d.medicine and d.known in (State.TAKEN, State.UNKNOWN) and when is not None
        d.taken_at = when.astimezone(UTC) if taken and when is not None else None
        d.gap = None
        if d.taken_at is not None and r.medicine is not None:
            passed = max(0.0, (at.civil - d.taken_at).total_seconds())
            d.gap = Timer.start(at, max(0.0, self._gap_h(d, r) * 3600 - passed))

    def _gap_h(self, d: Due, r: Routine) -> float:
        own = r.medicine.min_gap_h if r.medicine is not None else 0.0
        return max(own, self.gaps_h.get(d.medicine, 0.0))

    def _dose(self, model: type[Data], d: Due, r: Routine, **more: object) -> Data:
        assert r.medicine is not None
        return model.model_validate(
            {
                "dose_id": d.id,
                "routine": d.routine,
                "medicine": d.medicine,
                "title": r.title,
                "dose": r.medicine.dose,
                "importance": r.medicine.importance,
                "local": d.local,
                "due": d.at,
                **more,
            }
        )

    def _tell(self, d: Due, at: Moment, data: Data, out: Decisions, severity: Severity | None = None) -> None:
        out.events.append(new_event(data, at=at.civil, source=self._source, subject=d.person, severity=severity))

    def _enter(
        self,
        d: Due,
        at: Moment,
        what: What,
        out: Decisions,
        *,
        by: str = "robot",
        reason: str = "",
        words: str = "",
        step: int | None = None,
        state: State | None = None,
        count: float | None = None,
    ) -> None:
        out.entries.append(
            Entry(
                at=at.civil.astimezone(UTC),
                what=what,
                due=d.id,
                routine=d.routine,
                version=d.version,
                medicine=d.medicine,
                person=d.person,
                local=d.local,
                state=state,
                by=by,
                reason=reason,
                words=words[:KEPT_WORDS],
                step=step,
                count=count,
                scheduled=d.scheduled,
            )
        )
        self.note(d, out)

    def note(self, d: Due, out: Decisions) -> None:
        """It changed and is to be written down as it is at the end of this observation."""
        out.changed[d.id] = d


def _count(r: Routine) -> float | None:
    supply = r.medicine.supply if r.medicine is not None else None
    return supply.each if supply is not None else None
