"""The way of an alarm survives whatever breaks on it: processes killed, broker killed, link cut."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select
from tests.system.link import Link

from dolbom.bench.rig import DeskClient, DistrictProcess, environment, until
from dolbom.district.models import Alarm, Event
from dolbom.events import Asked, DistressRaised, new_event, source
from dolbom.platform.identity import Identity, save_identity
from dolbom.platform.outbox import Outbox, State
from dolbom.runtime.parent import following
from dolbom.store.base import open_store

ROBOT, HOME = "r1", "h1"
BREAKS = ("bridge", "broker", "district", "cut", "swallow")


class Bridge:
    """The robot's sending process."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._home / "bridge.log").open("ab") as log:
            self._process = subprocess.Popen(
                following([sys.executable, str(Path(__file__).with_name("bridge_process.py"))]),
                env={**environment(), "DOLBOM_HOME": str(self._home)},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)


def alarm() -> DistressRaised:
    now = datetime.now(UTC)
    return DistressRaised(
        distress_id=uuid4(), cause="fall", sources=["fall"], since=now, reason="silence",
        asked=[Asked(at=now, question="괜찮으세요?", understood="silence")],
    )  # fmt: skip


def through(identity: Identity, port: int) -> Identity:
    """The same robot, which reaches its broker by another port."""
    return save_identity(
        identity.folder,
        identity.membership.model_copy(update={"broker_port": port}),
        key=identity.key_path.read_bytes(),
        certificate=identity.certificate_path.read_bytes(),
        authority=identity.authority_path.read_bytes(),
    )


@pytest.fixture
def district(tmp_path: Path) -> Iterator[DistrictProcess]:
    process = DistrictProcess(tmp_path / "district", arguments=("--silence", "600"))
    process.start()
    yield process
    process.kill()


class Chaos:
    """Breaks one thing after another, each at a moment and for a time that the seed gives."""

    def __init__(self, seed: int, bridge: Bridge, district: DistrictProcess, link: Link) -> None:
        self._chance = random.Random(seed)
        self._bridge, self._district, self._link = bridge, district, link
        self.done: dict[str, int] = {}

    def once(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1
        pause = self._chance.uniform(0.0, 0.8)
        if what == "bridge":
            self._bridge.kill()
            time.sleep(pause)
            self._bridge.start()
        elif what == "broker":
            pid = self._district.broker_pid()
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        elif what == "district":
            self._district.kill()
            time.sleep(pause)
            self._district.start()
        else:
            (self._link.cut if what == "cut" else self._link.swallow)()
            # Longer than anything on the robot takes to believe that what it sent has arrived.
            time.sleep(1.5 + 2 * pause)
            self._link.mend()

    def run(self, rounds: int, before: Callable[[str], None]) -> None:
        for _ in range(rounds):
            for what in self._chance.sample(BREAKS, len(BREAKS)):
                before(what)
                time.sleep(self._chance.uniform(0.0, 0.3))
                self.once(what)


def _every_alarm_once(tmp_path: Path, district: DistrictProcess, *, alarms: int, rounds: int, seed: int) -> None:
    link = Link(district.mqtt_port)
    home = tmp_path / "home"
    home.mkdir()
    identity = through(district.enrol(ROBOT, HOME, home / "identity"), link.port)
    token = district.token()
    desk = DeskClient(district.url, token)
    assert desk.listening.wait(20)
    bridge = Bridge(home)
    bridge.start()
    store = open_store(home / "home.db")
    outbox = Outbox(store)
    chaos = Chaos(seed, bridge, district, link)
    chance = random.Random(seed)
    made: list[UUID] = []
    where = source(identity.address.district, HOME, ROBOT)
    allowed = [0]

    def waiting() -> int:
        return sum(e.state in (State.PENDING, State.SENT) for e in outbox.entries(limit=10_000))

    def make() -> None:
        # A share of the alarms for each break, in bursts, so that every break meets some on their way.
        while len(made) < alarms:
            for _ in range(min(chance.randint(1, 6), allowed[0] - len(made))):
                event = new_event(alarm(), at=datetime.now(UTC), source=where, subject="p1")
                outbox.append(event)
                made.append(event.id)
            time.sleep(chance.uniform(0.0, 0.4))

    def before(what: str) -> None:
        if what in ("swallow", "broker"):
            # These are dangerous only to what has just been sent over a link that is up.
            until(lambda: waiting() == 0, 30, f"{waiting()} receipts")
        allowed[0] += alarms // (rounds * len(BREAKS))

    making = threading.Thread(target=make, daemon=True)
    making.start()
    chaos.run(rounds, before)
    allowed[0] = alarms
    making.join(60)
    assert len(made) == alarms

    until(lambda: waiting() == 0, 60, f"the last {waiting()} receipts")
    until(lambda: set(made) <= desk.raised.keys(), 20, "the desk's last news")

    database = district.database()
    with database.reading() as session:
        assert sorted(session.scalars(select(Alarm.id))) == sorted(made), "each alarm on the desk exactly once"
        assert sorted(session.scalars(select(Event.id))) == sorted(made)
    database.close()
    doubled = {id: times for id, times in desk.raised.items() if len(times) != 1}
    assert not doubled, "an open desk page hears of each alarm exactly once"
    assert set(desk.raised) == set(made)

    # What the desk answers comes back the same way.
    answered = made[:: max(1, alarms // 10)]
    with httpx.Client(base_url=district.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        for id in answered:
            client.post(f"/api/alarms/{id}/acknowledge", json={}).raise_for_status()
        chaos.once("bridge")
        chaos.once("broker")
    states = lambda: {e.id: e.state for e in outbox.entries(limit=10_000)}  # noqa: E731
    until(lambda: all(states()[id] is State.ACKNOWLEDGED for id in answered), 30, "the acknowledgements")
    assert all(states()[id] is State.RECEIVED for id in made if id not in answered)
    assert set(chaos.done) == set(BREAKS)
    desk.stop()
    bridge.kill()
    link.close()
    store.close()


@pytest.mark.timeout(150)
def test_every_alarm_is_on_the_desk_exactly_once_and_every_receipt_back_whatever_is_killed_or_cut(
    tmp_path: Path, district: DistrictProcess
) -> None:
    _every_alarm_once(tmp_path, district, alarms=200, rounds=2, seed=20261122)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(5))
def test_the_same_holds_over_minutes_of_breaking(tmp_path: Path, district: DistrictProcess, seed: int) -> None:
    _every_alarm_once(tmp_path, district, alarms=1000, rounds=20, seed=seed)
