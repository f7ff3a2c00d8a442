"""A client of Gazebo 11's own TCP transport: subscribe, publish, ask; no C++ and no ROS.

The wire format is eight hexadecimal digits of length followed by that many bytes. To the master the bytes are a
`gazebo.msgs.Packet`; between a publisher and a subscriber they are the message itself.
"""

from __future__ import annotations

import itertools
import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dolbom.simulation.messages import Messages

CONNECT_S = 5.0
ANNOUNCE_S = 1.0
"""A server that is still loading its world may not hear an announcement: it is made again until somebody listens."""

Handler = Callable[[Any], None]


class GazeboGoneError(ConnectionError):
    """The server closed the connection or never answered."""


def _send(sock: socket.socket, data: bytes) -> None:
    sock.sendall(b"%08x" % len(data) + data)


def _exactly(sock: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        part = sock.recv_into(view[got:])
        if not part:
            raise GazeboGoneError("Gazebo closed the connection")
        got += part
    return data


def _receive(sock: socket.socket) -> bytes:
    return bytes(_exactly(sock, int(_exactly(sock, 8), 16)))


class Publisher:
    """One topic that this client publishes."""

    def __init__(self, client: GazeboClient, topic: str, kind: str) -> None:
        self.topic = topic
        self.kind = kind
        self._client = client
        self._listeners: list[socket.socket] = []
        self._changed = threading.Condition()

    @property
    def listeners(self) -> int:
        """How many parts of Gazebo listen."""
        return len(self._listeners)

    def wait(self, timeout: float = 30.0) -> Publisher:
        """Waits until somebody listens.

        Raises:
            GazeboGoneError: nobody does after `timeout` seconds, or the server is gone.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._listeners:
                self._client.check()
                if time.monotonic() > deadline:
                    raise GazeboGoneError(f"nothing in Gazebo listened to {self.topic} within {timeout:.0f} s")
                self._client.announce(self)
                self._changed.wait(ANNOUNCE_S)
        return self

    def publish(self, message: Any) -> None:
        """Sends a message to everyone who listens now."""
        data = message.SerializeToString()
        with self._changed:
            for sock in list(self._listeners):
                try:
                    _send(sock, data)
                except OSError:
                    self._listeners.remove(sock)

    def add(self, sock: socket.socket) -> None:
        """Somebody listens."""
        with self._changed:
            self._listeners.append(sock)
            self._changed.notify_all()


class GazeboClient:
    """One connection to a gzserver's master; publishes and subscribes by topic name.

    Handlers run in the thread that reads their topic: they must be quick.
    """

    def __init__(self, messages: Messages, world: str, port: int, timeout: float = 30.0) -> None:
        """Connects to the master on this machine.

        Args:
            messages: of the installed Gazebo.
            world: the world's name: `~/x` means `/gazebo/<world>/x`.
            port: the master's.
            timeout: seconds to wait for the master to open its port.

        Raises:
            GazeboGoneError: if it does not.
        """
        self.messages = messages
        self.world = world
        self.closed = threading.Event()
        self.gone = threading.Event()
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._master = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_S)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise GazeboGoneError(f"no Gazebo answers on port {port}: {error.strerror or error}") from None
                time.sleep(0.1)
        self._master.settimeout(None)
        self._master.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._host, self._port = self._listener.getsockname()
        self._lock = threading.Lock()
        self._publishers: dict[str, Publisher] = {}
        self._handlers: dict[str, tuple[str, list[Handler]]] = {}
        self._connected: dict[tuple[str, str, int], socket.socket] = {}
        self._requests = itertools.count(1)
        for work in (self._accept, self._follow):
            threading.Thread(target=work, name=f"gazebo-{work.__name__}", daemon=True).start()

    def topic(self, name: str) -> str:
        """The full name of a topic; `~/` stands for the world's own."""
        return f"/gazebo/{self.world}/{name[2:]}" if name.startswith("~/") else name

    def check(self) -> None:
        """Raises GazeboGoneError if the server is gone."""
        if self.gone.is_set():
            raise GazeboGoneError("Gazebo ended")

    def subscribe(self, name: str, kind: str, handler: Handler) -> None:
        """Calls `handler(message)` for each message of `gazebo.msgs.<kind>` on a topic."""
        topic, full = self.topic(name), f"gazebo.msgs.{kind}"
        with self._lock:
            known = self._handlers.get(topic)
            if known is not None:
                known[1].append(handler)
                return
            self._handlers[topic] = (full, [handler])
        self._packet("subscribe", self._subscription(topic, full))

    def queue(self, name: str, kind: str, size: int = 0) -> queue.Queue[Any]:
        """A queue of the messages on a topic; with a `size`, the oldest makes room for the newest."""
        found: queue.Queue[Any] = queue.Queue(size)

        def put(message: Any) -> None:
            while True:
                try:
                    found.put_nowait(message)
                    return
                except queue.Full:
                    with suppress(queue.Empty):
                        found.get_nowait()

        self.subscribe(name, kind, put)
        return found

    def publisher(self, name: str, kind: str) -> Publisher:
        """Announces that this client publishes `gazebo.msgs.<kind>` on a topic."""
        topic = self.topic(name)
        with self._lock:
            found = self._publishers.get(topic)
            if found is None:
                found = self._publishers[topic] = Publisher(self, topic, f"gazebo.msgs.{kind}")
        self.announce(found)
        return found

    def announce(self, publisher: Publisher) -> None:
        """Tells the master of a publisher, once more."""
        self._packet(
            "advertise",
            self.messages.new(
                "Publish", topic=publisher.topic, msg_type=publisher.kind, host=self._host, port=self._port
            ),
        )

    def ask(self, request: str, kind: str, data: str = "", timeout: float = 10.0) -> Any:
        """Asks the world, for instance `ask("scene_info", "Scene")`; returns the answer as `gazebo.msgs.<kind>`.

        Raises:
            GazeboGoneError: if no answer comes in time.
        """
        number = next(self._requests)
        answers: queue.Queue[Any] = queue.Queue()

        def hear(response: Any) -> None:
            if response.id == number and response.request == request:
                answers.put(response)

        self.subscribe("~/response", "Response", hear)
        asked = self.messages.new("Request", id=number, request=request, data=data)
        publisher = self.publisher("~/request", "Request").wait(timeout)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.check()
            publisher.publish(asked)
            with suppress(queue.Empty):
                response = answers.get(timeout=1.0)
                return self.messages.kind(f"gazebo.msgs.{kind}").FromString(response.serialized_data)
        raise GazeboGoneError(f"Gazebo did not answer {request} within {timeout:.0f} s")

    def close(self) -> None:
        """Closes every connection; the threads end."""
        self.closed.set()
        with self._lock:
            everything = [self._master, self._listener, *self._connected.values()]
        for sock in everything:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _packet(self, kind: str, content: Any) -> None:
        packet = self.messages.new("Packet", type=kind, serialized_data=content.SerializeToString())
        packet.stamp.sec, packet.stamp.nsec = 0, 0
        with self._lock:
            try:
                _send(self._master, packet.SerializeToString())
            except OSError as error:
                self.gone.set()
                raise GazeboGoneError(f"Gazebo is gone: {error.strerror or error}") from None

    def _subscription(self, topic: str, kind: str) -> Any:
        return self.messages.new(
            "Subscribe", topic=topic, msg_type=kind, host=self._host, port=self._port, latching=False
        )

    def _follow(self) -> None:
        """Follows the master: connects to every publisher of a topic that we want."""
        kinds = {"publisher_add", "publisher_subscribe", "publisher_advertise"}
        try:
            while True:
                packet = self.messages.kind("gazebo.msgs.Packet").FromString(_receive(self._master))
                if packet.type == "publishers_init":
                    everyone = self.messages.kind("gazebo.msgs.Publishers").FromString(packet.serialized_data)
                    offers = list(everyone.publisher)
                elif packet.type in kinds:
                    offers = [self.messages.kind("gazebo.msgs.Publish").FromString(packet.serialized_data)]
                else:
                    continue
                for offer in offers:
                    with suppress(OSError):
                        self._connect(offer)
        except (OSError, ValueError):
            self.gone.set()

    def _connect(self, offer: Any) -> None:
        key = (offer.topic, offer.host, offer.port)
        with self._lock:
            wanted = self._handlers.get(offer.topic)
            if wanted is None or (offer.host, offer.port) == (self._host, self._port) or key in self._connected:
                return
            sock = socket.create_connection((offer.host, offer.port), timeout=CONNECT_S)
            self._connected[key] = sock
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        packet = self.messages.new(
            "Packet", type="sub", serialized_data=self._subscription(offer.topic, wanted[0]).SerializeToString()
        )
        packet.stamp.sec, packet.stamp.nsec = 0, 0
        _send(sock, packet.SerializeToString())
        threading.Thread(target=self._pump, args=(sock, key, *wanted), daemon=True).start()

    def _pump(self, sock: socket.socket, key: tuple[str, str, int], kind: str, handlers: list[Handler]) -> None:
        read = self.messages.kind(kind).FromString
        try:
            while True:
                message = read(_receive(sock))
                for handler in handlers:
                    handler(message)
        except (OSError, ValueError):
            with self._lock:
                self._connected.pop(key, None)

    def _accept(self) -> None:
        """Accepts Gazebo's connections to the topics that we publish."""
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            # Gazebo may open a connection and say nothing on it for long: the others must not wait for it.
            threading.Thread(target=self._welcome, args=(sock,), daemon=True).start()

    def _welcome(self, sock: socket.socket) -> None:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            packet = self.messages.kind("gazebo.msgs.Packet").FromString(_receive(sock))
            wanted = self.messages.kind("gazebo.msgs.Subscribe").FromString(packet.serialized_data)
        except (OSError, ValueError):
            sock.close()
            return
        with self._lock:
            publisher = self._publishers.get(wanted.topic) if packet.type == "sub" else None
        if publisher is not None:
            publisher.add(sock)
