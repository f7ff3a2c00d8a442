"""The pages node: the care worker's pages, beside the graph."""

from __future__ import annotations

import threading
import time
from typing import Any, Literal
from uuid import UUID

from diagnostic_msgs.msg import DiagnosticStatus
from dolbom_msgs.action import Say as SayAction
from dolbom_msgs.msg import BodyArray, Receipt, Reminder
from dolbom_msgs.msg import CareEvent as CareEventMsg
from dolbom_msgs.srv import NoteDose
from hri_msgs.msg import IdsMatch
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.action import ActionClient

from dolbom.errors import UserError
from dolbom.events import TYPE_PREFIX, DistressAttended
from dolbom.runtime.nodes import NODES
from dolbom.web.app import NotNowError
from dolbom.web.care.board import CareBoard, Part, Present
from dolbom.web.care.home import CareHome, open_database
from dolbom.web.care.server import CareServer, CareWebParameters
from dolbom_nodes import qos
from dolbom_nodes.face_learning import FaceLearning
from dolbom_nodes.messages import play_once
from dolbom_nodes.watching import WatchingNode
from dolbom_nodes.work_thread import WorkThread

STILL_THERE_S = 3.0
"""Somebody is there until the camera has not seen them for so long."""
SILENT_S = 5.0
SURE = 0.5
SAY_S = 5.0
NOTE_S = 5.0
TIDY_S = 3600.0
RESTART_S = 20.0
"""For one step: some load weights."""
RESTART = (
    (Transition.TRANSITION_DEACTIVATE, False),
    (Transition.TRANSITION_CLEANUP, False),
    (Transition.TRANSITION_CONFIGURE, True),
    (Transition.TRANSITION_ACTIVATE, True),
)
"""The steps of a restart, and whether it fails with one: a node that failed before is down already."""
LEVELS = {b"\0": "ok", b"\1": "warn", b"\2": "error", b"\3": "stale"}


class PagesNode(WatchingNode[CareWebParameters]):
    """Shows what the robot sees, does and has to do; what is pressed goes to the camera's switch, to `say`, to
    `care/receipt` (an alarm that somebody here took on; the district hears of that by an event) and to
    `care/note_dose`."""

    parameters_model = CareWebParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("pages", **options)

    def configure(self) -> None:
        self._pages = CareBoard()
        self.watch(self._pages)
        self._database = open_database()
        self._home = CareHome(self._database, self.store, self.clock, self.robot.lang, self._pages, self)
        self._seen: dict[str, tuple[float, str]] = {}
        self._persons: dict[str, str] = {}
        self._parts_seen: dict[str, float] = {}
        self._tidied = -TIDY_S
        self._revision: tuple[object, ...] | None = None
        self._receipts = self.create_publisher(Receipt, "care/receipt", qos.EVENT)
        others = [one.name for one in NODES if one.name != self.get_name()]
        self._lives = {name: self.create_client(ChangeState, f"{name}/change_state") for name in others}
        self._notes = self.create_client(NoteDose, "care/note_dose")

    def activate(self) -> None:
        self._voice = self.own(ActionClient(self, SayAction, "say"))
        self._faces = FaceLearning(self, self._pages)
        self.begin()
        self.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.STREAM)
        self.create_subscription(IdsMatch, f"{self.robot.humans}/candidate_matches", self._on_match, qos.EVENT)
        self.create_subscription(Reminder, "care/reminder", lambda _: self._pages.changed("dose"), qos.STANDING)
        self.create_subscription(CareEventMsg, "care/event", self._on_event, qos.EVENT)
        self.create_subscription(
            Receipt, "care/receipt", lambda message: self._pages.changed("updated", message.event_id), qos.EVENT
        )
        self._server = CareServer(self.parameters, self._home)
        self.start_thread("pages", self._serve)
        self.log.info(f"the care worker's pages are at {self._server.url}")
        if self._server.setup:
            # The link itself is no line for a log, which others may read.
            self.log.info("nobody can administrate them yet: `dolbom pages where` has the first one's link")

    def cleanup(self) -> None:
        if hasattr(self, "_database"):
            self._database.close()

    @property
    def url(self) -> str:
        """Where the pages are, while the node is active."""
        return self._server.url

    @property
    def setup(self) -> str:
        """The one-time link for the first administrator, or ""."""
        return self._server.setup

    def diagnose(self) -> dict[str, object]:
        return {"url": self._server.url} if self.active else {}

    def _serve(self, thread: WorkThread) -> None:
        self._server.run(thread.stopping)

    # --- what is shown ------------------------------------------------------------------------------------------

    def _on_bodies(self, message: BodyArray) -> None:
        now = time.monotonic()
        for body in message.bodies:
            self._seen[body.id] = (now, body.posture)

    def _on_match(self, message: IdsMatch) -> None:
        kinds = {message.id1_type: message.id1, message.id2_type: message.id2}
        body, person = kinds.get(IdsMatch.BODY), kinds.get(IdsMatch.PERSON)
        if body and person and message.confidence >= SURE:
            self._persons[body] = person

    def _on_event(self, message: CareEventMsg) -> None:
        if message.severity == "alarm":
            self._pages.changed("raised", message.id)
        elif message.type.startswith((f"{TYPE_PREFIX}dose.", f"{TYPE_PREFIX}checkin.")):
            self._pages.changed("dose")

    def _on_part(self, name: str, status: DiagnosticStatus) -> None:
        super()._on_part(name, status)
        self._parts_seen[name] = time.monotonic()
        values = {value.key: value.value for value in status.values}
        self._pages.part(name, Part(LEVELS.get(status.level, "error"), status.message, values))

    def _on_second(self) -> None:
        super()._on_second()
        now = time.monotonic()
        self._seen = {body: seen for body, seen in self._seen.items() if now - seen[0] < STILL_THERE_S}
        self._persons = {body: person for body, person in self._persons.items() if body in self._seen}
        there = ((self._persons.get(body, ""), posture) for body, (_, posture) in sorted(self._seen.items()))
        self._pages.present(tuple(Present(person, posture) for person, posture in there))
        for name, seen in self._parts_seen.items():
            if now - seen > SILENT_S:
                self._pages.gone(name)
        if now - self._tidied > TIDY_S:
            self._tidied = now
            self._home.tidy()
        # What another program changed, as `dolbom routines` does.
        revision = self._home.routines.revision()
        if revision != self._revision:
            self._revision = revision
            self._pages.changed("routine")

    # --- what is pressed: `dolbom.web.care.robot.Robot`, called from the pages' threads -----------------------------

    def say(self, text: str, lang: str) -> None:
        """Says a sentence; returns when the voice has taken it on."""
        if not self._voice.server_is_ready():
            raise NotNowError("voice")
        taken = threading.Event()
        future = self._voice.send_goal_async(SayAction.Goal(text=text, lang=lang, urgency=SayAction.Goal.CHAT))
        future.add_done_callback(lambda _: taken.set())
        if not taken.wait(SAY_S) or not future.result().accepted:
            raise NotNowError("voice")

    def play_message(self, name: str, otherwise: str, lang: str) -> None:
        """Plays a recorded message once; returns when the voice has taken it on."""
        play_once(self._voice, name, otherwise, lang, SAY_S)

    def learn_face(self, *, name: str, given_by: str, until: str, person: str) -> None:
        """Begins to learn a face with the camera; the board shows how it goes on."""
        self._faces.begin(name, given_by, until, person)

    def stop_learning(self) -> None:
        """Ends that; nothing is kept."""
        self._faces.stop()

    def acknowledge(self, event: UUID, role: str) -> None:
        """Somebody here has taken an alarm on: the person is told that help comes."""
        self.heard_by(self._receipts, "guard")
        message = Receipt(event_id=str(event), kind=Receipt.ACKNOWLEDGED, by=role)
        message.stamp = self.stamp()
        self._receipts.publish(message)

    def attended(self, event: UUID, state: Literal["coming", "over"], role: str, person: str) -> None:
        """The district is told that somebody here has taken an alarm on, or says that it is over."""
        self.emit(DistressAttended(alarm_id=event, state=state, by=role), subject=person or None)

    def restarts(self, part: str) -> bool:
        """Whether it is a node with a life of its own, and not this one: who answers cannot restart meanwhile."""
        return part in self._lives

    def restart(self, part: str) -> None:
        """Takes a node down and brings it up again, in its process; the host brings up what does not come by itself."""
        for step, needed in RESTART:
            request = ChangeState.Request(transition=Transition(id=step))
            if not self.called(self._lives[part], request, RESTART_S, "part").success and needed:
                raise NotNowError("part")

    def note_dose(self, **fields: Any) -> None:
        """What somebody knows of a dose better than the robot."""
        answer = self.called(self._notes, NoteDose.Request(**fields), NOTE_S, "routines")
        if not answer.success:
            raise UserError(answer.message)
