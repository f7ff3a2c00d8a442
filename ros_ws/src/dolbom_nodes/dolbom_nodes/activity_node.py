"""The activity node: signs of life from everywhere on the graph go to the watch, and what it decides to the robot.

It lives with safety and the bridge: of somebody whom no camera finds it is the last to notice, so it must outlive the
processes that see and speak, and it shares their fate with nothing that runs networks.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, get_args

from dolbom_msgs.action import Remind
from dolbom_msgs.msg import BodyArray, Button, CameraState, DistressState, SignOfLife, Suspicion
from hri_msgs.msg import IdsMatch
from std_msgs.msg import String

from dolbom.errors import UserError
from dolbom.events import NAME, SignKind
from dolbom.i18n import phrase
from dolbom.sensors.decisions import Act, Ask, Suspect, Withdraw
from dolbom.sensors.driver import Done, Driver
from dolbom.sensors.making import rules
from dolbom.sensors.observations import Alarmed, BackHome, Leaving, Moment, Observation, Prompted, Tick
from dolbom.sensors.observations import SignOfLife as Sign
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.persistence import Ledger
from dolbom.sensors.senses import EVERY_S, CameraNow, Senses
from dolbom.sensors.watch import Watch
from dolbom.store.people import People
from dolbom_nodes import qos
from dolbom_nodes.body_messages import bodies_from_msg
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import ERROR, WARN
from dolbom_nodes.reminding import Ended, Reminding

TICK_S = 1.0
SURE = 0.5
"""A face is taken for a person's from this confidence on."""
BODIES = 64
CAMERA: dict[int, CameraNow] = {CameraState.ON: "on", CameraState.OFF: "off", CameraState.LOST: "lost"}
STANDS = (DistressState.ASKED, DistressState.ASKED_AGAIN, DistressState.RAISED, DistressState.ACKNOWLEDGED)


class ActivityNode(CareNode[ActivityParameters]):
    """Sees `care/bodies`, hears `care/sign_of_life`, `care/happened` and the button; asks by `remind`, and calls safety
    by `care/suspicion`. What was decided is in home.db, with its events, before anything of it is done."""

    parameters_model = ActivityParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("activity", **options)

    def configure(self) -> None:
        self._people = People(self.store)
        self._ledger = Ledger(self.store, self.outbox.append, self.outbox.make_room)
        self._persons: OrderedDict[str, str] = OrderedDict()
        self._reminding = Reminding(self, self._ended)
        self._suspicion = self.create_publisher(Suspicion, "care/suspicion", qos.EVENT)

    def activate(self) -> None:
        self._reminding.open()
        self._begin()
        self.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.SENSOR)
        self.create_subscription(CameraState, "camera_state", self._on_camera, qos.STATE)
        self.create_subscription(IdsMatch, f"{self.robot.humans}/candidate_matches", self._on_match, qos.EVENT)
        self.create_subscription(SignOfLife, "care/sign_of_life", self._on_sign, qos.EVENT)
        self.create_subscription(Button, "button", self._on_button, qos.EVENT)
        self.create_subscription(String, "care/happened", self._on_happened, qos.EVENT)
        self.create_subscription(DistressState, "care/distress", self._on_distress, qos.STATE)
        self.create_timer(TICK_S, self._on_tick)

    def _begin(self) -> None:
        parameters, robot = self.parameters, self.robot
        quiet, night = rules(parameters, robot.source, robot.lang, self._address, self._only)
        self._senses, self._looked = Senses(parameters, self._persons.get), -1e9
        self._driver = Driver(Watch(quiet, night, self._ledger.hours), self._ledger)
        done = self._driver.start(self._moment())
        if self._driver.unreadable:
            self.log.error(f"cannot be read any more: {', '.join(self._driver.unreadable)}")
        self._carry_out(done)

    def deactivate(self) -> None:
        self._reminding.clear()

    def parameters_changed(self) -> None:
        if self.active:
            self._begin()

    def diagnose(self) -> dict[str, object]:
        if not self.active:
            return {}
        watch = self._driver.watch
        stages = {subject or "home": q.stage.value for subject, q in watch.quiet.items()}
        longest = max((q.silent_s for q in watch.quiet.values()), default=0.0)
        return {"stage": stages, "quiet_min": round(longest / 60), "blind": watch.blind or "no"}

    # --- what is observed ---------------------------------------------------------------------------------------

    def _moment(self) -> Moment:
        return Moment(self.clock.now(), self.clock.civil())

    def _observe(self, *observations: Observation) -> None:
        for observation in observations:
            self._carry_out(self._driver.observe(observation))

    def _on_bodies(self, message: BodyArray) -> None:
        at = self._moment()
        if 0 <= at.now - self._looked < EVERY_S:
            return
        self._looked = at.now
        self._observe(*self._senses.frame(at, bodies_from_msg(message)))

    def _on_camera(self, message: CameraState) -> None:
        self._senses.camera(CAMERA.get(message.state, "lost"))

    def _on_match(self, message: IdsMatch) -> None:
        kinds = {message.id1_type: message.id1, message.id2_type: message.id2}
        body, person = kinds.get(IdsMatch.BODY), kinds.get(IdsMatch.PERSON, "")
        if body and re.fullmatch(NAME, person) and message.confidence >= SURE:
            self._persons[body] = person
            self._persons.move_to_end(body)
            if len(self._persons) > BODIES:
                self._persons.popitem(last=False)

    def _on_sign(self, message: SignOfLife) -> None:
        kind: SignKind | None = next((one for one in get_args(SignKind) if one == message.kind), None)
        if kind is None:
            # Somebody's program does not know our words; somebody lives all the same.
            self.log.error(f"care/sign_of_life: no such kind {message.kind!r}, taken for a sensor")
            kind = "sensor"
        person = message.person if re.fullmatch(NAME, message.person) else None
        self._observe(Sign(self._moment(), kind, message.place[:60], person))

    def _on_button(self, message: Button) -> None:
        if message.pressed:
            self._observe(Sign(self._moment(), "button"))

    def _on_happened(self, message: String) -> None:
        at = self._moment()
        if message.data == "home.left":
            self._observe(Leaving(at))
        elif message.data == "home.back":
            self._observe(BackHome(at))

    def _on_distress(self, message: DistressState) -> None:
        if "inactivity" in message.sources and message.stage in STANDS:
            self._observe(Alarmed(self._moment()))

    def _on_tick(self) -> None:
        self._reminding.send_waiting()
        at = self._moment()
        self._observe(*self._senses.tick(at), Tick(at))

    def _ended(self, ended: Ended) -> None:
        self._observe(Prompted(self._moment(), ended.prompt, ended.outcome, ended.answer, ended.heard))

    # --- people -------------------------------------------------------------------------------------------------

    def _address(self, person: str | None) -> str:
        usual = phrase(self.robot.lang, "distress.address")
        try:
            return (self._people.name_of(person) if person else None) or usual
        except UserError as error:
            self.report("people", WARN, f"no form of address: {error}")
            return usual

    def _only(self) -> str | None:
        """The only one who is known here, if it is one."""
        try:
            known = self._people.ids()
        except UserError:
            return None
        return known[0] if len(known) == 1 else None

    # --- what is decided ----------------------------------------------------------------------------------------

    def _carry_out(self, done: Done) -> None:
        for event in done.events:
            self.publish_event(event)
        for act in done.acts:
            self._do(act)
        if self._driver.trouble:
            self.report("store", ERROR, self._driver.trouble)
        else:
            self.ok("store")
        self._reminding.send_waiting()

    def _do(self, act: Act) -> None:
        if isinstance(act, Withdraw):
            self._reminding.withdraw(act.prompt)
        elif isinstance(act, Ask):
            goal = Remind.Goal(id=str(act.prompt), kind=act.kind, person=act.person or "", text=act.text)
            goal.question, goal.answers, goal.come = act.question, list(act.answers), act.kind == "well_being"
            goal.urgency = 1
            self._reminding.remind(act.prompt, goal)
        elif isinstance(act, Suspect):
            message = Suspicion(cause=act.cause, person=act.person or "", confidence=1.0, ask=True, over=act.over)
            message.evidence = act.evidence
            message.header.stamp = self.stamp()
            self._suspicion.publish(message)
            self.log.warning(f"suspicion of {act.cause}" + (" is over" if act.over else ""))
