"""What the companion decides: what to say and ask, what to tell the district, what to switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dolbom.dialog.answers import AnswerSchema
from dolbom.events import Data, Severity
from dolbom.safety.observations import Outcome


@dataclass(frozen=True, slots=True)
class Say:
    """Say something; how it went comes back as `Spoken` with the same id.

    Attributes:
        id: leave it empty: the companion gives it one before anybody sees it.
        person: whom it is for; None: whoever is here.
        urgency: 0 chat, 1 reminder; None: that of the activity.
        picture: shown beside it.
        sound: name of a sound file of the home, or of a tune (`tune-…`), that sounds in the place of the text.
    """

    text: str
    person: str | None = None
    picture: str = ""
    urgency: int | None = None
    lang: str = ""
    id: str = ""
    sound: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Say a question and wait for its answer, which comes back as `Answered` with the same id.

    Attributes:
        answers: the meanings that settle it (fine, help, yes, no, stop); with neither these nor a schema any words do.
        schema: what else settles it.
        again: said one after the other when nothing was understood or heard: simpler and slower.
        time_limit_s: silence after the question, seconds; None: the voice's own limit.
        buttons: answers that may be touched on the robot's screen.
    """

    text: str
    answers: tuple[str, ...] = ()
    schema: AnswerSchema | None = None
    again: tuple[str, ...] = ()
    person: str | None = None
    picture: str = ""
    time_limit_s: float | None = None
    urgency: int | None = None
    lang: str = ""
    id: str = ""
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """Be quiet about this `Say` or `Ask` and wait for nothing of it. Activities need it rarely: stopping does it."""

    id: str


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell the district."""

    data: Data
    subject: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """Words that may be a call for help, which the hard-wired path does not know, or another sign of trouble (`vital`),
    told in words: safety asks."""

    text: str
    confidence: float
    person: str | None = None
    cause: Literal["voice", "vital"] = "voice"


@dataclass(frozen=True, slots=True)
class SettleReminder:
    """How a reminder ended, for whoever wanted it. `TOLD` has no outcome of its own: `told`."""

    goal: str
    outcome: Outcome
    answer: str = ""
    heard: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class ReminderStage:
    """How far a reminder is: waiting, telling, asking."""

    goal: str
    stage: Literal["waiting", "telling", "asking"]


@dataclass(frozen=True, slots=True)
class Approach:
    """Be near somebody, if the robot can drive; None: whoever is at home.

    Attributes:
        reason: the kind of what is due.
        called: they called it; what becomes of that is said (`companion.coming`).
    """

    person: str | None
    reason: str
    called: bool = False


@dataclass(frozen=True, slots=True)
class TellOfMedicine:
    """Somebody said something of their medicine that nobody had asked them: for whoever follows the doses.

    Attributes:
        heard: the words; they stay in the home.
    """

    what: Literal["taken", "not_taken", "refused", "unsure"]
    person: str | None
    heard: str
    lang: str


@dataclass(frozen=True, slots=True)
class TellHappened:
    """Somebody told of something that a routine may wait for, as `meal.breakfast`."""

    event: str


@dataclass(frozen=True, slots=True)
class ShowedLife:
    """Somebody spoke to the robot, or answered it: whoever watches over activity wants to know. Words that were not
    meant for the robot, such as a television's, show nothing."""

    how: Literal["spoke", "answered"]
    person: str | None = None


@dataclass(frozen=True, slots=True)
class SwitchCamera:
    """Switch the camera."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetSpeech:
    """Change how the robot speaks to somebody: one step slower, louder or quieter."""

    what: Literal["slower", "louder", "quieter"]
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """Let small talk answer; it comes back as `Chatted` with the same id."""

    text: str
    lang: str
    turns: tuple[tuple[str, str], ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Unhandled:
    """These words are not for this activity: the companion answers them and then comes back to it."""

    text: str


@dataclass(frozen=True, slots=True)
class PutAside:
    """The person wants a pause: this activity gives the word away, and is taken up as after an interruption.

    Attributes:
        seconds: after so long, or when `Activity.heard` takes words for a wish to go on.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """This activity is over.

    Attributes:
        at_once: what it still says or asks is broken off, not awaited.
    """

    at_once: bool = False


Decision = (
    Say
    | Ask
    | Cancel
    | Emit
    | Suspect
    | SettleReminder
    | ReminderStage
    | Approach
    | TellOfMedicine
    | TellHappened
    | ShowedLife
    | SwitchCamera
    | SetSpeech
    | Chat
    | Unhandled
    | PutAside
    | Finish
)
