"""`dolbom demo`: district and robot on one machine, in a data folder of their own, told in plain words."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.events import DistressRaised, DoseMissed
from dolbom.i18n import LANGUAGES, phrase
from dolbom.perception.camera import CameraParameters, SourceLostError, open_source
from dolbom.perception.camera_switch import CameraSwitch
from dolbom.places import ROOT, data_folder
from dolbom.platform.enrolment import enrol
from dolbom.platform.identity import is_enrolled, load_identity
from dolbom.runtime.declarations import RosValue
from dolbom.runtime.demo_medicine import ANSWER_S, Add, Answer, MedicineAct, Shelf, Step
from dolbom.runtime.nodes import NODES
from dolbom.runtime.process import ProcessSpec
from dolbom.runtime.single import only_one
from dolbom.runtime.supervisor import Supervisor
from dolbom.runtime.up import Teller, check_ros, environment, prepare, processes
from dolbom.speech.ports import PORT_AUDIO, PortLostError
from dolbom.web.app import WebParameters
from dolbom.web.care.server import CareWebParameters

CLIP = ROOT / "sim" / "demo" / "fall.mp4"
Story = Literal["all", "medicine", "fall"]
MEDICINE_S = 180.0
"""After so long the camera is switched on, however far the medicines are."""
ROBOT, HOME, USER = "demo-robot", "demo-home", "demo"
NEEDED_BYTES = 200_000_000
DISTRICT_S = 60.0
OTHER_FOLDER = "name another folder in $DOLBOM_HOME"
NONE = "none"
DOSE_COLOURS = {"alarm": "red", "warning": "yellow", "notice": "yellow"}
DOMAIN = 42
"""A ROS domain apart from the default one, so that a robot that runs on this machine is not disturbed."""


@dataclass(frozen=True)
class Options:
    """What the demo was asked for."""

    camera: str
    lang: str
    port: int
    browser: bool
    as_json: bool
    domain: int
    story: Story = "all"


@dataclass(frozen=True)
class District:
    """Where the demo's district is reached."""

    url: str
    link: str


def check_source(camera: str) -> dict[str, RosValue]:
    """The camera's parameters for the demo, after a look at whether frames can be had from it now.

    Raises:
        UserError: wrong path, no camera, no permission, not a video: one clear line each.
    """
    named = camera or str(CLIP)
    if not camera and not CLIP.exists():
        raise UserError(f"the demo's clip {CLIP} is missing", "name one: make run CAMERA=file.mp4")
    if not named.isdigit() and not named.startswith("/dev/"):
        named = str(Path(named).expanduser().absolute())
    source = open_source(CameraParameters(source=named))
    if source is not None:
        try:
            source.open()
            source.read()
        except SourceLostError as error:
            raise UserError(str(error)) from None
        finally:
            source.close()
    # After the clip's end somebody still lies there: the picture stands until help has come.
    return {"source": named, "at_end": "hold"}


def check_machine(folder: Path, port: int) -> None:
    """Looks for what would stop the demo half-way.

    Raises:
        UserError: no disk space, no permission, or the desk's port is taken.
    """
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise UserError(
            f"only {free / 1e6:.0f} MB are free in {folder}, the demo needs {NEEDED_BYTES / 1e6:.0f}",
            "make room, or name another folder in $DOLBOM_HOME",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"no permission to write in {folder}", "name another folder in $DOLBOM_HOME")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise UserError(
                f"no permission to use port {port}", "choose one over 1023: dolbom demo --port 8081"
            ) from None
        except OSError:
            raise UserError(
                f"port {port} is taken by another program", "choose another: dolbom demo --port 8081"
            ) from None


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    with contextlib.ExitStack() as held:
        found = []
        for _ in range(count):
            holder = held.enter_context(socket.socket())
            holder.bind(("127.0.0.1", 0))
            found.append(int(holder.getsockname()[1]))
        return found


def district_ports() -> tuple[int, int]:
    """Enrolment and broker ports: those that the robot knows already if they are free, else any."""
    if is_enrolled():
        with contextlib.suppress(UserError, OSError, ValueError):
            membership = load_identity().membership
            enrol_port = int(membership.enrol_url.rsplit(":", 1)[1])
            with contextlib.ExitStack() as held:
                for port in (enrol_port, membership.broker_port):
                    holder = held.enter_context(socket.socket())
                    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    holder.bind(("127.0.0.1", port))
            return enrol_port, membership.broker_port
    first, second = free_ports(2)
    return first, second


def page_port(usual: int) -> int:
    """A port for a page of the robot's: its usual one, or any if that is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", usual))
        except OSError:
            return free_ports(1)[0]
    return usual


def sound_parts() -> dict[str, RosValue]:
    """The audio node's microphone and speaker: the machine's own where it has them, else none."""
    try:
        devices = PORT_AUDIO.devices()
    except PortLostError:
        devices = []
    return {
        "microphone": "default" if any(one.default_input for one in devices) else NONE,
        "speaker": "default" if any(one.default_output for one in devices) else NONE,
    }


class Demo:
    """Runs it and tells what happens."""

    def __init__(self, folder: Path, options: Options, camera: dict[str, RosValue]) -> None:
        self._folder = folder
        self._options = options
        self._camera = camera
        self._teller = Teller(as_json=options.as_json, verbose=False, quiet=True)
        self._running: asyncio.Future[dict[str, Any]] | None = None
        self._robot: Supervisor | None = None
        self._alarms: set[str] = set()
        self._ready = False
        self._medicine = None if options.story == "fall" else MedicineAct(options.lang)
        self._shelf: Shelf | None = None
        self._later: list[asyncio.TimerHandle] = []
        self._failed: list[str] = []
        self._begun = time.monotonic()

    def say(self, key: str, colour: str | None = None, **values: object) -> None:
        """One line for people (none with --json: that has the events)."""
        if not self._options.as_json:
            at = time.monotonic() - self._begun
            text = phrase(self._options.lang, f"demo.{key}", **values)
            typer.secho(f"{at:6.1f} s  {text}", fg=colour)

    async def run(self) -> None:
        """Runs until SIGINT or SIGTERM.

        Raises:
            UserError: if the district does not come up.
        """
        loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        if not self._options.as_json:
            typer.secho(phrase(self._options.lang, "demo.title"), bold=True)
        self.say("starting_district")
        self._running = loop.create_future()
        enrol_port, broker_port = district_ports()
        district = Supervisor([self._district_spec(enrol_port, broker_port)], environment(), self._on_district)
        district_task = asyncio.create_task(district.run())
        tasks = [district_task]
        try:
            found = await self._district(stopping)
            if found is None:
                return
            self.say("desk", "cyan", url=found.url)
            self.say("link", "cyan", user=USER, link=found.link)
            self.say("starting_robot", source=Path(str(self._camera["source"])).name)
            await asyncio.to_thread(self._prepare_story)
            self._robot = self._make_robot()
            robot_task = asyncio.create_task(self._robot.run())
            tasks.append(robot_task)
            self._read_answers(loop)
            if self._options.browser:
                await asyncio.to_thread(webbrowser.open, found.link)
            await stopping.wait()
        finally:
            self.say("stopping")
            for handle in self._later:
                handle.cancel()
            # The robot first: what it still has to say needs the district.
            if self._robot is not None:
                self._robot.stop()
                await tasks[-1]
            district.stop()
            await district_task
            if self._shelf is not None:
                self._shelf.close()

    async def _district(self, stopping: asyncio.Event) -> District | None:
        assert self._running is not None
        stopped = asyncio.create_task(stopping.wait())
        waits: list[asyncio.Future[Any]] = [self._running, stopped]
        await asyncio.wait(waits, timeout=DISTRICT_S, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if stopping.is_set():
            return None
        if not self._running.done():
            raise UserError(f"the district did not start within {DISTRICT_S:.0f} s", "dolbom district up says why")
        running = self._running.result()
        return await asyncio.to_thread(self._enrol, running)

    def _enrol(self, running: dict[str, Any]) -> District:
        """Makes the demo's robot and its user known to the district, as a technician would."""
        from dolbom.district.access import SYSTEM, Role
        from dolbom.district.authority import Authority
        from dolbom.district.repositories import robots
        from dolbom.district.server import database_of
        from dolbom.platform.invitation import Invitation
        from dolbom.staff import accounts

        folder = self._folder / "district"
        now = SystemClock().civil()
        database = database_of(folder)
        try:
            if not self._is_enrolled(running):
                authority = Authority(folder / "authority", running["name"], now)
                with database.writing() as session:
                    secret = robots.invite(session, ROBOT, HOME, SYSTEM, now, phrase(self._options.lang, "demo.home"))
                invitation = {"u": running["enrol_url"], "r": ROBOT, "f": authority.fingerprint, "c": secret}
                code = Invitation.model_validate(invitation).code()
                enrol(code, now)
            with database.writing() as session:
                if any(user.name == USER for user in accounts.users(session)):
                    secret = accounts.link(session, USER, SYSTEM, now)
                else:
                    secret = accounts.add(session, USER, Role.SUPERVISOR, SYSTEM, now, self._options.lang)
        finally:
            database.close()
        return District(running["url"], f"{running['url']}/welcome/{secret}")

    @staticmethod
    def _is_enrolled(running: dict[str, Any]) -> bool:
        if not is_enrolled():
            return False
        try:
            identity = load_identity()
            identity.tls()
        except UserError:
            return False
        membership = identity.membership
        same = (membership.enrol_url, membership.broker_port) == (running["enrol_url"], running["mqtt_port"])
        return same and membership.address.district == running["name"] and identity.expires > SystemClock().civil()

    def _district_spec(self, enrol_port: int, broker_port: int) -> ProcessSpec:
        command = [sys.executable, "-m", "dolbom", "district", "up", "--json", "--data", str(self._folder / "district")]
        command += ["--web-port", str(self._options.port), "--enrol-port", str(enrol_port)]
        command += ["--mqtt-port", str(broker_port)]
        return ProcessSpec("district", command, heartbeat=False)

    def _make_robot(self) -> Supervisor:
        page, care = page_port(WebParameters().port), page_port(CareWebParameters().port)
        sound = sound_parts()
        self.say("page", "cyan", url=f"http://127.0.0.1:{page}")
        self.say("care_pages", "cyan", user=USER, link=f"http://127.0.0.1:{care}/welcome/{self._invite()}")
        if NONE in sound.values():
            self.say(
                "no_sound" if set(sound.values()) == {NONE} else f"no_{next(k for k in sound if sound[k] == NONE)}"
            )
        values: dict[str, dict[str, RosValue]] = {
            "camera": dict(self._camera),
            "web": {"port": page},
            "pages": {"port": care},
            "audio": dict(sound),
        }
        for entry in NODES:
            values.setdefault(entry.name, {})["lang"] = self._options.lang
        specs = processes(parameter_file=prepare(values))
        follower = ProcessSpec("follower", [sys.executable, "-m", "dolbom_nodes.follow"], heartbeat=False, listens=True)
        return Supervisor([follower, *specs], environment(self._options.domain), self._on_robot)

    def _invite(self) -> str:
        """The secret of a link to the care worker's pages. No administrator's: that one the robot makes itself."""
        from dolbom.staff import accounts
        from dolbom.web.care.access import ROBOT, Role
        from dolbom.web.care.home import open_database

        now, database = SystemClock().civil(), open_database()
        try:
            with database.writing() as session:
                if any(user.name == USER for user in accounts.users(session)):
                    return accounts.link(session, USER, ROBOT, now)
                return accounts.add(session, USER, Role.NURSE, ROBOT, now, self._options.lang)
        finally:
            database.close()

    # --- the medicines ------------------------------------------------------------------------------------------

    def _prepare_story(self) -> None:
        # While medicines are shown the camera is off, so that the fall comes after them and not in between.
        CameraSwitch().set(self._medicine is None)
        self._shelf = Shelf()
        self._shelf.clear(SystemClock().civil())

    def _act(self, steps: list[Step]) -> None:
        for step in steps:
            if isinstance(step, Add):
                assert self._shelf is not None and self._medicine is not None
                now: datetime = SystemClock().civil()
                routine = self._medicine.routine(step.id, now)
                self._shelf.put(routine, now)
                self.say(f"medicine.{step.id}.falls_due", "cyan", title=routine.title)
            elif isinstance(step, Answer):
                self._later.append(asyncio.get_running_loop().call_later(ANSWER_S, self._type, step.text))
            else:
                self._open_eyes()

    def _type(self, text: str) -> None:
        if self._robot is not None:
            self._robot.write("follower", text)

    def _open_eyes(self) -> None:
        if self._medicine is not None:
            self._medicine.over = True
            if self._options.story == "all":
                self.say("medicine.over", "cyan")
                self._type("/see")

    def _late(self) -> None:
        if self._medicine is not None and not self._medicine.over:
            self._open_eyes()

    # --- what is told -------------------------------------------------------------------------------------------

    def _on_district(self, event: dict[str, Any]) -> None:
        self._teller(event)
        running = self._running
        assert running is not None
        if event["event"] == "line" and not running.done():
            with contextlib.suppress(ValueError):
                said = json.loads(event["text"])
                if isinstance(said, dict) and "enrol_url" in said:
                    running.set_result(said)
        elif event["event"] in ("died", "failed"):
            words = [line for line in event.get("last_words", []) if line.startswith("dolbom: ")]
            why = words[-1].removeprefix("dolbom: ") if words else str(event.get("message", "it ended"))
            if not running.done():
                running.set_exception(UserError(f"the district does not start: {why}"))
            else:
                self.say("died", "yellow", process="district")

    def _on_robot(self, event: dict[str, Any]) -> None:
        if event["event"] == "line" and event["process"] == "follower":
            with contextlib.suppress(ValueError):
                said = json.loads(event["text"])
                if self._options.as_json:
                    self._teller({"event": "happened", "process": "robot", **said})
                self._happened(said)
                return
        self._teller(event)
        if event["event"] in ("died", "hangs"):
            self.say("died", "yellow", process=event["process"])
        if not self._ready and self._robot is not None and self._robot.all_ready:
            self._ready = True
            self.say("ready", "green")
            self.say("hint_camera" if str(self._camera["source"]).startswith(("/dev/",)) else "hint")
            if self._medicine is not None:
                self._act(self._medicine.begin())
                self._later.append(asyncio.get_running_loop().call_later(MEDICINE_S, self._late))

    def _happened(self, said: dict[str, Any]) -> None:
        self._tell_what_happened(said)
        if self._medicine is not None:
            self._act(self._medicine.happened(said))

    def _tell_what_happened(self, said: dict[str, Any]) -> None:
        what = said.get("what")
        if what == "person":
            self.say("person.seen" if said["seen"] else "person.gone")
        elif what == "fall":
            self.say(
                f"fall.{said['state']}", "yellow", confidence=round(said["confidence"] * 100), evidence=said["evidence"]
            )
        elif what == "distress" and said["stage"] != "none":
            self.say(f"distress.{said['stage']}", "red" if said["stage"] == "raised" else "yellow")
        elif what == "receipt":
            self._receipt(said)
        elif what == "dose":
            self.say(f"dose.{said['kind']}", DOSE_COLOURS.get(said["severity"]), title=said["title"])
        elif what == "said":
            self.say("said.robot" if said["robot"] else "said.person", "magenta", text=said["text"])
        elif what == "camera" and said["message"] != "starting":
            self.say(f"camera.{said['state']}", message=said["message"])
        elif what == "error":
            self.say("error", "red", node=said["node"], message=said["message"])

    def _receipt(self, said: dict[str, Any]) -> None:
        if said["of"] == DoseMissed.kind and said["kind"] == "received":
            self.say("medicine.desk", "red", id=said["event_id"])
        if said["of"] != DistressRaised.kind:
            return  # the alarm is what the desk shows; what is learnt later only adds to it
        colour = {"received": "red", "acknowledged": "green", "closed": "green"}.get(said["kind"])
        self.say(f"receipt.{said['kind']}", colour, id=said["event_id"], by=self._role(said["by"]))

    def _role(self, by: str) -> str:
        with contextlib.suppress(KeyError):  # a role of another district's is shown as it came
            return phrase(self._options.lang, f"desk.role.{by}")
        return by or "?"

    # --- what is typed ------------------------------------------------------------------------------------------

    def _read_answers(self, loop: asyncio.AbstractEventLoop) -> None:
        def typed() -> None:
            line = sys.stdin.readline()
            if not line:  # no terminal, or Ctrl-D: the demo goes on without answers
                loop.remove_reader(sys.stdin)
            elif line.strip() and self._robot is not None:
                self._robot.write("follower", line.strip())

        # A file or /dev/null cannot be waited for.
        with contextlib.suppress(OSError, ValueError):
            loop.add_reader(sys.stdin, typed)


@contextlib.contextmanager
def _own_folder(folder: Path) -> Any:
    """Everything below uses the demo's folder as the home's, and gives the environment back."""
    before = {name: os.environ.get(name) for name in ("DOLBOM_HOME", "DOLBOM_DISTRICT")}
    os.environ["DOLBOM_HOME"] = str(folder)
    os.environ["DOLBOM_DISTRICT"] = str(folder / "district")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def run_demo(options: Options, check: Callable[[], None] = check_ros) -> None:
    """Runs the demo until Ctrl-C.

    Raises:
        UserError: for anything that a person can mend, before anything was started.
    """
    check()
    try:
        folder = data_folder() / "demo"
        folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"{error.filename} cannot be made: {error.strerror}", OTHER_FOLDER) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"nothing can be written in {folder}", OTHER_FOLDER)
    with _own_folder(folder), only_one(folder, "demo"):
        camera = check_source(options.camera)
        check_machine(folder, options.port)
        asyncio.run(Demo(folder, options, camera).run())


app = typer.Typer()


@app.command(epilog="Examples:  dolbom demo   dolbom demo --camera 0   dolbom demo --camera file.mp4 --lang en")
def command(
    camera: Annotated[str, typer.Option(help="Camera number, device or video file. [default: the demo's clip]")] = "",
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The desk's port.")] = 8080,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the desk's address.")] = False,
    domain: Annotated[int, typer.Option(min=0, max=101, help="ROS_DOMAIN_ID of the demo.")] = DOMAIN,
    story: Annotated[str, typer.Option(help="all, medicine (two medicines fall due) or fall.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line an event, for programs.")] = False,
) -> None:
    """Shows the whole way: medicines that fall due, a fall before the camera, the alarm on the district's desk."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    wanted: Story | None = next((one for one in get_args(Story) if one == story), None)
    if wanted is None:
        raise UserError(f"no story {story!r}", f"there are {', '.join(get_args(Story))}")
    screen = sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    run_demo(Options(camera, lang, port, screen and not no_browser and not as_json, as_json, domain, wanted))
