"""A district of one's own on this machine: a process in its own folder on free ports, a robot enrolled, a desk client.

For benchmarks and fault tests; everything goes the real way.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from dolbom.clock import SystemClock
from dolbom.district.access import SYSTEM, Role
from dolbom.district.authority import Authority
from dolbom.district.broker import free_port
from dolbom.district.database import Database
from dolbom.district.models import Alarm, Robot
from dolbom.district.repositories import robots
from dolbom.errors import UserError
from dolbom.platform.enrolment import enrol
from dolbom.platform.identity import Identity
from dolbom.platform.invitation import Invitation
from dolbom.runtime.parent import following
from dolbom.staff import accounts

START_S = 60.0


def environment() -> dict[str, str]:
    """This process's environment, in which a child finds the same dolbom."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def until(condition: Callable[[], bool], seconds: float, what: str, seen: Callable[[], str] = lambda: "") -> None:
    """Waits for a condition.

    Args:
        condition: asked every 20 ms.
        seconds: the longest wait.
        what: is waited for, for the message.
        seen: says at the end what there was instead.

    Raises:
        UserError: if it does not come true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            instead = f" ({words})" if (words := seen()) else ""
            raise UserError(f"{what} took more than {seconds:.0f} s{instead}", "is the machine overloaded?")
        time.sleep(0.02)


class DistrictProcess:
    """`dolbom district up` as a child process that can be killed and started again on the same ports."""

    def __init__(self, folder: Path, *, name: str = "bench", arguments: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.name = name
        folder.mkdir(parents=True, exist_ok=True)
        self.web_port, self.enrol_port, self.mqtt_port = (free_port("127.0.0.1", 0, "any") for _ in range(3))
        self._arguments = arguments
        self._errors = folder / "district.log"
        self._process: subprocess.Popen[str] | None = None
        self.running: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def start(self) -> None:
        """Starts it and returns when it is ready.

        Raises:
            UserError: if it ends or does not answer; with its last words.
        """
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts it and returns at once. It lives no longer than the thread that this is called from."""
        command = [sys.executable, "-m", "dolbom", "district", "up", "--json", "--data", str(self.folder)]
        command += ["--name", self.name, *self._arguments]
        for option, port in (("web", self.web_port), ("enrol", self.enrol_port), ("mqtt", self.mqtt_port)):
            command += [f"--{option}-port", str(port)]
        with self._errors.open("a") as log:
            self._process = subprocess.Popen(
                following(command),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment(),
                start_new_session=True,
            )

    def wait(self) -> None:
        """Returns when it is ready after `launch`; raises as `start` does."""
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            said = self._errors.read_text().strip().splitlines()[-1:] or ["nothing"]
            raise UserError(f"the district did not start and said: {said[0]}", f"see {self._errors}")
        self.running = json.loads(line)

    def broker_pid(self) -> int | None:
        """Of its nats-server now."""
        process = self._process
        if process is None or process.poll() is not None:
            return None
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for child in children:
                if Path(f"/proc/{child}/comm").read_text().strip() == "nats-server":
                    return int(child)
        return None

    def kill(self, signum: int = signal.SIGKILL) -> None:
        """Ends the district's process (and with it, by the kernel, its broker), and waits for that."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signum)
            self._process.wait(15)

    def database(self) -> Database:
        return Database(self.folder / "district.db")

    def heard(self, robot: str) -> bool:
        """Whether the robot is connected now, as the district sees it."""
        with contextlib.closing(self.database()) as database, database.reading() as session:
            found = session.get(Robot, robot)
            return found is not None and found.online

    def raised_at(self) -> dict[UUID, datetime]:
        """When each alarm was decided on, by its event."""
        with contextlib.closing(self.database()) as database, database.reading() as session:
            return {alarm.id: alarm.raised_at for alarm in session.scalars(select(Alarm))}

    def enrol(self, robot: str, home: str, folder: Path) -> Identity:
        """Enrols a robot the real way: invitation, code, certificate over HTTPS."""
        now = SystemClock().civil()
        database = self.database()
        with database.writing() as session:
            secret = robots.invite(session, robot, home, SYSTEM, now)
        database.close()
        authority = Authority(self.folder / "authority", self.name, now)
        url = f"https://127.0.0.1:{self.enrol_port}"
        return enrol(
            Invitation(url=url, robot=robot, fingerprint=authority.fingerprint, secret=secret).code(), now, folder
        )

    def token(self, role: Role = Role.SUPERVISOR) -> str:
        """A token for the API."""
        database = self.database()
        with database.writing() as session:
            _, secret = accounts.add_token(session, "rig", role, 1, SYSTEM, SystemClock().civil())
        database.close()
        return secret


class DeskClient:
    """Listens to the desk's live changes as an open page does, reconnecting where it was.

    `raised[alarm]` are the times (`time.time()`) at which the news of an alarm came: one, if all is well.
    """

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(5, read=30),
            trust_env=False,
        )
        self._last: str | None = None
        self._stopping = False
        self.listening = threading.Event()
        self.raised: dict[UUID, list[float]] = {}
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._http.close()

    def _run(self) -> None:
        while not self._stopping:
            with contextlib.suppress(httpx.HTTPError, RuntimeError, OSError):
                self._listen()
            if not self._stopping:
                time.sleep(0.1)

    def _listen(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last is not None else {}
        with self._http.stream("GET", "/api/changes", headers=headers) as response:
            response.raise_for_status()
            for field, value in _fields(response.iter_lines()):
                if field == "id":
                    self._last = value
                    self.listening.set()
                elif field == "data":
                    change = json.loads(value)
                    if change["change"] == "raised":
                        self.raised.setdefault(UUID(change["alarm"]), []).append(time.time())


def _fields(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        field, colon, value = line.partition(": ")
        if colon and field:
            yield field, value
