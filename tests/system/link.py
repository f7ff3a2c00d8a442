"""A TCP link that can be cut: passes bytes between a robot and its broker until it is told not to."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading


class Link:
    """Listens on `port` and passes connections on to `target`.

    `cut()` resets every connection and refuses new ones; `swallow()` keeps them open and takes what comes without
    passing it on, as a broken radio link does; `mend()` ends both. Bytes swallowed are lost, so the connections of
    that time are reset when the link is mended.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._lock = threading.Lock()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._up = True
        self._swallowing = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        with self._lock:
            self._up = False
            self._reset()

    def swallow(self) -> None:
        with self._lock:
            self._swallowing = True

    def mend(self) -> None:
        with self._lock:
            if self._swallowing:
                self._reset()
            self._up, self._swallowing = True, False

    def close(self) -> None:
        self._closing = True
        self._thread.join(5)
        with self._lock:
            self._reset()
        self._server.close()

    def _reset(self) -> None:
        for one in self._pairs:
            with contextlib.suppress(OSError):
                # Linger of zero: the other side sees a reset, not a goodbye.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()
        self._pairs.clear()

    def _run(self) -> None:
        while not self._closing:
            with self._lock:
                watched = [self._server, *self._pairs]
            try:
                ready, _, _ = select.select(watched, [], [], 0.05)
            except (OSError, ValueError):
                continue  # one was closed meanwhile
            with self._lock:
                for one in ready:
                    self._serve(one)

    def _serve(self, one: socket.socket) -> None:
        if one is self._server:
            with contextlib.suppress(OSError):
                self._accept()
            return
        if one not in self._pairs:
            return
        other = self._pairs[one]
        try:
            content = one.recv(65536)
            if not content:
                raise ConnectionResetError
            if not self._swallowing:
                other.sendall(content)
        except OSError:
            for end in (one, other):
                self._pairs.pop(end, None)
                end.close()

    def _accept(self) -> None:
        near, _ = self._server.accept()
        if not self._up:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target), 2)
        except OSError:
            near.close()
            return
        self._pairs[near], self._pairs[far] = far, near
