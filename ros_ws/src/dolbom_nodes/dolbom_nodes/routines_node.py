"""The routines node: what is due by the clock is said by the companion, and what is answered goes to the routines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from typing import Any, get_args

from dolbom_msgs.action import Remind as RemindAction
from dolbom_msgs.msg import MedicineSaid, Reminder
from dolbom_msgs.srv import NoteDose
from std_msgs.msg import String

from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom.routines.decisions import Act, Begin, Remind, Withdraw
from dolbom.routines.driver import Done, Driver
from dolbom.routines.due import Due
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.keeper import Keeper
from dolbom.routines.noting import noted
from dolbom.routines.observations import Happened, Moment, Observation, Reminded, Said, Said_
from dolbom.routines.persistence import Ledger
from dolbom.speech.own_sounds import find_sound
from dolbom.store.routines import Book, RoutineStore
from dolbom.trouble import in_language
from dolbom_nodes import qos
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import ERROR, WARN
from dolbom_nodes.reminding import Ended, Reminding

TICK_S = 1.0
SHOWN_AGAIN = timedelta(hours=12)
"""What was settled before that is not shown again after a start."""


class RoutinesNode(CareNode[RoutineParameters]):
    """Has what is due said by `remind`; hears `care/medicine_said` and `care/happened`; publishes `care/reminder`.
    What was decided is in home.db, with its events, before anything of it is done."""

    parameters_model = RoutineParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("routines", **options)

    def configure(self) -> None:
        routines = RoutineStore(self.store)
        self._people = routines.people
        self._rules = Rules(self.parameters, self.robot.source, self.robot.lang, self.robot.zone, self._address)
        self._ledger = Ledger(self.store, self.outbox.append, self.outbox.make_room)
        self._book = Book(routines)
        self._reminding = Reminding(self, self._ended)
        self._shown: dict[str, str] = {}
        self._reminder = self.create_publisher(Reminder, "care/reminder", qos.STANDING)

    def activate(self) -> None:
        self._reminding.open()
        self._driver = Driver(Keeper(self._rules), self._ledger, self._book)
        at = self._moment()
        done = self._driver.start(at)
        if self._driver.unreadable:
            self.log.error(f"cannot be read any more: {', '.join(self._driver.unreadable)}")
        lately = [due for due in self._driver.keeper.dues.values() if at.civil - due.at < SHOWN_AGAIN]
        for due in sorted(lately, key=lambda due: (not due.open, due.at)):
            self._show(due)
        self._carry_out(done)
        self.create_subscription(MedicineSaid, "care/medicine_said", self._on_said, qos.EVENT)
        self.create_subscription(String, "care/happened", self._on_happened, qos.EVENT)
        self.create_service(NoteDose, "care/note_dose", self._on_note)
        self.create_timer(TICK_S, self._on_tick)

    def deactivate(self) -> None:
        self._reminding.clear()

    def parameters_changed(self) -> None:
        self._rules.parameters = self.parameters

    def diagnose(self) -> dict[str, object]:
        if not self.active:
            return {}
        dues = [due for due in self._driver.keeper.dues.values() if due.open]
        asking = self._reminding.asking
        times = self.parameters.model_dump_json()  # so that a page shows a day beforehand as it will be
        return {"routines": len(self._book.held), "open": len(dues), "asking": asking, "times": times}

    # --- what is observed ---------------------------------------------------------------------------------------

    def _moment(self) -> Moment:
        return Moment(self.clock.now(), self.clock.civil())

    def _on_tick(self) -> None:
        self._reminding.send_waiting()
        self._carry_out(self._driver.tick(self._moment()))

    def _on_said(self, message: MedicineSaid) -> None:
        what: Said_ | None = next((one for one in get_args(Said_) if one == message.what), None)
        if what is None:
            self.log.error(f"care/medicine_said: no such thing {message.what!r}")
            return
        person = message.person or None
        self._observe(Said(self._moment(), what, person, message.medicine[:60], message.heard[:500]))

    def _on_happened(self, message: String) -> None:
        self._observe(Happened(self._moment(), message.data[:60]))

    def _on_note(self, request: NoteDose.Request, response: NoteDose.Response) -> NoteDose.Response:
        fields = {name: getattr(request, name) for name in NoteDose.Request.get_fields_and_field_types()}
        lang = fields.pop("lang")
        try:
            self._observe(noted(self._moment(), self._book.held, **fields))
            response.message = self._driver.trouble
        except UserError as error:
            response.message = in_language(error, lang) if lang in LANGUAGES else str(error)
        response.success = not response.message
        return response

    def _observe(self, observation: Observation) -> None:
        self._carry_out(self._driver.observe(observation))

    def _address(self, person: str | None) -> str:
        usual = phrase(self.robot.lang, "distress.address")
        try:
            return self._people.name_of(person) if person else usual
        except UserError as error:
            self.report("people", WARN, f"no form of address: {error}")
            return usual

    # --- what is decided ----------------------------------------------------------------------------------------

    def _carry_out(self, done: Done) -> None:
        for event in done.events:
            self.publish_event(event)
        for due in done.changed:
            self._show(due)
        for act in done.acts:
            self._begin(act)
        if self._driver.trouble:
            self.report("store", ERROR, self._driver.trouble)
        else:
            self.ok("store")
        self._reminding.send_waiting()

    def _begin(self, act: Act) -> None:
        if isinstance(act, Withdraw):
            self._reminding.withdraw(act.prompt)
        else:
            self._reminding.remind(act.prompt, self._goal(act))

    def _show(self, due: Due) -> None:
        if self._shown.get(due.id) == due.known.value:
            return
        self._shown[due.id] = due.known.value
        while len(self._shown) > 200:
            del self._shown[next(iter(self._shown))]
        routine = next((one.routine for one in self._book.held if one.routine.id == due.routine), None)
        message = Reminder(id=due.id, kind=due.kind, title=routine.title if routine else "", person=due.person or "")
        message.local, message.state = due.local.isoformat(timespec="minutes"), due.known.value
        message.header.stamp = self.stamp()
        self._reminder.publish(message)
        self.log.info(f"{due.id} is {due.known.value}")

    # --- the companion ------------------------------------------------------------------------------------------

    def _ended(self, ended: Ended) -> None:
        at = self._moment()
        self._observe(Reminded(at, ended.prompt, ended.outcome, ended.answer, ended.heard, ended.told))

    def _goal(self, act: Remind | Begin) -> Any:
        goal = RemindAction.Goal(id=act.due, kind=act.kind, person=act.person or "", text=act.text, urgency=1)
        if isinstance(act, Remind):
            goal.question, goal.answers, goal.urgency = act.question, list(act.answers), act.urgency
            # Pictures are known by their names without an ending.
            goal.picture, goal.come = PurePath(act.picture).stem, act.come
            goal.recording, goal.song = self._sound(act.recording), self._sound(act.song)
        return goal

    def _sound(self, name: str) -> str:
        if name and find_sound(name) is None:
            self.report("sounds", WARN, f"{name} is not there: it is spoken instead")
            return ""
        return name
