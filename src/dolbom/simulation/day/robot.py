"""The robot of the virtual day: its real core parts on scripted time, wired as its nodes wire them.

Fall detector, identities, safety with its ladder, voice, understanding, companion with check-ins and campaigns,
routines, the outbox on disk and the delivery to the district are those of the robot. What is not played: networks for
pictures and sound, processes and messages between them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from dolbom.companion import decisions as made
from dolbom.companion import observations as seen
from dolbom.companion.campaign import Campaigns, HomeJournal
from dolbom.companion.coming import How
from dolbom.companion.companion import Companion, Source
from dolbom.companion.notice import Notices, of_home, weather
from dolbom.companion.observations import Moment
from dolbom.companion.remembering import Remembering
from dolbom.companion.schedule import CheckIns
from dolbom.companion.wired import STANDS, Did, FellSilent, SafetyDecided, Spoke, Wired
from dolbom.dialog.engine import syllables
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.dialog.understanding import calls_for_help
from dolbom.drives import observations as drives
from dolbom.events import CameraSwitched, CareEvent, Data, Severity, SignKind, VisitorUnknown, new_event
from dolbom.i18n import phrase
from dolbom.perception.blind import LastLook
from dolbom.perception.face_watch import FaceParameters
from dolbom.perception.falls import FallDetector, FallParameters
from dolbom.perception.identity import UnknownVisitor
from dolbom.perception.presence import PersonLeft, PersonSeen, Presence
from dolbom.platform.delivery import Delivery
from dolbom.platform.messages import Campaign, CampaignText
from dolbom.platform.outbox import State
from dolbom.routines.decisions import Act, Begin, Remind, Withdraw
from dolbom.routines.driver import Done, Driver
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.keeper import Keeper
from dolbom.routines.observations import Happened, Observation, Reminded, Said
from dolbom.routines.persistence import Ledger as RoutineLedger
from dolbom.runtime.nodes import NODES
from dolbom.safety import observations as safety
from dolbom.safety.button import HOLD_S, HeldButton
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.safety.persistence import Ledger
from dolbom.sensors.parameters import ActivityParameters
from dolbom.simulation.day.activity import ActivityPart
from dolbom.simulation.day.eyes import BodyEyes, Camera, FaceEyes
from dolbom.simulation.day.figure import Figure
from dolbom.simulation.day.home import HomeStore
from dolbom.simulation.day.wheels import Wheels, wishes
from dolbom.simulation.scenario.record import Record

SOURCE = "/district/d/home/h/robot/r"
SPACE = UUID("6f1f3c1e-8d5e-4d53-9d55-3f6c9a0f6a51")
RESTART_S = 5.0
"""So long nothing is seen when the process that sees is killed and started again."""
SPEECH = 5.0
"""Syllables a second of an old voice."""
END_OF_TURN_S = 1.0
"""Silence after which the ears hold words for finished."""
FACES_EVERY_S = 0.25
SEEN_EVERY_S = 1.0
ROUTINES_EVERY_S = 1.0
AFTERMATH_S = 10.0
"""For so long after anything happened time goes in small steps."""
TINY_S, SMALL_S, CALM_S, STILL_S, LONG_S = 0.1, 0.5, 1.0, 2.5, 10.0
STILL_AFTER_S = 60.0
"""After so long in which nothing happened somebody in view is looked at less often."""


class CoreRobot:
    """One robot in one home.

    Args:
        home: its database.
        camera: where it looks from.
        people: who can be seen.
        strangers: those of them whom it does not know.
        record: told what happens.
        start: civil time at the beginning.
        lang: of the home.
        understanding: of what is said.
        seed: of everything that is drawn.
        zone: of the home.
        network: whether the district is in reach.
        rests: beds in the picture, as `resting_places` of the fall node.
        exits: floor before the doors through which people leave, in the picture, as `ways_out` of the activity node.
        activity: the other parameters of that node.

    Attributes:
        now: behaviour time, seconds since the beginning.
    """

    def __init__(
        self,
        home: HomeStore,
        camera: Camera,
        people: Mapping[str, Figure],
        strangers: frozenset[str],
        record: Record,
        start: datetime,
        lang: str,
        understanding: Understanding,
        seed: int,
        zone: ZoneInfo,
        network: bool = True,
        rests: Sequence[str] = (),
        exits: Sequence[str] = (),
        activity: ActivityParameters | None = None,
    ) -> None:
        self.home, self.camera, self.people, self.record = home, camera, people, record
        self.lang, self.now, self._zone = lang, 0.0, zone
        self._start, self._seed = start.astimezone(UTC), seed
        self._understanding = understanding
        self._falls = FallParameters(resting_places=[place for place in rests if place])
        ways_out = [place for place in exits if place]
        seen = {"beds": self._falls.resting_places, "ways_out": ways_out}
        self._watched = (activity or ActivityParameters()).model_copy(update=seen)
        self._covered = False
        self._camera_on = True
        self._blind_until = -1.0
        self._lively_until = AFTERMATH_S
        self._number = 0
        self.wheels: Wheels | None = None
        """Its base, if it has one: set before the first step."""
        self._called = ""
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._routine_told: list[Observation] = []
        numbers = {who: number for number, who in enumerate(people)}
        faces = FaceEyes(camera, seed)
        self._faces = {who: faces.face_of(number) for who, number in numbers.items()}
        self._known = {who: face for who, face in self._faces.items() if who not in strangers}
        self._ladder = Ladder(LadderParameters(), SOURCE, lang, home.address)
        self._ledger = Ledger(home.store, home.outbox.append, home.outbox.make_room)
        self._begin_perception()
        self._button = HeldButton()
        self.wired = Wired(self._new_companion(), Guard(self._ladder), self.moment, self._did, lang)
        self._begin_routines()
        self._here: set[str] = set()
        self._faces_at = self._seen_at = self._routines_at = -1e9
        self._connected = network
        self._begin_delivery()
        self._begin_activity()
        self._desk: dict[UUID, CareEvent] = {}
        self._held_receipts: list[tuple[UUID, State, str]] = []

    # --- time ---------------------------------------------------------------------------------------------------

    def moment(self) -> Moment:
        """The present moment."""
        return Moment(self.now, (self._start + timedelta(seconds=self.now)).astimezone(self._zone))

    def step(self, until: float) -> None:
        """Lets a piece of time pass, until then at the most: long where nothing goes on, short where something does."""
        self.now = max(self.now + 1e-3, min(until, self._wake()))
        self._drive()
        self._look()
        for due, number, act in [one for one in self._later if one[0] <= self.now + 1e-6]:
            self._later.remove((due, number, act))
            act()
        for whose in self._button.calls(self.now):
            evidence = phrase(self.lang, "distress.evidence.button")
            self._suspect(safety.Suspected(self.moment(), "button", whose or None, evidence=evidence))
        self.wired.tick()
        self._tell_companion()
        self._tell_routines()
        self.activity.step()
        self._deliver()

    def _wake(self) -> float:
        """When something is to be looked at next."""
        step = LONG_S
        moving = any(figure.busy for figure in self.people.values())
        if self.wired.busy or moving or (self.wheels is not None and self.wheels.active):
            step = TINY_S
        elif self.now < self._lively_until or self.detector.down or self.wired.guard.open:
            step = SMALL_S
        elif self._bodies:
            step = CALM_S if self.now < self._lively_until + STILL_AFTER_S else STILL_S
        times = [self.now + step, *(due for due, _, _ in self._later)]
        if self.wired.spoken_at is not None:
            times.append(self.wired.spoken_at)
        for distress in self.wired.guard.open:
            times += [timer.due for timer in (distress.timer, distress.long_lie) if timer is not None]
        times.append(max(self.driver.keeper.next_at(self.moment()), self.now + ROUTINES_EVERY_S))
        return max(self.now + TINY_S / 2, min(times))

    def later(self, at: float, act: Callable[[], None]) -> None:
        """Has something happen then."""
        self._number += 1
        self._later.append((at, self._number, act))
        self._later.sort(key=lambda one: one[:2])

    # --- what it sees -------------------------------------------------------------------------------------------

    @property
    def sees(self) -> bool:
        """Whether frames come."""
        return self._camera_on and self.now >= self._blind_until

    def cover(self, covered: bool) -> None:
        """Something is put before the lens, or taken away."""
        self._covered = covered

    def _begin_perception(self, before: LastLook | None = None) -> None:
        self.detector = FallDetector(self._falls, before)
        self._eyes = BodyEyes(self.camera, self._seed)
        self._face_eyes = FaceEyes(self.camera, self._seed)
        self._face_eyes.enrol(self._known)
        parameters = FaceParameters()
        self._presence, self._keep_s = Presence(parameters.leave_s), parameters.keep_s
        self._bodies: dict[str, str] = {}

    def _look(self) -> None:
        if not self.sees:
            self._bodies = {}
            return
        shown = {} if self._covered else self.people
        frame, self._bodies = self._eyes.look(self.now, shown)
        if self.wheels is not None:
            self.wheels.watched(frame)
            self.detector.moved = self.wheels.drive.away
        for event in self.detector.update(frame):
            name = f"fall.{event.kind.value}"
            who = next((who for who, body in self._bodies.items() if body == event.person), "")
            self.record.add(self.now, "fall", name, event.words(self.lang), person=who)
            since = self.moment().civil - timedelta(seconds=self.now - event.since)
            fallen = safety.FallSeen(
                self.moment(), event.person, safety.Fall(event.kind.value), None, since, event.confidence,
                event.words(self.lang),
            )  # fmt: skip
            self._suspect(fallen)
        self._suspect(safety.SeenTogether(self.moment(), frozenset(self._bodies.values())))
        self.activity.frame(frame, self._covered)
        if self.now - self._faces_at >= FACES_EVERY_S:
            self._faces_at = self.now
            self._look_at_faces(shown)

    def _look_at_faces(self, shown: Mapping[str, Figure]) -> None:
        faces, links, events = self._face_eyes.look(self.now, shown, self._faces, self._bodies, self._keep_s)
        for event in events:
            if isinstance(event, UnknownVisitor):
                since = self.moment().civil - timedelta(seconds=self.now - event.since)
                self._emit(VisitorUnknown(since=since, confidence=event.confidence))
        at = self.moment()
        for change in self._presence.observe(self.now, faces, links, list(self._bodies.values())):
            if isinstance(change, PersonSeen):
                self.record.add(self.now, "note", "sees", f"recognises {self.home.address(change.person)}")
                self._here.add(change.person)
                self.wired.observed(seen.Seen(at, change.person))
            elif isinstance(change, PersonLeft):
                self._here.discard(change.person)
                self.wired.observed(seen.Unseen(at, change.person))
        for one in self._presence.here:
            if one.body is not None:
                self._suspect(safety.Recognised(at, one.body, one.person))
                if self.wheels is not None:
                    self.wheels.observe(drives.Recognised(one.body, one.person))
                self.activity.recognised(one.body, one.person)

    def _drive(self) -> None:
        """The base rolls on, and driving hears how things stand."""
        if self.wheels is None:
            return
        standing = [d for d in self.wired.guard.open if d.stage in STANDS]
        distress = drives.InDistress(self.now, "")
        if standing:
            distress = drives.InDistress(self.now, str(standing[0].id), standing[0].person or "", standing[0].cause)
        self.wheels.step(self.now, self._camera_on, distress, self.moment().civil.time())

    def drove(self, decision: drives.Decision) -> None:
        """What driving decided; who called the robot is told how it goes."""
        match decision:
            case drives.Began(goal) if goal.id == self._called:
                self._tell_of_coming("coming")
            case drives.Ended(goal) if goal.id == self._called:
                self._called = ""
                self._tell_of_coming(decision.outcome)

    def _tell_of_coming(self, how: How) -> None:
        self.wired.companion_does(self.wired.companion.came(how, self.moment()))

    def _suspect(self, observation: safety.Observation) -> None:
        self.wired.suspected(observation)

    # --- what it hears and is told ------------------------------------------------------------------------------

    def hear(self, words: str, person: str | None = None, spotted: bool = False) -> float:
        """Somebody begins to say something; returns when they have said it.

        Emergency phrases are caught by the closed grammar as soon as they are said, all words come after the end of
        the turn.
        """
        began, ends = self.now, self.now + max(0.6, syllables(words) / SPEECH)
        if spotted or calls_for_help(words, self.lang):
            self.later(ends, lambda: self._heard(words, person, "spots", began))
            self.later(ends + END_OF_TURN_S, lambda: self._heard(words, person, "then", began))
        else:
            self.later(ends + END_OF_TURN_S, lambda: self._heard(words, person, "says", began))
        return ends

    def _heard(self, words: str, person: str | None, how: Literal["says", "spots", "then"], began: float) -> None:
        self._lively()
        if self.wheels is not None:
            self.wheels.observe(drives.Said(self.now, words, self.lang))
        self.wired.hears(words, person, how, began)

    def press(self, held_s: float) -> None:
        """The button is pressed for so long."""
        self.activity.sign("button")
        self._button.told("", True, self.now)
        self.later(self.now + HOLD_S + 0.01, lambda: None)
        self.later(self.now + held_s, lambda: self._button.told("", False, self.now))

    @property
    def listens(self) -> bool:
        """Whether it has asked something and waits."""
        return self.wired.voice.listening

    # --- its processes ------------------------------------------------------------------------------------------

    def kill(self, node: str) -> str:
        """The process of a node dies and is started again, with what it had on disk. Returns the process' name."""
        process = next(one.process for one in NODES if one.name == node)
        self._lively()
        if process == "perception":
            self._begin_perception(self.detector.last_look)  # as the node keeps it over a restart
            self._blind_until = self.now + RESTART_S
        elif process == "guard":
            self._restart_guard()
        elif process == "drive" and self.wheels is not None:
            self.wheels.restart()
        elif process == "interaction":
            self.wired.restarted(self._new_companion())
            self._begin_routines()
            for campaign in self._campaigns:
                self.wired.observed(campaign)
        return process

    def _restart_guard(self) -> None:
        guard, at = Guard(self._ladder), self.moment()
        kept, _ = self._ledger.read(at.civil)
        self._button = HeldButton()
        self.wired.guarded_by(guard)
        self.wired.guard_does(guard.restore(kept, at))
        self._begin_delivery()
        self._begin_activity()

    def _new_companion(self) -> Companion:
        home, lang, understanding = self.home, self.lang, self._understanding
        memory = Memory(home.memory, understanding)
        remembering = Remembering(memory, lambda: understanding, lang)
        usual = phrase(lang, "distress.address")
        self._check_ins = CheckIns(
            home.memory,
            memory,
            lambda: understanding,
            lambda person: home.address(person) or usual,
            lang,
            by_routine=lambda person: home.book.has("check_in", person),
        )
        notices = of_home(home.store)
        sources: list[Source] = [
            Campaigns(HomeJournal(home.store), lang),
            Notices(notices, lang),
            self._check_ins,
            remembering,
        ]
        replies = {"weather": weather(notices, lang), **remembering.replies()}
        self._campaigns: list[seen.CampaignCame] = getattr(self, "_campaigns", [])
        return Companion(None, understanding, lang, home.address, sources, replies, remembering)

    def _begin_routines(self) -> None:
        usual = phrase(self.lang, "distress.address")
        rules = Rules(
            RoutineParameters(), SOURCE, self.lang, self._zone, lambda person: self.home.address(person) or usual
        )
        ledger = RoutineLedger(self.home.store, self.home.outbox.append, self.home.outbox.make_room, self.home.key_file)
        self.driver = Driver(Keeper(rules), ledger, self.home.book)
        self._carry_out(self.driver.start(self.moment()))

    def _begin_activity(self) -> None:
        self.activity = ActivityPart(
            self.home, self._watched, SOURCE, self.lang, self.moment, self.wired, self._tell_calmly
        )
        self.activity.camera("on" if self._camera_on else "off")

    def sensed(self, kind: SignKind, place: str) -> None:
        """A sensor of the home says something."""
        self.activity.sign(kind, place)

    # --- what is decided ----------------------------------------------------------------------------------------

    def _did(self, did: Did) -> None:
        match did:
            case Spoke():
                self._lively()
                self.record.add(self.now, "said", did.by, did.request.text, person=did.request.person)
            case FellSilent():
                self.record.add(self.now, "note", "silent", "falls silent")
            case SafetyDecided():
                self._lively()
                self._ledger.write(did.decisions)
                for event in did.decisions.events:
                    self._tell(event)
                self.activity.decided(did.decisions)
            case made.Emit():
                self._emit(did.data, did.subject, did.severity)
            case made.SettleReminder() if self.activity.settled(did):
                pass
            case made.SettleReminder():
                outcome = seen.Outcome.ANSWERED if did.told else did.outcome
                self._routine_told.append(
                    Reminded(self.moment(), UUID(did.goal), outcome, did.answer, did.heard, did.told)
                )
            case made.SwitchCamera():
                self._camera_on = did.on
                self.activity.camera("on" if did.on else "off")
                self._emit(CameraSwitched(enabled=did.on, by="home"))
            case made.TellHappened():
                self._routine_told.append(Happened(self.moment(), did.event))
                self.activity.happened(did.event)
            case made.ShowedLife():
                self.activity.sign(did.how, person=did.person)
            case made.TellOfMedicine():
                named = self._understanding.named("medicine", did.heard, did.lang)
                self._routine_told.append(Said(self.moment(), did.what, did.person, named[:60], did.heard[:500]))
            case made.Approach():
                whom = self.home.address(did.person) or "whoever is here"
                self.record.add(self.now, "note", "approach", f"wants to be near {whom}")
                if self.wheels is not None:
                    wish = wishes(self.now, did.person or "", did.reason, did.called)
                    self._called = wish.goal.id if did.called else self._called
                    self.wheels.observe(wish)
                elif did.called:
                    self._tell_of_coming("no_base")
            case _:
                pass

    def _emit(self, data: Data, subject: str | None = None, severity: Severity | None = None) -> None:
        self._lively()
        event = new_event(data, at=self.moment().civil, source=SOURCE, subject=subject, severity=severity)
        self.home.outbox.append(event)
        self._tell(event)

    def _tell(self, event: CareEvent) -> None:
        """An event is on disk: the bridge is told of it."""
        self._made = True
        self.record.told(self.now, event)

    def _tell_calmly(self, event: CareEvent) -> None:
        self._lively()
        self._tell(event)

    def _lively(self) -> None:
        self._lively_until = self.now + AFTERMATH_S

    def _tell_companion(self) -> None:
        at = self.moment()
        if self.now - self._seen_at >= SEEN_EVERY_S:
            self._seen_at = self.now
            for person in sorted(self._here):
                self.wired.observed(seen.Seen(at, person))
        self.wired.observed(seen.Tick(at))

    # --- routines -----------------------------------------------------------------------------------------------

    def _tell_routines(self) -> None:
        while self._routine_told:
            self._carry_out(self.driver.observe(self._routine_told.pop(0)))
        if self.now - self._routines_at >= ROUTINES_EVERY_S:
            self._routines_at = self.now
            self._carry_out(self.driver.tick(self.moment()))

    def _carry_out(self, done: Done) -> None:
        for event in done.events:
            self._tell(event)
        for act in done.acts:
            self._begin(act)

    def _begin(self, act: Act) -> None:
        at = self.moment()
        if isinstance(act, Withdraw):
            self.wired.observed(seen.ReminderWithdrawn(at, str(act.prompt)))
            self._routine_told.append(Reminded(at, act.prompt, seen.Outcome.INTERRUPTED))
            return
        if act.kind == "check_in":
            begun = self._check_ins.due(act.person, at)
            outcome = seen.Outcome.ANSWERED if begun else seen.Outcome.FAILED
            self._routine_told.append(Reminded(at, act.prompt, outcome, told=begun))
            return
        self.wired.observed(_due(act, at))

    # --- the district -------------------------------------------------------------------------------------------

    def network(self, up: bool) -> None:
        """The way to the district opens or closes."""
        if up == self._connected:
            return
        self._connected = up
        if up:
            self.delivery.connected()
            held, self._held_receipts = self._held_receipts, []
            for event, state, note in held:
                self._receipt(event, state, note)
        else:
            self.delivery.disconnected()

    def acknowledge(self, closed: bool = False, note: str = "") -> bool:
        """Somebody at the desk takes on, or closes, the newest alarm there; False if there is none."""
        alarms = [event for event in self._desk.values() if event.severity is Severity.ALARM]
        if not alarms:
            return False
        state = State.CLOSED if closed else State.ACKNOWLEDGED
        if self._connected:
            self._receipt(alarms[-1].id, state, note)
        else:
            self._held_receipts.append((alarms[-1].id, state, note))
        return True

    def campaign(self, text: str, instruction: str, minutes: float) -> None:
        """The district sends a disaster check-in."""
        at = self.moment()
        id = uuid5(SPACE, f"{self._seed} {len(self._campaigns)} {text}")
        deadline = at.civil + timedelta(minutes=minutes)
        message = Campaign(
            id=id, kind="campaign", campaign_id=id, made_at=at.civil, deadline=deadline,
            texts={"ko" if self.lang == "ko" else "en": CampaignText(what=text, instruction=instruction)},
        )  # fmt: skip
        with self.home.outbox.recording() as progress:
            progress.keep(message, at.civil)
        came = seen.CampaignCame(at, str(id), text, instruction, "", deadline)
        self._campaigns.append(came)
        self.wired.observed(came)

    def _begin_delivery(self) -> None:
        self.delivery = Delivery(chance=random.Random(self._seed))  # noqa: S311
        self._seq, self._made = 0, True
        if self._connected:
            self.delivery.connected()

    def _deliver(self) -> None:
        if self._made:
            self._made = False
            for waiting in self.home.outbox.waiting(self._seq):
                self.delivery.offer(waiting.id, waiting.alarm)
                self._seq = max(self._seq, waiting.seq)
        due = self.delivery.due(self.now)
        if not due:
            return
        with self.home.outbox.recording() as progress:
            progress.sent(due)
        for wire in self.home.outbox.load(due).values():
            event = CareEvent.from_json(wire)
            if event.id not in self._desk:
                self._desk[event.id] = event
                self.record.told(self.now, event, desk=True)
            self._receipt(event.id, State.RECEIVED, "")

    def _receipt(self, event: UUID, state: State, note: str) -> None:
        self.delivery.settled(event)
        at = self.moment()
        with self.home.outbox.recording() as progress:
            progress.receipts([event], state, at.civil, "district", note)
        self._suspect(safety.Received(at, event, safety.ReceiptKind(state.value), note))


def _due(act: Remind | Begin, at: Moment) -> seen.ReminderDue:
    """What the companion is told of a prompt, as the routines' node tells it."""
    if isinstance(act, Begin):
        return seen.ReminderDue(at, str(act.prompt), act.due, act.kind, act.text, person=act.person)
    return seen.ReminderDue(
        at,
        goal=str(act.prompt),
        id=act.due,
        kind=act.kind,
        text=act.text or act.question,
        question=act.question if act.text else "",
        answers=act.answers,
        person=act.person,
        urgency=act.urgency,
        come=act.come,
    )
