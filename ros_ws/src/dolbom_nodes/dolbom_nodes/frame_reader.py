"""How a node gets its frames: by reference from a camera of the same process, else from the image topic."""

from __future__ import annotations

import functools
import math
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import rclpy.lifecycle
from sensor_msgs.msg import CameraInfo, Image

from dolbom.perception.frame import Frame
from dolbom_nodes import qos, stamps
from dolbom_nodes.frames import FrameQueue, channel
from dolbom_nodes.images import image_from_msg, info_from_msg
from dolbom_nodes.work_thread import WorkThread

if TYPE_CHECKING:
    from dolbom_nodes.care_node import CareNode


class FrameReader:
    """Reads frames for one node, by reference or from the image topic, and measures how it goes."""

    def __init__(
        self, node: CareNode[Any], callback: Callable[[Frame], None], topic: str, rate_hz: float | None
    ) -> None:
        self.topic = topic
        self.rate_hz = rate_hz
        self.thread: WorkThread | None = None
        self._node = node
        self._callback = callback
        self._channel = channel(topic)
        self._queue: FrameQueue | None = None
        self._subscriptions: list[Any] = []
        self._intrinsics: Any = None
        self._arrived = 0
        self._looked_at: deque[float] = deque(maxlen=120)
        self._took: deque[float] = deque(maxlen=120)
        self._delay: deque[float] = deque(maxlen=120)
        self.frames = 0

    def start(self) -> None:
        """Begins to read."""
        self._queue = self._channel.reader()
        self.thread = WorkThread(self._node, f"frames of {self.topic}", self._run)
        self.thread.start()
        # Steady and outside the node's own bookkeeping: it belongs to the reader.
        self._timer = rclpy.lifecycle.LifecycleNode.create_timer(
            self._node, 1.0, self._node.guarded(self._follow), clock=self._node._care_steady
        )

    def stop(self) -> None:
        """Ends reading; returns when the last callback has ended."""
        if self._queue is None:
            return
        self._node.destroy_timer(self._timer)
        self._unsubscribe()
        self._queue.close()
        if self.thread is not None:
            self.thread.stop()
        self._queue = self.thread = None

    def figures(self) -> dict[str, object]:
        """For the diagnostics: frames looked at, frames a second, milliseconds a frame, delay, dropped."""
        queue = self._queue
        taken, took, delay = list(self._looked_at), sorted(self._took), sorted(self._delay)
        if not took or queue is None:
            return {"frames": self.frames}
        span = taken[-1] - taken[0]
        return {
            "frames": self.frames,
            "dropped": queue.dropped,
            "fps": f"{(len(taken) - 1) / span:.1f}" if span > 0 else "0",
            "frame_ms_p50": f"{took[len(took) // 2] * 1e3:.1f}",
            "frame_ms_p95": f"{took[math.ceil(len(took) * 0.95) - 1] * 1e3:.1f}",
            "delay_ms_p50": f"{delay[len(delay) // 2] * 1e3:.1f}" if delay else "",
        }

    def _run(self, thread: WorkThread) -> None:
        queue = self._queue
        assert queue is not None
        latest = -math.inf
        while not thread.stopping.is_set():
            frame = queue.take()
            if frame is None:
                if queue.closed:
                    return
                continue
            if self.rate_hz is not None:
                # Half a frame's tolerance, so that 15 Hz out of 30 Hz is every second one and not every third.
                if 0 <= frame.stamp - latest < 1.0 / self.rate_hz - 0.01:
                    continue
                latest = frame.stamp
            begin = time.monotonic()
            with thread.item():
                try:
                    self._callback(frame)
                except Exception as error:
                    self._node.fail(f"frame {getattr(self._callback, '__name__', '')}".strip(), error)
            end = time.monotonic()
            self.frames += 1
            self._looked_at.append(end)
            self._took.append(end - begin)
            if not frame.every_one:
                self._delay.append(max(0.0, self._node.clock.now() - frame.stamp))

    def _follow(self) -> None:
        if self._channel.has_camera:
            self._unsubscribe()
        elif not self._subscriptions and self._queue is not None:
            create = functools.partial(rclpy.lifecycle.LifecycleNode.create_subscription, self._node)
            info = self.topic.rsplit("/", 1)[0] + "/camera_info"
            self._subscriptions = [
                create(CameraInfo, info, self._node.guarded(self._take_info, info), qos.SENSOR),
                create(Image, self.topic, self._node.guarded(self._take_image, self.topic), qos.SENSOR),
            ]

    def _unsubscribe(self) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def _take_info(self, message: CameraInfo) -> None:
        self._intrinsics = info_from_msg(message)

    def _take_image(self, message: Image) -> None:
        queue = self._queue
        if queue is None:
            return
        picture = image_from_msg(message)
        self._arrived += 1
        known = self._intrinsics
        if known is not None:
            known = known.scaled(message.width, message.height)
        stamp = stamps.from_msg(message.header.stamp) or self._node.clock.now()
        queue.put(Frame(picture, stamp, self._arrived, message.header.frame_id, known))
