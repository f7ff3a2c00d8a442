"""The camera node: delivers frames to the nodes beside it, keeps the switch, and says when it cannot see."""

from __future__ import annotations

import posixpath
import threading
import time
from collections import deque
from typing import Any, Literal

from dolbom_msgs.msg import CameraState
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_srvs.srv import SetBool

from dolbom.errors import UserError
from dolbom.events import CameraSwitched, DeviceState
from dolbom.perception.camera import (
    CameraParameters,
    FileSource,
    Pace,
    RetryPause,
    SourceEndedError,
    SourceLostError,
    TroubleWatch,
    intrinsics_of,
    luminance,
    open_source,
)
from dolbom.perception.camera_switch import CameraSwitch
from dolbom.perception.frame import Frame
from dolbom.perception.intrinsics import Intrinsics
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.frames import channel
from dolbom_nodes.health import ERROR, WARN
from dolbom_nodes.images import image_from_compressed, image_from_msg, image_to_msg, info_from_msg, info_to_msg
from dolbom_nodes.work_thread import WorkThread

CLOSE_S = 4.0
"""How long the switch waits for the device to be closed before it answers."""
FOREIGN_STAMP_S = 5.0
"""A stamp of somebody else's clock that is farther off than this is not believed."""


class CameraNode(CareNode[CameraParameters]):
    """Publishes `image` and `camera_info` (only while somebody outside this process listens), `camera_state` (latched);
    serves `camera_enabled`. Nodes of the same process get the frames by reference."""

    parameters_model = CameraParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("camera", **options)

    def configure(self) -> None:
        self._intrinsics_of = intrinsics_of(self.parameters)
        self._switch = CameraSwitch()
        try:
            self._enabled = self._switch.enabled()
        except UserError as error:
            self._enabled = False
            self.report("switch", ERROR, str(error))
        self._source = open_source(self.parameters)
        self._topic = self.parameters.source.removeprefix("topic:") if self._source is None else ""
        if self._topic and self.resolve_topic_name(self._topic) == self.resolve_topic_name("image"):
            raise UserError(f"the camera cannot listen to its own topic {self._topic}", "name another in source")
        self._told_intrinsics: Intrinsics | None = None
        self._image_publisher = self.create_publisher(Image, "image", qos.SENSOR)
        self._info_publisher = self.create_publisher(CameraInfo, "camera_info", qos.SENSOR)
        self._state_publisher = self.create_publisher(CameraState, "camera_state", qos.STATE)
        self._channel = channel(self.resolve_topic_name("image"))
        self._sequence = 0
        self._luminance: float | None = None
        self._shown: tuple[int, str] | None = None
        self._complaint = ""
        self._ended = False
        self._last_frame = 0.0
        self._arrivals: deque[float] = deque(maxlen=60)
        self._size = ""
        self._watch = TroubleWatch()
        # Held while a frame is handed on: when the switch has it, no frame is on its way.
        self._gate = threading.Lock()
        self._turned = threading.Event()
        self._closed = threading.Event()
        self._closed.set()
        self._listening: list[Any] = []
        self._whole = False

    def activate(self) -> None:
        self._channel.open_camera()
        self._last_frame = self.clock.now()
        self.create_service(SetBool, "camera_enabled", self._on_switch)
        self.create_timer(0.5, self._watch_frames)
        if self._source is not None:
            self.start_thread("camera", self._deliver)
        else:
            self._listen()
        self._show()

    def deactivate(self) -> None:
        self._listening = []
        self._channel.close_camera()
        if self._source is not None:
            self._source.close()

    def diagnose(self) -> dict[str, object]:
        values: dict[str, object] = {
            "source": self._source.name if self._source else self._topic,
            "enabled": self._enabled,
            "frames_delivered": self._sequence,
            "size": self._size,
            "calibration": self._calibrated_by(),
        }
        if self._luminance is not None:
            values["luminance"] = f"{self._luminance:.3f}"
        arrivals = list(self._arrivals)
        if len(arrivals) > 1 and arrivals[-1] > arrivals[0]:
            values["fps_delivered"] = f"{(len(arrivals) - 1) / (arrivals[-1] - arrivals[0]):.1f}"
        return values

    # --- the switch ---------------------------------------------------------------------------------------------

    def _on_switch(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        wanted = bool(request.data)
        changed = wanted != self._enabled
        with self._gate:
            self._enabled = wanted
        self._turned.set()
        if not wanted:
            self._channel.clear()
            self._luminance = None
        self._arrivals.clear()
        self._last_frame = self.clock.now()
        self._ended = False
        if self._topic:
            self._listen()
        closed = wanted or self._closed.wait(CLOSE_S)
        response.success = closed
        response.message = "" if closed else "no frame is handed on; the device is being closed"
        try:
            self._switch.set(wanted)
            self.ok("switch")
        except OSError as error:
            # Done all the same: privacy does not wait for a disk.
            self.report("switch", ERROR, f"the switch cannot be kept over a restart: {error.strerror}")
            response.message = f"switched, but not kept over a restart: {error.strerror}"
        self._show()
        if changed:
            self.emit(CameraSwitched(enabled=wanted, by="home"))
        return response

    # --- a device or a file -------------------------------------------------------------------------------------

    def _deliver(self, thread: WorkThread) -> None:
        source = self._source
        assert source is not None
        pause = RetryPause(lambda: self.parameters.retry_longest_s)
        while not thread.stopping.is_set():
            self._turned.clear()
            if not self._enabled or self._ended:
                self._turned.wait(0.5)
                continue
            try:
                self._closed.clear()
                try:
                    with thread.item():
                        source.open()
                    self._complaint = ""
                    self._read(thread, source, pause)
                finally:
                    source.close()
                    self._closed.set()
            except SourceLostError as error:
                self._complaint = str(error)
                self._show()
                self._wait(thread, pause.next())

    def _read(self, thread: WorkThread, source: Any, pause: RetryPause) -> None:
        fast = isinstance(source, FileSource) and self.parameters.pace == "fast"
        pace = Pace(self.clock.now())
        last: Any = None
        at: float | None = None
        while self._enabled and not thread.stopping.is_set():
            try:
                with thread.item():
                    image, at = source.read()
            except SourceEndedError:
                if self.parameters.at_end == "loop":
                    pace.again((at or 0.0) + 1.0 / source.fps)
                    source.open()
                    continue
                if self.parameters.at_end == "hold" and last is not None and not fast:
                    self._hold(thread, last, 1.0 / source.fps)
                else:
                    self._ended = True
                    self._show()
                return
            pause.reset()
            if at is None:
                stamp = self.clock.now()
            elif fast:
                stamp = pace.due(at)
            else:
                late = self.clock.now() - pace.due(at)
                if late > 1.5 / source.fps:
                    source.skip()
                self._wait(thread, -late)
                stamp = self.clock.now()
            last = image
            self._hand_on(image, stamp, fast)

    def _hold(self, thread: WorkThread, image: Any, period: float) -> None:
        while self._enabled and not thread.stopping.is_set():
            self._wait(thread, period)
            self._hand_on(image, self.clock.now(), False)

    def _wait(self, thread: WorkThread, seconds: float) -> None:
        until = self.clock.now() + seconds
        while (left := until - self.clock.now()) > 0 and not thread.stopping.is_set():
            # Short pieces: the clock may be a simulator's, and the switch must not wait.
            if self._turned.wait(min(left, 0.1)) and not self._enabled:
                return

    # --- an image topic -----------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Subscribes while switched on: switched off, no frame may even reach this process."""
        for subscription in self._listening:
            self.destroy_subscription(subscription)
        self._listening = []
        if not self._enabled:
            return
        self._whole = self._offered_whole()
        profile = qos.WHOLE if self._whole else qos.SENSOR
        if self._topic.endswith("/compressed"):
            made = self.create_subscription(CompressedImage, self._topic, self._on_compressed, profile)
        else:
            made = self.create_subscription(Image, self._topic, self._on_image, profile)
        self._listening = [made]
        # A calibration that was named is believed more than a driver; its own camera_info would be an echo.
        info = _info_topic(self._topic)
        if not self.parameters.calibration and self.resolve_topic_name(info) != self._info_publisher.topic_name:
            self._listening.append(self.create_subscription(CameraInfo, info, self._on_info, qos.SENSOR))

    def _on_info(self, message: CameraInfo) -> None:
        """What the image's publisher says of its lens; one that says nothing is not calibrated."""
        self._told_intrinsics = info_from_msg(message)

    def _calibrated_by(self) -> str:
        if self.parameters.calibration:
            return "file"
        return "camera_info of the source" if self._told_intrinsics else "nominal, from the field of view"

    def _offered_whole(self) -> bool:
        """Whether everybody who publishes the topic offers it reliably; nobody is there yet: no."""
        offers = self.get_publishers_info_by_topic(self._topic)
        return bool(offers) and all(one.qos_profile.reliability == ReliabilityPolicy.RELIABLE for one in offers)

    def _on_image(self, message: Image) -> None:
        self._hand_on(image_from_msg(message), self._believed(message.header.stamp), False)

    def _on_compressed(self, message: CompressedImage) -> None:
        self._hand_on(image_from_compressed(message), self._believed(message.header.stamp), False)

    def _believed(self, stamp: Any) -> float:
        said, now = stamps.from_msg(stamp), self.clock.now()
        return said if abs(now - said) < FOREIGN_STAMP_S else now

    # --- handing on ---------------------------------------------------------------------------------------------

    def _hand_on(self, image: Any, stamp: float, every_one: bool) -> None:
        height, width = image.shape[:2]
        told = self._told_intrinsics
        intrinsics = told.scaled(width, height) if told else self._intrinsics_of(width, height)
        self._sequence += 1
        frame = Frame(image, stamp, self._sequence, self.parameters.frame_id, intrinsics, every_one)
        if every_one:
            # Outside the gate, because readers make it wait; this is a clip, which keeps nobody's privacy.
            self._channel.publish(frame)
        with self._gate:
            if not self._enabled:
                return
            if not every_one:
                self._channel.publish(frame)
            if self._image_publisher.get_subscription_count():
                self._image_publisher.publish(image_to_msg(frame))
            if self._info_publisher.get_subscription_count():
                self._info_publisher.publish(info_to_msg(intrinsics, stamp, frame.frame_id))
            self._arrivals.append(time.monotonic())
            self._last_frame = self.clock.now()
        if self._sequence % 8 == 1:
            self._luminance = luminance(image)
            self._size = f"{width}x{height}"
        if self._shown is None or self._shown[0] != CameraState.ON:
            self._complaint = ""
            self._show()

    # --- what people see of it ----------------------------------------------------------------------------------

    def _watch_frames(self) -> None:
        if self._listening and self._offered_whole() != self._whole:
            self._listen()
        now = self.clock.now()
        level: Literal["ok", "warn", "error"] = "ok"
        message = "the camera sees"
        state = self._show()
        if state == CameraState.LOST and not self._starting():
            level, message = "error", self._complaint or f"no frames for {now - self._last_frame:.0f} s"
            if self._ended:
                level, message = "warn", "the clip has ended"
        elif state == CameraState.ON and self._luminance is not None and self._luminance < self.parameters.dark_below:
            level, message = "warn", "too dark to see anybody, or the lens is covered"
        if level == "ok":
            self.ok("camera")
        else:
            self.report("camera", ERROR if level == "error" else WARN, message)
        trouble = self._watch.observe(now, level, message, self.parameters.told_after_s)
        if trouble is not None and not self._ended:
            self.emit(DeviceState(part="camera", level=trouble.level, message=trouble.message))

    def _starting(self) -> bool:
        late = self.clock.now() - self._last_frame > self.parameters.lost_after_s
        return not (self._arrivals or self._complaint or self._ended or late)

    def _show(self) -> int:
        message = ""
        if not self._enabled:
            state = CameraState.OFF
        elif self._ended:
            state, message = CameraState.LOST, "the clip has ended"
        elif self._complaint:
            state, message = CameraState.LOST, self._complaint
        elif self.clock.now() - self._last_frame > self.parameters.lost_after_s:
            state, message = CameraState.LOST, "no frames come"
        elif self._starting():
            state, message = CameraState.LOST, "starting"
        else:
            state = CameraState.ON
        if self._shown != (state, message):
            self._shown = (state, message)
            name = self._source.name if self._source else self._topic
            self._state_publisher.publish(CameraState(stamp=self.stamp(), state=state, source=name, message=message))
            self.log.info("camera " + {0: "off", 1: "on", 2: "lost"}[state] + (f": {message}" if message else ""))
        return state


def _info_topic(topic: str) -> str:
    """Where the camera_info of an image topic is, by the custom of image_transport: beside it."""
    return posixpath.join(posixpath.dirname(topic.removesuffix("/compressed")), "camera_info")
