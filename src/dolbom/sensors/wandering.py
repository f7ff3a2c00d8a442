"""Up and about at night: a toilet visit concerns nobody; going to and fro, staying up, or the front door does.

The robot speaks gently (what time it is, that it is night, whether it can help) and never scolds. The district is told
once a night, and again only of news: the front door, nobody seen after it, a wish for help, the end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

from dolbom.companion.replies import clock_words
from dolbom.events import (
    ActivityLeftAtNight,
    ActivityWandering,
    ActivityWanderingOver,
    ActivityWanderingUpdate,
    Asked,
    Data,
    Severity,
    new_event,
    new_id,
)
from dolbom.events import Wandering as Told
from dolbom.i18n import phrase
from dolbom.sensors.decisions import Ask, Decisions, Suspect, Withdraw
from dolbom.sensors.inactivity import BAD, GOOD, Address
from dolbom.sensors.observations import Moment, Outcome, Prompted
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.state import Night

ANSWERS = ("yes", "no", "fine", "help")
UNSEEN_S = 20.0
"""Seen again after this, somebody came a second time."""
UPDATES = 6
"""No more is told of one night than this, doors apart."""
STANDS_S = 10.0
"""Seen elsewhere so long after the door was opened, nobody has gone."""
LONGEST_PIECE_S = 2.5
"""Two sightings further apart than this are not one movement."""


class Wandering:
    """The rules; everything that they remember is in the `Night` that they are given.

    Args:
        parameters: the times.
        source: the CloudEvents source of this robot.
        lang: of the home.
        address: how somebody is called to the face.
        person: who it must be, if only one is known here, else None.
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

    @staticmethod
    def of(at: Moment) -> date:
        """The day whose evening a night belongs to."""
        return (at.civil - timedelta(hours=12)).date()

    # --- what is seen ---

    def up(self, night: Night, at: Moment, person: str | None, at_the_door: bool, out: Decisions) -> None:
        """Somebody is up and moves."""
        p = self.parameters
        self.noticed(night, at, out)
        if night.door == "opened" and night.door_at is not None and not at_the_door:
            # Whoever opened the door may still stand there for a moment.
            stays = (at.civil - night.door_at).total_seconds() >= STANDS_S
            night.door = "" if stays else night.door
        gap = (at.civil - night.last_up).total_seconds() if night.last_up is not None else None
        if gap is None or not -60 <= gap < p.rest_min * 60:
            # A calendar that was set breaks a waking in two; it does not make one of a year.
            self._over(night, at, "unseen", out)
            night.since, night.ways, night.up_s = at.civil, 1, 0.0
        elif gap >= UNSEEN_S:
            night.ways += 1
        elif 0 < gap <= LONGEST_PIECE_S:
            night.up_s += gap
        night.last_up, night.person = at.civil, person or night.person
        assert night.since is not None
        waking_s = (at.civil - night.since).total_seconds()
        long = waking_s >= p.toilet_min * 60 and night.ways > 2
        if night.ways >= p.ways or night.up_s >= p.up_s or long:
            self._wanders(night, at, out)
        if at_the_door and night.door == "":
            night.door, night.door_at = "seen", at.civil
            self._wanders(night, at, out, door=True)

    def noticed(self, night: Night, at: Moment, out: Decisions) -> None:
        """Somebody is at home, at whatever time of day: whoever was gone is back."""
        if night.door == "gone":
            self._door(night, at, "back", "seen", out)
            night.door, night.door_at = "", None

    def in_bed(self, night: Night, at: Moment, out: Decisions) -> None:
        """Somebody lies in bed."""
        if night.last_up is not None and (at.civil - night.last_up).total_seconds() >= 60:
            self._over(night, at, "in_bed", out)

    def door(self, night: Night, at: Moment, how: Literal["sensor", "seen"], out: Decisions) -> None:
        """The front door was opened, or somebody was lost at it."""
        p = self.parameters
        if night.door == "gone":
            return  # whoever comes back is told of when they are seen
        lately = night.door_at is not None and (at.civil - night.door_at).total_seconds() < p.gone_min * 60
        if night.door == "opened" and lately:
            night.door_at = at.civil
            return
        night.door, night.door_at = "opened", at.civil
        night.since = night.since or at.civil
        night.last_up = night.last_up or at.civil
        if how == "sensor":
            self._door(night, at, "opened", how, out)
            self._speak(night, at, out, door=True)
        night.wanders = True
        out.night = night

    def passed(self, night: Night, at: Moment, out: Decisions) -> None:
        """Time went by."""
        p = self.parameters
        if night.door == "opened" and night.door_at is not None:
            since = (at.civil - max(night.door_at, night.last_up or night.door_at)).total_seconds()
            if since >= p.gone_min * 60:
                night.door = "gone"
                self._door(night, at, "gone", "seen", out)
            return
        if night.prompt is not None and night.prompted_at is not None:
            waited = (at.civil - night.prompted_at).total_seconds()
            if not -60 <= waited < p.answer_limit_s:
                out.acts.append(Withdraw(night.prompt))
                self._asked(night, "not_asked", "", out)
        if night.last_up is not None and night.door != "gone":
            quiet = (at.civil - night.last_up).total_seconds()
            if not -60 <= quiet < p.rest_min * 60:
                self._over(night, at, "unseen", out)

    def ends(self, night: Night, at: Moment, out: Decisions) -> None:
        """It is morning."""
        self._over(night, at, "morning", out)

    # --- what is said and told ---

    def _wanders(self, night: Night, at: Moment, out: Decisions, *, door: bool = False) -> None:
        first = not night.wanders
        night.wanders = True
        if first and night.told is None:
            night.told = new_id()
            self._tell(ActivityWandering, night, at, out)
        elif first:
            self._update(night, at, out)
        again = night.prompted_at is None or not (
            -60 <= (at.civil - night.prompted_at).total_seconds() < self.parameters.speak_again_min * 60
        )
        if first or door or again:
            self._speak(night, at, out, door=door)

    def _update(self, night: Night, at: Moment, out: Decisions, severity: Severity | None = None) -> None:
        if night.updates < UPDATES or severity is not None:
            night.updates += 1
            self._tell(ActivityWanderingUpdate, night, at, out, severity)

    def _speak(self, night: Night, at: Moment, out: Decisions, *, door: bool) -> None:
        lately = night.prompted_at is not None and 0 <= (at.civil - night.prompted_at).total_seconds() < 60
        if night.spoken >= self.parameters.speak_times or lately or night.prompt is not None:
            return
        night.spoken += 1
        what = "door" if door else "night"
        night.question = phrase(self._lang, f"activity.{what}.question")
        night.prompt, night.prompted_at = new_id(), at.civil
        time = clock_words(at.civil, self._lang)
        text = phrase(
            self._lang, f"activity.{what}.text", name=self._address(night.person or self._person()), time=time
        )
        out.acts.append(Ask(night.prompt, "night", text, night.question, ANSWERS, night.person or self._person()))
        out.night = night

    def prompted(self, night: Night, told: Prompted, out: Decisions) -> bool:
        """How our question ended; False if it was not this one's."""
        if night.prompt is None or night.prompt != told.prompt:
            return False
        if told.outcome is Outcome.ANSWERED and told.answer in (*GOOD, *BAD):
            wants = told.answer in ("yes", "help")  # whether it can help
            self._asked(night, "help" if wants else "fine", told.heard, out)
            if told.answer == "help":
                said = phrase(self._lang, "activity.evidence.not_well", words=told.heard[:200])
                out.acts.append(Suspect("voice", said, person=night.person or self._person()))
            if wants:
                self._update(night, told.at, out, Severity.WARNING)
        else:
            how: dict[Outcome, Literal["silence", "unclear"]] = {
                Outcome.SILENCE: "silence", Outcome.UNCLEAR: "unclear", Outcome.ANSWERED: "unclear",
            }  # fmt: skip
            self._asked(night, how.get(told.outcome, "not_asked"), told.heard, out)
        return True

    @staticmethod
    def _asked(
        night: Night, how: Literal["fine", "help", "silence", "unclear", "not_asked"], heard: str, out: Decisions
    ) -> None:
        at = night.prompted_at
        assert at is not None
        told = Asked(at=at, question=night.question, answer=heard[:500] or None, understood=how)
        night.asked, night.prompt = [*night.asked, told][-6:], None
        out.night = night

    def _over(self, night: Night, at: Moment, how: Literal["in_bed", "unseen", "morning"], out: Decisions) -> None:
        if night.prompt is not None:
            out.acts.append(Withdraw(night.prompt))
            night.prompt = None
        if night.wanders and night.told is not None:
            self._tell(ActivityWanderingOver, night, at, out, ended=how)
        if night.last_up is not None or night.wanders:
            out.night = night
        night.since = night.last_up = None
        night.ways, night.up_s, night.wanders = 0, 0.0, False
        if night.door != "gone":
            night.door, night.door_at = "", None

    def _door(
        self, night: Night, at: Moment, state: Literal["opened", "gone", "back"], how: Literal["sensor", "seen"],
        out: Decisions,
    ) -> None:  # fmt: skip
        night.told = night.told or new_id()
        assert night.door_at is not None
        data = ActivityLeftAtNight(
            night=night.day, episode_id=night.told, state=state, how=how, door_at=night.door_at,
            last_seen=night.last_up, asked=list(night.asked),
        )  # fmt: skip
        severity = Severity.NOTICE if state == "back" else None
        self._event(data, night, at, out, severity)

    def _tell(
        self, kind: type[Told], night: Night, at: Moment, out: Decisions, severity: Severity | None = None, **more: Any,
    ) -> None:  # fmt: skip
        assert night.told is not None
        data = kind(
            night=night.day, episode_id=night.told, since=night.since or at.civil, ways=night.ways,
            up_s=round(night.up_s), at_the_door=night.door != "", asked=list(night.asked), **more,
        )  # fmt: skip
        self._event(data, night, at, out, severity)

    def _event(self, data: Data, night: Night, at: Moment, out: Decisions, severity: Severity | None) -> None:
        made = new_event(
            data, at=at.civil, source=self._source, subject=night.person or self._person(), severity=severity
        )
        out.events.append(made)
        out.night = night
