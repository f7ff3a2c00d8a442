"""The companion's core: told what is heard, seen and due, it decides what the robot says, asks, tells and switches.

One mouth: of all activities one has the word (`arbiter`), and of it one utterance is under way. What people say goes
to the question that waits for it (in the voice), else to the activity, else it is answered (`talk`). Deterministic:
the same observations give the same decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import time

from pydantic import BaseModel, ConfigDict, Field

from dolbom.companion.activity import Activity, Priority, Why
from dolbom.companion.arbiter import Arbiter, Entry
from dolbom.companion.attention import Attention
from dolbom.companion.coming import How, said_of_coming
from dolbom.companion.decisions import (
    Ask,
    Cancel,
    Chat,
    Decision,
    Finish,
    PutAside,
    Say,
    ShowedLife,
    Suspect,
    Unhandled,
)
from dolbom.companion.greeting import Greetings
from dolbom.companion.observations import (
    Answered,
    BodiesSeen,
    Chatted,
    DistressChanged,
    Heard,
    Moment,
    Observation,
    Outcome,
    ReminderDue,
    ReminderWithdrawn,
    Seen,
    Spoken,
    Tick,
)
from dolbom.companion.reminder import Reminder
from dolbom.companion.talk import Remembers, Reply, Return, Sentence, Talk, Words
from dolbom.dialog.intents import Context, Understanding, Understood
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.i18n import catalogue, phrase

Source = Callable[[Observation], Activity | None]
"""Asked at every observation whether something new is to be done: check-ins, campaigns, greetings."""

_NOTHING = ("none", "yes", "no")
HOLD_S = (1.0, 5.0, 15.0, 60.0)
"""What the voice cut off goes on after this, seconds; longer each time in a row."""
SAFETY_WAIT_S = 12.0
"""After words that safety will ask about nothing else is said for so long, if safety does not say how it stands."""
WORRY_S = 120.0
"""Words that may mean danger, and were not said to the robot, are asked about once in so many seconds."""


class CompanionParameters(BaseModel):
    """When and how the robot talks with people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: list[str] = Field([], description="What the robot is called; empty: the names of its language.")
    attention_s: float = Field(20, ge=3, le=300, description="How long it listens after its name, seconds.")
    face_s: float = Field(10, ge=1, le=300, description="A familiar face counts for this long, seconds.")
    quiet_s: float = Field(
        3, ge=0, le=60, description="It begins nothing within this time of somebody's words, seconds."
    )
    moment_s: float = Field(60, ge=0, le=3600, description="What is due waits this long for a pause, seconds.")
    company_s: float = Field(300, ge=10, le=7200, description="Somebody seen or heard is still near then, seconds.")
    quiet_from: str = Field("21:30", pattern=r"^\d\d:\d\d$", description="From then on it does not speak first.")
    quiet_until: str = Field("07:00", pattern=r"^\d\d:\d\d$", description="From then on it may speak first again.")
    morning_until: str = Field("11:00", pattern=r"^\d\d:\d\d$", description="First seen before that: good morning.")
    absence_h: float = Field(4, ge=0.1, le=72, description="Unseen for longer, somebody is greeted again, hours.")
    morphemes: bool = Field(True, description="Read Korean with the morpheme model: slower to load, understands more.")
    small_talk_url: str = Field("", description="A local server for small talk, as http://127.0.0.1:8080/v1; or none.")
    small_talk_model: str = Field("", description="The model's name at that server.")


class Companion:
    """Talks.

    Args:
        understanding: of what people say.
        lang: of the home.
        address: how somebody is called, for an id; None if there is no form for them.
        sources: what else may want to be talked about.
        replies: answers to intents that other parts know, in place of the own ones.
        memory: takes in what people tell.
    """

    def __init__(
        self,
        parameters: CompanionParameters | None = None,
        understanding: Understanding | None = None,
        lang: str = "ko",
        address: Callable[[str | None], str | None] = lambda person: None,  # noqa: ARG005
        sources: Sequence[Source] = (),
        replies: Mapping[str, Reply] | None = None,
        memory: Remembers | None = None,
    ) -> None:
        self.parameters = parameters or CompanionParameters()
        self.lang = lang
        self.understanding = understanding or Understanding()
        self._address = address
        morning = (self.parameters.quiet_until, self.parameters.morning_until)
        greetings = Greetings(self.name, lang, morning, self.parameters.absence_h)
        self._sources: list[Source] = [greetings, *sources]
        names = self.parameters.names or catalogue(lang, "companion")["names"]
        self.attention = Attention(names, self.parameters.attention_s, self.parameters.face_s)
        self.words = Words(
            names[0], self.understanding, bool(self.parameters.small_talk_url), dict(replies or {}), memory
        )
        self._arbiter = Arbiter(self._ready)
        self._active: Entry | None = None
        self._at: Moment | None = None
        self._last_words = -1e9
        self._settled: set[tuple[str, float]] = set()
        self._question_over = -1e9
        self._worried_until = -1e9
        self._safety_until: float | None = None
        self._counter = 0
        self._out: list[Decision] = []

    def understand_with(self, understanding: Understanding) -> None:
        """From now on words are understood by this."""
        self.understanding = self.words.understanding = understanding

    @property
    def busy(self) -> str:
        """What has the word now: its name, "distress" or ""."""
        if self._arbiter.lines.distress:
            return "distress"
        return self._active.activity.name if self._active else ""

    @property
    def watches(self) -> bool:
        """Whether what has the word wants to be told of bodies."""
        return self._active is not None and self._active.activity.watches

    @property
    def waiting(self) -> int:
        """How many activities are in line, with the one that has the word."""
        return len(self._arbiter.entries())

    def observe(self, observation: Observation) -> list[Decision]:
        """What to do about one observation."""
        self._out = []
        self._at = observation.at
        match observation:
            case Heard():
                self._hear(observation)
            case BodiesSeen():
                self._watch(observation)
            case Seen():
                self.attention.seen(observation.person, observation.at.now)
            case DistressChanged():
                self._arbiter.lines.distress, self._safety_until = observation.stands, None
                # What was said while safety asked was said to it.
                self._question_over = max(self._question_over, observation.at.now)
            case ReminderDue():
                self._offer(Reminder(observation, self.lang, self.words), observation.at)
            case ReminderWithdrawn():
                self._withdraw(f"reminder {observation.goal}", observation.at)
            case Answered():
                self._answered(observation)
            case Spoken():
                self._spoken(observation)
            case Chatted():
                self._chatted(observation)
            case Tick():
                self._tick(observation.at)
            case _:
                pass
        self._tell_sources(observation)
        self._hand_over(observation.at)
        return self._out

    def offer(self, activity: Activity, at: Moment) -> list[Decision]:
        """Puts an activity in line; what follows from it now."""
        self._out = []
        self._at = at
        self._offer(activity, at)
        self._hand_over(at)
        return self._out

    def came(self, how: How, at: Moment) -> list[Decision]:
        """Whoever called the robot is told how it goes with its coming; nobody is while a distress stands."""
        said = None if self._arbiter.lines.distress else said_of_coming(how, self.lang)
        return [] if said is None else self.offer(said, at)

    def withdraw(self, name: str, at: Moment) -> list[Decision]:
        """Ends the activity of this name."""
        self._out = []
        self._at = at
        self._withdraw(name, at)
        self._hand_over(at)
        return self._out

    # --- who has the word ---------------------------------------------------------------------------------------

    def _offer(self, activity: Activity, at: Moment, *, first: bool = False) -> None:
        if any(entry.activity.name == activity.name for entry in self._arbiter.entries()):
            return
        self._arbiter.add(Entry(activity, activity.priority, at), first=first)

    def _withdraw(self, name: str, at: Moment) -> None:
        for entry in self._arbiter.entries():
            if entry.activity.name == name:
                self._silence(entry)
                self._carry_out(entry, entry.activity.stop(at, Why.WITHDRAWN))
                self._drop(entry)

    def _ready(self, entry: Entry) -> bool:
        assert self._at is not None
        if not entry.activity.needs_company:
            return True
        now, parameters = self._at.now, self.parameters
        waited = now - entry.since.now
        pause = now - self._last_words >= parameters.quiet_s or waited >= parameters.moment_s
        if entry.priority >= Priority.APPOINTMENT:
            return pause
        return pause and not self._night() and self._near(waited)

    def _near(self, waited: float) -> bool:
        """Whether somebody is there, or it was waited for them long enough (seconds)."""
        assert self._at is not None
        now, long = self._at.now, self.parameters.company_s
        return self.attention.company(now) or now - self._last_words < long or waited >= 6 * long

    def _night(self) -> bool:
        assert self._at is not None
        start, end = time.fromisoformat(self.parameters.quiet_from), time.fromisoformat(self.parameters.quiet_until)
        now = self._at.civil.time()
        return start <= now < end if start <= end else now >= start or now < end

    def _hand_over(self, at: Moment) -> None:
        for entry in self._arbiter.entries():
            if entry.away and entry.activity.only_ends:
                # How it ended is told now, not when the word comes back to it.
                self._carry_out(entry, entry.activity.stop(at, Why.PREEMPTED))
        # Each turn ends or begins something; a line is never longer than what was put in it.
        for _ in range(32):
            chosen = self._arbiter.choose()
            self._take_over(chosen)
            before = self._active
            if chosen is before and (chosen is None or (chosen.begun and not chosen.away)):
                return
            if before is not None and before is not chosen and before in self._arbiter.entries() and not before.away:
                self._displace(before, at)
            self._active = chosen
            if chosen is None:
                continue
            self._give_word(chosen, at)

    def _take_over(self, chosen: Entry | None) -> None:
        """Whatever was begun and is less urgent is displaced, also if only an answer was given in its place."""
        distress = self._arbiter.lines.distress
        above = Priority.DISTRESS if distress else chosen.priority if chosen is not None else Priority.IDLE
        for entry in self._arbiter.entries():
            if entry.begun and entry.priority < above:
                entry.displaced, entry.back = True, None

    def _displace(self, entry: Entry, at: Moment) -> None:
        self._silence(entry)
        if entry.finishing:
            self._drop(entry)
            return
        entry.away = True
        entry.hold_until = None
        if isinstance(entry.activity, Return):
            # Whoever was asked whether to go on is asked again.
            for other in self._arbiter.entries():
                other.displaced = other.displaced or other.activity is entry.activity.to
        self._carry_out(entry, entry.activity.stop(at, Why.PREEMPTED))

    def _give_word(self, entry: Entry, at: Moment) -> None:
        if not entry.begun:
            entry.begun = True
            self._carry_out(entry, entry.activity.start(at))
            return
        entry.away = False
        if entry.displaced and entry.activity.asks_to_return:
            entry.displaced = False
            entry.away = True
            entry.back = entry.back or Return(entry.activity, self.lang, self.words)
            self._arbiter.add(Entry(entry.back, entry.priority, at), first=True)
            return
        entry.displaced = False
        agreed, entry.agreed = entry.agreed, False
        self._carry_out(entry, entry.activity.agreed(at) if agreed else entry.activity.resume(at))

    def _silence(self, entry: Entry) -> None:
        if entry.under_way:
            self._out.append(Cancel(entry.under_way))
            entry.under_way, entry.asking = "", False

    def _drop(self, entry: Entry) -> None:
        self._arbiter.remove(entry)
        if self._active is entry:
            self._active = None
        if isinstance(entry.activity, Return):
            self._returned(entry.activity)

    def _returned(self, back: Return) -> None:
        assert self._at is not None
        for entry in self._arbiter.entries():
            if entry.activity is back.to and back.refused is not None:
                self._carry_out(entry, entry.activity.stop(self._at, back.refused))
                self._drop(entry)
            elif entry.activity is back.to:
                entry.agreed = back.goes_on
                if back.goes_on:
                    entry.back = None

    # --- what comes back ----------------------------------------------------------------------------------------

    def _entry_of(self, id: str) -> Entry | None:
        return next((entry for entry in self._arbiter.entries() if id and entry.under_way == id), None)

    def _spoken(self, spoken: Spoken) -> None:
        entry = self._entry_of(spoken.id)
        if entry is None:
            return
        entry.under_way = ""
        self.attention.prolong(spoken.at.now)
        if entry.finishing:
            self._drop(entry)
        elif spoken.finished:
            entry.cut_off = 0
            self._carry_out(entry, entry.activity.spoken(spoken))
        else:
            self._hold(entry, spoken.at)

    def _answered(self, answered: Answered) -> None:
        entry = self._entry_of(answered.id)
        if entry is None:
            return
        entry.under_way, entry.asking = "", False
        if answered.outcome is Outcome.ANSWERED:
            self._out.append(ShowedLife("answered", entry.activity.person))
        if answered.heard:
            self._last_words = answered.at.now
            self._question_over = answered.at.now
            self.attention.prolong(answered.at.now)
        if entry.finishing:
            self._drop(entry)
        elif answered.outcome is Outcome.INTERRUPTED and answered.answer == "stop":
            self._stop(answered.at)
        elif answered.outcome is Outcome.INTERRUPTED:
            self._hold(entry, answered.at)
        else:
            entry.cut_off = 0
            self._carry_out(entry, entry.activity.answered(answered))
            if answered.answer != "help" and calls_for_help(answered.heard, self.lang):
                self._leave_to_safety(answered.at)  # not what was asked for: the voice has told safety

    def _hold(self, entry: Entry, at: Moment) -> None:
        # The voice cut it off for something more urgent, of which this part hears in a moment; or it is broken.
        entry.hold_until = at.now + HOLD_S[min(entry.cut_off, len(HOLD_S) - 1)]
        entry.cut_off += 1

    def _chatted(self, chatted: Chatted) -> None:
        entry = next((entry for entry in self._arbiter.entries() if isinstance(entry.activity, Talk)), None)
        if entry is not None and isinstance(entry.activity, Talk):
            self._carry_out(entry, entry.activity.chatted(chatted))

    def _leave_to_safety(self, at: Moment) -> None:
        """Safety is told, and will ask: until it says how it stands, all is as in a distress."""
        lines = self._arbiter.lines
        if not lines.distress:
            lines.distress, self._safety_until = True, at.now + SAFETY_WAIT_S
            self._tell_sources(DistressChanged(at, stands=True))

    def _tell_sources(self, observation: Observation) -> None:
        for source in self._sources:
            if (activity := source(observation)) is not None:
                self._offer(activity, observation.at)

    def _tick(self, at: Moment) -> None:
        if self._safety_until is not None and at.now >= self._safety_until:
            self._arbiter.lines.distress, self._safety_until = False, None
        for aside in self._aside():
            over = at.now - (aside.aside_until or 0.0)
            if over >= 0 and self._near(over):
                self._arbiter.put_back(aside)
        entry = self._active
        if entry is None or entry.finishing or entry.away:
            return
        if entry.hold_until is not None:
            if at.now >= entry.hold_until:
                entry.hold_until = None
                self._carry_out(entry, entry.activity.resume(at))
            return
        self._carry_out(entry, entry.activity.tick(at))

    def _watch(self, seen: BodiesSeen) -> None:
        entry = self._active
        if entry is not None and not entry.finishing and not entry.away:
            self._carry_out(entry, entry.activity.watched(seen))

    # --- what is heard ------------------------------------------------------------------------------------------

    def _hear(self, heard: Heard) -> None:
        now, segment = heard.at.now, (heard.voice, heard.stamp)
        self._last_words = now
        if len(self._settled) > 64:
            self._settled.clear()
        said = heard.text.strip()
        if not said:
            self._spotted(heard, segment)
            return
        called, rest = self.attention.without_name(said)
        if called:
            self.attention.wake(heard, now)
        listens = called or self.attention.listens_to(heard, now)
        topic = self._active.activity.topic if self._active else ""
        understood = self.understanding.of(rest or said, heard.lang, Context(topic=topic, addressed=listens))
        if listens:
            self._out.append(ShowedLife("spoke", heard.person))
        asking = self._active is not None and self._active.asking
        if understood.emergency:
            # The hard-wired words are taken up where they are heard, in the voice: here is only what it cannot know.
            if not calls_for_help(said, heard.lang):
                self._out.append(Suspect(said, understood.confidence, heard.person))
            if not asking:
                self._leave_to_safety(heard.at)
            return
        if self._arbiter.lines.distress or segment in self._settled:
            return
        if asking or heard.stamp <= self._question_over:
            return  # it belongs to the question, and comes back with its answer
        stop = understand(rest or said, heard.lang) == "stop"
        if stop and self._active is not None:
            # Whoever says it: the voice has fallen silent at this word, too.
            self._stop(heard.at)
            return
        # Danger that is not sure is asked about whoever says it, once in a while: it may be a television.
        worrying = understood.intent == "emergency"
        if worrying and not listens and now < self._worried_until:
            return
        if worrying:
            self._worried_until = now + WORRY_S
        near = listens or self.attention.knows(heard, now)
        if not (near or worrying):
            return
        if not rest:
            self._talk(heard, replace(understood, intent="called"))
        elif stop or (understood.intent == "stop" and understood.band == "act"):
            self._stop(heard.at, told=listens)
        elif not (self._taken(heard, understood) or self._taken_up(heard, understood)):
            self._talk(replace(heard, text=rest), understood, near=near, addressed=listens)

    def _spotted(self, heard: Heard, segment: tuple[str, float]) -> None:
        called, rest = self.attention.without_name(heard.spotted)
        if called and not rest:
            # The rest of the segment may hold what is wanted: the name alone is answered when its text has come.
            self.attention.wake(heard, heard.at.now)
            return
        entry, stop = self._active, understand(heard.spotted, heard.lang) == "stop"
        if stop and entry is not None and not entry.asking and not self._arbiter.lines.distress:
            self._settled.add(segment)
            self._stop(heard.at)

    def _taken(self, heard: Heard, understood: Understood) -> bool:
        entry = self._active
        if entry is None or entry.finishing or isinstance(entry.activity, Talk):
            return False
        decisions = entry.activity.heard(heard, understood)
        if decisions is None:
            return False
        self._carry_out(entry, decisions)
        return True

    def _aside(self) -> list[Entry]:
        """What was put aside for a pause."""
        return [entry for entry in self._arbiter.entries() if entry.aside_until is not None]

    def _taken_up(self, heard: Heard, understood: Understood) -> bool:
        """Whether somebody wants to go on with what was put aside."""
        for entry in self._aside():
            if entry.activity.heard(heard, understood) is not None:
                # Who says so need not be asked.
                entry.displaced, entry.agreed = False, True
                self._arbiter.put_back(entry)
                return True
        return False

    def _talk(
        self, heard: Heard, understood: Understood, tries: int = 0, *, near: bool = True, addressed: bool = True
    ) -> None:
        """Answers, in the place of whatever has the word: that goes on afterwards."""
        priority = self._priority()
        if self._active is not None and isinstance(self._active.activity, Talk):
            # A new request takes the place of the old one.
            entry = self._active
            self._silence(entry)
            self._drop(entry)
        talk = Talk(heard, understood, self.words, priority, tries, near=near, addressed=addressed)
        if talk.wanted:
            self._arbiter.add(Entry(talk, talk.priority, heard.at), first=True)

    def _priority(self) -> Priority:
        return self._active.priority if self._active is not None else Priority.IDLE

    def _stop(self, at: Moment, *, told: bool = True) -> None:
        """Somebody said stop; `told`: to the robot, by its name."""
        entry = self._active or next(iter(self._aside()), None)
        self.attention.sleep()
        if entry is None:
            if told:
                self._offer(Sentence("quiet", phrase(self.lang, "companion.quiet")), at, first=True)
            return
        self._silence(entry)
        quiet = Sentence("quiet", phrase(self.lang, "companion.quiet"), entry.priority)
        self._carry_out(entry, entry.activity.stop(at, Why.STOP_WORD))
        self._arbiter.add(Entry(quiet, quiet.priority, at), first=True)

    # --- what an activity decides -------------------------------------------------------------------------------

    def _carry_out(self, entry: Entry, decisions: Sequence[Decision]) -> None:
        finished, at_once = False, False
        for decision in decisions:
            if isinstance(decision, Say | Ask | Chat):
                self._speak(entry, decision)
            elif isinstance(decision, Finish):
                finished, at_once = True, decision.at_once
            elif isinstance(decision, Unhandled):
                self._pass_on(entry, decision.text)
            elif isinstance(decision, PutAside):
                assert self._at is not None
                entry.aside_until, entry.displaced = self._at.now + decision.seconds, True
            else:
                self._out.append(decision)
            if isinstance(decision, Suspect):
                assert self._at is not None
                self._leave_to_safety(self._at)
        if at_once:
            self._silence(entry)
        if finished and entry.under_way:
            entry.finishing = True
        elif finished:
            self._drop(entry)

    def _speak(self, entry: Entry, decision: Say | Ask | Chat) -> None:
        self._counter += 1
        id = f"{self._counter}"
        if isinstance(decision, Chat):
            self._out.append(replace(decision, id=id))
            return
        if entry.under_way:
            self._silence(entry)
        usual = 1 if entry.priority >= Priority.APPOINTMENT else 0
        urgency = decision.urgency if decision.urgency is not None else usual
        said = replace(decision, id=id, urgency=urgency, lang=decision.lang or self.lang)
        entry.under_way, entry.asking = id, isinstance(said, Ask)
        self.words.last = decision.text
        self._out.append(said)

    def _pass_on(self, entry: Entry, text: str) -> None:
        """Words that answered nothing may be a request of their own."""
        assert self._at is not None
        heard = Heard(self._at, text, voice="typed", person=entry.activity.person, lang=self.lang, stamp=self._at.now)
        understood = self.understanding.of(text, self.lang, Context(addressed=True))
        if understood.emergency:
            if not calls_for_help(text, self.lang):
                self._out.append(Suspect(text, understood.confidence, entry.activity.person))
            self._leave_to_safety(self._at)
            return
        if not isinstance(entry.activity, Talk) and (understood.intent in _NOTHING or understood.band == "again"):
            # It was an answer, only not a clear one: the activity asks in its own way.
            self._carry_out(entry, entry.activity.resume(self._at))
            return
        was, self._active = self._active, entry
        self._talk(heard, understood, entry.activity.tries + 1 if isinstance(entry.activity, Talk) else 0)
        self._active = was if was in self._arbiter.entries() else None

    def name(self, person: str | None) -> str:
        """How somebody is addressed."""
        return self._address(person) or phrase(self.lang, "distress.address")
