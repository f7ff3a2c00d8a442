"""The robot's one connection to the district's broker: MQTT 3.1.1 over TLS with the robot's certificate.

Clean sessions: what must not be lost is in the outbox on one side and in the district's database on the other, each
repeats until it is answered, and a broker that forgot everything (or another broker) serves as well as the old one.
"""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from dolbom.errors import UserError
from dolbom.log import get_log
from dolbom.platform.delivery import back_off
from dolbom.platform.identity import Identity
from dolbom.platform.messages import MAX_BYTES, Offline

log = get_log(__name__)

KEEPALIVE_S = 15
CONNECT_TIMEOUT_S = 5.0
RETRY_BASE_S = 0.25
RETRY_CAP_S = 60.0
RETRY_CAP_URGENT_S = 5.0


class LinkState(StrEnum):
    CONNECTING = "connecting"  # only before the first try has ended
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    REFUSED = "refused"  # reached, but it does not let this robot in


@dataclass(frozen=True)
class Link:
    """How the connection stands. `since` is in seconds of the clock given to the transport."""

    state: LinkState
    since: float
    reason: str = ""

    @property
    def up(self) -> bool:
        return self.state is LinkState.CONNECTED


class Transport:
    """Keeps the connection up and carries messages; keeps nothing itself.

    `on_link` and `on_message` are called from the transport's own threads and must return at once.

    Args:
        identity: read anew before each try to connect, so that a renewed certificate is used.
        monotonic: seconds that never run backwards.
    """

    def __init__(
        self,
        identity: Callable[[], Identity],
        *,
        on_link: Callable[[Link], None],
        on_message: Callable[[str, bytes], None],
        monotonic: Callable[[], float],
        chance: random.Random | None = None,
    ) -> None:
        self._identity = identity
        self._on_link = on_link
        self._on_message = on_message
        self._monotonic = monotonic
        self._chance = chance or random.Random()  # noqa: S311 (jitter, not a secret)
        self._client: mqtt.Client | None = None
        self._status = ""
        self._wake = threading.Condition()
        self._urgent = False
        self._stopping = False
        self._lost = False
        self._fails = 0
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self.link = Link(LinkState.CONNECTING, monotonic())

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Says `offline`, as the last will would, and leaves."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join(CONNECT_TIMEOUT_S + 5)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Hands a message to the broker with QoS 1. False if there is no link now; it is then not kept."""
        client = self._client
        if client is None or not self.link.up:
            return False
        return client.publish(topic, payload, qos=1).rc == mqtt.MQTT_ERR_SUCCESS

    def urgent(self, urgent: bool) -> None:
        """Whether an alarm waits: then a broken link is tried again at once, and at least every 5 s."""
        with self._wake:
            if urgent != self._urgent:
                self._urgent = urgent
                self._wake.notify_all()

    def reconnect(self, reason: str) -> None:
        """Drops the connection and makes a new one, when the caller knows that this one is dead."""
        with self._wake:
            if self.link.up:
                self._lose(reason)

    # --- the transport's own thread ---

    def _run(self) -> None:
        while not self._stopping:
            if self._connect():
                with self._wake:
                    self._wake.wait_for(lambda: self._stopping or self._lost)
            self._disconnect()
            if not self._stopping:
                self._pause()
        self._changed(LinkState.DISCONNECTED, "stopped")

    def _connect(self) -> bool:
        self._lost = False
        try:
            identity = self._identity()
            client = self._make(identity)
            client.connect(identity.membership.broker_host, identity.membership.broker_port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError, UserError) as error:
            self._changed(*_explained(error))
            return False
        self._client = client
        client.loop_start()
        # A broker that accepts the connection and then says nothing is no broker.
        with self._wake:
            answered = self._wake.wait_for(
                lambda: self._stopping or self._lost or self.link.up, timeout=CONNECT_TIMEOUT_S
            )
        if not answered:
            self._changed(LinkState.DISCONNECTED, "the broker does not answer")
            return False
        return not self._lost

    def _make(self, identity: Identity) -> mqtt.Client:
        address = identity.address
        self._status = address.topic("status")
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{address.district}-{address.robot}",
            clean_session=True,
            protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(0)  # the window is delivery's, not the library's
        client.tls_set_context(identity.tls())
        client.will_set(self._status, Offline().to_json(), qos=1)
        channels = [(address.topic("receipt"), 1), (address.topic("command"), 1)]

        def connected(_c: mqtt.Client, _u: Any, _f: Any, code: Any, _p: Any) -> None:
            if code.is_failure:
                self._lost_by(client, f"the broker refuses this robot: {code}", LinkState.REFUSED)
            else:
                client.subscribe(channels)

        def subscribed(_c: mqtt.Client, _u: Any, _mid: int, codes: list[Any], _p: Any) -> None:
            # Only now can receipts arrive, so only now is there a link.
            if any(code.is_failure for code in codes):
                self._lost_by(client, "the broker does not let this robot read its own receipts", LinkState.REFUSED)
                return
            with self._wake:
                self._fails = 0
                self._changed(LinkState.CONNECTED)
                self._wake.notify_all()

        def disconnected(_c: mqtt.Client, _u: Any, _f: Any, code: Any, _p: Any) -> None:
            self._lost_by(client, str(code))

        def message(_c: mqtt.Client, _u: Any, message: mqtt.MQTTMessage) -> None:
            self._on_message(message.topic, bytes(message.payload[: MAX_BYTES + 1]))

        client.on_connect, client.on_subscribe = connected, subscribed
        client.on_disconnect, client.on_message = disconnected, message
        return client

    def _lost_by(self, client: mqtt.Client, reason: str, state: LinkState = LinkState.DISCONNECTED) -> None:
        with self._wake:
            if client is self._client and not self._lost:
                self._lose(reason, state)

    def _lose(self, reason: str, state: LinkState = LinkState.DISCONNECTED) -> None:
        self._lost = True
        self._changed(state, reason)
        self._wake.notify_all()

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if self.link.up:
            # A polite goodbye discards the last will, so the same words are said here.
            with contextlib.suppress(RuntimeError, ValueError):
                client.publish(self._status, Offline().to_json(), qos=1).wait_for_publish(1.0)
            client.disconnect()
        connection = client.socket()
        if isinstance(connection, socket.socket):
            # Without this the library would wait for a dead link to take what is queued.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        client.loop_stop()

    def _pause(self) -> None:
        """Waits before the next try, shorter when an alarm waits, and not at all when one has just come."""
        self._fails += 1
        urgent = self._urgent
        cap = RETRY_CAP_URGENT_S if urgent else RETRY_CAP_S
        with self._wake:
            self._wake.wait_for(
                lambda: self._stopping or (self._urgent and not urgent),
                timeout=0.05 + back_off(self._fails, cap, RETRY_BASE_S, self._chance),
            )

    def _changed(self, state: LinkState, reason: str = "") -> None:
        if (state, reason) == (self.link.state, self.link.reason):
            return
        since = self._monotonic()
        if not self.link.up and state is not LinkState.CONNECTED:
            since = self.link.since  # still down, for another reason
        self.link = Link(state, since, reason)
        log.info("link", state=state.value, reason=reason)
        self._on_link(self.link)


def _explained(error: Exception) -> tuple[LinkState, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return LinkState.REFUSED, f"the broker's certificate is not the district's: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return LinkState.REFUSED, f"the broker does not accept this robot's certificate: {error.reason}"
    if isinstance(error, OSError) and error.strerror:
        return LinkState.DISCONNECTED, error.strerror
    return LinkState.DISCONNECTED, str(error) or type(error).__name__
