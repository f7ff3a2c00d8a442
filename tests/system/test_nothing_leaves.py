"""The whole robot in a network namespace whose only way out is the district: nothing else is tried, no pixel leaves.

Everything that is not for the district is routed into a cable that ends nowhere, and every packet on both is counted,
so that what would fail without a trace elsewhere ("network unreachable") is seen here. Needs root.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import pytest
from sqlalchemy import select
from tests.system.robot_process import DolbomProcess

from dolbom.bench.rig import DistrictProcess
from dolbom.district.models import Alarm, Event
from dolbom.events import kinds
from dolbom.perception.camera import FileSource, SourceEndedError
from dolbom.places import ROOT

CLIP = ROOT / "sim" / "demo" / "fall.mp4"
DISTRICT, ROBOT = "10.213.77.1", "10.213.77.2"
NAMESPACE = "dolbom-test"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.xdist_group("network-namespace"),
]


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@pytest.fixture
def inside() -> Iterator[Sequence[str]]:
    """The command prefix that runs something in the robot's namespace."""
    subprocess.run(["ip", "netns", "del", NAMESPACE], check=False, capture_output=True)
    subprocess.run(["ip", "link", "del", "dolbom-d"], check=False, capture_output=True)
    ip("netns", "add", NAMESPACE)
    try:
        ip("link", "add", "dolbom-d", "type", "veth", "peer", "name", "home0", "netns", NAMESPACE)
        ip("addr", "add", f"{DISTRICT}/30", "dev", "dolbom-d")
        ip("link", "set", "dolbom-d", "up")
        for arguments in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{ROBOT}/30", "dev", "home0"),
            ("link", "set", "home0", "up"),
            # A cable that ends nowhere takes everything that is for anybody but the district.
            ("link", "add", "nowhere0", "type", "veth", "peer", "name", "nowhere1"),
            ("addr", "add", "192.0.2.1/32", "dev", "nowhere0"),
            ("link", "set", "nowhere0", "arp", "off", "up"),
            ("link", "set", "nowhere1", "up"),
            ("route", "add", "default", "dev", "nowhere0"),
        ):
            ip("-n", NAMESPACE, *arguments)
        ip("-n", NAMESPACE, "-6", "route", "add", "default", "dev", "nowhere0")
        yield ["ip", "netns", "exec", NAMESPACE]
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", "dolbom-d"], check=False, capture_output=True)


class PacketLog:
    """Counts what is sent in the namespace."""

    def __init__(self, inside: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [*inside, sys.executable, str(Path(__file__).with_name("packet_log.py")), "home0", "nowhere0", "lo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"

    def end(self) -> dict[str, dict[str, int]]:
        said, _ = self._process.communicate("\n", timeout=20)
        found: dict[str, dict[str, int]] = json.loads(said)
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(5)


def smallest_picture(clip: Path) -> int:
    """Bytes of the clip's smallest frame as a JPEG."""
    source = FileSource(clip)
    source.open()
    sizes = []
    while True:
        try:
            image, _ = source.read()
        except SourceEndedError:
            return min(sizes)
        sizes.append(len(cv2.imencode(".jpg", image)[1]))


@pytest.mark.timeout(300)
def test_the_whole_robot_speaks_to_its_district_alone_and_sends_no_pixel(
    inside: Sequence[str], ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("DOLBOM_HOME", str(home))
    monkeypatch.setenv("ROS_LOG_DIR", str(tmp_path / "ros"))
    district = DistrictProcess(tmp_path / "district", arguments=("--host", DISTRICT, "--public-host", DISTRICT))
    log = robot = None
    try:
        district.start()
        invitation = subprocess.run(
            [
                sys.executable,
                "-m",
                "dolbom",
                "district",
                "enrol",
                "r1",
                "--home",
                "h1",
                "--json",
                "--data",
                str(district.folder),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        code = json.loads(invitation)["code"]
        log = PacketLog(inside)
        subprocess.run([*inside, sys.executable, "-m", "dolbom", "enrol", code], check=True, capture_output=True)

        parameters = tmp_path / "home.yaml"
        parameters.write_text(
            f"camera:\n  ros__parameters: {{source: {CLIP}, at_end: hold}}\n"
            "safety:\n  ros__parameters: {wait_s: 3.0, wait_again_s: 3.0}\n"
        )
        robot = DolbomProcess(["up", "--json", "--parameters", str(parameters)], prefix=inside)

        def alarms() -> list[Alarm]:
            with district.database().reading() as session:
                return list(session.scalars(select(Alarm)))

        robot.until(alarms, 180)
        # The receipt is back, so everything that an alarm needs has been on the wire.
        assert robot.node_is("safety", "ok")
        code_of_end, _ = robot.stop()
        assert code_of_end == 0

        # The log can see a try: here is one.
        probe = (
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('198.51.100.7', 53))"
        )
        subprocess.run([*inside, sys.executable, "-c", probe], check=True)
        sent = log.end()
        assert sent["nowhere0"].pop("198.51.100.7:53/udp") > 0

        assert sent["nowhere0"] == {}, "somebody else was spoken to"
        ports = (district.enrol_port, district.mqtt_port)
        allowed = {f"{DISTRICT}/arp", *(f"{DISTRICT}:{port}/tcp" for port in ports)}
        assert set(sent["home0"]) <= allowed
        assert not [whom for whom in sent["lo"] if whom.endswith((":53/udp", ":53/tcp"))], "a name was asked for"
        assert sent["lo"], "the nodes spoke to each other"

        # From enrolment to receipt fewer bytes went out than one picture has (measured: 9 kB of 86),
        # and what arrived is care events, in words and numbers.
        assert sum(sent["home0"].values()) < smallest_picture(CLIP)
        with district.database().reading() as session:
            events = [(row.kind, row.data) for row in session.scalars(select(Event))]
        assert "distress.raised" in {kind for kind, _ in events}
        assert all(kinds()[kind].model_validate(data) for kind, data in events)
        assert all(len(json.dumps(data)) < 4_096 for _, data in events)
    finally:
        if robot is not None:
            robot.kill()
        if log is not None:
            log.kill()
        district.kill()
