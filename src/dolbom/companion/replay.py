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
from random import Random
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
from dolbom.companion.wired import Did, FellSilent, SafetyDecided, Spoke, Wired
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.errors import UserError
from dolbom.events import CheckInScreen, CheckInSummary, CheckInUnanswered, Data, GamePlayed
from dolbom.games.hosting import Games
from dolbom.i18n import phrase
from dolbom.platform.messages import Notice
from dolbom.safety import observations as safety
from dolbom.safety.distress import ALARM
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.store.base import Store, open_store
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

STEP_S, LONG_STEP_S, LIVELY_S = 0.1, 5.0, 60.0
_LINE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s+(.*\S)\s*$")
_CLOCK = re.compile(r"^\s*clock (\d\d):(\d\d)\s*$")
_PERSON = re.compile(r"^\s*person (.*\S)\s*$")
_NEXT_DAY = re.compile(r"^\s*next day (\d\d):(\d\d)\s*$")


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
        self._parameters, self._understanding = parameters, understanding or Understanding()
        self._sources, self._replies = sources, replies or {}
        self._address = address
        self._home: _Home | None = None
        self._journal = _Journal()
        self._campaign: seen.CampaignCame | None = None
        self._notice: Notice | None = None
        self._start = datetime(2026, 11, 22, 9, 0, tzinfo=SEOUL).astimezone(UTC)
        self._now = 0.0
        self._here: set[str] = set()
        self._next_sight = 0.0
        self._reminders = 0
        self._lines: list[str] = []
        guard = Guard(Ladder(LadderParameters(), "/district/d/home/h/robot/r", lang))
        self._wired = Wired(self._begin(), guard, self._at, self._did, lang, syllables_per_s)

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
            name_of: Callable[[str | None], str] = name
            sources += [CheckIns(store, memory, lambda: understanding, name, self.lang), remembering]
            games = Games(GameStore(store), lambda: understanding, name_of, self.lang, chance=Random(1))  # noqa: S311
            sources.append(games)
            replies = {**remembering.replies(), **games.replies(), **replies}
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
        self._wired.companion = self._begin()

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
            busy = self._now < lively or self._wired.busy
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
        self._wired.tick()
        if self._now >= self._next_sight:
            self._next_sight = self._now + 1.0
            for person in sorted(self._here):
                self._wired.observed(seen.Seen(self._at(), person))
        self._wired.observed(seen.Tick(self._at()))

    # --- what happens -------------------------------------------------------------------------------------------

    def _happens(self, verb: str, *rest: str) -> None:
        at = self._at()
        if verb in ("says", "types", "spots", "then"):
            person = rest[2] if len(rest) > 2 and rest[1] == "by" else None
            self._wired.hears(rest[0], self._id(person), cast(Literal["says", "types", "spots", "then"], verb))
        elif verb == "sees":
            self._here.add(person := self._id(rest[0]) or "")
            self._wired.observed(seen.Seen(at, person))
        elif verb == "loses":
            self._here.discard(person := self._id(rest[0]) or "")
            self._wired.observed(seen.Unseen(at, person))
        elif verb in ("consents", "withdraws") and self._home is not None:
            people, purpose = self._home.memory.people, Purpose(rest[1])
            if verb == "consents":
                people.consent(self._home.ids[rest[0]], Consent(purpose, "home", at.civil))
            else:
                people.withdraw(self._home.ids[rest[0]], at.civil, purpose)
        elif verb == "campaign":
            deadline = at.civil + timedelta(minutes=float(rest[2]))
            self._campaign = seen.CampaignCame(at, str(UUID(int=1)), rest[0], rest[1], "", deadline)
            self._wired.observed(self._campaign)
        elif verb == "campaign_over":
            self._campaign = None
            self._wired.observed(seen.CampaignWithdrawn(at, str(UUID(int=1))))
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
            self._wired.companion_does(self._wired.companion.offer(_Game(rest), at))
        elif verb == "killed":
            self._killed(at)
        elif verb == "fall":
            fall = safety.FallSeen(at, "b1", safety.Fall(rest[0]), confidence=0.9)
            self._wired.suspected(fall)
        elif verb == "button":
            self._wired.suspected(safety.Suspected(at, "button"))
        elif verb in ("acknowledged", "closed"):
            alarm = next(d.alarm_id for d in self._wired.guard.distresses if d.stage in ALARM)
            assert alarm is not None
            self._wired.suspected(safety.Received(at, alarm, safety.ReceiptKind(verb), ""))
        elif verb == "remind":
            self._reminders += 1
            question = rest[2] if len(rest) > 2 else ""
            due = seen.ReminderDue(at, f"{self._reminders}", "due", rest[0], rest[1], question, tuple(rest[3:]))
            self._wired.observed(due)
        elif verb == "withdraw":
            self._wired.observed(seen.ReminderWithdrawn(at, rest[0]))
        elif verb == "nothing":
            self._tick()
        else:
            raise KeyError(f"nothing is called {verb}")

    def _killed(self, at: seen.Moment) -> None:
        """Companion and voice die and are started again; the guard lives in another process."""
        self._wired.restarted(self._begin())
        if self._campaign is not None:
            # Latched: told again to whoever starts.
            came = self._campaign
            told = seen.CampaignCame(at, came.id, came.text, came.instruction, came.area, came.deadline)
            self._wired.observed(told)

    # --- what is done -------------------------------------------------------------------------------------------

    def _did(self, did: Did) -> None:
        match did:
            case Spoke():
                who = "safety " if did.by == "safety" else ""
                self._lines.append(f"{who}{'asks' if did.request.question else 'says'}: {did.request.text}")
            case FellSilent():
                self._lines.append("falls silent")
            case SafetyDecided():
                for event in did.decisions.events:
                    self._lines.append(f"tells the district: {event.kind} [{event.severity}]")
            case made.Emit():
                severity = did.severity or did.data.severity
                who = f" for {self._name(did.subject)}" if did.subject else ""
                self._lines.append(f"tells the district: {did.data.kind} [{severity}]{who}{_more(did.data)}")
            case made.SettleReminder():
                how = "told" if did.told else did.outcome.value
                self._lines.append(f"reminder {did.goal}: {how} {did.answer}".rstrip())
            case made.SwitchCamera():
                self._lines.append(f"camera {'on' if did.on else 'off'}")
            case made.SetSpeech():
                self._lines.append(f"voice {did.what}")
            case made.Approach():
                self._lines.append("comes closer")
            case made.TellHappened():
                self._lines.append(f"tells the routines: {did.event}")
            case made.TellOfMedicine():
                named = self._understanding.named("medicine", did.heard, did.lang)
                self._lines.append(f"tells the routines: {did.what} {named}".rstrip())
            case _:
                pass


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
    if isinstance(data, GamePlayed):
        return f": {data.game}, {data.rounds} rounds, {data.ended}"
    if isinstance(data, CheckInUnanswered):
        return f": {len(data.tries)} tries, day {data.days}"
    return ""
