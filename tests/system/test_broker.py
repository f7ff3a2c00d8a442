"""What the real nats-server lets a robot do: with its own certificate its own topics, and nothing else."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from dolbom.bench.rig import DistrictProcess
from dolbom.clock import SystemClock
from dolbom.district.access import SYSTEM
from dolbom.district.models import Event
from dolbom.district.repositories import intake, robots
from dolbom.errors import UserError
from dolbom.events import Test, new_event, new_id, source
from dolbom.platform.enrolment import renew
from dolbom.platform.identity import Identity, load_identity

Wait = Callable[..., Any]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DistrictProcess]:
    process = DistrictProcess(tmp_path_factory.mktemp("district"))
    process.start()
    yield process
    process.kill()


class Client:
    """A bare MQTT client with whatever certificate."""

    def __init__(self, identity: Identity, tls: ssl.SSLContext | None = None, name: str = "") -> None:
        self.got: list[tuple[str, bytes]] = []
        self.codes: list[Any] = []
        self.granted: list[Any] = []
        self.ended = threading.Event()
        self._settled = threading.Event()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name or f"bare-{new_id()}", reconnect_on_failure=False
        )
        self.client.tls_set_context(tls or identity.tls())
        self.client.on_connect = self._connected
        self.client.on_disconnect = lambda *_: (self._settled.set(), self.ended.set())
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: (self.granted.extend(codes), self._settled.set())
        self.client.on_message = lambda _c, _u, m: self.got.append((m.topic, m.payload))
        self.client.on_publish = lambda *_: self._settled.set()
        self.client.connect(identity.membership.broker_host, identity.membership.broker_port)
        self.client.loop_start()
        assert self._settled.wait(10)

    def _connected(self, _c: Any, _u: Any, _f: Any, code: Any, _p: Any) -> None:
        self.codes.append(code)
        self._settled.set()

    @property
    def let_in(self) -> bool:
        return bool(self.codes) and not self.codes[0].is_failure

    def subscribe(self, topic: str) -> bool:
        """Whether that was granted."""
        self._settled.clear()
        self.granted.clear()
        self.client.subscribe(topic, 1)
        assert self._settled.wait(10)
        return not self.ended.is_set() and not self.granted[0].is_failure

    def publish(self, topic: str, payload: bytes) -> None:
        self._settled.clear()
        self.client.publish(topic, payload, 1)
        assert self._settled.wait(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def events_of(district: DistrictProcess, robot: str) -> int:
    database = district.database()
    with database.reading() as session:
        found = sum(e.robot_id == robot for e in intake.events(session, limit=500))
        quarantined = len(intake.quarantined(session))
    database.close()
    assert quarantined == 0, "what a robot may not say does not even arrive"
    return found


def event(identity: Identity, *, robot: str | None = None) -> bytes:
    a = identity.address
    made = new_event(Test(), at=SystemClock().civil(), source=source(a.district, a.home, robot or a.robot))
    return made.to_json()


@pytest.mark.timeout(120)
def test_a_robot_can_neither_speak_as_another_nor_read_what_is_meant_for_it(
    district: DistrictProcess, tmp_path: Path, wait_until: Wait
) -> None:
    a = district.enrol("robot-a", "home-a", tmp_path / "a")
    b = district.enrol("robot_b", "home-b", tmp_path / "b")
    # A new robot is let in when the broker has read its configuration again, moments after the enrolment.
    wait_until(lambda: Client(a).let_in and Client(b).let_in, 10, "the broker's new configuration")
    own, spy = Client(a), Client(a, name="spy")
    assert own.subscribe(a.address.topic("receipt"))
    for foreign in (
        b.address.topic("receipt"),
        b.address.topic("command"),
        f"dolbom/v1/{a.address.district}/+/receipt",
        "#",
        "$JS/#",
        a.address.topic("event"),
    ):
        probe = Client(a)
        assert not probe.subscribe(foreign), foreign
        probe.close()
    # This one is needed for QoS 1 and granted; nothing of another robot comes by it.
    spy.subscribe("$MQTT/sub/#")

    own.publish(b.address.topic("event"), event(b))
    own.publish(b.address.topic("status"), b'{"kind":"offline"}')
    own.publish(a.address.topic("event"), event(a))
    wait_until(lambda: own.got, 10, "the receipt")
    assert json.loads(own.got[0][1])["kind"] == "received"
    other = Client(b)
    assert other.subscribe(b.address.topic("receipt"))
    other.publish(b.address.topic("event"), event(b))
    wait_until(lambda: other.got, 10, "the other's receipt")
    assert events_of(district, "robot-a") == 1
    assert events_of(district, "robot_b") == 1, "only what it said itself"
    assert {topic for topic, _ in own.got} == {a.address.topic("receipt")}
    assert not spy.got
    for client in (own, spy, other):
        client.close()


@pytest.mark.timeout(60)
def test_nobody_gets_in_without_a_certificate_or_with_one_of_another_authority(
    district: DistrictProcess, tmp_path: Path
) -> None:
    identity = district.enrol("robot-c", "home-c", tmp_path / "c")
    bare = ssl.create_default_context(cafile=str(identity.authority_path))
    assert not Client(identity, bare).let_in
    elsewhere = DistrictProcess(tmp_path / "elsewhere", name=district.name)
    elsewhere.start()
    stranger = elsewhere.enrol("robot-c", "home-c", tmp_path / "stranger")
    elsewhere.kill()
    false = ssl.create_default_context(cafile=str(identity.authority_path))
    false.load_cert_chain(stranger.certificate_path, stranger.key_path)
    assert not Client(identity, false).let_in


@pytest.mark.timeout(60)
def test_a_revoked_robot_is_thrown_out_at_once_and_others_stay(
    district: DistrictProcess, tmp_path: Path, wait_until: Wait
) -> None:
    gone, stays = (district.enrol(n, "home-d", tmp_path / n) for n in ("robot-d", "robot-e"))
    wait_until(lambda: Client(gone).let_in and Client(stays).let_in, 10, "the broker's new configuration")
    leaving, staying = Client(gone), Client(stays)
    database = district.database()
    with database.writing() as session:
        robots.revoke(session, "robot-d", SYSTEM, SystemClock().civil())
    database.close()
    wait_until(leaving.ended.is_set, 10, "the end of the revoked robot's connection")
    assert not staying.ended.is_set()
    assert not Client(gone).let_in
    with pytest.raises(UserError, match="revoked this robot"):
        renew(gone, SystemClock().civil())
    # Enrolled anew, the new certificate works and the old one stays dead.
    old = gone.tls()
    again = district.enrol("robot-d", "home-d", tmp_path / "robot-d-again")
    wait_until(lambda: Client(again).let_in, 10, "the new certificate")
    assert not Client(again, old).let_in
    staying.close()


@pytest.mark.timeout(60)
def test_a_renewed_certificate_is_another_key_and_gets_in(
    district: DistrictProcess, tmp_path: Path, wait_until: Wait
) -> None:
    identity = district.enrol("robot-f", "home-f", tmp_path / "f")
    before = identity.key_path.read_bytes()
    renewed = renew(identity, SystemClock().civil())
    assert load_identity(tmp_path / "f").key_path.read_bytes() != before
    assert renewed.certificate.serial_number != identity.certificate.serial_number
    wait_until(lambda: Client(renewed).let_in, 10, "the renewed certificate")
    assert oct(renewed.key_path.stat().st_mode & 0o777) == "0o600"


@pytest.mark.timeout(60)
def test_a_robot_that_lies_about_its_source_is_quarantined_and_told_once(
    district: DistrictProcess, tmp_path: Path, wait_until: Wait
) -> None:
    identity = district.enrol("robot-g", "home-g", tmp_path / "g")
    wait_until(lambda: Client(identity).let_in, 10, "the broker's new configuration")
    client = Client(identity)
    assert client.subscribe(identity.address.topic("receipt"))
    client.publish(identity.address.topic("event"), event(identity, robot="robot-a"))
    client.publish(identity.address.topic("event"), b"\x00\xff not an event")
    wait_until(lambda: len(client.got) == 1, 10, "a receipt, so that it does not repeat it for ever")
    database = district.database()

    def quarantined() -> list[str]:
        with database.reading() as session:
            return [q.reason for q in intake.quarantined(session)]

    wait_until(lambda: len(quarantined()) == 2, 10, "both in quarantine")
    with database.reading() as session:
        assert not session.query(Event).filter_by(robot_id="robot-g").count()
    database.close()
    client.close()
