"""The ears: chunks of sound in, phrases and words of the person who speaks out; a cry for help at once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolbom_msgs.msg import Audio, AudioState, Played, Suspicion, Utterance
from hri_msgs.msg import IdsList, LiveSpeech
from std_msgs.msg import Header

from dolbom.errors import UserError
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.hearing import Decision, Dismissed, EarsParameters, Hearing, Spotted, Understood
from dolbom.speech.recognising import RecognitionThread
from dolbom.speech.recognition import Recogniser, WithFallback, recogniser_for
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Samples
from dolbom.speech.spotting import Spotter, name_trouble, spotter_for
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import ERROR, WARN, one_line
from dolbom_nodes.work_thread import WorkThread

VOICE = "mic"
"""The id of the one voice that a single microphone can tell."""
REGIONS = {"ko": "ko_KR", "en": "en_US"}
BEHIND_S = 2.0
"""So much sound that waits is shown."""
MOST_BEHIND_S = 30.0
"""More is thrown away: what was said half a minute ago helps nobody."""
QUIET_S = 1.0
"""No chunk for so long: the sound has stopped."""
PATIENCE_S = 60.0
"""How often it is looked up whether somebody wants more time."""


@dataclass(frozen=True)
class _Chunk:
    samples: Samples
    stamp: float
    sequence: int


Work = _Chunk | Callable[[Hearing], None] | None
"""A chunk of sound, something to know, or only a reason to look what the recogniser has done."""


class EarsNode(CareNode[EarsParameters]):
    """Hears `audio/in`; publishes LiveSpeech of the voice `mic`, and a cry for help on `care/suspicion`.

    The engines are loaded by its thread when there is a microphone, and told as a warning until they are warm. They can
    be given instead, for tests.
    """

    parameters_model = EarsParameters

    def __init__(self, *, spotter: Spotter | None = None, recogniser: Recogniser | None = None, **options: Any) -> None:
        super().__init__("ears", **options)
        self._given: tuple[Spotter | None, Recogniser | None] = (spotter, recogniser)
        self._spotter: Spotter | None = None
        self._recogniser: Recogniser | None = None
        self._loaded_for: EarsParameters | None = None

    def configure(self) -> None:
        humans = self.robot.humans
        self._tracked = self.create_publisher(IdsList, f"{humans}/voices/tracked", qos.STREAM)
        self._speech = self.create_publisher(LiveSpeech, f"{humans}/voices/{VOICE}/speech", qos.STREAM)
        self._suspicion = self.create_publisher(Suspicion, "care/suspicion", qos.EVENT)

    def activate(self) -> None:
        self._work: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._wanted = threading.Event()
        self._hearing: Hearing | None = None
        self._heard_at: float | None = None
        self._people: tuple[str, ...] = ()
        self.create_subscription(Audio, "audio/in", self._hear, qos.EVENT)
        self.create_subscription(AudioState, "audio/state", self._learn_of_microphone, qos.STATE)
        self.create_subscription(Utterance, "care/said", self._robot_said, qos.STREAM)
        self.create_subscription(Played, "audio/played", self._robot_played, qos.EVENT)
        self.create_subscription(IdsList, f"{self.robot.humans}/persons/tracked", self._learn_of_people, qos.STATE)
        self.create_timer(1.0, self._tell_of_voice)
        self.create_timer(PATIENCE_S, lambda: self._put(self._be_patient))
        self.start_thread("ears", self._listen)

    def deactivate(self) -> None:
        self._hearing = None
        self._tracked.publish(IdsList(header=Header(stamp=self.stamp())))

    def cleanup(self) -> None:
        self._spotter = self._recogniser = self._loaded_for = None

    def diagnose(self) -> dict[str, object]:
        hearing = self._hearing
        ago = None if self._heard_at is None else self.clock.now() - self._heard_at
        figures: dict[str, object] = {
            "ready": hearing is not None,
            "spotter": self.parameters.spotter if self._spotter else "none",
            "recogniser": self.parameters.recogniser if self._recogniser else "none",
            "behind_s": f"{self._behind_s:.2f}",
            "last_turn_s_ago": "none yet" if ago is None else f"{ago:.0f}",
        }
        if hearing is not None:
            last = hearing.last
            figures |= {
                "doing": "hears somebody" if hearing.speaking else "listens",
                "turns_waiting": hearing.waiting,
                "lost_chunks": hearing.lost,
                "overloads": hearing.overloads,
                "dismissed": hearing.dismissed,
                "real_time_factor": "none yet" if last is None else f"{last.real_time_factor:.2f}",
                "recognised_in_s": "none yet" if last is None else f"{last.took_s:.2f}",
            }
        return figures

    # --- what comes in, handed to the thread ----------------------------------------------------------------------

    def _hear(self, message: Audio) -> None:
        if len(message.samples) != CHUNK or message.rate != RATE:
            said = f"{len(message.samples)} samples at {message.rate} Hz on audio/in: {CHUNK} at {RATE} are wanted"
            self.report("sound", ERROR, said)
            return
        self.ok("sound")
        self._wanted.set()
        self._put(
            _Chunk(np.asarray(message.samples, np.int16), stamps.from_msg(message.header.stamp), message.sequence)
        )

    def _learn_of_microphone(self, state: AudioState) -> None:
        if state.microphone == AudioState.ON:
            self._wanted.set()

    def _robot_said(self, said: Utterance) -> None:
        if said.speaker == "robot" and said.id:
            self._put(lambda hearing: hearing.own.said(said.id, said.text))

    def _robot_played(self, played: Played) -> None:
        stamp = stamps.from_msg(played.stamp)
        self._put(lambda hearing: hearing.own.played(played.id, played.seconds, stamp, done=played.done))

    def _learn_of_people(self, people: IdsList) -> None:
        if tuple(people.ids) != self._people:
            self._people = tuple(people.ids)
            self._put(self._be_patient)

    def _put(self, work: Work) -> None:
        # Without a microphone nobody would ever take it.
        if self._wanted.is_set():
            self._work.put(work)

    def _be_patient(self, hearing: Hearing) -> None:
        from dolbom.store.speech import SpeechStore

        try:
            store = SpeechStore(self.store)
            asked = [store.of(person).end_of_turn_s for person in self._people or (None,)]
        except UserError as error:
            self.report("patience", WARN, str(error))
            return
        self.ok("patience")
        # Of several people the one who needs most time is waited for.
        hearing.be_patient(max((one for one in asked if one), default=self.parameters.end_of_turn_s))

    def _tell_of_voice(self) -> None:
        # Again and again: whoever subscribes late must learn of it.
        self._tracked.publish(IdsList(header=Header(stamp=self.stamp()), ids=[VOICE]))

    # --- the thread -----------------------------------------------------------------------------------------------

    def _listen(self, thread: WorkThread) -> None:
        while not self._wanted.wait(0.5):
            if thread.stopping.is_set():
                return
        self._load()
        recognising = None
        if self._recogniser is not None:
            recognising = RecognitionThread(self._recogniser, lambda: self._work.put(None))
            self.start_thread("recogniser", lambda other: recognising.run(other.stopping, other.item))
        hearing = self._begin(recognising)
        # What was said before anybody could hear it is not answered now.
        self._forget_sound(hearing)
        self.ok("engines")
        sounded = time.monotonic()
        while not thread.stopping.is_set():
            work: Work = None
            with suppress(queue.Empty):
                work = self._work.get(timeout=0.1)
            with thread.item():
                try:
                    if isinstance(work, _Chunk):
                        sounded = time.monotonic()
                        self._tell(hearing.hear(work.samples, work.stamp, work.sequence))
                    elif work is not None:
                        work(hearing)
                    if hearing.speaking and time.monotonic() - sounded > QUIET_S:
                        self._tell(hearing.silence())
                    self._tell(hearing.poll(self.clock.now()))
                except Exception as error:  # of a native engine, say: the next turn is heard again
                    self.fail("hearing", error)
                    self._tell(hearing.end())
                    hearing = self._begin(recognising)
            self._keep_up(hearing)
        self._tell(hearing.end())

    def _begin(self, recognising: RecognitionThread | None) -> Hearing:
        hearing = Hearing(self.parameters, self.robot.lang, VoiceDetector(), self._spotter, recognising)
        self._be_patient(hearing)
        self._hearing = hearing
        return hearing

    def _load(self) -> None:
        if self._loaded_for == self.parameters:
            return
        self.report("engines", WARN, "loading what it hears with")
        spotter, recogniser = self._given
        self._spotter = spotter or self._engine("spotter", self._load_spotter)
        self._recogniser = recogniser or self._engine(
            "recogniser", lambda: recogniser_for(self.parameters, self.clock.now)
        )
        self._loaded_for = self.parameters

    def _engine(self, part: str, load: Callable[[], Any]) -> Any:
        try:
            found = load()
        except UserError as error:
            self._loaded_for = None
            self.report(part, WARN, f"no {part}: {error}")
            return None
        except Exception as error:  # a library that does not load: the other engine hears all the same
            self.fail(part, error)
            self.report(part, ERROR, f"no {part}: {one_line(error)}")
            return None
        self.ok(part)
        return found

    def _load_spotter(self) -> Spotter | None:
        if self.parameters.spotter == "none":
            return None
        spotter = spotter_for(self.robot.lang, self.parameters)
        trouble = name_trouble(spotter, self.parameters.wake_name)
        if trouble:
            self.report("name", WARN, trouble)
        else:
            self.ok("name")
        return spotter

    @property
    def _behind_s(self) -> float:
        return self._work.qsize() * CHUNK_S

    def _keep_up(self, hearing: Hearing) -> None:
        behind_s = self._behind_s
        if behind_s > MOST_BEHIND_S:
            self._forget_sound(hearing)
            self.report("load", ERROR, f"hearing was {behind_s:.0f} s behind; what was said meanwhile is lost")
        elif behind_s > BEHIND_S:
            self.report("load", WARN, f"hearing is {behind_s:.0f} s behind the sound")
        else:
            self.ok("load")

    def _forget_sound(self, hearing: Hearing) -> None:
        while self._behind_s > BEHIND_S:
            work = self._work.get()
            if callable(work):  # what the robot itself said must be known
                work(hearing)

    # --- what the core decides ------------------------------------------------------------------------------------

    def _tell(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, Spotted):
                self._tell_spotted(decision)
            elif isinstance(decision, Dismissed):
                self.log.debug(f"a {decision.spot.kind} was spotted, and was something else by its words")
            else:
                self._tell_understood(decision)
        if isinstance(self._recogniser, WithFallback):
            if self._recogniser.trouble:
                self.report("online", WARN, self._recogniser.trouble)
            else:
                self.ok("online")

    def _tell_spotted(self, spotted: Spotted) -> None:
        spot = spotted.spot
        if spot.kind == "help":
            call = Suspicion(cause="voice", confidence=spot.confidence, ask=True, evidence=spot.phrase)
            call.header.stamp = self.stamp()
            self._suspicion.publish(call)
            self.log.warning("a cry for help was spotted")
        self._publish(spotted.stamp, incremental=spot.phrase, confidence=spot.confidence)

    def _tell_understood(self, understood: Understood) -> None:
        self._heard_at = self.clock.now()
        if understood.why_not == "failed" and self._hearing is not None and self._hearing.last is not None:
            error = self._hearing.last.error
            if error is not None:
                self.fail("recogniser", error)
        self._publish(understood.stamp, final=understood.text, confidence=understood.confidence)
        waited = self._heard_at - understood.spoken_until
        self.log.debug(f"understood {waited:.2f} s after the last word {understood.why_not}")

    def _publish(self, stamp: float, *, incremental: str = "", final: str = "", confidence: float = 0.0) -> None:
        self._speech.publish(
            LiveSpeech(
                header=Header(stamp=stamps.to_msg(stamp), frame_id="microphone"),
                incremental=incremental,
                final=final,
                confidence=float(confidence),
                locale=REGIONS[self.robot.lang],
            )
        )
