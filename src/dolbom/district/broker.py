"""The district's broker: writes nats-server's configuration, keeps the server running, reloads it when robots change.

Robots reach only its MQTT listener, by TLS with their certificates; each is mapped to a user that may publish and read
its own topics and nothing else. The district itself connects over loopback.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import secrets
import shutil
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dolbom.district.authority import broker_user
from dolbom.errors import UserError
from dolbom.log import get_log
from dolbom.runtime.parent import following

log = get_log(__name__)

START_S = 15.0
RESTART_S = 0.5


def configuration(
    *,
    district: str,
    folder: Path,
    mqtt_host: str,
    mqtt_port: int,
    client_port: int,
    password: str,
    authority: Path,
    certificate: Path,
    key: Path,
    robots: Mapping[str, int],
) -> str:
    """nats-server's configuration file.

    Names of districts and robots are lower case letters, digits, `-` and `_` (events.NAME), so none of them can
    be read as a wildcard or as syntax.
    """
    quoted = json.dumps
    users = [f'      {{ user: district, password: {quoted(password)}, allowed_connection_types: ["STANDARD"] }}']
    for robot, generation in sorted(robots.items()):
        subject = f"dolbom.v1.{district}.{robot}"
        user = quoted(broker_user(district, robot, generation))
        users.append(
            f'      {{ user: {user}, allowed_connection_types: ["MQTT"], permissions: {{\n'
            f'          publish: ["{subject}.event", "{subject}.status"],\n'
            f'          subscribe: ["{subject}.receipt", "{subject}.command", "$MQTT.sub.>"] }} }}'
        )
    return f"""# Written by dolbom; changes here are lost.
server_name: {quoted(f"dolbom-{district}")}
host: 127.0.0.1
port: {client_port}
max_payload: 65536
jetstream {{ store_dir: {quoted(str(folder / "jetstream"))}, max_file_store: 2GB }}
mqtt {{
  host: {quoted(mqtt_host)}
  port: {mqtt_port}
  tls {{
    cert_file: {quoted(str(certificate))}
    key_file: {quoted(str(key))}
    ca_file: {quoted(str(authority))}
    verify_and_map: true
    timeout: 5
  }}
}}
accounts {{
  DISTRICT {{
    jetstream: enabled
    users: [
{chr(10).join(users)}
    ]
  }}
}}
"""


@dataclass(frozen=True)
class BrokerAddress:
    """Where the district's own client finds the broker."""

    port: int
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"


class Broker:
    """One nats-server process. It dies with this one, so that no stale broker ever holds the port.

    Raises:
        UserError: if nats-server is not installed, or a port is taken.
    """

    def __init__(
        self,
        folder: Path,
        *,
        district: str,
        mqtt_host: str,
        mqtt_port: int,
        authority: Path,
        certificate: Path,
        key: Path,
    ) -> None:
        program = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/bin")
        if program is None:
            raise UserError("nats-server is not installed", "`sudo apt-get install nats-server`")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._program = program
        self._folder = folder
        self._config = folder / "nats.conf"
        self.mqtt_port = free_port(mqtt_host, mqtt_port, "MQTT")
        self.address = BrokerAddress(free_port("127.0.0.1", 0, "client"), "district", secrets.token_urlsafe(32))
        self._mqtt_host = mqtt_host
        self._configure = functools.partial(
            configuration,
            district=district,
            folder=folder,
            mqtt_host=mqtt_host,
            mqtt_port=self.mqtt_port,
            client_port=self.address.port,
            password=self.address.password,
            authority=authority,
            certificate=certificate,
            key=key,
        )
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Of the server that runs now."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def admit(self, robots: Mapping[str, int]) -> None:
        """Lets in exactly these robots, of these generations, from now on; whoever else is connected is thrown out."""
        text = self._configure(robots=robots)
        if self._config.exists() and self._config.read_text() == text:
            return
        beside = self._folder / ".nats.conf"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        beside.replace(self._config)
        if self.pid is not None:
            os.kill(self.pid, signal.SIGHUP)

    async def run(self, ready: asyncio.Event) -> None:
        """Keeps the server running until `stop`; sets `ready` when it first answers."""
        while not self._stopping:
            with (self._folder / "nats.log").open("ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *following([self._program, "-c", str(self._config)], signal.SIGTERM),
                    stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                )  # fmt: skip
            answered = asyncio.create_task(self._answers(ready))
            code = await self._process.wait()
            answered.cancel()
            if self._ended():
                return
            self.restarts += 1
            log.error("broker died", code=code, restarts=self.restarts)
            if not ready.is_set() and self.restarts >= 3:
                raise UserError(f"nats-server does not start (code {code})", f"see {self._folder / 'nats.log'}")
            await asyncio.sleep(RESTART_S)

    def _ended(self) -> bool:
        return self._stopping

    async def _answers(self, ready: asyncio.Event) -> None:
        for host, port in (("127.0.0.1", self.address.port), (self._mqtt_host, self.mqtt_port)):
            while not await asyncio.to_thread(_listens, host, port):
                await asyncio.sleep(0.05)
        ready.set()

    async def stop(self) -> None:
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def free_port(host: str, port: int, what: str) -> int:
    """`port` if nobody listens there, or any free one for 0.

    Raises:
        UserError: if it is taken, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(
                f"the {what} port {port} of {host} cannot be used: {error.strerror}",
                f"stop what uses it (`ss -ltnp | grep :{port}`) or choose another",
            ) from error
        return int(probe.getsockname()[1])


def _listens(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        socket.create_connection((target, port), 1).close()
    except OSError:
        return False
    return True
