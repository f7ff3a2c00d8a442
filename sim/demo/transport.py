"""A small synchronous client of Gazebo 11's own TCP transport: subscribe, publish, no C++ and no ROS.

The wire format is eight hexadecimal digits of length followed by that many bytes. To the master the bytes are a
`gazebo.msgs.Packet`; between a publisher and a subscriber they are the message itself.
"""

from __future__ import annotations

import importlib
import queue
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any


def load_messages(folder: Path) -> None:
    """Make the protobuf classes compiled from libgazebo-dev's .proto files importable.

    `folder` holds the `*_pb2.py` files that `grpc_tools.protoc --python_out` wrote.
    """
    if not (folder / "packet_pb2.py").is_file():
        raise FileNotFoundError(f"no compiled Gazebo messages in {folder}: see sim/demo/README.md, step 2")
    sys.path.insert(0, str(folder))


def message(module: str, name: str) -> Any:
    """Return the protobuf class `name` of `<module>_pb2`, e.g. `message("world_control", "WorldControl")`."""
    return getattr(importlib.import_module(f"{module}_pb2"), name)


def _send(sock: socket.socket, data: bytes) -> None:
    sock.sendall(b"%08x" % len(data) + data)


def _receive(sock: socket.socket) -> bytes:
    def exactly(count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = sock.recv(count - len(parts))
            if not part:
                raise ConnectionError("Gazebo closed the connection")
            parts += part
        return bytes(parts)

    return exactly(int(exactly(8), 16))


class Gazebo:
    """One connection to a gzserver's master; publishes and subscribes by topic name."""

    def __init__(self, host: str = "127.0.0.1", port: int = 11345, timeout: float = 60.0) -> None:
        """Connect, waiting up to `timeout` seconds for the master to open its port."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self._master = socket.create_connection((host, port), timeout=5.0)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self._master.settimeout(None)
        self._listener = socket.create_server((host, 0))
        self._host, self._port = self._listener.getsockname()
        self._subscribers: dict[str, list[socket.socket]] = {}
        self._inbox: dict[str, queue.Queue[bytes]] = {}
        self._connected: set[tuple[str, str, int]] = set()
        self._types: dict[str, str] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._serve, daemon=True).start()
        threading.Thread(target=self._listen, daemon=True).start()

    def subscribe(self, topic: str, type_name: str) -> queue.Queue[bytes]:
        """Return the queue into which each serialized message on `topic` is put."""
        self._inbox[topic] = queue.Queue()
        self._types[topic] = type_name
        self._packet("subscribe", self._subscription(topic, type_name))
        return self._inbox[topic]

    def advertise(self, topic: str, type_name: str, timeout: float = 30.0) -> None:
        """Announce that this process publishes `type_name` on `topic` and wait for somebody to listen.

        A server that is still loading its world may not hear the first announcement, so it is repeated. Raises
        TimeoutError.
        """
        self._subscribers[topic] = []
        publish = message("publish", "Publish")(topic=topic, msg_type=type_name, host=self._host, port=self._port)
        deadline = time.monotonic() + timeout
        with self._changed:
            while not self._subscribers[topic]:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nobody in Gazebo subscribed to {topic} within {timeout:.0f} s")
                self._packet("advertise", publish)
                self._changed.wait(2.0)

    def publish(self, topic: str, content: Any) -> None:
        """Send a protobuf message to everyone who listens to `topic`."""
        for sock in self._subscribers[topic]:
            _send(sock, content.SerializeToString())

    def _packet(self, kind: str, content: Any) -> None:
        packet = message("packet", "Packet")(type=kind, serialized_data=content.SerializeToString())
        packet.stamp.sec, packet.stamp.nsec = 0, 0
        _send(self._master, packet.SerializeToString())

    def _subscription(self, topic: str, type_name: str) -> Any:
        return message("subscribe", "Subscribe")(
            topic=topic, msg_type=type_name, host=self._host, port=self._port, latching=False
        )

    def _listen(self) -> None:
        """Follow the master: connect to every publisher of a topic that we want."""
        kinds = {"publisher_add", "publisher_subscribe", "publisher_advertise"}
        while True:
            try:
                packet = message("packet", "Packet").FromString(_receive(self._master))
            except (ConnectionError, OSError):
                return
            if packet.type == "publishers_init":
                everyone = message("publishers", "Publishers").FromString(packet.serialized_data)
                offers = list(everyone.publisher)
            elif packet.type in kinds:
                offers = [message("publish", "Publish").FromString(packet.serialized_data)]
            else:
                continue
            for offer in offers:
                self._connect(offer)

    def _connect(self, offer: Any) -> None:
        key = (offer.topic, offer.host, offer.port)
        mine = (offer.host, offer.port) == (self._host, self._port)
        if offer.topic not in self._inbox or mine or key in self._connected:
            return
        self._connected.add(key)
        sock = socket.create_connection((offer.host, offer.port), timeout=10.0)
        sock.settimeout(None)
        packet = message("packet", "Packet")(
            type="sub", serialized_data=self._subscription(offer.topic, self._types[offer.topic]).SerializeToString()
        )
        packet.stamp.sec, packet.stamp.nsec = 0, 0
        _send(sock, packet.SerializeToString())
        threading.Thread(target=self._pump, args=(sock, offer.topic), daemon=True).start()

    def _pump(self, sock: socket.socket, topic: str) -> None:
        try:
            while True:
                self._inbox[topic].put(_receive(sock))
        except (ConnectionError, OSError):
            return

    def _serve(self) -> None:
        """Accept Gazebo's connections to the topics that we publish."""
        while True:
            sock, _ = self._listener.accept()
            packet = message("packet", "Packet").FromString(_receive(sock))
            if packet.type != "sub":
                continue
            wanted = message("subscribe", "Subscribe").FromString(packet.serialized_data)
            with self._changed:
                self._subscribers.setdefault(wanted.topic, []).append(sock)
                self._changed.notify_all()
