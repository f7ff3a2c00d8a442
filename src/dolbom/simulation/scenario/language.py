"""The language of scenarios: what the models of a file's parts are, in the order in which people write them.

A file says who is at home and when, what happens (`steps`), and what must follow (`expect`). docs/simulation.md has
every word with an example; the JSON Schema is docs/scenario.schema.json.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dolbom.events import Severity
from dolbom.sensors.parameters import ActivityParameters
from dolbom.simulation.noise import Noise
from dolbom.simulation.scenario.words import Label, PlaceName, Seconds, Text, TimeOfDay, Who
from dolbom.store.people import Purpose

FallKind = Literal["left", "right", "forward", "backward", "slump", "from_chair", "out_of_bed"]
Posture = Literal["standing", "sitting", "in_bed", "on_floor"]
Light = Literal["day", "evening", "night"]
Lang = Literal["ko", "en"]
Fallen = Literal["suspected", "down", "long_lie", "recovered", "cleared"]
Driven = Literal[
    "arrived", "docked", "not_found", "blocked", "stopped", "refused", "preempted", "bumped", "blind", "giving_way"
]
Meaning = Literal["fine", "help", "yes", "no", "stop"]

NEEDS: dict[str, str] = {
    "hazard": "the robot has no sensor of gas, heat or smoke yet",
    "picture": "it is about the picture itself, which only a simulator has",
}
"""What a scenario may need that not every backend, or no robot yet, can do; and why it is not run then."""
Need = Literal["hazard", "picture"]


class Strict(BaseModel):
    """No word that is not known; nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Strict):
    """The same in both languages."""

    ko: Text
    en: Text

    def of(self, lang: str) -> str:
        """The words of a language."""
        return self.ko if lang == "ko" else self.en


# --- who and where ---------------------------------------------------------------------------------------------------


class Member(Strict):
    """Somebody of the cast.

    Attributes:
        name: how the robot calls them.
        at: where they are at the beginning; `outside`: not at home.
        posture: how.
        known: whether the robot knows their face.
        consents: to what else they consent.
        seed: of their look and manner; without it drawn with the run's seed.
        old: moves as an old person does.
        speed: how fast they walk, metres a second; without it drawn.
    """

    name: Text = "순자"
    at: PlaceName = "living"
    posture: Posture = "standing"
    known: bool = True
    consents: tuple[Purpose, ...] = ()
    seed: int | None = None
    old: bool = True
    speed: Annotated[float, Field(ge=0.2, le=1.6)] | None = None


class RobotPlace(Strict):
    """Where the robot stands: at one of its own places (`look`, `dock`), at a place of the home, or at x, y.

    Attributes:
        heading: where it looks, degrees, 0 to the east; without it as the place says.
        drives: it has a base, and comes to people.
        rests: beds in its view in which lying is no fall, as `resting_places` of the fall node.
        exits: doors in its view through which people leave, as `ways_out` of the activity node.
        activity: after which times it asks and tells, as the activity node is told.
    """

    at: PlaceName | tuple[float, float] = "look"
    heading: float | None = None
    drives: bool = False
    rests: tuple[PlaceName, ...] = ()
    exits: tuple[PlaceName, ...] = ()
    activity: ActivityParameters = ActivityParameters()


# --- what happens ----------------------------------------------------------------------------------------------------


class Walk(Strict):
    """To a place; `speed` in metres a second."""

    to: PlaceName
    speed: Annotated[float, Field(ge=0.2, le=1.6)] | None = None


class Sit(Strict):
    """At a place, going there first; without one, where they stand. `hard`: lets themselves drop."""

    at: PlaceName | None = None
    hard: bool = False


class Say(Strict):
    """Words to the robot's ears.

    Attributes:
        spotted: the phrase was caught by the closed grammar while it was spoken, as emergency phrases are.
        as_: `text`, as the ears would hand it on, or `sound`, spoken into the microphone for the ears to make out; the
            core, which has no sound, takes it as text.
    """

    text: Text
    spotted: bool = False
    as_: Annotated[Literal["text", "sound"], Field(alias="as")] = "text"


class Answer(Strict):
    """Waits for the robot's next question, at most `within`, then says this after `after` seconds."""

    text: Text
    after: Seconds = 1.5
    within: Seconds = 600.0


class Press(Strict):
    """The call button: held for so long. Three seconds are a call."""

    held: Seconds = 3.5


class Campaign(Strict):
    """A disaster check-in of the district."""

    text: Text
    instruction: Text
    minutes: Annotated[float, Field(gt=0, le=1440)] = 30


class Desk(Strict):
    """What somebody at the district does: `acknowledge` or `close` the newest alarm, or send a `campaign`."""

    acknowledge: bool = False
    close: bool = False
    note: Annotated[str, Field(max_length=200)] = ""
    campaign: Campaign | None = None

    @model_validator(mode="after")
    def _one(self) -> Desk:
        if self.acknowledge + self.close + (self.campaign is not None) != 1:
            raise ValueError("the desk does one of: acknowledge, close, campaign")
        return self


class Until(Strict):
    """Waits for something, at most `within`: an event, the fall detector's word, something the robot says, or how a
    drive went."""

    event: Annotated[str, Field(max_length=64)] | None = None
    fall: Fallen | None = None
    said: Text | None = None
    drive: Driven | None = None
    within: Seconds = 120.0

    @model_validator(mode="after")
    def _one(self) -> Until:
        if sum(one is not None for one in (self.event, self.fall, self.said, self.drive)) != 1:
            raise ValueError("`until` waits for one of: event, fall, said, drive")
        return self


_SHORT: dict[str, str] = {
    "walk": "to",
    "sit": "at",
    "say": "text",
    "answer": "text",
    "until": "event",
}
"""A bare text in these stands for this field of theirs."""


class Step(Strict):
    """One thing that happens: when, who, and one verb.

    Without a word about when, a step begins as soon as the one before it in the list has ended.

    Attributes:
        at: so long after the beginning.
        clock: when the home's calendar shows that time next.
        after: when the step with this label has ended.
        together: when the step with this label begins.
        delay: so much later than that.
        who: who does it; the resident if nobody is named.
        label: names the step, for other steps and for expectations.
    """

    at: Seconds | None = None
    clock: TimeOfDay | None = None
    after: Label | None = None
    together: Label | None = None
    delay: Seconds = 0.0
    who: Who = "resident"
    label: Label | None = None

    walk: Walk | None = None
    sit: Sit | None = None
    lie: Literal["bed", "floor"] | None = None
    fall: FallKind | None = None
    crawl: Annotated[float, Field(gt=0, le=5)] | None = None
    get_up: Literal[True] | None = None
    kneel: Literal[True] | None = None
    pick_up: Literal[True] | None = None
    eat: Literal[True] | None = None
    take: Literal["pills"] | None = None
    leave: Literal["home"] | None = None
    enter: PlaceName | None = None
    say: Say | None = None
    answer: Answer | None = None
    television: Text | None = None
    press: Press | None = None
    open: PlaceName | None = None
    close: PlaceName | None = None
    switch_on: PlaceName | None = None
    switch_off: PlaceName | None = None
    gas: Literal["leaks", "stops"] | None = None
    light: Light | None = None
    network: Literal["up", "down"] | None = None
    kill: Annotated[str, Field(max_length=40)] | None = None
    camera: Literal["cover", "uncover"] | None = None
    desk: Desk | None = None
    drive: Literal["come", "dock", "stop"] | None = None
    wait: Seconds | None = None
    until: Until | None = None

    @model_validator(mode="before")
    @classmethod
    def _long(cls, value: Any) -> Any:
        """`walk: sofa` is `walk: {to: sofa}`; a verb with nothing behind it is just done."""
        if not isinstance(value, dict):
            return value
        told = dict(value)
        for verb, field in _SHORT.items():
            if isinstance(told.get(verb), str):
                told[verb] = {field: told[verb]}
        for verb in ("get_up", "kneel", "pick_up", "eat"):
            if verb in told and told[verb] is None:
                told[verb] = True
        if "sit" in told and told["sit"] is None:
            told["sit"] = {}
        if "press" in told and (told["press"] is None or told["press"] == "button"):
            told["press"] = {}
        if isinstance(told.get("desk"), str):
            told["desk"] = {told["desk"]: True}
        return told

    @model_validator(mode="after")
    def _fits(self) -> Step:
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(given) != 1:
            what = f"this has {' and '.join(given)}" if given else "this has none"
            raise ValueError(f"a step does one thing; {what}")
        whens = [name for name in ("at", "clock", "after", "together") if getattr(self, name) is not None]
        if len(whens) > 1:
            raise ValueError(f"a step has one beginning, not {' and '.join(whens)}")
        return self

    @property
    def verb(self) -> str:
        """What is done."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def what(self) -> Any:
        """What stands behind the verb."""
        return getattr(self, self.verb)


WHEN = ("at", "clock", "after", "together", "delay", "who", "label")
VERBS: tuple[str, ...] = tuple(name for name in Step.model_fields if name not in WHEN)
BODILY = (
    "walk", "sit", "lie", "fall", "crawl", "get_up", "kneel", "pick_up", "eat", "take", "leave", "enter",
)  # fmt: skip
"""Verbs of somebody's body: one at a time."""


# --- what must follow ------------------------------------------------------------------------------------------------


class Near(Strict):
    """Where the robot must stand: within `metres` of somebody or of a place.

    Attributes:
        keeps: and on the way it never drove nearer to anybody's body than this, and touched nothing.
    """

    of: PlaceName
    metres: Annotated[float, Field(gt=0, le=20)] = 1.5
    keeps: Annotated[float, Field(gt=0, le=5)] | None = None


class Expectation(Strict):
    """One thing that must follow, or must not.

    Attributes:
        event: a care event of this kind; `*` stands for any part, as in `distress.*`.
        never: none of these kinds, nor of these words of the fall detector (`fall.down`).
        order: these, one after the other: kinds, words of the fall detector, labels of steps.
        said: the robot says something that contains these words; between slashes a pattern. In the home's language.
        not_said: it says nothing of the kind.
        fall: the fall detector says so.
        robot: where it stands at the end.
        drive: how one of its drives ended, or that it gave way.
        after: counted from the end of the step with this label, else from the beginning.
        until: for `never` and `not_said`: until the step with this label begins.
        within: so long at the most.
        not_before: not sooner than this.
        data: what must stand in the event, field by field.
        severity, person: of the event.
        times: so often, exactly; without it at least once.
        on: on the robot's own disk, or on the desk of the district.
    """

    event: Annotated[str, Field(max_length=64)] | None = None
    never: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1)] | None = None
    order: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=2)] | None = None
    said: Words | Text | None = None
    not_said: Words | Text | None = None
    fall: Fallen | None = None
    robot: Near | None = None
    drive: Driven | None = None

    after: Label | None = None
    until: Label | None = None
    within: Seconds | None = None
    not_before: Seconds = 0.0
    data: dict[str, Any] = {}
    severity: Severity | None = None
    person: Who | None = None
    times: Annotated[int, Field(ge=1, le=1000)] | None = None
    on: Literal["robot", "desk"] = "robot"

    @model_validator(mode="before")
    @classmethod
    def _long(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("never"), str):
            return {**value, "never": [value["never"]]}
        return value

    @model_validator(mode="after")
    def _fits(self) -> Expectation:
        given = [name for name in WHAT if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"an expectation says one thing of: {', '.join(WHAT)}; this has {len(given)}")
        kind = given[0]
        only = {
            "data": ("event",), "severity": ("event",), "person": ("event", "fall"), "on": ("event",),
            "times": ("event", "said", "fall", "drive"), "within": ("event", "said", "fall", "order", "drive"),
            "not_before": ("event", "said", "fall", "drive"), "until": ("never", "not_said"),
        }  # fmt: skip
        for name, kinds in only.items():
            if name in self.model_fields_set and kind not in kinds:
                raise ValueError(f"`{name}` goes with {' or '.join(kinds)}, not with {kind}")
        if self.within is not None and self.within < self.not_before:
            raise ValueError("it can never hold: `within` is less than `not_before`")
        return self

    @property
    def kind(self) -> str:
        """What sort of expectation it is."""
        return next(name for name in WHAT if getattr(self, name) is not None)


WHAT = ("event", "never", "order", "said", "not_said", "fall", "robot", "drive")


# --- the whole file --------------------------------------------------------------------------------------------------

Number = int | float
Drawn = Annotated[list[Number], Field(min_length=2, max_length=2)]


class OneOf(Strict):
    """One of these, drawn by the run's seed."""

    one_of: Annotated[list[Number | str], Field(min_length=1)]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone: write one as Asia/Seoul")
    return name


def _there_is(start: str) -> str:
    day = start.partition(" ")[0] if " " in start else ""
    try:
        date.fromisoformat(day or "2026-01-01")
    except ValueError:
        raise ValueError(f"there is no day {day}: write one as 2026-11-25") from None
    return start


class Scenario(Strict):
    """One scenario, as it is played: parts put together and parameters drawn.

    Attributes:
        title: in both languages.
        about: what it shows, in a sentence.
        start: civil time at the beginning: `14:00`, or a day with it.
        zone: of the home.
        lang: of the home.
        light: in the rooms at the beginning.
        cast: who there is.
        robot: where it stands.
        routines: of the home, as `dolbom routines add` takes them.
        sensors: doors and appliances that tell the robot when they are opened or switched.
        noise: how poor the robot's sensors are; the core leaves it out.
        network: whether the district is in reach at the beginning.
        needs: what not every robot can do.
        parameters: drawn by the seed and written `$name` anywhere: from … to, or `one_of`.
        use: other files that come first.
        lasts: how long it goes on at least.
    """

    title: Words
    about: Annotated[str, Field(max_length=500)] = ""
    start: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\d )?([01]\d|2[0-3]):[0-5]\d$"), AfterValidator(_there_is)] = (
        "14:00"
    )
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Seoul"
    lang: Lang = "ko"
    light: Light = "day"
    cast: dict[Who, Member] = {"resident": Member()}
    robot: RobotPlace = RobotPlace()
    routines: list[dict[str, Any]] = []
    sensors: tuple[PlaceName, ...] = ()
    noise: Noise | None = None
    network: Literal["up", "down"] = "up"
    needs: tuple[Need, ...] = ()
    parameters: dict[Label, Drawn | OneOf] = {}
    use: list[str] = []
    steps: Annotated[list[Step], Field(min_length=1)]
    expect: Annotated[list[Expectation], Field(min_length=1)]
    lasts: Seconds = 0.0

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("robot"), str):
            return {**value, "robot": {"at": value["robot"]}}
        return value

    @property
    def tz(self) -> ZoneInfo:
        """The home's zone."""
        return ZoneInfo(self.zone)


assert set(get_args(Need)) == set(NEEDS)
