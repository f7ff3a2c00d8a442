"""The daily check-in: a short talk on how somebody is, which can be interrupted, put off and taken up again.

It asks only what was not told that day already, asks after what was told before, and never guesses: what is not
understood is asked once more, simpler, and then stays "unclear". What it knows is in `CheckInState`, which is kept
after every answer, so that it goes on after a restart. When and how often it is tried: `schedule.CheckIns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Ask, Decision, Emit, Finish, Say, Suspect, Unhandled
from dolbom.companion.grading import Grade, grade_of, how_often, refuses
from dolbom.companion.observations import Answered, Moment, Spoken
from dolbom.companion.remembering import CONTEXTS
from dolbom.companion.replies import REQUESTS
from dolbom.dialog.answers import AnswerSchema
from dolbom.dialog.intents import Context, Understanding, Understood
from dolbom.dialog.memory import HOW, KINDS, Memory, Topic, follow_up
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.errors import UserError
from dolbom.events import (
    CheckInAnswer,
    CheckInGrade,
    CheckInScreen,
    CheckInSummary,
    CheckInTopic,
    CheckInUnanswered,
    Severity,
)
from dolbom.i18n import catalogue, phrase
from dolbom.log import get_log
from dolbom.store.memory import Kept
from dolbom.store.people import Purpose

log = get_log(__name__)

TOPICS: tuple[CheckInTopic, ...] = ("health", "meals", "sleep", "exercise", "outings", "mood")
POSITIVE = 3
"""A PHQ-2 of so many of 6 goes to a person."""
LAST_QUESTION_S = 45
"""No question is begun this short before the limit."""
SILENCES = 2
"""After so many unanswered questions in a row it is put off."""
CONSENT_EVERY_S = 1.0
"""While it talks, a consent that was taken back is noticed within this time."""
_OWN_WORDS = AnswerSchema(kind="words")

Ended = Literal["", "complete", "time_up", "declined", "broken_off", "unanswered"]
Allows = Callable[[Purpose, datetime], bool]
"""Whether the person consents to a purpose at a time."""


class CheckInParameters(BaseModel):
    """When the daily check-in is held and how long it may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str = Field("10:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Held from then on.")
    latest: str = Field("18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Not begun after that.")
    limit_s: float = Field(300, ge=60, le=600, description="It takes no longer than this, seconds.")
    tries: int = Field(3, ge=1, le=6, description="Unanswered so often, it is told to the district.")
    retry_min: float = Field(60, ge=5, le=480, description="Tried again after this, minutes.")
    mood_screen_days: int = Field(14, ge=7, le=90, description="The two questions on mood come this often, days.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.latest <= self.at:
            raise ValueError(f"latest {self.latest} is not after at {self.at}: no check-in would ever be held")
        return self

    @property
    def span(self) -> timedelta:
        """How long after its time a check-in may begin."""
        begin, end = (timedelta(hours=int(at[:2]), minutes=int(at[3:])) for at in (self.at, self.latest))
        return end - begin


class Told(BaseModel):
    """What is known of one topic today."""

    model_config = ConfigDict(extra="forbid")

    grade: CheckInGrade
    said: str = ""
    unasked: bool = False


class CheckInState(BaseModel):
    """One day's check-in with one person, as it is kept.

    Attributes:
        tries: when it was begun or taken up again on its own account.
        screened: the answers to the two questions on mood so far; None for one that stayed unclear.
        spent_s: how long it has taken so far, seconds.
        next_try: not before that.
        wanted: somebody asked for it now, whatever the time of day.
        due: when a routine said that it is time; then the usual time does not count.
        ended: how it ended; "" while it is open.
        told: the district was told how it ended: the events for it are in the outbox.
    """

    model_config = ConfigDict(extra="forbid")

    person: str
    day: date
    tries: list[AwareDatetime] = []
    topics: dict[CheckInTopic, Told] = {}
    screened: list[int | None] = []
    greeted: bool = False
    spent_s: float = 0.0
    next_try: AwareDatetime | None = None
    wanted: bool = False
    due: AwareDatetime | None = None
    ended: Ended = ""
    told: bool = False

    @property
    def answered(self) -> bool:
        """Whether the person said anything to it."""
        return self.greeted or any(not told.unasked for told in self.topics.values())


class CheckIn(Activity):
    """Holds the talk.

    Attributes:
        running: it has begun and is not over.
        done: it is over, for now or for the day.

    Args:
        state: where it stands; changed as it goes on.
        save: called with the state after every change that must survive a restart.
        address: how the person is addressed.
        understanding: of what they say.
        memory: takes in what they tell, and knows what to ask after; None if they do not consent to it.
        before: the grade of each topic at the last check-in that had one.
        screen: the two questions on mood are due.
        allows: what they consent to; asked again before anything is asked, kept or told.
    """

    priority = Priority.CHECK_IN
    asks_to_return = True
    needs_company = True

    def __init__(
        self,
        state: CheckInState,
        save: Callable[[CheckInState], None],
        *,
        lang: str,
        address: str,
        understanding: Understanding,
        memory: Memory | None = None,
        before: Mapping[CheckInTopic, CheckInGrade] | None = None,
        screen: bool = False,
        allows: Allows,
        parameters: CheckInParameters | None = None,
    ) -> None:
        self.name = f"check-in {state.person} {state.day}"
        self.person = state.person
        self.state = state
        self.needs_company = not state.wanted
        self.running = self.done = False
        self._save = save
        self._lang, self._address = lang, address
        self._understanding, self._memory = understanding, memory
        self._before = dict(before or {})
        self._screen, self._allows = screen, allows
        self._parameters = parameters or CheckInParameters()
        self._step = self._asked = ""
        self._followed: Kept | None = None
        self._asked_again: set[str] = set()
        self._passed_over: set[str] = set()
        self._silences = 0
        self._since: float | None = None
        self._looked = -1e9

    # --- begun, interrupted, taken up ---------------------------------------------------------------------------

    def start(self, at: Moment) -> Decisions:
        if self.state.ended or at.civil.date() != self.state.day:
            return self._over()
        if not self._allows(Purpose.CHECK_IN, at.civil):
            return self._over()
        self.running = True
        self._since = at.now
        self.state.tries.append(at.civil)
        self.state.next_try, self.state.wanted = None, False
        self._take_from_memory(at)
        self._keep(at)
        self._step = "hello"
        again = self.state.answered or len(self.state.tries) > 1
        return [self._ask("hello_again" if again else "hello", address=self._address)]

    def resume(self, at: Moment) -> Decisions:
        if self.state.ended or at.civil.date() != self.state.day:
            return self._over()
        self._since = at.now
        if self._step in ("", "hello") and not self.state.greeted:
            self._step = "hello"
            return [self._ask("hello_again", address=self._address)]
        self._step = ""
        return self._next(at, phrase(self._lang, "checkin.go_on"))

    def agreed(self, at: Moment) -> Decisions:
        if self.state.ended or at.civil.date() != self.state.day:
            return self._over()
        self._since, self._step = at.now, ""
        self.state.greeted = True
        return self._next(at, "")

    def stop(self, at: Moment, why: Why) -> Decisions:
        if self.state.ended or not self._allows(Purpose.CHECK_IN, at.civil):
            return self._over()
        self._account(at)
        if why is Why.PREEMPTED:
            self._since = None
            self._keep(at)
            return []
        if why is Why.STOP_WORD:
            return self._end("declined", at, closing="")
        return self._put_off(at, "")

    def tick(self, at: Moment) -> Decisions:
        if not self.running:
            return []
        if not 0 <= at.now - self._looked < CONSENT_EVERY_S:
            self._looked = at.now
            if not self._allows(Purpose.CHECK_IN, at.civil):
                return self._over(at_once=True)
        if self._spent(at) >= self._parameters.limit_s:
            return self._end("time_up", at, closing="time_up")
        return []

    # --- what they say ------------------------------------------------------------------------------------------

    def answered(self, answered: Answered) -> Decisions:
        at, heard = answered.at, answered.heard.strip()
        if self.state.ended or not self._allows(Purpose.CHECK_IN, at.civil):
            return self._over()
        if not heard:
            return self._unheard(at)
        self._silences = 0
        lang = self._lang
        understood = self._understanding.of(heard, lang, Context(topic=CONTEXTS.get(self._step, ""), addressed=True))
        called = calls_for_help(heard, lang)
        if called or understood.emergency:
            return self._call(at, heard, called, understood.confidence)
        if understood.intent == "repeat" and understood.band == "act":
            return [self._question(self._asked)]
        if (
            understood.intent in REQUESTS
            and understood.band in ("act", "confirm")
            and not self._answers(heard, understood)
        ):
            return [Unhandled(heard)]
        over = understood.intent in ("stop", "goodbye") and understood.band == "act"
        if over or understand(heard, lang) == "stop":
            return self._end("declined", at, closing="later")
        if self._followed is None or self._step not in TOPICS:
            self._remember(understood, answered)
        if self._step == "hello":
            return self._greeted(at, heard, understood)
        if self._step.startswith("screen"):
            return self._screened(at, heard)
        if self._step == "where":
            told = self.state.topics["health"]
            told.said = f"{told.said} / {heard}"[:400]
            self._step = ""
            self._keep(at)
            return self._next(at, self._ack("bad"))
        return self._graded(answered, understood)

    def _remember(self, understood: Understood, answered: Answered, grade: Grade | None = None) -> None:
        if self._memory is None:
            return
        try:
            if self._followed is not None and self._step in TOPICS:
                self._memory.followed(self._followed, grade, understood, answered.at.civil, answered.confidence)
            else:
                self._memory.told(understood, self.person, answered.at.civil, answered.confidence)
        except UserError as error:
            log.error("nothing can be remembered", trouble=str(error))

    def _answers(self, heard: str, understood: Understood) -> bool:
        """Whether words that may also be a wish answer the question: then they do."""
        if self._step.startswith("screen"):
            return how_often(heard, self._lang) is not None
        unsure = understood.band == "confirm" and self._step in TOPICS
        return unsure and grade_of(self._step, heard, self._lang, yes_is=None) is not None

    def _greeted(self, at: Moment, heard: str, understood: Understood) -> Decisions:
        if refuses(heard, self._lang):
            self.state.greeted = True
            return self._put_off(at, "later")
        told = any(grade_of(topic, heard, self._lang, yes_is=None) for topic in TOPICS)
        meant = understood.intent not in ("none", "thanks") and understood.band in ("act", "confirm")
        if not (told or meant or understand(heard, self._lang) in ("yes", "fine")):
            # It may be a television: nobody is talked to who did not say yes.
            if "hello" in self._asked_again:
                return self._put_off(at, "later")
            self._asked_again.add("hello")
            return [self._ask("hello_simpler")]
        self.state.greeted = True
        self._step = ""
        self._keep(at)
        # "Is now a good time?" — "My knee aches": that is an answer to more than was asked.
        self._take_from_memory(at)
        return self._next(at, "")

    def _graded(self, answered: Answered, understood: Understood) -> Decisions:
        at, heard = answered.at, answered.heard.strip()
        topic: CheckInTopic = next(one for one in TOPICS if one == self._step)
        # "How is it today?" and "good, or low?" are no questions that a "yes" answers.
        how = self._followed is not None and self._followed.fact.kind in HOW
        plain: Grade | None = None if how or topic in self._asked_again else "good"
        grade = grade_of(topic, heard, self._lang, yes_is=plain)
        if self._followed is not None:
            self._remember(understood, answered, grade)
        if grade is None and understood.intent == "later":
            return self._put_off(at, "later")
        if grade is None and topic not in self._asked_again:
            self._asked_again.add(topic)
            self._followed = None
            return [self._ask(f"simpler.{topic}")]
        self._record(topic, grade or "unclear", heard, at)
        known = self._followed is not None and self._followed.fact.kind == "pain"
        hurts = grade == "bad" and topic == "health" and not known
        if hurts and not self._understanding.slots(("body_part",), heard, self._lang):
            self._step = "where"
            return [self._ask("where", ack=self._ack("bad"))]
        self._step = ""
        return self._next(at, self._ack(grade or "unclear", topic))

    def _screened(self, at: Moment, heard: str) -> Decisions:
        often = how_often(heard, self._lang)
        if often is None and self._step not in self._asked_again:
            self._asked_again.add(self._step)
            return [self._ask("mood_choices")]
        self.state.screened.append(often)
        self._step = ""
        self._keep(at)
        return self._next(at, self._ack("none"))

    def cried(self, at: Moment, heard: str) -> None:
        """While its question waited, somebody called for help: safety answers that, and the voice ends the question."""
        if self.running and self._step:
            self._note_call(at, heard)

    def _call(self, at: Moment, heard: str, called: bool, confidence: float) -> Decisions:
        """They may be calling for help: safety asks, and the companion waits for it."""
        self._note_call(at, heard)
        # What the hard-wired path knows, the voice has told safety already.
        return [] if called else [Suspect(heard, confidence, self.person)]

    def _note_call(self, at: Moment, heard: str) -> None:
        if self._step == "hello":
            self.state.greeted = True
        elif self._step in TOPICS:
            topic: CheckInTopic = next(one for one in TOPICS if one == self._step)
            bad = grade_of(topic, heard, self._lang, yes_is=None) == "bad"
            self._record(topic, "bad" if bad else "help", heard, at)
        elif self._step.startswith("screen"):
            self.state.screened.append(None)
        self._step = ""
        self._keep(at)

    def _unheard(self, at: Moment) -> Decisions:
        self._silences += 1
        if self._step == "hello" or self._silences >= SILENCES:
            return self._put_off(at, "" if self._step == "hello" else "asleep")
        self._passed_over.add(self._step)
        self._step = ""
        return self._next(at, "")

    # --- what comes next ----------------------------------------------------------------------------------------

    def _next(self, at: Moment, ack: str) -> Decisions:
        if self._spent(at) > self._parameters.limit_s - LAST_QUESTION_S:
            return self._end("time_up", at, closing="time_up")
        for topic in TOPICS:
            if topic not in self.state.topics and topic not in self._passed_over:
                return self._ask_about(topic, at, ack)
        if (
            self._screen
            and self._allows(Purpose.MOOD, at.civil)
            and len(self.state.screened) < 2
            and "screen" not in self._passed_over
        ):
            number = len(self.state.screened)
            if f"screen {number}" not in self._passed_over:
                return self._ask_mood(number, ack)
        if self._passed_over:
            return self._put_off(at, "later")
        return self._end("complete", at, ack=ack)

    def _ask_about(self, topic: CheckInTopic, at: Moment, ack: str) -> Decisions:
        self._step, self._followed = topic, None
        self.topic = CONTEXTS.get(topic, "")
        if kept := self._to_follow_up(Topic(topic), at):
            self._followed = kept
            return [self._question(f"{ack} {follow_up(kept.fact, self._lang)}".strip())]
        return [self._ask(f"asked.{topic}", ack=ack)]

    def _to_follow_up(self, topic: Topic, at: Moment) -> Kept | None:
        if self._memory is None:
            return None
        try:
            kept = self._memory.to_follow_up(self.state.person, topic, at.civil)
            if kept is not None:
                self._memory.asked(kept, at.civil)
        except UserError as error:
            log.error("the memory cannot be read", trouble=str(error))
            return None
        return kept

    def _ask_mood(self, number: int, ack: str) -> Decisions:
        self._step, self.topic = f"screen {number}", "mood"
        question = catalogue(self._lang, "checkin")["mood_questions"][number]
        intro = phrase(self._lang, "checkin.mood_intro") if number == 0 else ""
        return [self._question(" ".join(part for part in (ack, intro, question) if part))]

    def _take_from_memory(self, at: Moment) -> None:
        """What was told today already is not asked again."""
        if self._memory is None:
            return
        for topic in TOPICS:
            if topic in self.state.topics:
                continue
            try:
                fact = self._memory.of_day(self.state.person, Topic(topic), at.civil.date(), at.civil)
            except UserError as error:
                log.error("the memory cannot be read", trouble=str(error))
                return
            grade = KINDS[fact.kind].valence if fact else ""
            if fact is not None and grade:
                self.state.topics[topic] = Told(grade=grade, said=fact.utterance, unasked=True)

    def _record(self, topic: CheckInTopic, grade: CheckInGrade, heard: str, at: Moment) -> None:
        self.state.topics[topic] = Told(grade=grade, said=heard[:300])
        self._keep(at)

    # --- how it ends --------------------------------------------------------------------------------------------

    def _put_off(self, at: Moment, closing: str) -> Decisions:
        self.state.next_try = at.civil + timedelta(minutes=self._parameters.retry_min)
        self._keep(at)
        said = [Say(phrase(self._lang, f"checkin.{closing}"), person=self.person)] if closing else []
        return [*said, *self._over()]

    def _end(self, ended: Ended, at: Moment, *, closing: str | None = None, ack: str = "") -> Decisions:
        self.state.ended = ended
        self._keep(at)
        words = self._allows(Purpose.CHECK_IN_WORDS, at.civil)
        events = events_of(self.state, self._before, with_words=words)
        if closing is None:
            bad = any(told.grade in ("bad", "help") for told in self.state.topics.values())
            closing = "closing_talk" if positive(self.state) else "closing_bad" if bad else "closing"
        text = f"{ack} {phrase(self._lang, f'checkin.{closing}')}".strip() if closing else ""
        said = [Say(text, person=self.person)] if text else []
        return [*events, *said, *self._over()]

    def _over(self, *, at_once: bool = False) -> list[Decision]:
        self.running, self.done = False, True
        self._since = None
        return [Finish(at_once)]

    # --- small things -------------------------------------------------------------------------------------------

    def _ask(self, key: str, *, ack: str = "", **values: object) -> Ask:
        return self._question(f"{ack} {phrase(self._lang, f'checkin.{key}', **values)}".strip())

    def _question(self, text: str) -> Ask:
        self._asked = text
        return Ask(text, schema=_OWN_WORDS, again=(text,), person=self.person)

    def _ack(self, grade: str, topic: str = "") -> str:
        """A kind word about an answer; about a good one, a word of its topic's own."""
        return phrase(self._lang, f"checkin.well.{topic}" if grade == "good" and topic else f"checkin.heard.{grade}")

    def _spent(self, at: Moment) -> float:
        return self.state.spent_s + (at.now - self._since if self._since is not None else 0.0)

    def _account(self, at: Moment) -> None:
        self.state.spent_s = self._spent(at)
        self._since = at.now if self._since is not None else None

    def _keep(self, at: Moment) -> None:
        self._account(at)
        self._save(self.state)


def positive(state: CheckInState) -> bool:
    """Whether the two questions on mood were answered so that a person should look at it."""
    answers = [answer for answer in state.screened if answer is not None]
    return len(answers) == 2 and sum(answers) >= POSITIVE


def events_of(state: CheckInState, before: Mapping[CheckInTopic, CheckInGrade], *, with_words: bool) -> list[Emit]:
    """What the district is told of a check-in that has ended and was not wholly unanswered."""
    answers: list[CheckInAnswer] = []
    worse: list[CheckInTopic] = []
    better: list[CheckInTopic] = []
    for topic in TOPICS:
        told = state.topics.get(topic, Told(grade="not_asked"))
        answers.append(
            CheckInAnswer(
                topic=topic,
                grade=told.grade,
                before=before.get(topic),
                said=(told.said or None) if with_words else None,
                unasked=told.unasked,
            )
        )
        if told.grade == "bad" and before.get(topic) == "good":
            worse.append(topic)
        if told.grade == "good" and before.get(topic) == "bad":
            better.append(topic)
    assert state.ended and state.ended != "unanswered"
    summary = CheckInSummary(
        day=state.day,
        ended=state.ended,
        answers=answers,
        worse=worse,
        better=better,
        tries=len(state.tries),
        duration_s=round(state.spent_s, 1),
    )
    troubled = worse or any(answer.grade in ("bad", "help") for answer in answers)
    out = [Emit(summary, state.person, Severity.NOTICE if troubled else None)]
    screened = [answer for answer in state.screened if answer is not None]
    if len(screened) == 2:
        data = CheckInScreen(day=state.day, answers=screened, positive=positive(state))
        out.append(Emit(data, state.person, Severity.WARNING if data.positive else None))
    return out


class Report(Activity):
    """Tells the district, without a word in the home, how a check-in ended that nobody ended by talking.

    It interrupts nothing for that.

    Attributes:
        done: it told.
    """

    def __init__(self, state: CheckInState, events: list[Emit], save: Callable[[CheckInState], None]) -> None:
        self.name = f"check-in report {state.person} {state.day}"
        self.state, self.done = state, False
        self._events, self._save = events, save

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        self.done = True
        self._save(self.state)
        return [*self._events, Finish()]

    def answered(self, answered: Answered) -> Decisions:  # noqa: ARG002
        return []

    def spoken(self, spoken: Spoken) -> Decisions:  # noqa: ARG002
        return []


def unanswered(state: CheckInState, days: int, last: date | None) -> Emit:
    """The event for a day on which nobody answered."""
    return Emit(CheckInUnanswered(day=state.day, tries=state.tries, days=days, last_answered=last), state.person)
