"""The mouth of the voice node: text made into sound on `audio/out`, as `audio/played` tells; else its pace alone."""

from __future__ import annotations

import array
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from dolbom_msgs.msg import Audio, AudioState, Played
from std_msgs.msg import Header

from dolbom.dialog.engine import SpeechEngine, TextEngine
from dolbom.dialog.voice import Request, VoiceParameters
from dolbom.errors import UserError
from dolbom.speech.engines import engines_of
from dolbom.speech.kept import Kept, default_folder
from dolbom.speech.online_voice import OnlineVoice
from dolbom.speech.own_sounds import find_sound, load_sound
from dolbom.speech.playback import Progress
from dolbom.speech.prompts import fixed_prompts, keep_prompts
from dolbom.speech.sound import RATE, Samples
from dolbom.speech.speaking import Manner, Speaking, UnheardError
from dolbom.speech.synthesis import Preferred, SynthesisError
from dolbom.speech.tunes import tune_sound
from dolbom_nodes import qos
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import WARN, one_line
from dolbom_nodes.work_thread import WorkThread

ENGINE_SETTINGS = ("engines", "online", "online_limit_s", "piper_voice", "cache_mb")
PROMPT_PAUSE_S = 1.0
PREPARE_AFTER_S = 5.0
"""Prompts are made so long after the engines are loaded, when the other nodes have come up."""
PREPARE_PAUSE_S = 0.2
PROMPTS_AGAIN_S = 600.0


class Mouth:
    """Speaks one request after the other; made in `configure` of its node.

    Args:
        node: the voice node.
    """

    def __init__(self, node: CareNode[VoiceParameters]) -> None:
        self._node = node
        self._text = TextEngine(node.parameters.syllables_per_s)
        self._audible = threading.Event()
        self._busy = threading.Event()
        self._id = ""
        self._heard: Progress | None = None
        self._sequence = 0
        self._warm = self._loaded = False
        self._settings: tuple[object, ...] = ()
        self._engines: Preferred | None = None
        self._prepared_by: Preferred | None = None
        self._speaking: Speaking | None = None
        self._out = node.create_publisher(Audio, "audio/out", qos.EVENT)

    def listen(self) -> None:
        """Follows the speaker; called in `activate`."""
        self._node.create_subscription(Played, "audio/played", self._on_played, qos.EVENT)
        self._node.create_subscription(AudioState, "audio/state", self._on_state, qos.STATE)

    def speak(self, request: Request, hush: threading.Event) -> Iterator[float]:
        """Shows the text and speaks it; as `dolbom.dialog.engine.SpeechEngine.speak`."""
        self._busy.set()
        try:
            yield from self._speak(request, hush)
        finally:
            self._busy.clear()

    def _speak(self, request: Request, hush: threading.Event) -> Iterator[float]:
        self._text.show(request.text, request.lang)
        rest = request.text
        if self._audible.is_set() and self._node.parameters.engines:
            speaking = self._ready()
            sound, manner = self._sound(request.sound), self._manner(request.person)
            try:
                if sound is not None:
                    yield from speaking.play(request.id, sound, manner, hush)
                else:
                    yield from speaking.speak(request.id, request.text, request.lang, manner, hush)
            except UnheardError as error:
                self._node.report("speech", WARN, f"only the text was shown: {error}")
                rest = error.rest
            else:
                self._told_failures()
                rest = ""
        if rest:
            yield from self._text.pace(rest, hush)

    def _sound(self, name: str) -> Samples | None:
        file = find_sound(name) if name else None
        if file is None:
            return tune_sound(name)
        try:
            return load_sound(file)
        except UserError as error:
            self._node.report("sounds", WARN, str(error))
            return None

    def idle(self) -> None:
        """Nothing is to be said: loads what takes long, so that the first words do not wait for it."""
        if self._warm or not self._audible.is_set() or not self._node.parameters.engines:
            return
        self._warm = True
        self._ready()
        assert self._engines is not None
        self._manner("")
        try:
            self._engines.warm(self._node.robot.lang)
        except SynthesisError as error:
            self._node.log.warning(f"speech: {error}")
        self._loaded = True

    def keep_prompts(self, thread: WorkThread) -> None:
        """Makes the fixed prompts before they are wanted, and fetches those of the online voice; in its own thread."""
        while not thread.stopping.is_set():
            parameters = self._node.parameters
            if parameters.online and "gtts" in parameters.engines:
                kept = Kept(default_folder(), parameters.cache_mb)
                voice = OnlineVoice(kept, online=True, limit_s=max(10.0, parameters.online_limit_s))
                with suppress(SynthesisError):
                    for _ in keep_prompts(voice, kept, self._node.robot.lang, thread.stopping, PROMPT_PAUSE_S):
                        pass
            again = time.monotonic() + PROMPTS_AGAIN_S
            while time.monotonic() < again and not thread.stopping.wait(PREPARE_PAUSE_S):
                if self._prepared_by is not self._engines and self._loaded:
                    self._prepare_prompts(thread)

    def _prepare_prompts(self, thread: WorkThread) -> None:
        self._prepared_by = engines = self._engines
        if thread.stopping.wait(PREPARE_AFTER_S):
            return
        for prompt in fixed_prompts(self._node.robot.lang):
            while not thread.stopping.wait(PREPARE_PAUSE_S) and self._busy.is_set():
                pass  # what is said now comes first
            if engines is None or engines is not self._engines or thread.stopping.is_set():
                return
            with suppress(SynthesisError):
                engines.prepare(prompt, self._node.robot.lang, self._manner("").rate)

    def diagnose(self) -> dict[str, object]:
        """For the diagnostics."""
        wanted = ", ".join(self._node.parameters.engines) or "text"
        last = self._speaking.engine if self._speaking and self._audible.is_set() else "text"
        return {
            "engines": wanted,
            "engine": last or "text",
            "speaker": "on" if self._audible.is_set() else "none",
            "first_sound_s": f"{self._speaking.first_sound_s:.2f}" if self._speaking else "",
        }

    def close(self) -> None:
        """Ends the engines."""
        if self._engines is not None:
            self._engines.close()
        self._engines = self._speaking = None
        self._settings = ()

    # --- the speaker: `dolbom.speech.speaking.Speaker` -----------------------------------------------------------

    def begin(self, id: str) -> None:
        """As `Speaker.begin`."""
        self._id, self._sequence = id, 0
        self._heard = None

    def put(self, id: str, samples: Samples, *, end: bool) -> None:
        """As `Speaker.put`."""
        self._out.publish(self._message(id, samples, end=end))

    def flush(self, id: str) -> None:
        """As `Speaker.flush`."""
        message = self._message(id, None)
        message.flush = True
        self._out.publish(message)

    def heard(self, id: str) -> Progress | None:
        """As `Speaker.heard`."""
        return self._heard if id == self._id else None

    def _message(self, id: str, samples: Samples | None, *, end: bool = False) -> Audio:
        message = Audio(id=id, rate=RATE, sequence=self._sequence, end=end)
        message.header = Header(stamp=self._node.stamp(), frame_id="voice")
        if samples is not None:
            message.samples = array.array("h", samples.tobytes())
        self._sequence += 1
        return message

    def _on_played(self, played: Played) -> None:
        if played.id == self._id:
            self._heard = Progress(played.id, played.seconds, played.done, played.message)

    def _on_state(self, state: AudioState) -> None:
        if state.speaker == AudioState.ON:
            self._audible.set()
        else:
            self._audible.clear()

    # --- how to speak --------------------------------------------------------------------------------------------

    def _ready(self) -> Speaking:
        parameters = self._node.parameters
        settings = tuple(str(getattr(parameters, name)) for name in ENGINE_SETTINGS)
        if self._speaking is None or settings != self._settings:
            self.close()
            self._settings = settings
            self._engines = engines_of(parameters)
            self._speaking = Speaking(self._engines, self)
        return self._speaking

    def _manner(self, person: str) -> Manner:
        parameters = self._node.parameters
        own: Any = None
        try:
            from dolbom.store.speech import SpeechStore

            own = SpeechStore(self._node.store).of(person or None)
        except Exception as error:  # whatever is wrong with the disk: it speaks as to everybody
            self._node.report("speech settings", WARN, one_line(error))
        else:
            self._node.ok("speech settings")

        def of(name: str) -> float:
            value = getattr(own, name, None)
            return float(getattr(parameters, name) if value is None else value)

        return Manner(of("rate"), of("volume_db"), of("pause_s"))

    def _told_failures(self) -> None:
        assert self._engines is not None
        failures = self._engines.failures()
        if failures:
            said = "; ".join(f"{name}: {why}" for name, why in failures.items())
            self._node.report(
                "speech", WARN, f"{self._speaking.engine if self._speaking else ''} speaks instead: {said}"
            )
        else:
            self._node.ok("speech")


class GivenMouth:
    """The mouth of a node that was given its engine: it neither makes sound nor needs a speaker."""

    def __init__(self, engine: SpeechEngine) -> None:
        self._engine = engine

    def listen(self) -> None:
        """As `Mouth.listen`."""

    def speak(self, request: Request, hush: threading.Event) -> Iterator[float]:
        """As `Mouth.speak`."""
        yield from self._engine.speak(request.text, request.lang, hush)

    def idle(self) -> None:
        """As `Mouth.idle`."""

    def keep_prompts(self, thread: WorkThread) -> None:
        """As `Mouth.keep_prompts`."""

    def diagnose(self) -> dict[str, object]:
        """As `Mouth.diagnose`."""
        return {"engine": type(self._engine).__name__}

    def close(self) -> None:
        """As `Mouth.close`."""
