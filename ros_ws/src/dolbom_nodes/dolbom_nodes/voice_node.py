"""The voice node: the `say` and `ask` actions over one speech engine, and what people answer."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dolbom_msgs.action import Ask, Say
from dolbom_msgs.msg import Suspicion, Utterance
from hri_msgs.msg import LiveSpeech
from pydantic import ValidationError
from rclpy.action import ActionServer, CancelResponse

from dolbom.dialog.answers import AnswerSchema
from dolbom.dialog.engine import SpeechEngine, SpeechError
from dolbom.dialog.voice import (
    CalledForHelp,
    Decision,
    End,
    Ended,
    Hush,
    Request,
    Speak,
    Urgency,
    Voice,
    VoiceParameters,
)
from dolbom.i18n import LANGUAGES, phrase
from dolbom.plain import plain, plain_lines
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.mouth import GivenMouth, Mouth
from dolbom_nodes.voices import Voices
from dolbom_nodes.work_thread import WorkThread

TICK_S = 0.05


@dataclass
class _Speaking:
    """One text that the engine has, and how to silence it."""

    request: Request
    hush: threading.Event = field(default_factory=threading.Event)


class VoiceNode(CareNode[VoiceParameters]):
    """Serves `say` and `ask`; publishes what was said on `care/said`, and a call for help on `care/suspicion`."""

    parameters_model = VoiceParameters

    def __init__(self, *, engine: SpeechEngine | None = None, **options: Any) -> None:
        super().__init__("voice", **options)
        self._given_engine = engine

    def configure(self) -> None:
        self._voice = Voice(self.parameters)
        self._mouth = GivenMouth(self._given_engine) if self._given_engine else Mouth(self)
        self._goals: dict[str, Any] = {}
        self._ended: dict[str, End] = {}
        self._speaking: _Speaking | None = None
        self._texts: queue.Queue[_Speaking] = queue.Queue()
        self._news: queue.SimpleQueue[tuple[str, str, Any]] = queue.SimpleQueue()
        self._said = self.create_publisher(Utterance, "care/said", qos.STREAM)
        self._suspicion = self.create_publisher(Suspicion, "care/suspicion", qos.EVENT)

    def activate(self) -> None:
        Voices(self, self._hear)
        self._wake = self.own(
            self.create_guard_condition(self.guarded(self._take_news, "speech")), "destroy_guard_condition"
        )
        for kind, name in ((Say, "say"), (Ask, "ask")):
            server = ActionServer(
                self,
                kind,
                name,
                execute_callback=self._finish,
                handle_accepted_callback=self.guarded(self._accept, name),
                cancel_callback=self._cancel,
            )
            self.own(server)
        self.create_timer(TICK_S, self._tick)
        self._mouth.listen()
        self.start_thread("speech", self._speak)
        self.start_thread("prompts", self._mouth.keep_prompts)

    def deactivate(self) -> None:
        for id in list(self._goals):
            self._end(End(id, Ended.INTERRUPTED, message="the voice was switched off"))
        self._voice = Voice(self.parameters)

    def cleanup(self) -> None:
        if hasattr(self, "_mouth"):
            self._mouth.close()

    def diagnose(self) -> dict[str, object]:
        now = self._voice.current
        doing = "quiet" if now is None else "listens" if self._voice.listening else "speaks"
        return {"doing": doing, "waiting": self._voice.waiting} | self._mouth.diagnose()

    # --- goals --------------------------------------------------------------------------------------------------

    def _accept(self, goal: Any) -> None:
        # Not executed now: rclpy's executor would spin at full speed for as long as a coroutine waits. The goal is
        # executed when it has ended, which only hands over its result.
        wanted = goal.request
        asks = isinstance(wanted, Ask.Goal)
        limit = wanted.time_limit.sec + wanted.time_limit.nanosec * 1e-9 if asks else None
        id = bytes(goal.goal_id.uuid).hex()
        self._goals[id] = goal
        try:
            schema = AnswerSchema.model_validate_json(wanted.schema) if asks and wanted.schema else None
        except ValidationError as error:
            self._end(End(id, Ended.FAILED, message=f"its schema cannot be read: {error.errors()[0]['msg']}"))
            return
        request = Request(
            id=id,
            text=plain_lines(wanted.question if asks else wanted.text),
            lang=wanted.lang if wanted.lang in LANGUAGES else self.robot.lang,
            person=wanted.person,
            urgency=Urgency(min(wanted.urgency, max(Urgency))),
            answers=tuple(wanted.answers) if asks else (),
            time_limit_s=limit,
            schema=schema,
            again=tuple(wanted.again) if asks else (),
            picture=wanted.picture,
            sound="" if asks else wanted.sound,
            buttons=tuple(wanted.buttons[:6]) if asks else (),
        )
        self._do(self._voice.request(request, self.clock.now()))

    def _cancel(self, goal: Any) -> CancelResponse:
        # The goal becomes "canceling" only when this has returned.
        self._tell("cancel", bytes(goal.goal_id.uuid).hex(), None)
        return CancelResponse.ACCEPT

    def _finish(self, goal: Any) -> Any:
        id = bytes(goal.goal_id.uuid).hex()
        end = self._ended.pop(id, End(id, Ended.FAILED, message="nothing became of it"))
        well = end.how in (Ended.ANSWERED, Ended.SILENCE, Ended.UNCLEAR, Ended.FINISHED)
        if goal.is_cancel_requested:
            goal.canceled()
        elif well:
            goal.succeed()
        else:
            goal.abort()
        if isinstance(goal.request, Say.Goal):
            return Say.Result(finished=end.how is Ended.FINISHED, message=end.message)
        return Ask.Result(
            outcome=int(end.how),
            answer=end.answer,
            value="" if end.value is None else json.dumps(end.value, ensure_ascii=False),
            heard=end.heard,
            confidence=end.confidence,
        )

    # --- what the core decides ----------------------------------------------------------------------------------

    def _do(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, Speak):
                self._begin(decision.request)
            elif isinstance(decision, Hush):
                if self._speaking is not None and self._speaking.request.id == decision.id:
                    self._speaking.hush.set()
            elif isinstance(decision, End):
                self._end(decision)
            else:
                self._call_for_help(decision)

    def _begin(self, request: Request) -> None:
        self._say_so(
            "robot",
            request.person,
            request.lang,
            request.text,
            question=request.question,
            id=request.id,
            picture=request.picture,
            buttons=request.buttons,
        )
        self._speaking = _Speaking(request)
        self._texts.put(self._speaking)

    def _end(self, end: End) -> None:
        goal = self._goals.pop(end.id, None)
        if goal is None:
            return
        self.log.debug(end.how.name.lower(), goal=end.id, words=end.heard or end.message)
        if end.how is Ended.FAILED:
            self.log.error(f"could not speak: {end.message}", goal=end.id)
        self._ended[end.id] = end
        goal.execute()

    def _call_for_help(self, call: CalledForHelp) -> None:
        message = Suspicion(cause="voice", confidence=call.confidence, ask=True, evidence=call.text[:500])
        message.header.stamp = self.stamp()
        self._suspicion.publish(message)
        self.log.warning("somebody called for help")

    def _say_so(
        self,
        speaker: str,
        person: str,
        lang: str,
        text: str,
        *,
        question: bool = False,
        id: str = "",
        picture: str = "",
        buttons: Sequence[str] = (),
        confidence: float = 1.0,
    ) -> None:
        said = Utterance(speaker=speaker, person=person, lang=lang, text=text, question=question, id=id)
        said.stamp, said.picture, said.confidence = self.stamp(), picture, float(confidence)
        said.buttons = list(buttons)
        self._said.publish(said)
        # Words are a value of the line, not its text: who looks for faults is not shown them.
        self.log.info("said", speaker=speaker, words=text)

    # --- what is heard ------------------------------------------------------------------------------------------

    def _hear(self, voice: str, speech: LiveSpeech) -> None:
        lang = speech.locale[:2] if speech.locale[:2] in LANGUAGES else self.robot.lang
        now, began = self.clock.now(), stamps.from_msg(speech.header.stamp) or None
        if speech.incremental and not speech.final:
            phrase_spotted = plain(speech.incremental[:2000])[:500]
            self._do(
                self._voice.hear(phrase_spotted, now, speech.confidence, lang, voice=voice, began=began, spotted=True)
            )
            return
        text = plain(speech.final[:2000])[:500]
        if not text:
            return
        self._say_so(voice, "", lang, text, confidence=speech.confidence)
        print(phrase(self.robot.lang, "voice.person_line", text=text), flush=True)
        self._do(self._voice.hear(text, now, speech.confidence, lang, voice=voice, began=began))
        current = self._voice.current
        if current is not None and current.question and (goal := self._goals.get(current.id)) is not None:
            goal.publish_feedback(Ask.Feedback(heard=self._voice.heard))

    # --- the engine ---------------------------------------------------------------------------------------------

    def _speak(self, thread: WorkThread) -> None:
        while not thread.stopping.is_set():
            try:
                speaking = self._texts.get(timeout=0.2)
            except queue.Empty:
                with thread.item():
                    self._mouth.idle()
                continue
            request = speaking.request
            try:
                with thread.item():
                    for progress in self._mouth.speak(request, speaking.hush):
                        self._tell("progress", request.id, progress)
                        if thread.stopping.is_set():
                            speaking.hush.set()
            except SpeechError as error:
                self._tell("failed", request.id, str(error))
            except Exception as error:
                self.fail("speech", error)
                self._tell("failed", request.id, f"{type(error).__name__}: {error}")
            else:
                if not speaking.hush.is_set():
                    self._tell("spoken", request.id, None)

    def _tell(self, what: str, id: str, value: Any) -> None:
        self._news.put((what, id, value))
        self._wake.trigger()

    def _take_news(self) -> None:
        while True:
            try:
                what, id, value = self._news.get_nowait()
            except queue.Empty:
                return
            now = self.clock.now()
            if what == "spoken":
                self._do(self._voice.spoken(id, now))
            elif what == "failed":
                self._do(self._voice.failed(id, value, now))
            elif what == "cancel":
                self._do(self._voice.cancel(id, now))
            else:
                self._voice.sounding(id, now)
                if (goal := self._goals.get(id)) is not None and isinstance(goal.request, Say.Goal):
                    goal.publish_feedback(Say.Feedback(progress=float(value)))

    def _tick(self) -> None:
        self._do(self._voice.tick(self.clock.now()))
