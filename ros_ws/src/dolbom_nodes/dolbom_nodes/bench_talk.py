"""The talk of `dolbom bench voice`: somebody speaks with the robot's own nodes, and the time of each reply is taken.

The interaction process is this one, with its real nodes, engines and graph; only the sound card is replaced, by a
microphone into which sound is pushed and a speaker that notes when it sounds. Safety is a process of its own, as on the
robot.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import rclpy
from dolbom_msgs.action import Remind
from dolbom_msgs.msg import DistressState, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from dolbom.bench.pushed_sound import NotedSink, PushedSource
from dolbom.bench.rig import until
from dolbom.bench.sayings import Saying
from dolbom.errors import UserError
from dolbom.i18n import catalogue, phrase
from dolbom.runtime.nodes import nodes_of
from dolbom.runtime.parent import following
from dolbom.speech.playback import Playback
from dolbom_nodes import audio_node, qos
from dolbom_nodes.ears_node import VOICE
from dolbom_nodes.host import Host
from dolbom_nodes.node_log import name_process
from dolbom_nodes.voices import TYPED

READY_S = 120.0
REPLY_S = 9.0
"""No reply by then: it was not heard."""
PAUSE_S = 0.3
TALKS = 3
"""In a round, after the robot was called by its name once."""
SPOTTED = ("emergency", "yes_no", "stop")
OPEN = ("talk", "fine")


@dataclass
class Tally:
    """What one kind of words led to.

    Attributes:
        tried: how often it was said.
        seconds: from the end of speech to the first sound of the reply, each time there was one.
        said: the replies.
    """

    tried: int = 0
    seconds: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class Used:
    """What the processes took.

    Attributes:
        cpu_s: CPU seconds over `wall_s`.
        memory_mb: resident, at the end.
    """

    wall_s: float
    cpu_s: float
    memory_mb: float


class _Observer(Node):
    """Follows what the robot says and how it stands."""

    def __init__(self) -> None:
        super().__init__("bench_observer", start_parameter_services=False)
        self.said: list[tuple[float, Utterance]] = []
        self.stages: list[int] = []
        self.stage = ""
        self.heard: list[tuple[float, str]] = []
        self.create_subscription(Utterance, "care/said", self._on_said, qos.STREAM)
        self.create_subscription(DistressState, "care/distress", lambda m: self.stages.append(m.stage), qos.STATE)
        self.remind = ActionClient(self, Remind, "remind")
        self._typed: Any = None

    def _on_said(self, message: Utterance) -> None:
        if message.speaker == "robot":
            self.said.append((time.monotonic(), message))

    def listen_to_ears(self, humans: str) -> None:
        """From now on notes what the ears make of what is said."""
        self.create_subscription(LiveSpeech, f"{humans}/voices/{VOICE}/speech", self._on_heard, qos.STREAM)

    def _on_heard(self, message: LiveSpeech) -> None:
        words = f"({message.incremental})" if message.incremental else message.final or "(no words)"
        self.heard.append((time.monotonic(), words))

    def on_stage(self, feedback: Any) -> None:
        """A reminder came further."""
        self.stage = feedback.feedback.stage

    def type(self, humans: str, text: str, locale: str) -> None:
        """Says something by letters: to end what was not understood by ear."""
        topic = f"{humans}/voices/{TYPED}/speech"
        self._typed = self._typed or self.create_publisher(LiveSpeech, topic, qos.STREAM)
        self._typed.publish(LiveSpeech(final=text, confidence=1.0, locale=locale))


class Talk:
    """The running robot and who speaks with it.

    Args:
        lang: "ko" or "en".
        sayings: by kind, what can be said; taken in turns.
        told: what is being done.
    """

    def __init__(self, lang: str, sayings: dict[str, list[Saying]], told: Callable[[str], None]) -> None:
        self.source, self.sink = PushedSource(), NotedSink()
        self.tallies: dict[str, Tally] = {kind: Tally() for kind in (*SPOTTED, *OPEN)}
        self.silenced: list[float] = []
        self.replies: list[str] = []
        self.measured: list[dict[str, Any]] = []
        self.end_of_turn_s = 0.0
        self._lang, self._sayings, self._told = lang, sayings, told
        self._turns = dict.fromkeys(sayings, 0)
        self._words = catalogue(lang, "bench")
        self._first_piece: dict[str, float] = {}

    # --- the robot ----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While entered the robot runs and is ready."""
        name_process("bench")
        guard = subprocess.Popen(
            following([sys.executable, "-m", "dolbom_nodes.host", "guard", "--nodes", "safety",
                       "--ros-args", "-p", f"lang:={self._lang}"]),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._processes = [psutil.Process(), psutil.Process(guard.pid)]
        with self._sound_card():
            rclpy.init(args=["--ros-args", "-p", f"lang:={self._lang}"])
            executor = SingleThreadedExecutor()
            self.host = Host("interaction", nodes_of("interaction"), executor)
            self.observer = _Observer()
            executor.add_node(self.host)
            executor.add_node(self.observer)
            ended = threading.Event()

            def spin() -> None:
                while not ended.is_set():
                    executor.spin_once(timeout_sec=0.2)

            thread = threading.Thread(target=spin, name="executor")
            thread.start()
            try:
                self._told("the robot loads what it hears and speaks with")
                until(self._ready, READY_S, "loading the robot's ears and voice")
                self.observer.listen_to_ears(self.node("ears").robot.humans)
                yield
            finally:
                ended.set()
                thread.join(10)
                self.host.stop()
                executor.shutdown()
                rclpy.shutdown()
                guard.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    guard.wait(6)
                guard.kill()

    @contextlib.contextmanager
    def _sound_card(self) -> Iterator[None]:
        put, first = Playback.put, self._first_piece

        def noting(playback: Playback, id: str, samples: Any, *, end: bool) -> None:
            if len(samples):
                first.setdefault(id, time.monotonic())
            put(playback, id, samples, end=end)

        before = (audio_node.open_source, audio_node.open_sink)
        audio_node.open_source = lambda _: self.source  # type: ignore[assignment]
        audio_node.open_sink = lambda _: self.sink  # type: ignore[assignment]
        Playback.put = noting  # type: ignore[method-assign]
        try:
            yield
        finally:
            audio_node.open_source, audio_node.open_sink = before
            Playback.put = put  # type: ignore[method-assign]

    def node(self, name: str) -> Any:
        """A node of this process."""
        return next(one.node for one in self.host.hosted if one.entry.name == name)

    def _ready(self) -> bool:
        broken = [f"{one.entry.name}: {one.error}" for one in self.host.hosted if one.error]
        if broken:
            raise UserError(f"the robot does not run: {'; '.join(broken)}", "dolbom doctor")
        if not all(one.up for one in self.host.hosted):
            return False
        ears, companion = self.node("ears"), self.node("companion")
        self.end_of_turn_s = ears.parameters.end_of_turn_s
        missing = [part for part in ("spotter", "recogniser") if ears.diagnose()[part] == "none"]
        if ears.diagnose()["ready"] and missing:
            raise UserError(f"the ears have no {' and no '.join(missing)}: {ears.health()[1]}", "dolbom weights fetch")
        warm = not any(thread.name.endswith("understanding") and thread.is_alive() for thread in threading.enumerate())
        met = companion.get_publishers_info_by_topic(companion.resolve_topic_name("care/distress"))
        return bool(ears.diagnose()["ready"] and warm and met and self.observer.remind.server_is_ready())

    def use(self, seconds: float = 0.0) -> Callable[[], Used]:
        """Begins to count CPU time, and waits `seconds`; what it gives is called at the end."""
        begun, before = time.monotonic(), self._cpu()
        self.source.heard, self.source.keep = [], True

        def used() -> Used:
            self.source.keep = False
            memory = sum(process.memory_info().rss for process in self._processes) / 1e6
            return Used(time.monotonic() - begun, self._cpu() - before, memory)

        time.sleep(seconds)
        return used

    def _cpu(self) -> float:
        return float(sum(sum(process.cpu_times()[:2]) for process in self._processes))

    # --- what is said and what follows --------------------------------------------------------------------------

    def round(self, kinds: tuple[str, ...] = (*SPOTTED, "talk")) -> None:
        """Each of these once; "fine" comes with the emergency."""
        for kind in kinds:
            self._told(f"{kind}: {self.tallies[kind].tried + 1}")
            getattr(self, f"_{kind}")()

    def _emergency(self) -> None:
        self._calm()
        self._measure("emergency", "help")
        self._quiet()
        fine = phrase(self._lang, "distress.say.fine")
        self._measure("fine", "fine", only=lambda text: text == fine)
        self._stand_down()

    def _stand_down(self) -> None:
        deadline = time.monotonic() + 40
        while not self._stood_down():
            if time.monotonic() > deadline:
                raise UserError("the emergency did not end", "is the machine overloaded?")
            locale = {"ko": "ko_KR", "en": "en_US"}[self._lang]
            self.observer.type(self.node("ears").robot.humans, self._words["said"]["fine"][0], locale)
            time.sleep(1.0)

    def _yes_no(self) -> None:
        self._calm()
        self._remind(self._words["told"], self._words["asked"])
        until(lambda: self.observer.stage == "asking" and self._listens(), 30, "the robot's question")
        self._quiet()
        self._measure("yes_no", ("yes", "no")[self.tallies["yes_no"].tried % 2])

    def _stop(self) -> None:
        self._calm()
        text = self._words["long"]
        self._remind(text, "")
        said = until_value(lambda: self._utterance(text), 20, "the robot's words")
        until(lambda: self._sounds(said) is not None, 20, "the robot's words")
        time.sleep(0.4)
        ended = self._measure("stop", "stop")
        hushed = self.sink.last_before_silence(ended)
        if hushed is not None:
            self.silenced.append(hushed - ended)

    def _talk(self) -> None:
        self._calm()
        self._say("name")
        self._wait_for_reply(self._asked_at)
        for _ in range(TALKS):
            self._calm(asked=True)
            self._measure("talk", "talk")

    def _measure(self, tally: str, kind: str, only: Callable[[str], bool] = lambda _: True) -> float:
        ended = self._say(kind)
        counted = self.tallies[tally]
        counted.tried += 1
        reply = self._wait_for_reply(self._asked_at)
        if reply is not None and only(reply[1]):
            counted.seconds.append(reply[0] - ended)
            counted.said.append(reply[1])
        self.measured.append({
            "kind": tally, "said": self._saying.text, "voice": self._saying.voice,
            "heard": [[round(at - ended, 3), text] for at, text in self.observer.heard if at >= self._asked_at],
            "reply": reply[1] if reply else None, "reply_s": round(reply[0] - ended, 3) if reply else None,
        })  # fmt: skip
        return ended

    def _say(self, kind: str) -> float:
        """Says the next saying of this kind; steady time of its end."""
        all_of_it = self._sayings[kind]
        saying = all_of_it[self._turns[kind] % len(all_of_it)]
        self._turns[kind] += 1
        self._saying = saying
        self._asked_at = time.monotonic()
        pushed = self.source.push(saying.samples)
        until(pushed.done.is_set, len(saying.samples) / 16_000 + 10, "what is said")
        assert pushed.ended is not None
        return pushed.ended

    def _wait_for_reply(self, since: float) -> tuple[float, str] | None:
        deadline = time.monotonic() + REPLY_S
        while time.monotonic() < deadline:
            for at, said in list(self.observer.said):
                if at >= since and (sounded := self._sounds(said)) is not None:
                    self.replies.append(said.text)
                    return sounded, said.text
            time.sleep(0.02)
        return None

    def _sounds(self, said: Utterance) -> float | None:
        begun = self._first_piece.get(said.id)
        return None if begun is None else self.sink.first_after(begun)

    def _utterance(self, text: str) -> Utterance | None:
        return next((said for _, said in reversed(self.observer.said) if said.text == text), None)

    def _remind(self, text: str, question: str) -> None:
        self.observer.stage = ""
        self.observer.said.clear()
        goal = Remind.Goal(id="bench", kind="appointment", text=text, question=question, urgency=1)
        goal.answers = ["yes", "no"] if question else []
        goal.time_limit.sec = 10
        self.observer.remind.send_goal_async(goal, feedback_callback=self.observer.on_stage)

    def _listens(self) -> bool:
        return bool(self.node("voice").diagnose()["doing"] == "listens")

    def _stood_down(self) -> bool:
        ended = (DistressState.NONE, DistressState.CLOSED, DistressState.CANCELLED, DistressState.STOOD_DOWN)
        return not self.observer.stages or self.observer.stages[-1] in ended

    def _quiet(self) -> None:
        """Waits until the robot's words have sounded."""
        until(lambda: self.node("voice").diagnose()["doing"] != "speaks", 30, "the end of the robot's words")
        time.sleep(PAUSE_S)

    def _calm(self, *, asked: bool = False) -> None:
        """Waits until nothing goes on; with `asked` a question that waits for words will do."""
        self._stand_down()  # what was misheard may have been a cry for help

        def idle() -> bool:
            voice, companion = self.node("voice").diagnose()["doing"], self.node("companion").diagnose()["doing"]
            ears = self.node("ears").diagnose()
            return (
                ((voice, companion) == ("quiet", "idle") or (asked and voice == "listens"))
                and ears.get("doing") == "listens"
                and not ears["turns_waiting"]
                and time.monotonic() - self.sink.audible_at > PAUSE_S
                and self._stood_down()
            )

        def seen() -> str:
            ears = self.node("ears").diagnose()
            states = {name: self.node(name).diagnose()["doing"] for name in ("voice", "companion")}
            states |= {"ears": ears.get("doing"), "turns": ears["turns_waiting"]}
            states["sound"] = f"{time.monotonic() - self.sink.audible_at:.1f} s ago"
            states["distress"] = self.observer.stages[-1] if self.observer.stages else "none"
            return ", ".join(f"{name}: {value}" for name, value in states.items())

        until(idle, 90, "the robot's rest", seen)


def until_value(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Waits for something to be there, as `until`, and gives it."""
    found: list[Any] = []

    def there() -> bool:
        found[:] = [condition()]
        return found[0] is not None

    until(there, seconds, what)
    return found[0]


def _load(path: Path) -> dict[str, list[Saying]]:
    found: dict[str, list[Saying]] = {}
    with np.load(path) as kept:
        for number, (kind, text, voice) in enumerate(json.loads(str(kept["table"]))):
            found.setdefault(kind, []).append(Saying(kind, text, kept[f"s{number}"], voice))
    return found


def main() -> None:
    """The worker: FOLDER holds sayings.npz; writes progress.txt, then talk.npz and talk.json."""
    folder, lang, rounds, rest_s = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])

    def told(text: str) -> None:
        (folder / "progress.txt").write_text(text, encoding="utf-8")

    talk = Talk(lang, _load(folder / "sayings.npz"), told)
    try:
        with talk.running():
            told("at rest")
            rest = talk.use(rest_s)()
            resting = np.concatenate(talk.source.heard)
            used = talk.use()
            for _ in range(rounds):
                talk.round()
            talked = used()
    except UserError as error:
        told(f"error: {error}")
        os._exit(3)
    np.savez(folder / "talk.npz", rest=resting, talk=np.concatenate(talk.source.heard))
    found = {
        "end_of_turn_s": talk.end_of_turn_s,
        "kinds": {kind: vars(tally) for kind, tally in talk.tallies.items()},
        "silenced": talk.silenced,
        "replies": talk.replies,
        "measured": talk.measured,
        "rest": vars(rest),
        "talk": vars(talked),
    }
    (folder / "talk.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
