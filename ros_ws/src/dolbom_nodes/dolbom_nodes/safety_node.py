"""The safety node: turns what other nodes suspect into questions, and unanswered ones into alarms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from builtin_interfaces.msg import Duration, Time
from dolbom_msgs.action import Ask as AskAction
from dolbom_msgs.action import Say as SayAction
from dolbom_msgs.msg import BodyArray, Button, DistressState, FallState, Receipt, Suspicion, Utterance
from hri_msgs.msg import IdsMatch
from rclpy.action import ActionClient

from dolbom.dialog.understanding import understand
from dolbom.errors import UserError
from dolbom.events import NAME, Cause
from dolbom.i18n import LANGUAGES, phrase
from dolbom.safety.button import HeldButton
from dolbom.safety.decisions import Ask, Decisions, Say, StopAsking
from dolbom.safety.distress import ALARM, Distress, Stage
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.safety.observations import (
    Answered,
    Fall,
    FallSeen,
    Heard,
    Moment,
    Observation,
    Outcome,
    ReceiptKind,
    Received,
    Recognised,
    SeenTogether,
    Suspected,
    TakenBack,
    Tick,
)
from dolbom.safety.persistence import Ledger
from dolbom.store.people import People
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import ERROR, WARN
from dolbom_nodes.stages import STAGES

TICK_S = 0.1
VOICE_WAIT_S = 3.0
"""A voice that is not there (it is being restarted) is waited for this long; then the question counts as failed."""
SURE = 0.5
"""A face is taken for a person's from this confidence on."""
ANSWERS = ["fine", "help", "yes", "no", "stop"]

FALLS = {
    FallState.CLEARED: Fall.CLEARED,
    FallState.SUSPECTED: Fall.SUSPECTED,
    FallState.DOWN: Fall.DOWN,
    FallState.RECOVERED: Fall.RECOVERED,
    FallState.LONG_LIE: Fall.LONG_LIE,
}
RECEIPTS = {
    Receipt.RECEIVED: ReceiptKind.RECEIVED,
    Receipt.ACKNOWLEDGED: ReceiptKind.ACKNOWLEDGED,
    Receipt.CLOSED: ReceiptKind.CLOSED,
}
OUTCOMES = {
    AskAction.Result.ANSWERED: Outcome.ANSWERED,
    AskAction.Result.SILENCE: Outcome.SILENCE,
    AskAction.Result.UNCLEAR: Outcome.UNCLEAR,
    AskAction.Result.INTERRUPTED: Outcome.INTERRUPTED,
    AskAction.Result.FAILED: Outcome.FAILED,
}
WORST_FIRST = (Stage.RAISED, Stage.ACKNOWLEDGED, Stage.ASKED_AGAIN, Stage.ASKED, Stage.SUSPECTED, Stage.STOOD_DOWN)


@dataclass
class _Waiting:
    """Something to say or ask that the voice has not taken yet."""

    act: Ask | Say
    until: float


class SafetyNode(CareNode[LadderParameters]):
    """Hears `care/fall`, `care/suspicion`, `care/receipt`, `care/said`; asks by `ask`, speaks by `say`; publishes
    `care/distress`. Every transition is in home.db, with its event, before anything of it is done."""

    parameters_model = LadderParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("safety", **options)

    def configure(self) -> None:
        self._ledger = Ledger(self.store, self.outbox.append, self.outbox.make_room)
        self._people = People(self.store)
        self._ladder = Ladder(self.parameters, self.robot.source, self.robot.lang, self._address)
        self._guard = Guard(self._ladder)
        self._unwritten = Decisions()
        self._waiting: list[_Waiting] = []
        # Questions that the voice has: their goal once it was accepted, None until then.
        self._asking: dict[UUID, Any] = {}
        self._stopped: set[UUID] = set()
        self._distress = self.create_publisher(DistressState, "care/distress", qos.STATE)

    def activate(self) -> None:
        self._ask = self.own(ActionClient(self, AskAction, "ask"))
        self._say = self.own(ActionClient(self, SayAction, "say"))
        self._restore()
        self.create_subscription(FallState, "care/fall", self._on_fall, qos.EVENT)
        self.create_subscription(Suspicion, "care/suspicion", self._on_suspicion, qos.EVENT)
        self._buttons = HeldButton()
        self.create_subscription(Button, "button", self._on_button, qos.EVENT)
        self.create_subscription(Receipt, "care/receipt", self._on_receipt, qos.EVENT)
        self.create_subscription(Utterance, "care/said", self._on_said, qos.STREAM)
        self.create_subscription(IdsMatch, f"{self.robot.humans}/candidate_matches", self._on_match, qos.EVENT)
        self.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.SENSOR)
        self.create_timer(TICK_S, self._on_tick)

    def deactivate(self) -> None:
        self._asking.clear()
        self._stopped.clear()
        self._waiting.clear()

    def parameters_changed(self) -> None:
        # Waits that have begun keep their length; the next ones have the new.
        self._ladder.parameters = self.parameters

    def diagnose(self) -> dict[str, object]:
        worst = self._worst()
        return {"open": len(self._guard.open), "stage": worst.stage.value if worst else "none"}

    # --- what is observed ---------------------------------------------------------------------------------------

    def _moment(self) -> Moment:
        return Moment(self.clock.now(), self.clock.civil())

    def _on_fall(self, message: FallState) -> None:
        at = self._moment()
        person = message.person if message.person != message.body else ""
        state = FALLS.get(message.state)
        if state is None:
            self.log.error(f"care/fall: no such state {message.state}")
            return
        since = at.civil - timedelta(seconds=max(0.0, at.now - stamps.from_msg(message.since)))
        evidence = message.evidence
        self._observe(
            FallSeen(at, message.body, state, self._person(person), since, _share(message.confidence), evidence)
        )

    def _on_suspicion(self, message: Suspicion) -> None:
        at, cause, person = self._moment(), message.cause, self._person(message.person)
        if cause not in get_args(Cause):
            # Somebody's program does not know our words; a person may still need help.
            self.log.error(f"care/suspicion: no such cause {cause!r}, taken for a button")
            cause = "button"
        if message.over:
            self._observe(TakenBack(at, cause, person))
        else:
            self._observe(Suspected(at, cause, person, _share(message.confidence), message.ask, message.evidence))

    def _on_button(self, message: Button) -> None:
        self._buttons.told(message.person, message.pressed, self.clock.now())

    def _on_receipt(self, message: Receipt) -> None:
        kind = RECEIPTS.get(message.kind)
        try:
            event = UUID(message.event_id)
        except ValueError:
            kind = None
        if kind is None:
            self.log.error(f"care/receipt: cannot be read: {message.event_id!r}, kind {message.kind}")
            return
        self._observe(Received(self._moment(), event, kind, message.note.strip()))

    def _on_said(self, message: Utterance) -> None:
        if message.speaker == "robot":
            return
        lang = message.lang if message.lang in LANGUAGES else self.robot.lang
        meaning = understand(message.text, lang)
        self._observe(Heard(self._moment(), meaning, message.text, self._person(message.person)))

    def _on_bodies(self, message: BodyArray) -> None:
        self._observe(SeenTogether(self._moment(), frozenset(body.id for body in message.bodies)))

    def _on_match(self, message: IdsMatch) -> None:
        kinds = {message.id1_type: message.id1, message.id2_type: message.id2}
        body, person = kinds.get(IdsMatch.BODY), self._person(kinds.get(IdsMatch.PERSON, ""))
        if body and person and message.confidence >= SURE:
            self._observe(Recognised(self._moment(), body, person))

    def _on_tick(self) -> None:
        self._send_waiting()
        if self._unwritten:
            self._write()
        for whose in self._buttons.calls(self.clock.now()):
            evidence = phrase(self.robot.lang, "distress.evidence.button")
            self._observe(Suspected(self._moment(), "button", self._person(whose), evidence=evidence))
        self._observe(Tick(self._moment()))

    def _address(self, person: str | None) -> str | None:
        """How the robot calls somebody who is enrolled; spoken here, and in no event."""
        try:
            return self._people.name_of(person) if person else None
        except UserError as error:
            # A lost key must not stop the question.
            self.log.error(f"no form of address: {error}")
            return None

    def _person(self, id: str) -> str | None:
        return id if re.fullmatch(NAME, id) else None

    # --- what is decided ----------------------------------------------------------------------------------------

    def _observe(self, observation: Observation) -> None:
        decisions = self._guard.observe(observation)
        if decisions:
            self._carry_out(decisions)

    def _restore(self) -> None:
        at = self._moment()
        kept, unreadable = self._ledger.read(at.civil)
        for id in unreadable:
            # The others must go on; what this one raised is in the outbox all the same.
            self.log.error("a distress from before the restart cannot be read", distress_id=str(id))
        decisions = self._guard.restore(kept, at)
        still_open = self._guard.open
        if still_open:
            self.log.warning(f"goes on with {len(still_open)} distress from before the restart")
        self._carry_out(decisions)
        self._catch_up([d.alarm_id for d in still_open if d.alarm_id is not None])
        self._show(still_open)

    def _catch_up(self, alarms: list[UUID]) -> None:
        """What the district said of standing alarms while nobody here listened."""
        if not alarms:
            return
        for entry in self.outbox.entries():
            if entry.id in alarms and entry.state.value in list(ReceiptKind):
                self._observe(Received(self._moment(), entry.id, ReceiptKind(entry.state.value), entry.note or ""))

    def _carry_out(self, decisions: Decisions) -> None:
        self._unwritten.changed |= decisions.changed
        self._unwritten.events += decisions.events
        self._write()
        self._show(list(decisions.changed.values()))
        for act in decisions.acts:
            if isinstance(act, StopAsking):
                self._stop_asking(act.question)
            else:
                self._waiting.append(_Waiting(act, self.clock.now() + VOICE_WAIT_S))
        self._send_waiting()

    def _write(self) -> None:
        try:
            self._ledger.write(self._unwritten)
        except UserError as error:
            # Whoever lies there is still asked and spoken to; it is written as soon as the disk lets us.
            self.report("store", ERROR, f"not on disk yet: {error}")
            return
        written, self._unwritten = self._unwritten, Decisions()
        self.ok("store")
        for event in written.events:
            self.publish_event(event)

    def _show(self, changed: list[Distress]) -> None:
        for d in changed:
            self._distress.publish(self._state(d))
            self.log.info(f"distress {d.stage.value}", distress_id=str(d.id))
        worst = self._worst()
        if worst is not None and (not changed or changed[-1].id != worst.id):
            # Latched topics keep the last message: it must be the one that matters.
            self._distress.publish(self._state(worst))
        elif worst is None and not changed:
            self._distress.publish(DistressState(stage=DistressState.NONE))

    def _worst(self) -> Distress | None:
        return min(self._guard.open, key=lambda d: WORST_FIRST.index(d.stage), default=None)

    def _state(self, d: Distress) -> DistressState:
        message = DistressState(
            id=str(d.id),
            person=d.person or "",
            cause=d.cause,
            sources=list(d.sources),
            stage=STAGES[d.stage],
            since=self._time(d.began),
            deadline=self._time(d.deadline),
            event_id=str(d.alarm_id) if d.alarm_id and d.stage in (*ALARM, Stage.CANCELLED, Stage.CLOSED) else "",
        )
        message.header.stamp = self.stamp()
        return message

    def _time(self, civil: datetime | None) -> Time:
        if civil is None:
            return Time()
        return stamps.to_msg(max(0.0, self.clock.now() + (civil - self.clock.civil()).total_seconds()))

    # --- the voice ----------------------------------------------------------------------------------------------

    def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            client = self._ask if isinstance(one.act, Ask) else self._say
            if client.server_is_ready():
                self.ok("voice")
                self._send(one.act)
            elif self.clock.now() < one.until:
                self._waiting.append(one)
            else:
                self.report("voice", WARN, "the voice does not answer")
                if isinstance(one.act, Ask):
                    self._observe(Answered(self._moment(), one.act.question, Outcome.FAILED))

    def _send(self, act: Ask | Say) -> None:
        urgent, lang, person = SayAction.Goal.DISTRESS, self.robot.lang, act.person or ""
        if isinstance(act, Say):
            self._say.send_goal_async(SayAction.Goal(text=act.text, lang=lang, person=person, urgency=urgent))
            return
        goal = AskAction.Goal(question=act.text, lang=lang, person=person, urgency=urgent, answers=ANSWERS)
        goal.time_limit = Duration(sec=int(act.time_limit_s), nanosec=int(act.time_limit_s % 1 * 1e9))
        self._asking[act.question] = None
        sent = self._ask.send_goal_async(goal)
        sent.add_done_callback(self.guarded(lambda future: self._on_accepted(act.question, future), "ask"))

    def _on_accepted(self, question: UUID, future: Any) -> None:
        handle = future.result()
        if handle is None or not handle.accepted:
            self._asking.pop(question, None)
            self._observe(Answered(self._moment(), question, Outcome.FAILED))
            return
        self._asking[question] = handle
        result = handle.get_result_async()
        result.add_done_callback(self.guarded(lambda future: self._on_answered(question, future), "ask"))
        if question in self._stopped:
            self._stop_asking(question)

    def _on_answered(self, question: UUID, future: Any) -> None:
        self._asking.pop(question, None)
        self._stopped.discard(question)
        result = future.result().result
        outcome = OUTCOMES.get(result.outcome, Outcome.FAILED)
        self._observe(Answered(self._moment(), question, outcome, result.answer, result.heard))

    def _stop_asking(self, question: UUID) -> None:
        self._waiting = [
            one for one in self._waiting if not (isinstance(one.act, Ask) and one.act.question == question)
        ]
        if question not in self._asking:
            return
        handle = self._asking[question]
        if handle is None:
            self._stopped.add(question)
        else:
            handle.cancel_goal_async()


def _share(confidence: float) -> float:
    return min(1.0, max(0.0, float(confidence)))
