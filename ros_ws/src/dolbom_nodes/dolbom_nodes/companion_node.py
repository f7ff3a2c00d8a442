"""The companion node: what is heard, seen and due goes to the companion's core, and what it decides to the robot."""

from __future__ import annotations

import collections
import json
import queue
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builtin_interfaces.msg import Duration
from dolbom_msgs.action import Ask as AskAction
from dolbom_msgs.action import Remind
from dolbom_msgs.action import Say as SayAction
from dolbom_msgs.msg import Campaign, DistressState, MedicineSaid, SignOfLife, Suspicion
from hri_msgs.msg import IdsList, LiveSpeech
from rclpy.action import ActionClient, ActionServer, CancelResponse
from std_msgs.msg import String
from std_srvs.srv import SetBool

from dolbom.companion.campaign import Campaigns, HomeJournal
from dolbom.companion.coming import How
from dolbom.companion.companion import Companion, Source
from dolbom.companion.decisions import (
    Approach,
    Ask,
    Cancel,
    Chat,
    Decision,
    Emit,
    ReminderStage,
    Say,
    SetSpeech,
    SettleReminder,
    ShowedLife,
    Suspect,
    SwitchCamera,
    TellHappened,
    TellOfMedicine,
)
from dolbom.companion.notice import Notices, of_home, weather
from dolbom.companion.observations import (
    Answered,
    BodiesSeen,
    CampaignCame,
    CampaignWithdrawn,
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
    Unseen,
)
from dolbom.companion.parameters import CompanionNodeParameters
from dolbom.companion.remembering import Remembering
from dolbom.companion.replies import Reply
from dolbom.companion.schedule import CheckIns
from dolbom.companion.talk import Sentence
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.dialog.smalltalk import SmallTalk, SmallTalkParameters
from dolbom.errors import UserError
from dolbom.exercise.hosting import Exercises, ExerciseWish
from dolbom.exercise.unwell import unwell_today
from dolbom.exercise.words import called
from dolbom.games.beside import mood_of, poorly, worse_of
from dolbom.games.hosting import Games, Wish
from dolbom.i18n import LANGUAGES, phrase
from dolbom.perception.bodies import Bodies
from dolbom.store.exercise import ExerciseStore
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import People
from dolbom.store.routines import Book, RoutineStore
from dolbom.store.speech import SpeechStore
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.coming import Coming
from dolbom_nodes.exercise_topics import ExerciseTopics
from dolbom_nodes.health import WARN
from dolbom_nodes.play_goals import PlayGoals
from dolbom_nodes.voices import Voices
from dolbom_nodes.work_thread import WorkThread

TICK_S = 0.1
SEEN_EVERY_S = 1.0
VOICE_WAIT_S = 3.0
"""A voice that is being restarted is waited for this long."""
LOAD_AFTER_S = 3.0
"""The morpheme model is loaded this long after the start, when the other nodes have come up."""
STANDS = (DistressState.ASKED, DistressState.ASKED_AGAIN, DistressState.RAISED, DistressState.ACKNOWLEDGED)
OUTCOMES = {
    AskAction.Result.ANSWERED: Outcome.ANSWERED,
    AskAction.Result.SILENCE: Outcome.SILENCE,
    AskAction.Result.UNCLEAR: Outcome.UNCLEAR,
    AskAction.Result.INTERRUPTED: Outcome.INTERRUPTED,
    AskAction.Result.FAILED: Outcome.FAILED,
}
ENDS = {outcome: number for number, outcome in OUTCOMES.items()}


@dataclass
class _Waiting:
    act: Say | Ask
    until: float


class CompanionNode(CareNode[CompanionNodeParameters]):
    """Serves `remind`; speaks through `say` and `ask`."""

    parameters_model = CompanionNodeParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("companion", **options)

    def configure(self) -> None:
        # By letters alone until the model is loaded: nobody waits for it, and nobody is not understood.
        understanding = Understanding(morphemes=None)
        understanding.warm(self.robot.lang)
        self._people = People(self.store)
        self._memory = Memory(MemoryStore(self.store), understanding, self.parameters.memory)
        self._remembering = Remembering(self._memory, lambda: self._companion.understanding, self.robot.lang)
        self._companion = Companion(
            self.parameters.talk(),
            understanding,
            self.robot.lang,
            self._address,
            self._sources(),
            self._replies(),
            self._remembering,
        )
        self._goals: dict[str, Any] = {}
        self._stopped: set[str] = set()
        self._waiting: list[_Waiting] = []
        self._reminders: dict[str, Any] = {}
        self._settled: dict[str, SettleReminder] = {}
        self._withdrawn: collections.deque[str] = collections.deque()
        self._here: set[str] = set()
        self._seen_at = -1e9
        self._distress = False
        self._chats: queue.Queue[Chat] = queue.Queue()
        self._chatted: collections.deque[tuple[str, str]] = collections.deque()
        self._loaded: Understanding | None = None
        self._suspicion = self.create_publisher(Suspicion, "care/suspicion", qos.EVENT)
        self._medicine = self.create_publisher(MedicineSaid, "care/medicine_said", qos.EVENT)
        self._happened = self.create_publisher(String, "care/happened", qos.EVENT)
        self._life = self.create_publisher(SignOfLife, "care/sign_of_life", qos.EVENT)
        self._camera = self.create_client(SetBool, "camera_enabled")

    def _sources(self) -> list[Source]:
        """What else the robot may begin to talk about."""
        lang = self.robot.lang
        book = Book(RoutineStore(self.store))
        self._check_ins = CheckIns(
            self._memory.store,
            self._memory,
            lambda: self._companion.understanding,
            lambda person: self._address(person) or phrase(lang, "distress.address"),
            lang,
            self.parameters.check_in,
            by_routine=lambda person: book.has("check_in", person),
        )
        self._exercises = Exercises(
            ExerciseStore(self._memory.store),
            lambda: self._companion.understanding,
            lambda person: self._address(person) or phrase(lang, "distress.address"),
            lang,
            self.parameters.exercise,
            unwell=lambda person, at: unwell_today(self.store, at) or poorly(self._memory.store, person, at),
        )
        self._games = Games(
            GameStore(self._memory.store),
            lambda: self._companion.understanding,
            lambda person: self._address(person) or phrase(lang, "distress.address"),
            lang,
            self.parameters.games,
            mood=lambda person, at: mood_of(self._memory.store, person, at),
            worse=lambda person, at: worse_of(self._memory.store, person, at),
            exercise=self._exercises,
        )
        return [
            Campaigns(HomeJournal(self.store), lang),
            Notices(of_home(self.store), lang),
            self._check_ins,
            self._remembering,
            self._games,
            self._exercises,
        ]

    def _replies(self) -> dict[str, Reply]:
        """What other parts of the robot know to answer."""
        return {
            "weather": weather(of_home(self.store), self.robot.lang),
            **self._remembering.replies(),
            **self._games.replies(),
            **self._exercises.replies(),
        }

    def activate(self) -> None:
        self._say = self.own(ActionClient(self, SayAction, "say"))
        self._ask = self.own(ActionClient(self, AskAction, "ask"))
        self._coming = Coming(self, self._tell_of_coming)
        Voices(self, self._on_speech)
        self.create_subscription(IdsList, f"{self.robot.humans}/persons/tracked", self._on_persons, qos.STATE)
        self.create_subscription(DistressState, "care/distress", self._on_distress, qos.STATE)
        self.create_subscription(Campaign, "care/campaign", self._on_campaign, qos.STANDING)
        server = ActionServer(
            self,
            Remind,
            "remind",
            execute_callback=self._finish_reminder,
            handle_accepted_callback=self.guarded(self._on_reminder, "remind"),
            cancel_callback=self._on_withdrawn,
        )
        self.own(server)
        self._play_goals = PlayGoals(self, self._games, self._exercises, self._withdraw_played)
        self._exercise_topics = ExerciseTopics(self, self._exercises, self._on_bodies)
        self.create_timer(TICK_S, self._on_tick)
        if self.parameters.morphemes:
            self.start_thread("understanding", self._load)
        if self.parameters.small_talk_url:
            self.start_thread("small talk", self._chat)

    def deactivate(self) -> None:
        for goal in list(self._reminders):
            self._settle(SettleReminder(goal, Outcome.INTERRUPTED))
        self._play_goals.close()
        self._goals.clear()
        self._stopped.clear()
        self._waiting.clear()
        self._here.clear()

    def diagnose(self) -> dict[str, object]:
        return {"doing": self._companion.busy or "idle", "waiting": self._companion.waiting}

    def _load(self, thread: WorkThread) -> None:
        if thread.stopping.wait(LOAD_AFTER_S):
            return
        with thread.item():
            understanding = Understanding()
            understanding.warm(self.robot.lang)
        self._loaded = understanding

    def _chat(self, thread: WorkThread) -> None:
        parameters = self.parameters
        talk = SmallTalk(SmallTalkParameters(url=parameters.small_talk_url, model=parameters.small_talk_model))
        while not thread.stopping.is_set():
            try:
                chat = self._chats.get(timeout=0.2)
            except queue.Empty:
                continue
            with thread.item():
                self._chatted.append((chat.id, talk.reply(chat.text, chat.lang, chat.turns).text))

    # --- what is observed ---------------------------------------------------------------------------------------

    def _moment(self) -> Moment:
        return Moment(self.clock.now(), self.clock.civil())

    def _observe(self, observation: Observation) -> None:
        self._carry_out(self._companion.observe(observation))

    def _on_speech(self, voice: str, speech: LiveSpeech) -> None:
        at = self._moment()
        lang = speech.locale[:2] if speech.locale[:2] in LANGUAGES else self.robot.lang
        text, spotted = speech.final.strip()[:500], speech.incremental.strip()[:500]
        if not text and not spotted:
            return
        began = stamps.from_msg(speech.header.stamp) or at.now
        self._observe(
            Heard(at, text, voice, None, lang, began, "" if text else spotted, min(1.0, max(0.0, speech.confidence)))
        )

    def _on_persons(self, tracked: IdsList) -> None:
        at, here = self._moment(), {id for id in tracked.ids if self._known(id)}
        for person in sorted(self._here - here):
            self._observe(Unseen(at, person))
        for person in sorted(here - self._here):
            self._observe(Seen(at, person))
        self._here = here

    def _on_distress(self, message: DistressState) -> None:
        stands = message.stage in STANDS
        if stands != self._distress:
            self._distress = stands
            self._observe(DistressChanged(self._moment(), stands))

    def _on_campaign(self, message: Campaign) -> None:
        at = self._moment()
        if message.state == Campaign.WITHDRAWN:
            self._observe(CampaignWithdrawn(at, message.id))
            return
        seconds = message.deadline.sec
        deadline = datetime.fromtimestamp(seconds, self.robot.zone) if seconds else None
        self._observe(CampaignCame(at, message.id, message.text, message.instruction, message.area, deadline))

    def _on_tick(self) -> None:
        at = self._moment()
        if self._loaded is not None:
            self._companion.understand_with(self._loaded)
            self._loaded = None
        while self._withdrawn:
            self._observe(ReminderWithdrawn(at, goal := self._withdrawn.popleft()))
            self._settle(SettleReminder(goal, Outcome.INTERRUPTED))
        self._play_goals.tick()
        self._exercise_topics.tick(self._companion.watches)
        while self._chatted:
            self._observe(Chatted(at, *self._chatted.popleft()))
        if at.now - self._seen_at >= SEEN_EVERY_S:
            self._seen_at = at.now
            for person in sorted(self._here):
                self._observe(Seen(at, person))
        self._send_waiting()
        self._observe(Tick(at))

    def _withdraw_played(self, what: str) -> None:
        self._carry_out(self._companion.withdraw(what, self._moment()))

    def _on_bodies(self, bodies: Bodies) -> None:
        self._observe(BodiesSeen(self._moment(), bodies))

    def _known(self, person: str) -> bool:
        return self._address(person) is not None

    def _address(self, person: str | None) -> str | None:
        try:
            return self._people.name_of(person) if person else None
        except UserError as error:
            self.report("people", WARN, f"no form of address: {error}")
            return None

    # --- reminders ----------------------------------------------------------------------------------------------

    def _on_reminder(self, goal: Any) -> None:
        wanted = goal.request
        id = bytes(goal.goal_id.uuid).hex()
        self._reminders[id] = goal
        due = ReminderDue(
            self._moment(),
            goal=id,
            id=wanted.id,
            kind=wanted.kind,
            text=wanted.text or wanted.question,
            question=wanted.question if wanted.text else "",
            answers=tuple(wanted.answers),
            person=wanted.person or None,
            picture=wanted.picture,
            urgency=min(wanted.urgency, SayAction.Goal.REMINDER),
            time_limit_s=wanted.time_limit.sec + wanted.time_limit.nanosec * 1e-9,
            come=wanted.come,
            recording=wanted.recording if wanted.text else "",
            song=wanted.song,
        )
        if due.kind == "exercise":
            # A routine is called as its title calls it, as "의자 잡고 하는 운동".
            self._exercises.want(ExerciseWish(called(due.text, self.robot.lang), due.person, offer=True))
            self._settle(SettleReminder(id, Outcome.ANSWERED, told=True))
            return
        if due.kind == "game":
            self._games.want(Wish(person=due.person, offer=True))
            self._settle(SettleReminder(id, Outcome.ANSWERED, told=True))
            return
        if due.kind == "check_in":
            self._settle(self._begin_check_in(due))
            return
        if not due.text.strip():
            self._settle(SettleReminder(id, Outcome.FAILED))
            return
        goal.publish_feedback(Remind.Feedback(stage="waiting"))
        self._observe(due)

    def _begin_check_in(self, due: ReminderDue) -> SettleReminder:
        try:
            if self._check_ins.due(due.person, due.at):
                return SettleReminder(due.goal, Outcome.ANSWERED, told=True)
            self.log.warning("a check-in is due, and nobody consents to it")
        except UserError as error:
            self.report("check-in", WARN, f"cannot begin: {error}")
        return SettleReminder(due.goal, Outcome.FAILED)

    def _on_withdrawn(self, goal: Any) -> CancelResponse:
        # The goal becomes "canceling" only when this has returned.
        self._withdrawn.append(bytes(goal.goal_id.uuid).hex())
        return CancelResponse.ACCEPT

    def _settle(self, settled: SettleReminder) -> None:
        goal = self._reminders.pop(settled.goal, None)
        if goal is not None:
            self._settled[settled.goal] = settled
            goal.execute()

    def _finish_reminder(self, goal: Any) -> Any:
        id = bytes(goal.goal_id.uuid).hex()
        settled = self._settled.pop(id, SettleReminder(id, Outcome.FAILED))
        if goal.is_cancel_requested:
            goal.canceled()
        elif settled.outcome in (Outcome.ANSWERED, Outcome.SILENCE, Outcome.UNCLEAR):
            goal.succeed()
        else:
            goal.abort()
        outcome = Remind.Result.TOLD if settled.told else ENDS[settled.outcome]
        return Remind.Result(outcome=outcome, answer=settled.answer, heard=settled.heard)

    # --- what is decided ----------------------------------------------------------------------------------------

    def _carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Say() | Ask():
                    self._waiting.append(_Waiting(decision, self.clock.now() + VOICE_WAIT_S))
                case Cancel():
                    self._cancel(decision.id)
                case Emit():
                    self.emit(decision.data, decision.subject, decision.severity)
                case Suspect():
                    self._suspect(decision)
                case SettleReminder():
                    self._settle(decision)
                case ReminderStage():
                    if (goal := self._reminders.get(decision.goal)) is not None:
                        goal.publish_feedback(Remind.Feedback(stage=decision.stage))
                case Approach():
                    self._coming.come(decision)
                case TellHappened():
                    self._happened.publish(String(data=decision.event))
                case ShowedLife():
                    self._show_life(decision)
                case TellOfMedicine():
                    self._tell_of_medicine(decision)
                case SwitchCamera():
                    self._switch_camera(decision.on)
                case SetSpeech():
                    self._set_speech(decision)
                case Chat():
                    self._chats.put(decision)
                case _:
                    pass
        self._send_waiting()

    def _suspect(self, suspect: Suspect) -> None:
        message = Suspicion(cause=suspect.cause, confidence=suspect.confidence, ask=True, evidence=suspect.text[:500])
        message.person = suspect.person or ""
        message.header.stamp = self.stamp()
        self._suspicion.publish(message)
        self.log.warning("words that may be a call for help")

    def _tell_of_coming(self, how: How) -> None:
        self._carry_out(self._companion.came(how, self._moment()))

    def _show_life(self, showed: ShowedLife) -> None:
        message = SignOfLife(kind=showed.how, person=showed.person or "")
        message.header.stamp = self.stamp()
        self._life.publish(message)

    def _tell_of_medicine(self, told: TellOfMedicine) -> None:
        named = self._companion.understanding.named("medicine", told.heard, told.lang)
        message = MedicineSaid(what=told.what, person=told.person or "", medicine=named, heard=told.heard)
        message.header.stamp = self.stamp()
        self._medicine.publish(message)

    def _set_speech(self, change: SetSpeech) -> None:
        try:
            SpeechStore(self.store).step(change.person, change.what)
        except UserError as error:
            self.report("speech settings", WARN, str(error))

    def _switch_camera(self, on: bool) -> None:
        if not self._camera.service_is_ready():
            self._camera_stays()
            return
        asked = self._camera.call_async(SetBool.Request(data=on))

        def switched(future: Any) -> None:
            if not future.result().success:
                self._camera_stays()

        asked.add_done_callback(self.guarded(switched, "camera"))

    def _camera_stays(self) -> None:
        text = phrase(self.robot.lang, "companion.camera_stays")
        self._carry_out(self._companion.offer(Sentence("camera", text), self._moment()))

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
                self._ended(one.act, None)

    def _send(self, act: Say | Ask) -> None:
        common = {"lang": act.lang, "person": act.person or "", "urgency": act.urgency or 0, "picture": act.picture}
        goal: Any
        if isinstance(act, Say):
            goal = SayAction.Goal(text=act.text, sound=act.sound, **common)
        else:
            schema = act.schema.model_dump_json() if act.schema is not None else ""
            goal = AskAction.Goal(
                question=act.text,
                answers=list(act.answers),
                schema=schema,
                again=list(act.again),
                buttons=list(act.buttons),
                **common,
            )
            limit = act.time_limit_s or 0.0
            goal.time_limit = Duration(sec=int(limit), nanosec=int(limit % 1 * 1e9))
        client = self._ask if isinstance(act, Ask) else self._say
        self._goals[act.id] = None
        sent = client.send_goal_async(goal)
        sent.add_done_callback(self.guarded(lambda future: self._on_accepted(act, future), "say"))

    def _on_accepted(self, act: Say | Ask, future: Any) -> None:
        handle = future.result()
        if handle is None or not handle.accepted:
            self._ended(act, None)
            return
        self._goals[act.id] = handle
        result = handle.get_result_async()
        done: Callable[[Any], None] = lambda future: self._ended(act, future.result().result)  # noqa: E731
        result.add_done_callback(self.guarded(done, "say"))
        if act.id in self._stopped:
            handle.cancel_goal_async()

    def _ended(self, act: Say | Ask, result: Any) -> None:
        self._goals.pop(act.id, None)
        self._stopped.discard(act.id)
        at = self._moment()
        if isinstance(act, Say):
            self._observe(Spoken(at, act.id, result is not None and result.finished))
        elif result is None:
            self._observe(Answered(at, act.id, Outcome.FAILED))
        else:
            outcome = OUTCOMES.get(result.outcome, Outcome.FAILED)
            value = json.loads(result.value) if result.value else None
            self._observe(Answered(at, act.id, outcome, result.answer, value, result.heard, result.confidence))

    def _cancel(self, id: str) -> None:
        self._waiting = [one for one in self._waiting if one.act.id != id]
        if id not in self._goals:
            return
        handle = self._goals[id]
        if handle is None:
            self._stopped.add(id)
        else:
            handle.cancel_goal_async()
