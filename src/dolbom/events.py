"""A care event: the only thing that may leave the home, and the catalogue of its kinds.

On the wire it is CloudEvents 1.0 JSON (https://github.com/cloudevents/spec, "structured mode"). The `data` of each
kind is a pydantic model here, and its JSON Schema is published under docs/schemas.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import uuid6
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import to_json

TYPE_PREFIX = "kr.dolbom."
NAME = r"^[a-z0-9][a-z0-9_-]{0,47}$"
"""What a district, a home, a robot or a person is called in addresses: never a person's real name."""

Name = Annotated[str, Field(pattern=NAME)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Text = Annotated[str, Field(max_length=500)]


class Severity(StrEnum):
    """How much an event asks of people: info < notice < warning < alarm."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ALARM = "alarm"

    @property
    def rank(self) -> int:
        """0 for info … 3 for alarm."""
        return list(Severity).index(self)


class Data(BaseModel):
    """The typed content of one kind of event. Subclasses name their kind and its usual severity."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[str]
    severity: ClassVar[Severity]


class Fall(Data):
    """What perception says of a fall, before anybody was asked."""

    since: AwareDatetime
    confidence: Probability
    evidence: Text = ""


class FallSuspected(Fall):
    """Somebody may be falling or has just dropped out of sight."""

    kind = "fall.suspected"
    severity = Severity.NOTICE


class FallDown(Fall):
    """Somebody is on the floor."""

    kind = "fall.down"
    severity = Severity.WARNING


class FallRecovered(Fall):
    """Somebody who was on the floor is up again."""

    kind = "fall.recovered"
    severity = Severity.NOTICE


class FallLongLie(Fall):
    """Still down after the long-lie time: urgent even if somebody answered."""

    kind = "fall.long_lie"
    severity = Severity.ALARM
    lying_s: Annotated[float, Field(ge=0)]


Cause = Literal["fall", "voice", "button", "inactivity", "hazard", "vital"]


class Asked(BaseModel):
    """One question of the ladder and what came back."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    at: AwareDatetime
    question: Text
    answer: Text | None = None
    understood: Literal["fine", "help", "unclear", "silence", "not_asked"]


class Distress(Data):
    """One person's emergency: every source that points to it, and what was asked and answered."""

    distress_id: UUID
    cause: Cause
    sources: list[Cause]
    since: AwareDatetime
    asked: list[Asked] = []
    confidence: Probability = 1.0
    evidence: list[Text] = []


class DistressRaised(Distress):
    """Somebody must come: the person asked for help, or nobody answered."""

    kind = "distress.raised"
    severity = Severity.ALARM
    reason: Literal["help", "silence", "unclear", "urgent", "voice_failed"]


class DistressStoodDown(Distress):
    """The person said that all is well, before an alarm was raised."""

    kind = "distress.stood_down"
    severity = Severity.NOTICE
    reason: Literal["fine", "cleared"] = "fine"


class DistressCancelled(Distress):
    """The person took back an alarm that was already raised. It stays on the desk until a human closes it."""

    kind = "distress.cancelled"
    severity = Severity.WARNING
    alarm_id: UUID


class DistressUpdated(Distress):
    """New evidence for an alarm that stands."""

    kind = "distress.updated"
    severity = Severity.WARNING
    alarm_id: UUID


class DistressAttended(Data):
    """Somebody who looks after the person took an alarm on at the robot's own pages (`coming`), or says there that it
    is over (`over`). The desk answers and closes it all the same: whoever is on their way may not arrive. `by` is a
    role, never a name."""

    kind = "distress.attended"
    severity = Severity.NOTICE
    alarm_id: UUID
    state: Literal["coming", "over"]
    by: Annotated[str, Field(max_length=64)]


class CampaignReport(Data):
    """What became of a disaster check-in in this home: what was asked and answered."""

    campaign_id: UUID
    asked: list[Asked] = []


class CampaignTold(CampaignReport):
    """The robot has said what happened and what to do."""

    kind = "campaign.told"
    severity = Severity.INFO


class CampaignOk(CampaignReport):
    """Somebody in the home said that all is well."""

    kind = "campaign.ok"
    severity = Severity.NOTICE


class CampaignNeedsHelp(CampaignReport):
    """Somebody in the home asked for help in answer to a disaster check-in: somebody must come."""

    kind = "campaign.needs_help"
    severity = Severity.ALARM
    reason: Literal["help"] = "help"


class CampaignNoAnswer(CampaignReport):
    """Nobody answered yet, or not clearly. The alarm for it is the district's, at the deadline."""

    kind = "campaign.no_answer"
    severity = Severity.WARNING


CheckInTopic = Literal["health", "meals", "sleep", "exercise", "outings", "mood"]
CheckInGrade = Literal["good", "bad", "none", "unknown", "unclear", "help", "not_asked"]


class CheckInAnswer(BaseModel):
    """What somebody said of one topic.

    `grade`: good, bad, none (did not move or go out), unknown (they said they do not know), unclear (not understood,
    never guessed), help (they called for help instead), not_asked. `before`: the grade of the last check-in that had
    one. `said`: their words, only if they consent to that. `unasked`: they had told it by themselves that day.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    topic: CheckInTopic
    grade: CheckInGrade
    before: CheckInGrade | None = None
    said: Text | None = None
    unasked: bool = False


class CheckInSummary(Data):
    """How somebody is today, as they said in the daily check-in, and what changed since the last one."""

    kind = "checkin.summary"
    severity = Severity.INFO
    day: date
    ended: Literal["complete", "time_up", "declined", "broken_off"]
    answers: list[CheckInAnswer]
    worse: list[CheckInTopic] = []
    better: list[CheckInTopic] = []
    tries: Annotated[int, Field(ge=0)]
    duration_s: Annotated[float, Field(ge=0)]


class CheckInUnanswered(Data):
    """Nobody answered the day's check-in, however often it was tried: somebody should look."""

    kind = "checkin.unanswered"
    severity = Severity.WARNING
    day: date
    tries: list[AwareDatetime]
    days: Annotated[int, Field(ge=1)]
    last_answered: date | None = None


class CheckInScreen(Data):
    """The two questions on mood of the PHQ-2, with consent; `positive` (3 or more of 6) is for a person to look at,
    and is no diagnosis. The robot tells the person neither number nor result."""

    kind = "checkin.screen"
    severity = Severity.INFO
    day: date
    instrument: Literal["PHQ-2"] = "PHQ-2"
    answers: Annotated[list[Annotated[int, Field(ge=0, le=3)]], Field(min_length=2, max_length=2)]
    positive: bool


GameDomain = Literal["orientation", "memory", "language", "numbers", "attention", "everyday"]


class GamePlayed(Data):
    """A game was played, or offered and not wanted. `rounds`: in which somebody took part. It carries no score, and
    nothing of what was asked or said."""

    kind = "game.played"
    severity = Severity.INFO
    game: Name
    domain: GameDomain
    rounds: Annotated[int, Field(ge=0)]
    minutes: Annotated[float, Field(ge=0)]
    ended: Literal[
        "complete", "time_up", "enough", "stopped", "quiet", "put_off", "declined", "broken_off", "nothing"
    ]  # fmt: skip
    enjoyed: Literal["good", "bad", "none"] = "none"
    wanted: bool = False


class GameChanged(Data):
    """Somebody finds less in a domain than they used to, over several days: a person should look. It is a change
    against their own past, no score and no diagnosis. `sittings`: days on which they played, of which `lower` were
    below their usual; `beside`: topics of the check-in that were worse lately."""

    kind = "game.changed"
    severity = Severity.NOTICE
    domain: GameDomain
    sittings: Annotated[int, Field(ge=1)]
    lower: Annotated[int, Field(ge=0)]
    until: date
    beside: list[CheckInTopic] = []


class ExerciseDone(Data):
    """Exercise was done, or offered and not wanted. `repetitions`: those that the robot saw; `by_voice`: those that it
    only counted aloud. No picture, no skeleton and nothing that was said is in it."""

    kind = "exercise.done"
    severity = Severity.INFO
    routine: Name
    exercises: list[Name] = []
    repetitions: Annotated[int, Field(ge=0)]
    by_voice: Annotated[int, Field(ge=0)] = 0
    minutes: Annotated[float, Field(ge=0)]
    ended: Literal[
        "complete", "time_up", "tired", "enough", "stopped", "quiet", "put_off", "declined", "broken_off", "trouble",
        "away"
    ]  # fmt: skip
    felt: Literal["easy", "good", "hard", "none"] = "none"
    wanted: bool = False


class ExerciseMeasured(Data):
    """Standing up from a chair against the clock, seen by the robot's camera, arms held ahead: how often in `seconds`
    (thirty_seconds; `low` and `high` with what was not seen), or how long five times took, with a standard error
    (five_times). For the person's own past: it is no test by a trained person, and no norm holds for it."""

    kind = "exercise.measured"
    severity = Severity.INFO
    test: Literal["thirty_seconds", "five_times"]
    count: Annotated[int, Field(ge=0)]
    low: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0)]
    error: Annotated[float, Field(ge=0)]
    seen: Probability


class DoseReport(Data):
    """What became of one dose. `local` is the civil time that names it in the home, `due` its instant; `medicine` names
    the medicine over several routines, `title` is how it is called. No word that was said leaves the home."""

    dose_id: Annotated[str, Field(max_length=160)]
    routine: Name
    medicine: Name
    title: Text
    dose: Text = ""
    importance: Literal["critical", "normal", "optional"]
    local: datetime
    due: AwareDatetime


class DoseReminded(DoseReport):
    """The person was reminded of a dose; `how`: by voice, picture, coming to them, a familiar recording."""

    kind = "dose.reminded"
    severity = Severity.INFO
    step: Annotated[int, Field(ge=0)]
    how: list[Text]


class DoseTaken(DoseReport):
    """The person said that the dose is taken. `evidence`: what was seen beside that; it proves nothing."""

    kind = "dose.taken"
    severity = Severity.INFO
    taken_at: AwareDatetime
    scheduled: bool = True
    evidence: list[Text] = []


class DoseSnoozed(DoseReport):
    """The person wants to be reminded later."""

    kind = "dose.snoozed"
    severity = Severity.INFO
    until: AwareDatetime


class DoseUnanswered(DoseReport):
    """Nobody has answered yet: the family should be told. The robot goes on trying."""

    kind = "dose.unanswered"
    severity = Severity.NOTICE
    reminders: Annotated[int, Field(ge=0)]
    tell: list[Literal["family"]] = ["family"]


class DoseRefused(DoseReport):
    """The person does not want to take it. It is not urged any more."""

    kind = "dose.refused"
    severity = Severity.NOTICE
    evidence: list[Text] = []


class DoseMissed(DoseReport):
    """Nobody answered until the end, or the dose could not be prompted: inside the quiet hours (`quiet_hours`), or
    nearer to the last one than it may be (`too_soon`); or staff say so."""

    kind = "dose.missed"
    severity = Severity.WARNING
    reason: Literal["no_answer", "quiet_hours", "too_soon", "staff"]
    reminders: Annotated[int, Field(ge=0)]
    evidence: list[Text] = []


class DoseUnknown(DoseReport):
    """Whether the dose was taken is not known, and not guessed: a person should ask.

    `reason`: unclear (an answer that is not understood), unsure (the person does not know), not_watched (the robot was
    off, or its clock wrong, all the time), contradicted (said to be taken, and later not to be), staff (they say so).
    """

    kind = "dose.unknown"
    severity = Severity.NOTICE
    reason: Literal["unclear", "unsure", "not_watched", "contradicted", "staff"]
    evidence: list[Text] = []


class DoseCorrected(DoseReport):
    """What is known of a dose was corrected: by staff with a reason, by the person who said later that it is taken, or
    (`after` is void) because the robot's clock had been wrong and it was never due."""

    kind = "dose.corrected"
    severity = Severity.INFO
    before: Annotated[str, Field(max_length=16)]
    after: Annotated[str, Field(max_length=16)]
    by: Annotated[str, Field(max_length=64)]
    reason: Text


class DoseAgain(DoseReport):
    """The person says to have taken it again, sooner after the last time than it may be: a person should ask."""

    kind = "dose.again"
    severity = Severity.WARNING
    last_taken: AwareDatetime
    min_gap_h: Annotated[float, Field(ge=0)]


class DoseRefill(Data):
    """A medicine runs out. `left`: how many by the count and the doses since."""

    kind = "dose.refill"
    severity = Severity.NOTICE
    medicine: Name
    title: Text
    left: float


SignKind = Literal["moved", "light", "spoke", "answered", "button", "door", "appliance", "sensor"]
Blind = Literal["camera_off", "camera_lost", "dark", "robot_off"]


class LastSign(BaseModel):
    """A sign of life: what, when, and where or by which sensor."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: SignKind
    at: AwareDatetime
    place: Annotated[str, Field(max_length=60)] = ""


class Inactivity(Data):
    """Nothing was noticed of somebody for long. `since`: the last sign, or when the robot began to watch.

    `silent_s`: how long somebody awake and at home would have been noticed; `unseen_s`: how long besides the robot
    could not see, or was off, and why (`blind`). `limit_s`: after which it was asked; `learned`: the home's own.
    """

    episode_id: UUID
    since: AwareDatetime
    last_sign: LastSign | None
    silent_s: Annotated[float, Field(ge=0)]
    unseen_s: Annotated[float, Field(ge=0)]
    blind: list[Blind] = []
    limit_s: Annotated[float, Field(ge=0)]
    learned: bool
    asked: list[Asked] = []


class InactivityAttention(Inactivity):
    """관심: quiet for longer than usual, and nobody answered the robot."""

    kind = "inactivity.attention"
    severity = Severity.NOTICE


class InactivityCaution(Inactivity):
    """주의: still quiet, and nobody answered again: somebody should call."""

    kind = "inactivity.caution"
    severity = Severity.WARNING


class InactivityDanger(Inactivity):
    """위험: somebody should look. The alarm is `distress.raised`, when nobody answers safety either."""

    kind = "inactivity.danger"
    severity = Severity.WARNING


class InactivityUnknown(Inactivity):
    """The robot does not know: nobody answered, and it could not see for part of the time."""

    kind = "inactivity.unknown"
    severity = Severity.NOTICE


class InactivityOver(Data):
    """Somebody was noticed again, or is back at home. `was`: what had been told of it."""

    kind = "inactivity.over"
    severity = Severity.INFO
    episode_id: UUID
    was: Literal["attention", "caution", "danger", "unknown", "away"]
    since: AwareDatetime
    sign: LastSign
    asked: list[Asked] = []


class ActivityNotBack(Data):
    """Who left the home is not back at bedtime, or after long. `because`: said so, or the door."""

    kind = "activity.not_back"
    severity = Severity.NOTICE
    episode_id: UUID
    since: AwareDatetime
    because: Literal["words", "door"]
    last_sign: LastSign | None


class Wandering(Data):
    """Up and about at night. `night`: the day of its evening; `ways`: how often somebody came into view since then."""

    night: date
    episode_id: UUID
    since: AwareDatetime
    ways: Annotated[int, Field(ge=0)]
    up_s: Annotated[float, Field(ge=0)]
    at_the_door: bool
    asked: list[Asked] = []


class ActivityWandering(Wandering):
    """Somebody wanders; told once a night."""

    kind = "activity.wandering"
    severity = Severity.NOTICE


class ActivityWanderingUpdate(Wandering):
    """They are up again in the same night, or answered that they want help (then a warning)."""

    kind = "activity.wandering_update"
    severity = Severity.INFO


class ActivityWanderingOver(Wandering):
    """They went back to bed, are not seen any more, or it is morning."""

    kind = "activity.wandering_over"
    severity = Severity.INFO
    ended: Literal["in_bed", "unseen", "morning"]


class ActivityLeftAtNight(Data):
    """The front door at night: opened, somebody gone since, or back. `how`: by a sensor, or seen."""

    kind = "activity.left_at_night"
    severity = Severity.WARNING
    night: date
    episode_id: UUID
    state: Literal["opened", "gone", "back"]
    how: Literal["sensor", "seen"]
    door_at: AwareDatetime
    last_seen: AwareDatetime | None
    asked: list[Asked] = []


class RoutineUnanswered(Data):
    """Something important that is no medicine, such as an appointment, was not heard: somebody should say it."""

    kind = "routine.unanswered"
    severity = Severity.NOTICE
    routine: Name
    what: Annotated[str, Field(max_length=16)]
    title: Text
    local: datetime
    reminders: Annotated[int, Field(ge=0)]


class DeviceState(Data):
    """Something of the robot broke or mended."""

    kind = "device.state"
    severity = Severity.WARNING
    part: Annotated[str, Field(max_length=64)]
    level: Literal["ok", "warn", "error", "stale"]
    message: Text = ""


class CameraSwitched(Data):
    """The camera was switched on or off."""

    kind = "privacy.camera"
    severity = Severity.INFO
    enabled: bool
    by: Annotated[str, Field(max_length=64)]


class PersonForgotten(Data):
    """Somebody's templates and consents were erased; carries nothing that names them."""

    kind = "privacy.forgotten"
    severity = Severity.INFO
    asked_by: Annotated[str, Field(max_length=64)]


class VisitorUnknown(Data):
    """A face that nobody enrolled stayed for a while."""

    kind = "visitor.unknown"
    severity = Severity.NOTICE
    since: AwareDatetime
    confidence: Probability


class RequestMade(Data):
    """Somebody asked the robot for something that only a person can do, or told it of pain."""

    kind = "talk.request"
    severity = Severity.NOTICE
    what: Literal["call_centre", "call_family", "pain"]
    words: Text


class Test(Data):
    """A drill that somebody asked for: travels the whole way, wakes nobody."""

    __test__ = False  # not a pytest class
    kind = "device.test"
    severity = Severity.INFO
    note: Text = ""


def _kinds(base: type[Data]) -> dict[str, type[Data]]:
    found: dict[str, type[Data]] = {}
    for cls in base.__subclasses__():
        if "kind" in cls.__dict__:
            found[cls.kind] = cls
        found |= _kinds(cls)
    return found


def kinds() -> dict[str, type[Data]]:
    """The catalogue: every kind with its data model."""
    return dict(sorted(_kinds(Data).items()))


class CareEvent(BaseModel):
    """One event in CloudEvents 1.0 structured form.

    `id` is a UUIDv7 and stays the same on every try to deliver it, so that whoever receives it twice can tell.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Annotated[
        str,
        Field(pattern=r"^/district/[a-z0-9_-]+/home/[a-z0-9_-]+/robot/[a-z0-9_-]+$"),
    ]
    type: Annotated[str, Field(pattern=r"^kr\.dolbom\.[a-z_]+\.[a-z_]+\.v1$")]
    time: AwareDatetime
    subject: Annotated[str, Field(pattern=NAME)] | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    severity: Severity
    data: dict[str, Any]

    @field_validator("data")
    @classmethod
    def _small(cls, data: dict[str, Any]) -> dict[str, Any]:
        # A care event is words and numbers: pictures and sound cannot hide in it.
        if len(to_json(data)) > 16_384:
            raise ValueError("data is over 16 kB: an event carries words and numbers, nothing else")
        return data

    @model_validator(mode="after")
    def _typed(self) -> CareEvent:
        model = kinds().get(self.kind)
        if model is not None:
            model.model_validate(self.data)
        return self

    @property
    def kind(self) -> str:
        """The kind without prefix and version, as in ``distress.raised``."""
        return self.type.removeprefix(TYPE_PREFIX).removesuffix(".v1")

    def typed(self) -> Data:
        """The data as the model of its kind.

        Raises:
            KeyError: for a kind that this version does not know (a newer robot's).
        """
        return kinds()[self.kind].model_validate(self.data)

    def to_json(self) -> bytes:
        """The wire form, UTF-8."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def from_json(cls, wire: bytes | str) -> CareEvent:
        """Reads the wire form.

        Raises:
            pydantic.ValidationError: for anything that is not a care event.
        """
        return cls.model_validate_json(wire)


def source(district: str, home: str, robot: str) -> str:
    """The CloudEvents source of a robot."""
    return f"/district/{district}/home/{home}/robot/{robot}"


def new_event(
    data: Data,
    *,
    at: datetime,
    source: str,
    subject: str | None = None,
    severity: Severity | None = None,
) -> CareEvent:
    """Makes an event out of its data.

    Args:
        data: what happened.
        at: civil time, aware.
        source: who says so, from `source()`.
        subject: opaque person id, or None if it concerns nobody in particular.
        severity: another than the kind's usual one.
    """
    return CareEvent(
        id=new_id(),
        source=source,
        type=f"{TYPE_PREFIX}{data.kind}.v1",
        time=at,
        subject=subject,
        severity=severity or data.severity,
        data=data.model_dump(mode="json"),
    )


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and in the order of making."""
    return UUID(int=uuid6.uuid7().int)
