"""Replays a conversation from a readable list: companion, voice and safety together, as on the robot, without sound.

Each line that begins with a time (seconds) is what happens; the lines with `→` are what the robot does:

      0.0  says "돌봄아 지금 몇 시야"
           → says: 지금은 오전 9시예요.

What happens: `says "words" [by PERSON]` (to the microphone), `types "words"`, `spots "phrase"` and `then "words"`
(a phrase in a segment, and later the words of the same segment), `sees PERSON`, `loses PERSON`, `fall STATE`,
`button`, `remind KIND "text" ["question"] [answer …]`, `withdraw NUMBER`, `acknowledged`, `closed`, `nothing`,
`campaign "what" "instruction" MINUTES`, `campaign_over`, `notice "text"`, `game "question" …`, `consents PERSON
PURPOSE`, `withdraws PERSON PURPOSE`, `killed` (the robot's processes, and started again).
Lines before all that: `clock HH:MM` sets the calendar, `person NAME [PURPOSE …]` is somebody the home knows, with what
they consent to. `next day HH:MM` lets a night pass. What follows later by itself stands under its own time with
`(time)`. Safety's own sentences are marked: they come from the guard, which needs no companion.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

from dolbom.clock import SEOUL
from dolbom.companion import decisions as made
from dolbom.companion import observations as seen
from dolbom.companion.activity import Activity, Decisions, Priority
from dolbom.companion.campaign import Campaigns
from dolbom.companion.companion import Companion, CompanionParameters, Source
from dolbom.companion.notice import Notices, weather
from dolbom.companion.remembering import Remembering
from dolbom.companion.replies import Reply
from dolbom.companion.schedule import CheckIns
from dolbom.dialog.engine import syllables
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.dialog.understanding import understand
from dolbom.dialog.voice import CalledForHelp, Decision, End, Ended, Hush, Request, Speak, Urgency, Voice
from dolbom.errors import UserError
from dolbom.events import CheckInScreen, CheckInSummary, CheckInUnanswered, Data
from dolbom.i18n import phrase
from dolbom.platform.messages import Notice
from dolbom.safety import observations as safety
from dolbom.safety.decisions import Ask, StopAsking
from dolbom.safety.decisions import Decisions as SafetyDecisions
from dolbom.safety.distress import ALARM, Stage
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.store.base import Store, open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

ANSWERS = ("fine", "help", "yes", "no", "stop")
STANDS = (Stage.ASKED, Stage.ASKED_AGAIN, Stage.RAISED, Stage.ACKNOWLEDGED)
STEP_S, LONG_STEP_S, LIVELY_S = 0.1, 5.0, 60.0
_LINE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s+(.*\S)\s*$")
_CLOCK = re.compile(r"^\s*clock (\d\d):(\d\d)\s*$")
_PERSON = re.compile(r"^\s*person (.*\S)\s*$")
_NEXT_DAY = re.compile(r"^\s*next day (\d\d):(\d\d)\s*$")
_OUTCOMES = {
    Ended.ANSWERED: seen.Outcome.ANSWERED,
    Ended.SILENCE: seen.Outcome.SILENCE,
    Ended.UNCLEAR: seen.Outcome.UNCLEAR,
    Ended.INTERRUPTED: seen.Outcome.INTERRUPTED,
    Ended.FAILED: seen.Outcome.FAILED,
}


class _Journal:
    """How far the campaigns of a replayed home are; outlives a killed companion, as the home's database does."""

    def __init__(self) -> None:
        self._kept: dict[UUID, dict[str, Any]] = {}

    def load(self, campaign: UUID) -> dict[str, Any] | None:
        return self._kept.get(campaign, {})

    def save(self, campaign: UUID, progress: dict[str, Any]) -> None:
        self._kept[campaign] = progress


class _Game(Activity):
    """Asks its questions one after the other; the simplest thing that somebody may be busy with."""

    priority = Priority.GAME
    asks_to_return = True
    name = "game"

    def __init__(self, questions: Sequence[str]) -> None:
        self._left = list(questions)

    def start(self, at: seen.Moment) -> Decisions:  # noqa: ARG002
        return [made.Ask(self._left[0])] if self._left else [made.Finish()]

    def answered(self, answered: seen.Answered) -> Decisions:
        self._left.pop(0)
        return self.start(answered.at)


class _Home:
    """The database of a home whose people consented to something."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.store: Store = open_store(Path(self._folder.name) / "home.db")
        self.memory = MemoryStore(self.store, Path(self._folder.name) / "keys" / "faces.key")
        self.ids: dict[str, str] = {}

    def close(self) -> None:
        self.store.close()
        self._folder.cleanup()


class Replay:
    """One home that talks.

    Args:
        lang: of the home.
        understanding: of what is said.
        sources, replies: as of `Companion`.
        syllables_per_s: pace of the robot's speech.
    """

    def __init__(
        self,
        lang: str = "ko",
        understanding: Understanding | None = None,
        parameters: CompanionParameters | None = None,
        sources: Sequence[Source] = (),
        replies: dict[str, Reply] | None = None,
        address: Callable[[str | None], str | None] = lambda person: person,
        syllables_per_s: float = 6.0,
    ) -> None:
        self.lang = lang
        self._pace = syllables_per_s
        self._parameters, self._understanding = parameters, understanding or Understanding()
        self._sources, self._replies = sources, replies or {}
        self._address = address
        self._home: _Home | None = None
        self._journal = _Journal()
        self._campaign: seen.CampaignCame | None = None
        self._notice: Notice | None = None
        self.companion = self._begin()
        self.voice = Voice()
        self.guard = Guard(Ladder(LadderParameters(), "/district/d/home/h/robot/r", lang))
        self._start = datetime(2026, 11, 22, 9, 0, tzinfo=SEOUL).astimezone(UTC)
        self._now = 0.0
        self._speaking: tuple[str, float] | None = None
        self._here: set[str] = set()
        self._next_sight = 0.0
        self._reminders = 0
        self._segment = 0.0
        self._distress = False
        self._lines: list[str] = []
        self._safety_says = 0

    def run(self, text: str) -> str:
        """Replays every line and returns the same conversation with what the robot does.

        Raises:
            UserError: for a line that cannot be read (names it).
        """
        try:
            return "\n".join(self._run(text)) + "\n"
        finally:
            if self._home is not None:
                self._home.close()

    def _begin(self) -> Companion:
        """A companion that has just started."""
        understanding = self._understanding
        find = lambda now: self._notice  # noqa: E731, ARG005
        sources: list[Source] = [*self._sources, Campaigns(self._journal, self.lang), Notices(find, self.lang)]
        replies = {"weather": weather(find, self.lang), **self._replies}
        remembering = None
        if self._home is not None:
            store = self._home.memory
            memory = Memory(store, understanding)
            remembering = Remembering(memory, lambda: understanding, self.lang)
            name = lambda id: self._name(id) or phrase(self.lang, "distress.address")  # noqa: E731
            sources += [CheckIns(store, memory, lambda: understanding, name, self.lang), remembering]
            replies = {**remembering.replies(), **replies}
        return Companion(
            self._parameters, understanding, self.lang, self._name, sources, replies, remembering
        )  # fmt: skip

    def _name(self, id: str | None) -> str | None:
        """What somebody is called, for the id that the home's database gave them."""
        names = {id: name for name, id in self._home.ids.items()} if self._home is not None else {}
        return names.get(id or "") or self._address(id)

    def _id(self, name: str | None) -> str | None:
        return self._home.ids.get(name, name) if self._home is not None and name else name

    def _knows(self, name: str, purposes: Sequence[str]) -> None:
        self._home = self._home or _Home()
        people, at = self._home.memory.people, self._at().civil
        consents = [Consent(Purpose(one), "home", at - timedelta(days=1)) for one in purposes]
        # Somebody who consents to nothing has a name too: that of a consent that was taken back.
        first = consents[0] if consents else Consent(Purpose.MEMORY, "home", at - timedelta(days=1))
        self._home.ids[name] = person = people.add(name, first, at)
        for consent in consents[1:]:
            people.consent(person, consent)
        if not consents:
            people.withdraw(person, at, Purpose.MEMORY)
        self.companion = self._begin()

    def _run(self, text: str) -> Iterator[str]:
        for number, line in enumerate(text.splitlines(), 1):
            if clock := _CLOCK.match(line):
                start = self._start.astimezone(SEOUL).replace(hour=int(clock[1]), minute=int(clock[2]))
                self._start = start.astimezone(UTC)
                yield line.rstrip()
                continue
            if person := _PERSON.match(line):
                name, *purposes = shlex.split(person[1])
                self._knows(name, purposes)
                yield line.rstrip()
                continue
            if night := _NEXT_DAY.match(line):
                today = self._at().civil
                then = (today + timedelta(days=1)).replace(hour=int(night[1]), minute=int(night[2]), second=0)
                self._start += then - today
                yield line.rstrip()
                continue
            found = _LINE.match(line)
            if found is None or found[2] == "(time)":
                if line.strip() and not line.lstrip().startswith("→") and found is None:
                    raise UserError(f"line {number} of the conversation is nothing that happens: {line.strip()}")
                continue
            until = float(found[1])
            yield from self._wait(until)
            try:
                self._happens(*shlex.split(found[2]))
            except (KeyError, ValueError, IndexError, TypeError) as error:
                raise UserError(f"line {number} of the conversation cannot be read: {line.strip()} ({error})") from None
            yield f"{until:8.1f}  {found[2]}"
            yield from self._told()

    def _wait(self, until: float) -> Iterator[str]:
        lively = self._now + LIVELY_S
        while self._now < until:
            busy = self._now < lively or self._speaking is not None or self.voice.current is not None
            self._now = min(until, round(self._now + (STEP_S if busy else LONG_STEP_S), 1))
            self._tick()
            if self._lines:
                yield f"{self._now:8.1f}  (time)"
                yield from self._told()
                lively = self._now + LIVELY_S

    def _told(self) -> Iterator[str]:
        yield from (f"          → {line}" for line in self._lines)
        self._lines.clear()

    def _at(self) -> seen.Moment:
        return seen.Moment(self._now, (self._start + timedelta(seconds=self._now)).astimezone(SEOUL))

    def _tick(self) -> None:
        if self._speaking is not None and self._now >= self._speaking[1]:
            id, self._speaking = self._speaking[0], None
            self._voice_does(self.voice.spoken(id, self._now))
        self._voice_does(self.voice.tick(self._now))
        self._guard_does(self.guard.observe(safety.Tick(self._at())))
        if self._now >= self._next_sight:
            self._next_sight = self._now + 1.0
            for person in sorted(self._here):
                self._companion_does(self.companion.observe(seen.Seen(self._at(), person)))
        self._companion_does(self.companion.observe(seen.Tick(self._at())))

    # --- what happens -------------------------------------------------------------------------------------------

    def _happens(self, verb: str, *rest: str) -> None:
        at = self._at()
        if verb in ("says", "types", "spots", "then"):
            person = rest[2] if len(rest) > 2 and rest[1] == "by" else None
            self._hears(verb, rest[0], self._id(person))
        elif verb == "sees":
            self._here.add(person := self._id(rest[0]) or "")
            self._companion_does(self.companion.observe(seen.Seen(at, person)))
        elif verb == "loses":
            self._here.discard(person := self._id(rest[0]) or "")
            self._companion_does(self.companion.observe(seen.Unseen(at, person)))
        elif verb in ("consents", "withdraws") and self._home is not None:
            people, purpose = self._home.memory.people, Purpose(rest[1])
            if verb == "consents":
                people.consent(self._home.ids[rest[0]], Consent(purpose, "home", at.civil))
            else:
                people.withdraw(self._home.ids[rest[0]], at.civil, purpose)
        elif verb == "campaign":
            deadline = at.civil + timedelta(minutes=float(rest[2]))
            self._campaign = seen.CampaignCame(at, str(UUID(int=1)), rest[0], rest[1], "", deadline)
            self._companion_does(self.companion.observe(self._campaign))
        elif verb == "campaign_over":
            self._campaign = None
            self._companion_does(self.companion.observe(seen.CampaignWithdrawn(at, str(UUID(int=1)))))
        elif verb == "notice":
            until = at.civil + timedelta(hours=12)
            self._notice = Notice(
                id=UUID(int=2),
                kind="notice",
                notice_id=UUID(int=2),
                texts={self.lang: rest[0]},
                made_at=at.civil,
                until=until,
            )
        elif verb == "game":
            self._companion_does(self.companion.offer(_Game(rest), at))
        elif verb == "killed":
            self._killed(at)
        elif verb == "fall":
            fall = safety.FallSeen(at, "b1", safety.Fall(rest[0]), confidence=0.9)
            self._guard_does(self.guard.observe(fall))
        elif verb == "button":
            self._guard_does(self.guard.observe(safety.Suspected(at, "button")))
        elif verb in ("acknowledged", "closed"):
            alarm = next(d.alarm_id for d in self.guard.distresses if d.stage in ALARM)
            assert alarm is not None
            self._guard_does(self.guard.observe(safety.Received(at, alarm, safety.ReceiptKind(verb), "")))
        elif verb == "remind":
            self._reminders += 1
            question = rest[2] if len(rest) > 2 else ""
            due = seen.ReminderDue(at, f"{self._reminders}", "due", rest[0], rest[1], question, tuple(rest[3:]))
            self._companion_does(self.companion.observe(due))
        elif verb == "withdraw":
            self._companion_does(self.companion.observe(seen.ReminderWithdrawn(at, rest[0])))
        elif verb == "nothing":
            self._tick()
        else:
            raise KeyError(f"nothing is called {verb}")

    def _killed(self, at: seen.Moment) -> None:
        """Companion and voice die and are started again; the guard lives in another process."""
        self.voice, self._speaking = Voice(), None
        self.companion = self._begin()
        if self._campaign is not None:
            # Latched: told again to whoever starts.
            came = self._campaign
            told = seen.CampaignCame(at, came.id, came.text, came.instruction, came.area, came.deadline)
            self._companion_does(self.companion.observe(told))

    def _hears(self, verb: str, words: str, person: str | None) -> None:
        at = self._at()
        voice = "typed" if verb == "types" else "mic"
        if verb in ("says", "types", "spots"):
            self._segment = self._now
        spotted = verb == "spots"
        began = None if verb == "types" else self._segment
        heard = self.voice.hear(words, self._now, 1.0, self.lang, voice=voice, began=began, spotted=spotted)
        if spotted and understand(words, self.lang) == "help":
            # The ears tell safety of what they spot themselves.
            self._guard_does(self.guard.observe(safety.Suspected(at, "voice", evidence=words)))
        if not spotted:
            meaning = understand(words, self.lang)
            self._guard_does(self.guard.observe(safety.Heard(at, meaning, words, None)))
        text, phrase_spotted = ("", words) if spotted else (words, "")
        observed = seen.Heard(at, text, voice, person, self.lang, self._segment, phrase_spotted)
        # Both hear it at the same time; what the voice makes of it comes to the companion a moment later.
        self._voice_does([decision for decision in heard if isinstance(decision, Hush)])
        self._companion_does(self.companion.observe(observed))
        self._voice_does([decision for decision in heard if not isinstance(decision, Hush)])

    # --- what is done -------------------------------------------------------------------------------------------

    def _companion_does(self, decisions: Sequence[made.Decision]) -> None:
        for decision in decisions:
            match decision:
                case made.Say() | made.Ask():
                    self._voice_does(self.voice.request(_request(decision), self._now))
                case made.Cancel():
                    for kind in "sa":
                        self._voice_does(self.voice.cancel(f"c{kind}{decision.id}", self._now))
                case made.Emit():
                    severity = decision.severity or decision.data.severity
                    who = f" for {self._name(decision.subject)}" if decision.subject else ""
                    more = _more(decision.data)
                    self._lines.append(f"tells the district: {decision.data.kind} [{severity}]{who}{more}")
                case made.Suspect():
                    suspected = safety.Suspected(self._at(), "voice", decision.person, decision.confidence)
                    self._guard_does(self.guard.observe(suspected))
                case made.SettleReminder():
                    how = "told" if decision.told else decision.outcome.value
                    self._lines.append(f"reminder {decision.goal}: {how} {decision.answer}".rstrip())
                case made.SwitchCamera():
                    self._lines.append(f"camera {'on' if decision.on else 'off'}")
                case made.SetSpeech():
                    self._lines.append(f"voice {decision.what}")
                case made.Approach():
                    self._lines.append("comes closer")
                case made.TellHappened():
                    self._lines.append(f"tells the routines: {decision.event}")
                case made.TellOfMedicine():
                    named = self._understanding.named("medicine", decision.heard, decision.lang)
                    self._lines.append(f"tells the routines: {decision.what} {named}".rstrip())
                case _:
                    pass

    def _guard_does(self, decisions: SafetyDecisions) -> None:
        for event in decisions.events:
            self._lines.append(f"tells the district: {event.kind} [{event.severity}]")
        for act in decisions.acts:
            if isinstance(act, StopAsking):
                self._voice_does(self.voice.cancel(f"g{act.question}", self._now))
            elif isinstance(act, Ask):
                request = Request(
                    f"g{act.question}",
                    act.text,
                    self.lang,
                    act.person or "",
                    Urgency.DISTRESS,
                    ANSWERS,
                    act.time_limit_s,
                )
                self._voice_does(self.voice.request(request, self._now))
            else:
                self._safety_says += 1
                said = Request(f"s{self._safety_says}", act.text, self.lang, act.person or "", Urgency.DISTRESS)
                self._voice_does(self.voice.request(said, self._now))
        stands = any(d.stage in STANDS for d in self.guard.open)
        if stands != self._distress:
            self._distress = stands
            self._companion_does(self.companion.observe(seen.DistressChanged(self._at(), stands)))

    def _voice_does(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Speak():
                    request = decision.request
                    self._speaking = request.id, round(self._now + syllables(request.text) / self._pace, 1)
                    who = "" if request.id.startswith("c") else "safety "
                    self._lines.append(f"{who}{'asks' if request.question else 'says'}: {request.text}")
                case Hush():
                    if self._speaking is not None and self._speaking[0] == decision.id:
                        self._speaking = None
                        self._lines.append("falls silent")
                case End():
                    self._ended(decision)
                case CalledForHelp():
                    self._guard_does(self.guard.observe(safety.Suspected(self._at(), "voice", evidence=decision.text)))

    def _ended(self, end: End) -> None:
        kind, id = cast(Literal["c", "g", "s"], end.id[0]), end.id[1:]
        at = self._at()
        if kind == "g":
            outcome = safety.Outcome(_OUTCOMES[end.how].value)
            answered = safety.Answered(at, UUID(id), outcome, end.answer, end.heard)
            self._guard_does(self.guard.observe(answered))
        elif kind == "c" and id.startswith("a"):
            answer = seen.Answered(at, id[1:], _OUTCOMES[end.how], end.answer, end.value, end.heard, end.confidence)
            self._companion_does(self.companion.observe(answer))
        elif kind == "c":
            spoken = seen.Spoken(at, id[1:], end.how is Ended.FINISHED)
            self._companion_does(self.companion.observe(spoken))


def _more(data: Data) -> str:
    """What is told of a check-in."""
    if isinstance(data, CheckInSummary):
        said = [
            f"{one.topic} {one.grade}" + (" (told before)" if one.unasked else "") + (f" “{one.said}”" * bool(one.said))
            for one in data.answers
        ]
        changed = [f"{how}: {', '.join(topics)}" for how, topics in (("worse", data.worse), ("better", data.better))
                   if topics]  # fmt: skip
        return f": {data.ended}; {'; '.join([', '.join(said), *changed])}"
    if isinstance(data, CheckInScreen):
        return f": {'somebody should look' if data.positive else 'nothing to look at'}"
    if isinstance(data, CheckInUnanswered):
        return f": {len(data.tries)} tries, day {data.days}"
    return ""


def _request(act: made.Say | made.Ask) -> Request:
    urgency = Urgency(act.urgency or 0)
    if isinstance(act, made.Say):
        return Request(f"cs{act.id}", act.text, act.lang, act.person or "", urgency, picture=act.picture)
    return Request(
        f"ca{act.id}",
        act.text,
        act.lang,
        act.person or "",
        urgency,
        act.answers,
        act.time_limit_s or 0.0,
        act.schema,
        act.again,
        act.picture,
    )
