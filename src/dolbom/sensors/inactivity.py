"""Nobody moves: for how long, whether that is much at this hour, whom to ask, and what to tell when nobody answers.

Only time counts in which somebody who was awake and at home would have been noticed: not the usual hours of sleep, not
while they are away, not while the robot is blind or off. Each stage is asked about before it is told; the last is
handed to safety, whose ladder asks and calls help. Any sign of life ends it all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from dolbom.events import (
    ActivityNotBack,
    Asked,
    Blind,
    Data,
    InactivityAttention,
    InactivityCaution,
    InactivityDanger,
    InactivityOver,
    InactivityUnknown,
    LastSign,
    Severity,
    new_event,
    new_id,
)
from dolbom.i18n import phrase
from dolbom.sensors.decisions import Ask, Decisions, Suspect, Withdraw
from dolbom.sensors.observations import Moment, Outcome, Prompted, SignOfLife
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.rhythm import Rhythm
from dolbom.sensors.state import Asking, Away, LeavingHome, Quiet, Stage

ANSWERS = ("fine", "help", "yes", "no")
GOOD, BAD = ("fine", "yes"), ("help", "no")
GOING_S = 180.0
"""Whoever said that they go may still be seen for so long: shoes, keys."""
LEAVING_S = 1800.0
"""Whoever said so and is still noticed after this stays."""
BLINK = 0.1
"""Of the limit. A camera that missed less only delays the first stage by that: nobody is asked twice for its sake."""
AT_BEDTIME_S = 3600.0
"""Whoever is away for so long at least and not back in the hours of sleep is told of."""

Address = Callable[[str | None], str]


class Inactivity:
    """The rules; everything that they remember is in the `Quiet` that they are given.

    Args:
        parameters: the times.
        source: the CloudEvents source of this robot.
        lang: of the home.
        address: how somebody is called to the face.
        person: whose a silence of the whole home is: of the only one who is known here, else None.
    """

    def __init__(
        self,
        parameters: ActivityParameters,
        source: str,
        lang: str,
        address: Address,
        person: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.parameters = parameters
        self._source, self._lang, self._address, self._person = source, lang, address, person

    # --- time ---

    def passed(self, q: Quiet, at: Moment, seconds: float, blind: Blind | Literal[""], rhythm: Rhythm,
               out: Decisions) -> None:  # fmt: skip
        """So much behaviour time went by, in which nothing was noticed of them."""
        asleep = rhythm.sleep.holds(at.civil)
        self._go(q, seconds, asleep)
        if q.away is not None:
            self._stay_away(q, at, seconds, asleep, out)
            return
        if asleep and q.episode is None and q.asking is None:
            return
        if blind:
            self._unseen(q, seconds, blind)
        else:
            q.silent_s += seconds
        if q.asking is not None:
            q.asking.waited_s += seconds
            if q.asking.waited_s >= self.parameters.answer_limit_s:
                out.acts.append(Withdraw(q.asking.prompt))
                self._unanswered(q, at, "not_asked", "", out)
            return
        self._climb(q, at, rhythm, out)

    def was_off(self, q: Quiet, since: datetime, at: Moment, rhythm: Rhythm) -> None:
        """The robot was off from then on: of the waking hours in it nothing is known."""
        step, found, when = timedelta(minutes=10), 0.0, since.astimezone(UTC)
        end = min(at.civil.astimezone(UTC), when + timedelta(days=7))
        while when < end:
            piece = min(step, end - when)
            if not rhythm.sleep.holds(when.astimezone(at.civil.tzinfo)):
                found += piece.total_seconds()
            when += piece
        if found and q.away is None:
            self._unseen(q, found, "robot_off")

    @staticmethod
    def _unseen(q: Quiet, seconds: float, because: Blind) -> None:
        q.unseen_s += seconds
        if because not in q.blind:
            q.blind.append(because)

    def _climb(self, q: Quiet, at: Moment, rhythm: Rhythm, out: Decisions) -> None:
        p = self.parameters
        if q.stage is Stage.NONE:
            limit = rhythm.limit(at.civil.hour)
            q.limit_s, q.learned = limit.seconds, limit.learned
            unknown_s = limit.seconds + (p.unknown_warning_h * 3600 if q.unknown else 0.0)
            if q.silent_s >= limit.seconds:
                q.due_s = q.silent_s
                self._ask(q, at, "attention", out)
            elif q.unknown < 2 and q.unseen_s >= limit.seconds * BLINK and q.silent_s + q.unseen_s >= unknown_s:
                self._ask(q, at, "unknown", out)
        elif q.stage is Stage.ATTENTION and q.silent_s >= q.due_s + p.caution_more_h * 3600:
            self._ask(q, at, "caution", out)
        elif q.stage is Stage.CAUTION and q.silent_s >= q.due_s + p.danger_more_h * 3600:
            q.stage = Stage.DANGER
            self._tell(q, at, out)
            self.suspect(q, at, out)

    # --- asking and telling ---

    def _ask(self, q: Quiet, at: Moment, then: Literal["attention", "caution", "unknown"], out: Decisions) -> None:
        whom = q.subject or self._person()
        question = phrase(self._lang, "activity.ask.question")
        q.asking = Asking(prompt=new_id(), at=at.civil, question=question, then=then)
        text = phrase(self._lang, "activity.ask.text", name=self._address(whom))
        out.acts.append(Ask(q.asking.prompt, "well_being", text, question, ANSWERS, whom))
        self._note(q, out)

    def prompted(self, q: Quiet, told: Prompted, out: Decisions) -> bool:
        """How our question ended; False if it was not this one's, True also if an answer was a sign of life."""
        if q.asking is None or q.asking.prompt != told.prompt:
            return False
        if told.outcome is Outcome.ANSWERED and told.answer in (*GOOD, *BAD):
            if told.answer in BAD:
                # Not well: safety asks once more and calls help; they are alive all the same.
                said = phrase(self._lang, "activity.evidence.not_well", words=told.heard[:200])
                out.acts.append(Suspect("voice", said, person=q.subject or self._person()))
            q.asked.append(self._asked(q.asking, "help" if told.answer in BAD else "fine", told.heard))
            q.asking = None
            self.sign(q, SignOfLife(told.at, "answered", "", q.subject or None), out)
            return True
        if told.outcome is Outcome.SILENCE:
            self._unanswered(q, told.at, "silence", "", out)
        elif told.outcome in (Outcome.UNCLEAR, Outcome.ANSWERED):
            # Words that answer nothing may come from a television: they are no sign of life.
            self._unanswered(q, told.at, "unclear", told.heard, out)
        else:
            self._unanswered(q, told.at, "not_asked", "", out)
        return True

    def _unanswered(
        self, q: Quiet, at: Moment, how: Literal["silence", "unclear", "not_asked"], heard: str, out: Decisions
    ) -> None:
        asking, q.asking = q.asking, None
        assert asking is not None
        q.asked = [*q.asked, self._asked(asking, how, heard)][-12:]
        if asking.then == "unknown":
            q.unknown += 1
        else:
            q.stage = Stage(asking.then)
            if q.stage is Stage.CAUTION:
                out.spoilt[q.subject] = q.since
        self._tell(q, at, out, unknown=asking.then == "unknown")

    @staticmethod
    def _asked(asking: Asking, how: Literal["fine", "help", "silence", "unclear", "not_asked"], heard: str) -> Asked:
        return Asked(at=asking.at, question=asking.question, answer=heard[:500] or None, understood=how)

    def _tell(self, q: Quiet, at: Moment, out: Decisions, unknown: bool = False) -> None:
        q.episode, q.began = q.episode or new_id(), q.began or at.civil
        what = {
            "episode_id": q.episode, "since": q.since, "last_sign": q.last, "silent_s": round(q.silent_s),
            "unseen_s": round(q.unseen_s), "blind": list(q.blind), "limit_s": round(q.limit_s), "learned": q.learned,
            "asked": list(q.asked),
        }  # fmt: skip
        if unknown:
            self._event(InactivityUnknown(**what), q, at, out, Severity.WARNING if q.unknown > 1 else None)
        else:
            kinds = {
                Stage.ATTENTION: InactivityAttention, Stage.CAUTION: InactivityCaution, Stage.DANGER: InactivityDanger,
            }  # fmt: skip
            self._event(kinds[q.stage](**what), q, at, out)
        self._note(q, out)

    def suspect(self, q: Quiet, at: Moment, out: Decisions) -> None:
        """Safety must ask; said again until it has taken it up."""
        if q.stage is Stage.DANGER and not q.alarmed:
            out.acts.append(Suspect("inactivity", self.evidence(q, at), person=q.subject or self._person()))

    def evidence(self, q: Quiet, at: Moment) -> str:
        """The silence in a sentence, for people."""
        since = q.since.astimezone(at.civil.tzinfo)
        if q.last is None:
            return phrase(self._lang, "activity.evidence.never", since=_moment(since, self._lang))
        kind = phrase(self._lang, f"activity.sign.{q.last.kind}")
        return phrase(self._lang, "activity.evidence.silent", since=_moment(since, self._lang), sign=kind)

    # --- signs of life ---

    def sign(self, q: Quiet, sign: SignOfLife, out: Decisions) -> None:
        """Somebody was noticed: whatever was counted or told is over."""
        at = sign.at
        last = LastSign(kind=sign.kind, at=at.civil, place=sign.place)
        door = sign.kind == "door" and sign.place in self.parameters.front_doors
        if q.asking is not None:
            out.acts.append(Withdraw(q.asking.prompt))
        if q.stage is Stage.DANGER:
            out.acts.append(Suspect("inactivity", over=True, person=q.subject or self._person()))
        if q.episode is not None:
            was = cast(Literal["attention", "caution", "danger", "unknown"], _was(q))
            over = InactivityOver(episode_id=q.episode, was=was, since=q.since, sign=last, asked=list(q.asked))
            self._event(over, q, at, out)
        told = q.episode is not None or q.asking is not None
        away = q.away is not None
        q.has_door = q.has_door or door
        self._still_here(q, door)
        fresh = Quiet(subject=q.subject, since=at.civil, last=last, has_door=q.has_door, leaving=q.leaving)
        for name in Quiet.model_fields:
            setattr(q, name, getattr(fresh, name))
        if told or away:
            self._note(q, out)
        if door:
            self.leaving(q, at, "door", out)

    @staticmethod
    def _still_here(q: Quiet, door: bool) -> None:
        leaving = q.leaving
        if leaving is None or door:
            return
        leaving.quiet_s = 0.0
        longest = LEAVING_S if leaving.because == "words" else GOING_S
        if leaving.age_s > longest:
            q.leaving = None

    # --- away ---

    def leaving(self, q: Quiet, at: Moment, because: Literal["words", "door"], out: Decisions) -> None:
        """Somebody said that they go out, or the front door was opened."""
        q.leaving = LeavingHome(because=because, at=at.civil)
        self._note(q, out)

    def back(self, q: Quiet, at: Moment, out: Decisions) -> None:
        """Somebody said that they are back."""
        q.leaving = None
        self.sign(q, SignOfLife(at, "spoke"), out)

    def _go(self, q: Quiet, seconds: float, asleep: bool) -> None:
        leaving = q.leaving
        if leaving is None:
            return
        leaving.quiet_s += seconds
        leaving.age_s += seconds
        # Where a door says when it is opened, words alone take nobody out of the house.
        counts = leaving.because == "door" or not q.has_door
        if counts and q.away is None and leaving.quiet_s >= self.parameters.leave_min * 60 and q.episode is None:
            # Of who leaves at night it was told at the door.
            told = asleep and self.parameters.wandering
            since = max(leaving.at, q.since)
            q.away = Away(since=since, because=leaving.because, away_s=leaving.quiet_s, told=told)
            q.leaving, q.silent_s, q.unseen_s, q.blind = None, 0.0, 0.0, []
        elif leaving.age_s >= LEAVING_S + self.parameters.leave_min * 60:
            q.leaving = None

    def _stay_away(self, q: Quiet, at: Moment, seconds: float, asleep: bool, out: Decisions) -> None:
        away = q.away
        assert away is not None
        away.away_s += seconds
        late = asleep and away.away_s >= AT_BEDTIME_S
        if not away.told and (late or away.away_s >= self.parameters.away_longest_h * 3600):
            away.told = True
            q.episode, q.began = q.episode or new_id(), q.began or at.civil
            data = ActivityNotBack(episode_id=q.episode, since=away.since, because=away.because, last_sign=q.last)
            self._event(data, q, at, out)
            self._note(q, out)

    # --- common ---

    def _event(self, data: Data, q: Quiet, at: Moment, out: Decisions, severity: Severity | None = None) -> None:
        subject = q.subject or self._person()
        out.events.append(new_event(data, at=at.civil, source=self._source, subject=subject, severity=severity))

    @staticmethod
    def _note(q: Quiet, out: Decisions) -> None:
        out.quiet[q.subject] = q


def _was(q: Quiet) -> str:
    if q.away is not None:
        return "away"
    return q.stage.value if q.stage is not Stage.NONE else "unknown"


def _moment(at: datetime, lang: str) -> str:
    return phrase(lang, "activity.moment", month=at.month, day=at.day, hour=f"{at.hour:02}", minute=f"{at.minute:02}")
