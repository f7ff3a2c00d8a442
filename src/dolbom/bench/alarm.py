"""`dolbom bench alarm`: from "nobody answered" to visible on the desk, and the outbox's speed against bare MQTT."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import numpy as np
import paho.mqtt.client as mqtt
import typer
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.progress import Progress

from dolbom.bench.rig import DeskClient, DistrictProcess, environment, until
from dolbom.clock import SystemClock
from dolbom.district.broker import free_port
from dolbom.errors import UserError
from dolbom.events import Asked, CareEvent, DistressRaised, Test, new_event, source
from dolbom.platform.identity import Identity, load_identity
from dolbom.platform.messages import Heartbeat
from dolbom.platform.outbox import Outbox
from dolbom.platform.uplink import Uplink
from dolbom.runtime.parent import following
from dolbom.store.base import open_store

HOME = "h1"
NOTE = "throughput " + "x" * 200
ROUNDS = 3
GAP_S = (0.02, 0.12)
"""Between two alarms, uniformly: so that they meet every phase of the polls on their way."""


class Robot:
    """The robot's side without ROS: outbox, delivery and transport of the product, in this process."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self.store = open_store(folder / "home.db")
        self.outbox = Outbox(self.store)
        self.address = identity.address
        self._identity_folder = identity.folder
        self._uplink: Uplink | None = None

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connected for as long as the block lasts."""
        clock = SystemClock()
        self._uplink = uplink = Uplink(
            self.outbox,
            lambda: load_identity(self._identity_folder),
            self.address,
            civil=clock.civil,
            heartbeat=lambda: Heartbeat(at=clock.civil(), version="bench"),
        )
        uplink.start()
        try:
            until(lambda: uplink.transport.link.up, 20, "the robot's connection")
            yield
        finally:
            uplink.stop()
            self._uplink = None

    def event(self, data: DistressRaised | Test) -> CareEvent:
        where = source(self.address.district, self.address.home, self.address.robot)
        return new_event(data, at=datetime.now(UTC), source=where, subject="p1")

    def emit(self, event: CareEvent) -> None:
        """As the safety node does: on disk first, then wake the bridge."""
        self.outbox.append(event)
        if self._uplink is not None:
            self._uplink.wake()


def nobody_answered(now: datetime) -> DistressRaised:
    """The alarm of somebody who was asked twice and did not answer."""
    asked = [Asked(at=now, question=q, understood="silence") for q in ("괜찮으세요?", "제 말 들리세요? 괜찮으세요?")]
    return DistressRaised(
        distress_id=uuid4(), cause="fall", sources=["fall"], since=now, reason="silence", asked=asked, confidence=0.9
    )


def latencies(robot: Robot, desk: DeskClient, alarms: int, progress: Progress) -> list[float]:
    """Seconds from the decision to the news of it at an open desk page, for each alarm."""
    chance, decided, bar = random.Random(1), dict[UUID, float](), progress.add_task("alarms", total=alarms)  # noqa: S311
    for _ in range(alarms):
        at = time.time()
        event = robot.event(nobody_answered(datetime.now(UTC)))
        robot.emit(event)
        decided[event.id] = at
        progress.advance(bar)
        time.sleep(chance.uniform(*GAP_S))
    until(lambda: decided.keys() <= desk.raised.keys(), 30, "the desk's last news")
    return [desk.raised[id][0] - at for id, at in decided.items()]


def latencies_of_the_nodes(
    folder: Path, district: DistrictProcess, desk: DeskClient, identity: Identity, alarms: int
) -> list[float]:
    """The same through the robot's guard process: falls on the graph, questions, silence, safety node, bridge node.

    The decision's time is that of the event that the safety node makes when nobody has answered.
    """
    domain = str(free_port("127.0.0.1", 0, "any") % 100 + 1)
    env = {
        **environment(),
        "DOLBOM_HOME": str(folder),
        "ROS_DOMAIN_ID": domain,
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
    }
    names = identity.address.model_dump()
    ros = ["--ros-args", *(part for name, value in names.items() for part in ("-p", f"{name}:={value}"))]
    with (folder / "nodes.log").open("w") as log, ExitStack() as stack:

        def start(*command: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                following([sys.executable, "-m", *command]),
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if "bench_house" in command[0] else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        start("dolbom_nodes.host", "guard", *ros)
        house = start("dolbom_nodes.bench_house", str(alarms))
        assert house.stdin is not None
        assert house.stdout is not None
        if house.stdout.readline() != "ready\n":
            raise UserError("the nodes did not start", f"see {folder / 'nodes.log'}")
        until(lambda: district.heard(identity.address.robot), 30, "the bridge's first heartbeat")
        house.stdin.write("go\n")
        house.stdin.flush()
        house.stdout.readline()
        until(lambda: len(desk.raised) >= alarms, 30, f"the desk's last news ({len(desk.raised)} of {alarms})")
        decided = district.raised_at()
    return [seen[0] - decided[id].timestamp() for id, seen in desk.raised.items()]


def append_speed(robot: Robot, events: int) -> float:
    """Events per second that one caller can put in, each fsynced before the next."""
    made = [robot.event(Test(note=NOTE)) for _ in range(events)]
    began = time.perf_counter()
    for event in made:
        robot.outbox.append(event)
    return events / (time.perf_counter() - began)


def outbox_speed(robot: Robot) -> float:
    """Events per second out of a full outbox, from the connection to the last receipt.

    Each one is read from disk, sent, committed by the district, receipted, and its receipt is on disk here.
    """
    waiting = robot.outbox.depth()
    with robot.connected():
        began = time.perf_counter()
        until(lambda: robot.outbox.depth() == 0, 120, "the last receipt")
        return waiting / (time.perf_counter() - began)


def paho_speed(identity: Identity, events: int) -> float:
    """Messages per second from the first publish to the last PUBACK of a bare client: nothing kept, no receipts.

    The same messages to the same broker, taken in by the same district.
    """
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bare", protocol=mqtt.MQTTv311)
    client.max_inflight_messages_set(0)
    client.tls_set_context(identity.tls())
    ready, done, left = threading.Event(), threading.Event(), [events]

    def published(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            done.set()

    client.on_connect = lambda *_: ready.set()
    client.on_publish = published
    client.connect(identity.membership.broker_host, identity.membership.broker_port)
    client.loop_start()
    if not ready.wait(10):
        raise UserError("the bare client cannot connect", "see the broker's log")
    where = source(identity.address.district, identity.address.home, identity.address.robot)
    topic = identity.address.topic("event")
    made = [new_event(Test(note=NOTE), at=datetime.now(UTC), source=where, subject="p1") for _ in range(events)]
    wires = [event.to_json() for event in made]
    began = time.perf_counter()
    for wire in wires:
        client.publish(topic, wire, qos=1)
    if not done.wait(120):
        raise UserError("the bare client's messages are not acknowledged", "see the broker's log")
    took = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return events / took


def measure(folder: Path, alarms: int, events: int, ros: bool, progress: Progress) -> dict[str, Any]:
    """Runs everything in `folder` and returns the figures."""
    with ExitStack() as stack:
        district = DistrictProcess(folder / "district", arguments=("--silence", "3600"))
        district.start()
        stack.callback(district.kill)
        bare = district.enrol("bare", HOME, folder / "bare" / "identity")
        desk = DeskClient(district.url, district.token())
        stack.callback(desk.stop)
        if not desk.listening.wait(20):
            raise UserError("the desk does not answer", f"see {district.folder / 'district.log'}")
        (folder / "home").mkdir()
        identity = district.enrol("bench", HOME, folder / "home" / "identity")
        if ros:
            waiting = progress.add_task("alarms through the nodes", total=None)
            seconds = latencies_of_the_nodes(folder / "home", district, desk, identity, alarms)
            progress.remove_task(waiting)
        robot = Robot(folder / "home", identity)
        stack.callback(robot.store.close)
        if not ros:
            with robot.connected():
                seconds = latencies(robot, desk, alarms, progress)
        bar = progress.add_task("throughput", total=2 * ROUNDS)
        speeds: dict[str, list[float]] = {"paho": [], "append": [], "outbox": []}
        for _ in range(ROUNDS):
            # Alternating, so that what else the machine does meets both.
            speeds["paho"].append(paho_speed(bare, events))
            progress.advance(bar)
            speeds["append"].append(append_speed(robot, events))
            speeds["outbox"].append(outbox_speed(robot))
            progress.advance(bar)
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99])
    outbox, paho = float(np.median(speeds["outbox"])), float(np.median(speeds["paho"]))
    return {
        "through": "nodes" if ros else "core",
        "alarms": alarms,
        "p50_s": round(float(p50), 4),
        "p95_s": round(float(p95), 4),
        "p99_s": round(float(p99), 4),
        "max_s": round(max(seconds), 4),
        "events": events,
        "appends_per_s": round(float(np.median(speeds["append"])), 1),
        "outbox_events_per_s": round(outbox, 1),
        "paho_events_per_s": round(paho, 1),
        "throughput_ratio": round(outbox / paho, 3),
    }


app = typer.Typer()


@app.command()
def command(
    alarms: Annotated[int, typer.Option(min=10, help="How many alarms.")] = 200,
    events: Annotated[int, typer.Option(min=100, help="How many events in each throughput run.")] = 2000,
    core: Annotated[bool, typer.Option("--core", help="Without ROS: outbox, delivery and transport alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures for programs.")] = False,
) -> None:
    """Measure the way of an alarm, in a folder of its own on free ports.

    The real safety and bridge nodes, outbox, broker, district and an open desk page; only the questions are answered
    (with silence) at once.

    Examples:  dolbom bench alarm   dolbom bench alarm --json
    """
    # Progress and figures are what is to be seen here.
    logging.getLogger("dolbom").setLevel(logging.ERROR)
    with (
        tempfile.TemporaryDirectory(prefix="dolbom-bench-") as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        figures = measure(Path(folder), alarms, events, not core, progress)
    if as_json:
        typer.echo(json.dumps(figures))
        return
    typer.echo(
        f"nobody answered → on the desk, {alarms} alarms: p50 {figures['p50_s'] * 1000:.0f} ms, "
        f"p95 {figures['p95_s'] * 1000:.0f} ms, p99 {figures['p99_s'] * 1000:.0f} ms\n"
        f"outbox: {figures['appends_per_s']:.0f} appends/s by one caller (each fsynced); emptied at "
        f"{figures['outbox_events_per_s']:.0f} events/s (sent, committed, receipted, receipt on disk); "
        f"bare paho QoS 1 {figures['paho_events_per_s']:.0f}/s; ratio {figures['throughput_ratio']:.2f}"
    )
