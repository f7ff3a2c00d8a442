"""The way of frames inside one process: by reference from the camera node to the nodes that look at them."""

from __future__ import annotations

import threading
from collections import deque

from dolbom.perception.frame import Frame

__all__ = ["Frame", "FrameChannel", "FrameQueue", "channel"]

DEPTH = 2
"""Frames waiting for one reader: one being made ready while another is looked at; more would only add delay."""


class FrameQueue:
    """One reader's end. A live frame pushes out the oldest; of a file that must be seen whole, the writer waits."""

    def __init__(self, owner: FrameChannel | None = None) -> None:
        self._owner = owner
        self._frames: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0

    def put(self, frame: Frame) -> None:
        """Hands over a frame; blocks only for `every_one` frames, until there is room or the reader is gone."""
        with self._changed:
            if frame.every_one:
                self._changed.wait_for(lambda: self._closed or len(self._frames) < DEPTH)
            if self._closed:
                return
            # Live: only the newest is worth looking at.
            limit = DEPTH if frame.every_one else 1
            while len(self._frames) >= limit:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append(frame)
            self._changed.notify_all()

    def take(self, timeout: float | None = None) -> Frame | None:
        """The next frame; None if none came within `timeout` seconds or the queue was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._frames), timeout)
            if self._closed or not self._frames:
                return None
            frame = self._frames.popleft()
            self._changed.notify_all()
            return frame

    @property
    def closed(self) -> bool:
        """No frame will come any more."""
        return self._closed

    def clear(self) -> None:
        """Forgets what waits (the camera was switched off: no frame may linger)."""
        with self._changed:
            self._frames.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """Ends it; whoever waits on either side goes on."""
        if self._owner is not None:
            self._owner.remove(self)
        with self._changed:
            self._closed = True
            self._frames.clear()
            self._changed.notify_all()


class FrameChannel:
    """All readers of one image topic in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: tuple[FrameQueue, ...] = ()
        self._cameras = 0

    def open_camera(self) -> None:
        """Says that a camera node of this process feeds the channel."""
        with self._lock:
            self._cameras += 1

    def close_camera(self) -> None:
        """The camera node is gone; frames that wait are forgotten."""
        with self._lock:
            self._cameras -= 1
        self.clear()

    @property
    def has_camera(self) -> bool:
        """Whether a camera node of this process feeds it; if not, readers listen on the image topic instead."""
        return self._cameras > 0

    @property
    def readers(self) -> int:
        """How many queues are open."""
        return len(self._queues)

    def reader(self) -> FrameQueue:
        """A new reader's queue."""
        queue = FrameQueue(self)
        with self._lock:
            self._queues = (*self._queues, queue)
        return queue

    def remove(self, queue: FrameQueue) -> None:
        """Forgets a reader."""
        with self._lock:
            self._queues = tuple(other for other in self._queues if other is not queue)

    def publish(self, frame: Frame) -> None:
        """Hands a frame to every reader."""
        for queue in self._queues:
            queue.put(frame)

    def clear(self) -> None:
        """Forgets all frames that wait."""
        for queue in self._queues:
            queue.clear()


_channels: dict[str, FrameChannel] = {}
_lock = threading.Lock()


def channel(topic: str) -> FrameChannel:
    """The channel of a resolved topic name, such as ``/robot1/image``; the same for everybody in the process."""
    with _lock:
        return _channels.setdefault(topic, FrameChannel())
