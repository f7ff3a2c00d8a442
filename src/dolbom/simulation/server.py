"""One gzserver as a managed program: started in its own root, display and port; watched; ended with SIGKILL."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from dolbom.errors import UserError
from dolbom.runtime.parent import following
from dolbom.simulation.inside import ENVIRONMENT, FOLDER, inside
from dolbom.simulation.installation import Installation, installation
from dolbom.simulation.messages import messages_at
from dolbom.simulation.transport import GazeboClient, GazeboGoneError

PORTS = range(11400, 11800)
"""The masters' ports; each server holds the lock of its own while it runs."""

START_S = 90.0
"""A machine under load takes long to load a world."""


TRY_S = 4.0
"""How long one connection may wait for the world."""

CRASHES = (134, 139)
"""How it ends by SIGABRT and SIGSEGV: its threads race while it starts, most of all on a busy machine."""

CRASHES_ALLOWED = 3

_SIGNS = ("[Err]", "rror", "denied", "not permitted")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def _locks() -> Path:
    folder = Path(tempfile.gettempdir()) / f"dolbom-gazebo-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def free_port(ports: range = PORTS) -> Iterator[int]:
    """A port that no other server of this user takes while it is held.

    A gzserver that finds its port taken does not say so: its clients would talk to the other one.

    Raises:
        UserError: if all are taken.
    """
    for port in ports:
        with (_locks() / str(port)).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if _free(port):
                yield port
                return
    raise UserError(f"no port free from {ports.start} to {ports.stop - 1}", "end some of the simulators that run")


class Server:
    """A gzserver with one world. A context manager: it runs inside the `with`.

    Several run side by side. It ends with the thread that started it.
    """

    def __init__(
        self,
        world: str,
        folder: Path,
        log: Path,
        at: Installation | None = None,
        replaced: Mapping[str, Path] | None = None,
        lockstep: bool = True,
    ) -> None:
        """Says what is to run.

        Args:
            world: the world's name, also of its file `<world>.world` in `folder`.
            folder: the world, its meshes, materials and textures; the server sees it as `inside.FOLDER`.
            log: the file that gets what gzserver says.
            at: the installation; without it, this machine's.
            replaced: files of the root that this server sees replaced by others, by their path in it.
            lockstep: physics waits for the cameras, so that each image comes at its exact time.
        """
        self.world = world
        self.folder = folder
        self.log = log
        self._at = at or installation()
        self._replaced = dict(replaced or {})
        self._lockstep = lockstep
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._crashes = 0
        self.port = 0

    def __enter__(self) -> Server:
        """Starts it, paused.

        Raises:
            UserError: if Gazebo is not installed, or cannot be started here.
        """
        self._at.demand()
        with ExitStack() as stack:
            self.port = stack.enter_context(free_port())
            self.log.write_bytes(b"")
            self._begin()
            stack.callback(self.stop)
            self._stack = stack.pop_all()
        return self

    def _begin(self) -> None:
        try:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    following(self._command()), env=self._environment(), stdin=subprocess.DEVNULL, stdout=log,
                    stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            raise UserError(f"Gazebo cannot be started: {error.strerror}: {error.filename}", "") from None

    def _begin_again(self) -> bool:
        """Starts it once more if it crashed while it started, as Gazebo now and then does; whether it did."""
        process = self._process
        if process is None or process.poll() not in CRASHES or self._crashes >= CRASHES_ALLOWED:
            return False
        self._crashes += 1
        self.stop()
        self._begin()
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _environment(self) -> dict[str, str]:
        return {
            **ENVIRONMENT,
            "GAZEBO_MASTER_URI": f"http://127.0.0.1:{self.port}",
            "DISPLAY": f":{self.port}",
        }

    def _command(self) -> list[str]:
        # An X server's abstract socket is the machine's, so the display's number is the port's.
        display = f"Xvfb :{self.port} -nolisten tcp -screen 0 320x240x24"
        lockstep = ["--lockstep"] if self._lockstep else []
        server = shlex.join(["gzserver", *lockstep, "--verbose", "-u", f"{FOLDER}/{self.world}.world"])
        waiting = f"until [ -S /tmp/.X11-unix/X{self.port} ]; do sleep 0.05; done"
        return inside(self._at, self.folder, f"{display} & {waiting}; exec {server}", self._replaced)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def crashed(self) -> bool:
        """Whether it ended by itself, by a fault of its own."""
        return self._process is not None and self._process.returncode in CRASHES

    @property
    def process_group(self) -> int | None:
        """The group of everything that it started."""
        return self._process.pid if self._process else None

    def check(self) -> None:
        """Raises UserError, with Gazebo's own words, if it does not run or could not read its world."""
        if not self.running:
            code = self._process.returncode if self._process else None
            raise UserError(f"Gazebo ended ({code}): {self.last_words()}", f"see {self.log}")
        said = self._lines()
        if any("Falling back on" in line for line in said):
            wrong = next((line for line in said if line.startswith("Error [")), "it cannot be read")
            raise UserError(f"{self.world}.world: {wrong}", f"see {self.log}")

    def last_words(self) -> str:
        """The last line of the log that tells of an error, else the last line."""
        lines = self._lines()
        wrong = [line for line in lines if any(sign in line for sign in _SIGNS)]
        return (wrong or lines or ["it said nothing"])[-1]

    def _lines(self) -> list[str]:
        try:
            text = _COLOURS.sub("", self.log.read_text(errors="replace"))
        except OSError:
            return []
        return [line.strip() for line in text.splitlines() if line.strip() and "OpenAL" not in line]

    def connect(self, timeout: float = START_S) -> GazeboClient:
        """A client, as soon as the world is loaded.

        Raises:
            UserError: if Gazebo ends, or does not load its world in time.
        """
        deadline = time.monotonic() + timeout
        messages = messages_at(self._at.descriptions)
        while True:
            if self._begin_again():
                continue
            self.check()
            client: GazeboClient | None = None
            try:
                self._wait_for_master(deadline)
                client = GazeboClient(messages, self.world, self.port, timeout=0.5)
                client.publisher("~/world_control", "WorldControl").wait(TRY_S)
            except GazeboGoneError:
                # A connection made while the master still starts is heard but never listened to: another is made.
                if client is not None:
                    client.close()
                if time.monotonic() > deadline:
                    self.check()
                    said = f"Gazebo did not load {self.world} in {timeout:.0f} s: {self.last_words()}"
                    raise UserError(said, f"see {self.log}") from None
            else:
                self._stack.callback(client.close)
                return client

    def _wait_for_master(self, deadline: float) -> None:
        """Until it says that it listens: what is asked of it earlier may be lost, or end it."""
        while not any("Publicized address" in line for line in self._lines()):
            if not self.running or time.monotonic() > deadline:
                raise GazeboGoneError("Gazebo does not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGKILL: a gzserver asked politely hangs. Its namespace dies with it; returns when its port is free."""
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + 10.0
        while not _free(self.port) and time.monotonic() < deadline:
            time.sleep(0.05)
