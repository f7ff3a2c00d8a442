"""The audio node: sound in and out, the robot's own voice taken out of what it hears, and said when it is deaf."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from builtin_interfaces.msg import Time
from dolbom_msgs.msg import Audio, AudioState, Played
from std_msgs.msg import Header

from dolbom.events import DeviceState
from dolbom.perception.camera import RetryPause, TroubleWatch
from dolbom.speech.echo import EchoCanceller
from dolbom.speech.playback import Playback
from dolbom.speech.ports import (
    BLOCK,
    AudioParameters,
    PortLostError,
    Sink,
    Source,
    amplified,
    open_sink,
    open_source,
)
from dolbom.speech.sound import CHUNK_S, RATE, Samples, floats, level
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import ERROR
from dolbom_nodes.work_thread import WorkThread

LEVEL_CHUNKS = round(1.0 / CHUNK_S)
TELL_S = 0.05


class AudioNode(CareNode[AudioParameters]):
    """Publishes `audio/in`, `audio/played` and `audio/state` (latched); plays `audio/out`."""

    parameters_model = AudioParameters

    def __init__(self, **options: object) -> None:
        super().__init__("audio", **options)

    def configure(self) -> None:
        self._source = open_source(self.parameters)
        self._sink = open_sink(self.parameters)
        both = self._source is not None and self._sink is not None
        self._echo = EchoCanceller() if both and self.parameters.echo_cancelling else None
        self._playback = Playback()
        self._sequence = 0
        self._levels: list[float] = []
        self._level = -120.0
        self._troubles = {"microphone": "starting" if self._source else "", "speaker": "starting" if self._sink else ""}
        self._watches = {part: TroubleWatch() for part in self._troubles}
        self._shown: AudioState | None = None
        self._in = self.create_publisher(Audio, "audio/in", qos.STREAM)
        self._played = self.create_publisher(Played, "audio/played", qos.STREAM)
        self._state = self.create_publisher(AudioState, "audio/state", qos.STATE)

    def activate(self) -> None:
        self.create_subscription(Audio, "audio/out", self._take, qos.EVENT)
        self.create_timer(TELL_S, self._tell)
        self.create_timer(1.0, self._show)
        if self._sink is not None:
            self.start_thread("speaker", self._play)
        if self._source is not None:
            self.start_thread("microphone", self._listen)
        self._show()

    def deactivate(self) -> None:
        self._playback.fail("the sound was switched off")
        self._tell()

    def cleanup(self) -> None:
        for port in (getattr(self, "_source", None), getattr(self, "_sink", None)):
            if port is not None:
                port.close()

    def diagnose(self) -> dict[str, object]:
        return {
            "microphone": self._source.name if self._source else "none",
            "speaker": self._sink.name if self._sink else "none",
            "level_dbfs": f"{self._level:.0f}",
            "chunks": self._sequence,
            "overflows": getattr(self._source, "overflows", 0),
            "echo_cancelling": self._echo is not None,
        }

    # --- in -----------------------------------------------------------------------------------------------------

    def _listen(self, thread: WorkThread) -> None:
        source = self._source
        assert source is not None
        self._keep_open(thread, "microphone", source, lambda: self._hear(source))

    def _hear(self, source: Source) -> None:
        heard = amplified(source.read(), self.parameters.gain_db)
        begun = self.clock.now() - CHUNK_S
        if self._echo is not None:
            heard = self._echo.cancel(heard)
        self._levels.append(level(floats(heard)))
        if len(self._levels) >= LEVEL_CHUNKS:
            powers = np.power(10.0, np.array(self._levels) / 10)
            self._level = float(10 * np.log10(powers.mean()))
            self._levels.clear()
        message = Audio(sequence=self._sequence, rate=RATE)
        message.header = Header(stamp=stamps.to_msg(begun), frame_id="microphone")
        message.samples = heard
        self._sequence += 1
        self._in.publish(message)

    # --- out ----------------------------------------------------------------------------------------------------

    def _take(self, message: Audio) -> None:
        if message.flush:
            self._playback.flush(message.id)
            return
        samples = np.asarray(message.samples, np.int16)
        if message.rate != RATE and len(samples):
            self._played.publish(
                Played(stamp=self.stamp(), id=message.id, done=True, message=f"{message.rate} Hz: {RATE} is wanted")
            )
            return
        self._playback.put(message.id, samples, end=message.end)
        if self._sink is None:
            self._playback.fail("there is no speaker")

    def _play(self, thread: WorkThread) -> None:
        sink = self._sink
        assert sink is not None
        self._keep_open(thread, "speaker", sink, lambda: self._sound(sink))

    def _sound(self, sink: Sink) -> None:
        samples: Samples = self._playback.next(BLOCK)
        if self._echo is not None:
            self._echo.played(samples)
        sink.write(samples)

    # --- what both share ----------------------------------------------------------------------------------------

    def _keep_open(self, thread: WorkThread, part: str, port: Source | Sink, step: Callable[[], None]) -> None:
        pause = RetryPause(lambda: self.parameters.retry_longest_s)
        while not thread.stopping.is_set():
            try:
                with thread.item():
                    port.open()
                if self._echo is not None:
                    self._echo.reset()
                while not thread.stopping.is_set():
                    with thread.item():
                        step()
                    if self._troubles[part]:
                        pause.reset()
                        self._troubles[part] = ""
                        self.log.info(f"{part}: {port.name}")
            except PortLostError as error:
                if str(error) != self._troubles[part]:
                    self.log.warning(f"{part} lost: {error}")
                self._troubles[part] = str(error)
                if part == "speaker":
                    self._playback.fail(str(error))
            finally:
                port.close()
            if not thread.stopping.is_set():
                thread.stopping.wait(pause.next())

    # --- what others learn --------------------------------------------------------------------------------------

    def _tell(self) -> None:
        for news in self._playback.news():
            stamp: Time = self.stamp()
            self._played.publish(
                Played(stamp=stamp, id=news.id, seconds=news.seconds, done=news.done, message=news.message)
            )

    def _show(self) -> None:
        troubles = dict(self._troubles)
        for part, trouble in troubles.items():
            if trouble and trouble != "starting":
                self.report(part, ERROR, f"{part}: {trouble}")
            else:
                self.ok(part)
            told = self._watches[part].observe(
                time.monotonic(), "error" if trouble else "ok", trouble or f"the {part} is back",
                self.parameters.told_after_s,
            )  # fmt: skip
            if told is not None:
                self.emit(DeviceState(part=part, level=told.level, message=told.message))
        state = AudioState(
            stamp=self.stamp(),
            microphone=AudioState.ON if self._source and not troubles["microphone"] else AudioState.LOST,
            speaker=AudioState.ON if self._sink and not troubles["speaker"] else AudioState.LOST,
            microphone_name=self._source.name if self._source else "",
            speaker_name=self._sink.name if self._sink else "",
            message="; ".join(f"{part}: {trouble}" for part, trouble in troubles.items() if trouble),
            level=self._level,
        )
        self._shown = state
        self._state.publish(state)
