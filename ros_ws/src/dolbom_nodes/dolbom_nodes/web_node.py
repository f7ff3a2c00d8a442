"""The web node: brings the robot's state to its small page, and what is pressed there to the robot."""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from typing import Any, get_args

from dolbom_msgs.msg import Exercise as ExerciseMsg
from dolbom_msgs.msg import Reminder, Suspicion, Utterance
from hri_msgs.msg import LiveSpeech

from dolbom.errors import UserError
from dolbom.i18n import phrase
from dolbom.plain import plain
from dolbom.store.sight import SightStore
from dolbom.web.app import NotNowError, PageServer, WebParameters
from dolbom.web.board import Board, Exercise, Exercising, Line
from dolbom_nodes import qos, stamps
from dolbom_nodes.health import WARN
from dolbom_nodes.voices import TYPED
from dolbom_nodes.watching import WatchingNode
from dolbom_nodes.work_thread import WorkThread

HEARD_S = 1.5
TRIES = 3
"""A publisher may know its reader a moment before the reader knows it, and what is sent in between is lost."""


class WebNode(WatchingNode[WebParameters]):
    """Shows `care/distress`, `care/said` and what is switched on; publishes what is typed and the call button."""

    parameters_model = WebParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("web", **options)

    def configure(self) -> None:
        self.watch(Board())
        self._sight = SightStore(self.store)
        self._echo = threading.Condition()
        self._echoes: deque[tuple[int, str]] = deque([(0, "")], maxlen=50)
        humans = self.robot.humans
        self._speech = self.create_publisher(LiveSpeech, f"{humans}/voices/{TYPED}/speech", qos.STREAM)
        self._suspicion = self.create_publisher(Suspicion, "care/suspicion", qos.EVENT)

    def activate(self) -> None:
        self.create_subscription(Utterance, "care/said", self._on_said, qos.STREAM)
        self.create_subscription(Reminder, "care/reminder", self._on_reminder, qos.STANDING)
        self.create_subscription(ExerciseMsg, "care/exercise", self._on_exercise, qos.STATE)
        self.begin()
        self._server = PageServer(self.parameters, self._board, self, self.robot.lang)
        self.start_thread("page", self._serve)
        self.log.info(f"the robot's page is at {self._server.url}")

    @property
    def url(self) -> str:
        """Where the page is, while the node is active."""
        return self._server.url

    def diagnose(self) -> dict[str, object]:
        return {"url": self._server.url} if self.active else {}

    def _serve(self, thread: WorkThread) -> None:
        self._server.run(thread.stopping)

    # --- what is shown ------------------------------------------------------------------------------------------

    def _on_said(self, message: Utterance) -> None:
        ago = max(0.0, self.clock.now() - stamps.from_msg(message.stamp))
        at = self.clock.civil() - timedelta(seconds=ago)
        is_robot = message.speaker == "robot"
        self._board.said(
            Line(
                "robot" if is_robot else "person",
                plain(message.text),
                at.isoformat(timespec="seconds"),
                message.question,
                message.lang,
                message.picture,
                tuple(plain(button) for button in message.buttons),
            )
        )
        if is_robot:
            self._voice_does = "speaks"
            self._show_doing()
        elif message.speaker == TYPED:
            with self._echo:
                self._echoes.append((self._echoes[-1][0] + 1, message.text))
                self._echo.notify_all()

    def _on_reminder(self, message: Reminder) -> None:
        self._board.due(message.id, plain(message.title), message.local, message.state)

    def _on_exercise(self, message: ExerciseMsg) -> None:
        state = message.state if message.state in get_args(Exercising) else ""
        self._board.exercise(
            Exercise(state, plain(message.title), message.picture, message.count, message.of, message.left_s)
        )

    def _on_second(self) -> None:
        super()._on_second()
        try:
            self._board.text(self._sight.largest())
        except UserError as error:  # the page goes on as it was
            self.report("sight", WARN, str(error))
        else:
            self.ok("sight")

    # --- what is pressed: `dolbom.web.app.Robot`, called from the page's threads ----------------------------------

    def answer(self, text: str, lang: str) -> None:
        """The person said this; returns when the robot has heard it, as `care/said` tells."""
        self.heard_by(self._speech, "voice")
        speech = LiveSpeech(final=text, confidence=1.0, locale="ko_KR" if lang == "ko" else "en_US")
        with self._echo:
            known = self._echoes[-1][0]
            for _ in range(TRIES):
                self._speech.publish(speech)
                if self._echo.wait_for(lambda: any(n > known and text == said for n, said in self._echoes), HEARD_S):
                    return
        raise NotNowError("voice")

    def call(self) -> None:
        """The person holds the call button."""
        self.heard_by(self._suspicion, "guard")
        evidence = phrase(self.robot.lang, "distress.evidence.button")
        message = Suspicion(cause="button", confidence=1.0, ask=True, evidence=evidence)
        message.header.stamp = self.stamp()
        self._suspicion.publish(message)
