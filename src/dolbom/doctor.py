"""`dolbom doctor`: what this machine lacks to run dolbom, and how to mend it, one line each."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import typer
from packaging.requirements import Requirement
from rich.console import Console
from rich.markup import escape

from dolbom.clock import Clock, SystemClock
from dolbom.errors import UserError
from dolbom.places import ROOT, data_folder, models_folder
from dolbom.speech.ports import PORT_AUDIO, Device, PortLostError
from dolbom.weights import State, read_manifest, state

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows a time before this one."""

SPACE_NEEDED = 200 * 2**20
"""Bytes that the home's data folder must have free: a week of events, logs and a recording."""

SHARED_MEMORY_NEEDED = 64 * 2**20
"""Bytes that Fast DDS needs under /dev/shm for the discovery and data segments of one robot."""

PORTS = {
    8080: "the district's desk",
    8443: "enrolment of robots",
    8883: "the robots' MQTT",
    8090: "the robot's page",
    8091: "the care worker's pages",
}


@dataclass(frozen=True)
class Finding:
    """What one check found. `cure` is empty when all is well; without a `needed` thing dolbom does not run."""

    name: str
    said: str
    cure: str = ""
    needed: bool = True

    @property
    def ok(self) -> bool:
        return not self.cure


def python() -> Iterator[Finding]:
    """Python 3.11 to 3.13: what the ROS 2 wheels and the locks are made for."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    right = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("python", version, "" if right else "install Python 3.11, 3.12 or 3.13, then: make setup PYTHON=…")


def environment(locks: tuple[Path, ...] | None = None) -> Iterator[Finding]:
    """Every package has the version that the locks say, as far as the locks are here."""
    if locks is None:
        wheels = Path(sys.prefix, "share", "rclpy").exists()
        locks = (ROOT / "requirements.lock", *([ROOT / "requirements-ros.lock"] if wheels else []))
    wrong, right = [], 0
    for pin in _pins(locks):
        try:
            found = importlib.metadata.version(pin.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{pin.name} is missing")
            continue
        if pin.specifier.contains(found, prereleases=True):
            right += 1
        else:
            wrong.append(f"{pin.name} is {found}, not {pin.specifier}")
    said = f"{right} packages as locked"
    if wrong:
        said += f"; {', '.join(wrong[:3])}" + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
    yield Finding("environment", said, "make setup" if wrong else "")


def _pins(locks: tuple[Path, ...]) -> Iterator[Requirement]:
    for lock in locks:
        if not lock.exists():
            continue
        for line in lock.read_text(encoding="utf-8").splitlines():
            if re.match(r"^[A-Za-z0-9]", line):
                pin = Requirement(line.rstrip("\\ "))
                if pin.marker is None or pin.marker.evaluate():
                    yield pin


def libraries() -> Iterator[Finding]:
    """The system libraries that OpenCV loads."""
    for library, package in (("libGL.so.1", "libgl1"), ("libgthread-2.0.so.0", "libglib2.0-0")):
        yield _library(library, package)


def _library(library: str, package: str, *, needed: bool = True) -> Finding:
    try:
        ctypes.CDLL(library)
    except OSError:
        return Finding(f"library {library}", "missing", f"sudo apt-get install {package}", needed=needed)
    return Finding(f"library {library}", "there")


def printing() -> Iterator[Finding]:
    """The system libraries that the printed report needs."""
    for library, package in (
        ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
    ):
        yield _library(library, package, needed=False)


def ros() -> Iterator[Finding]:
    """ROS 2 imports: tried in a process of its own, for the core never imports it."""
    code = "import rclpy, os; rclpy.init(); rclpy.shutdown(); print(os.environ.get('ROS_DISTRO', ''))"
    tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    if tried.returncode == 0:
        yield Finding("ROS 2", tried.stdout.strip() or "rclpy imports")
    else:
        last = (tried.stderr.strip().splitlines() or ["it says nothing"])[-1]
        yield Finding("ROS 2", f"rclpy does not start: {last}", "make setup, and run through bin/dolbom")


def workspace(root: Path = ROOT / "ros_ws") -> Iterator[Finding]:
    """Every package of ros_ws is built, and none of its interfaces changed since."""
    if not (root / "src").is_dir():
        return  # an installed dolbom: the packages come with the image
    prefixes = [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    packages = {manifest.parent for manifest in (root / "src").rglob("package.xml")}
    marker = "share/ament_index/resource_index/packages"
    unbuilt = sorted(p.name for p in packages if not any((prefix / marker / p.name).exists() for prefix in prefixes))
    if unbuilt:
        yield Finding("ROS workspace", f"not built: {', '.join(unbuilt)}", "make workspace")
        return
    built = root / "install" / ".made-from"
    since = built.stat().st_mtime if built.exists() else 0.0
    kinds = {".msg", ".srv", ".action", ".xml", ".txt"}
    newer = [path for path in (root / "src").rglob("*") if path.suffix in kinds and path.stat().st_mtime > since]
    said = f"{len(packages)} packages built"
    if newer:
        said = f"changed since the last build: {', '.join(sorted({p.name for p in newer})[:3])}"
    yield Finding("ROS workspace", said, "make workspace" if newer else "")


def weights() -> Iterator[Finding]:
    """Every file of weights has the hash of the manifest."""
    folder = models_folder()
    for weight in read_manifest().weights:
        found = state(weight, folder)
        yield Finding(f"weights {weight.file}", found, "" if found is State.OK else "dolbom weights fetch")


def broker() -> Iterator[Finding]:
    """nats-server, which `dolbom district up` starts; a robot with its district elsewhere needs none."""
    program = shutil.which("nats-server")
    if program is None:
        yield Finding("nats-server", "missing", "sudo apt-get install nats-server", needed=False)
        return
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10).stdout
    version = re.search(r"(\d+)\.(\d+)", told)
    fresh = version is not None and (int(version[1]), int(version[2])) >= (2, 9)
    cure = "" if fresh else "install nats-server 2.9 or later"
    yield Finding("nats-server", told.strip() or "tells no version", cure, needed=False)


def simulator() -> Iterator[Finding]:
    """Gazebo 11, for the simulated home; a robot needs none."""
    from dolbom.simulation.installation import installation

    at = installation()
    trouble = at.trouble()
    said = trouble or f"Gazebo {at.told().get('gazebo', '11')} in {at.folder}"
    yield Finding("simulator", said, "dolbom sim install" if trouble else "", needed=False)


def data(folder: Callable[[], Path] = data_folder) -> Iterator[Finding]:
    """The home's data folder takes a file and has space."""
    try:
        where = folder()
        with tempfile.TemporaryFile(dir=where) as probe:
            probe.write(b"\0")
    except OSError as error:
        at = error.filename or "the data folder"
        cure = "give the folder to this user, or point $DOLBOM_HOME at another"
        yield Finding("data folder", f"{at}: {error.strerror}", cure)
        return
    free = shutil.disk_usage(where).free
    cure = "" if free >= SPACE_NEEDED else "free some disk space, or point $DOLBOM_HOME at another disk"
    yield Finding("data folder", f"{where}, {free / 2**30:.1f} GB free", cure)


def shared_memory(where: Path = Path("/dev/shm")) -> Iterator[Finding]:  # noqa: S108
    """Space for Fast DDS; containers have little unless told."""
    if not where.is_dir():
        yield Finding("shared memory", f"no {where}", "mount a tmpfs there", needed=False)
        return
    free = shutil.disk_usage(where).free
    cure = "" if free >= SHARED_MEMORY_NEEDED else "in a container: --shm-size=256m"
    yield Finding("shared memory", f"{free // 2**20} MB free", cure, needed=False)


def cameras(devices: Path = Path("/dev")) -> Iterator[Finding]:
    """Cameras are there and may be opened."""
    found = sorted(devices.glob("video*"))
    if not found:
        yield Finding("camera", "none; a video file does too: CAMERA=file.mp4", needed=False)
    for device in found:
        allowed = os.access(device, os.R_OK | os.W_OK)
        said = "may be opened" if allowed else "no permission"
        cure = "" if allowed else "sudo usermod -aG video $USER, then log in again"
        yield Finding(f"camera {device}", said, cure, needed=False)


def sound(devices: Callable[[], list[Device]] = PORT_AUDIO.devices) -> Iterator[Finding]:
    """A microphone and a speaker are there; without them the robot is typed to and shows what it says."""
    try:
        found = devices()
    except PortLostError as error:
        yield Finding("sound", str(error), "sudo apt-get install libportaudio2", needed=False)
        return
    for part, there in (
        ("microphone", [one for one in found if one.inputs]),
        ("speaker", [one for one in found if one.outputs]),
    ):
        chosen = [one for one in there if (one.default_input if part == "microphone" else one.default_output)]
        said = chosen[0].name if chosen else there[0].name if there else "none; a WAV file does too"
        more = f" and {len(there) - 1} more: dolbom audio devices" if len(there) > 1 else ""
        yield Finding(part, said + more, needed=False)


def ports(wanted: dict[int, str] = PORTS) -> Iterator[Finding]:
    """The ports that dolbom takes unless told otherwise are free."""
    for port, use in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                said, cure = "free", ""
            except OSError as error:
                said = error.strerror or str(error)
                cure = f"stop what holds it (`ss -ltnp 'sport = {port}'` names it) unless that is dolbom"
        yield Finding(f"port {port}, {use}", said, cure, needed=False)


def certificates(now: Clock | None = None) -> Iterator[Finding]:
    """What the care worker's pages are served with is good for a while, and for where they are."""
    from dolbom.web.care.server import where  # a web framework: only for this
    from dolbom.web.tls import shown

    found = where()
    if not found.get("certificate"):
        return  # bound to this machine alone, or never started
    host = urlsplit(found["url"]).hostname or ""
    told = shown(Path(found["certificate"]))
    wrong = told.troubles(host, (now or SystemClock()).civil())
    own = bool(found.get("authority"))
    cure = (
        ("restart the robot: it makes a new one" if own else "put a new one there, and restart the robot")
        if wrong
        else ""
    )
    yield Finding("certificate of the pages", wrong or f"until {told.until:%Y-%m-%d}", cure, needed=False)


def clock(now: Clock | None = None) -> Iterator[Finding]:
    """The civil clock can be right: reminders hang on it, and so do certificates."""
    civil = (now or SystemClock()).civil()
    cure = "" if civil >= RELEASED else "set the clock: sudo timedatectl set-ntp true"
    yield Finding("clock", civil.isoformat(timespec="seconds"), cure)


def language() -> Iterator[Finding]:
    """Korean can be printed in this terminal, and drawn on this machine's own screen."""
    encoding = sys.stdout.encoding or "none"
    utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding("terminal encoding", encoding, "" if utf8 else "export LANG=C.UTF-8", needed=False)
    lister = shutil.which("fc-list")
    if lister is not None:
        there = subprocess.run(
            [lister, ":lang=ko", "family"], capture_output=True, text=True, timeout=30
        ).stdout.strip()
        said = there.splitlines()[0] if there else "none"
        cure = "" if there else "sudo apt-get install fonts-noto-cjk (only for a browser on this machine)"
        yield Finding("Korean font", said, cure, needed=False)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python,
    environment,
    libraries,
    printing,
    ros,
    workspace,
    weights,
    broker,
    simulator,
    data,
    shared_memory,
    cameras,
    sound,
    ports,
    certificates,
    clock,
    language,
)


def examine(checks: tuple[Callable[[], Iterator[Finding]], ...] = CHECKS) -> Iterator[Finding]:
    """Makes every check; one that breaks is itself a finding, never the end of the examination."""
    for check in checks:
        try:
            yield from check()
        except (OSError, UserError, ValueError, subprocess.SubprocessError) as error:
            yield Finding(check.__name__, str(error).splitlines()[0], "mend what it names, then: dolbom doctor")


app = typer.Typer()


@app.command(epilog="Examples:  dolbom doctor   dolbom doctor --json")
def doctor(as_json: bool = typer.Option(False, "--json", help="For programs.")) -> None:
    """Say what is missing on this machine and how to mend it; exit code 1 if dolbom cannot run."""
    console, found = Console(highlight=False), []
    for finding in examine():
        found.append(finding)
        if not as_json:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]" if finding.needed else "[yellow]![/]"
            cure = "" if finding.ok else f"  [bold]→ {escape(finding.cure)}[/]"
            console.print(f"{mark} {escape(finding.name)}: {escape(finding.said)}{cure}", soft_wrap=True)
    lacking = [finding for finding in found if finding.needed and not finding.ok]
    if as_json:
        rows = [{**asdict(finding), "ok": finding.ok} for finding in found]
        typer.echo(json.dumps({"ok": not lacking, "findings": rows}, indent=2, ensure_ascii=False))
    raise typer.Exit(1 if lacking else 0)
