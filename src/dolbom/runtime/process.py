"""One supervised process: its signs of life, its last words, its end; it never outlives its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dolbom.runtime.notify import parse
from dolbom.runtime.parent import following

LAST_WORDS = 40


@dataclass(frozen=True)
class ProcessSpec:
    """What to run.

    Attributes:
        name: for people and for log files.
        command: program and arguments.
        longest_pause_s: the longest pause before it is started again.
        last_to_stop: it carries what the others still say while they stop.
        heartbeat: it gives signs of life (`dolbom.runtime.notify`); if not, only its death is noticed.
        listens: it reads lines from its standard input.
    """

    name: str
    command: Sequence[str]
    longest_pause_s: float = 30.0
    last_to_stop: bool = False
    heartbeat: bool = True
    listens: bool = False


class RunningProcess:
    """A started process in a process group of its own, with a socket for its signs of life."""

    def __init__(self, spec: ProcessSpec, on_notice: Callable[[dict[str, str]], None]) -> None:
        self.spec = spec
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._on_notice = on_notice
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id; also its group's."""
        assert self._process is not None
        return self._process.pid

    async def start(self, environment: Mapping[str, str], on_line: Callable[[str], None]) -> None:
        """Starts it.

        Args:
            environment: of the child; the address for its signs of life is added.
            on_line: gets each line it writes to stdout or stderr.

        Raises:
            OSError: if the program cannot be started.
        """
        loop = asyncio.get_running_loop()
        # An abstract address needs no file and vanishes with us; its random part keeps others from guessing it.
        address = f"@dolbom-{secrets.token_hex(12)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._socket.bind("\0" + address[1:])
        loop.add_reader(self._socket, self._hear)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *following(self.spec.command),
                env={**environment, "NOTIFY_SOCKET": address},
                stdin=asyncio.subprocess.PIPE if self.spec.listens else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                limit=1 << 20,
            )
        except BaseException:
            self._close_socket()
            raise
        self._reader = asyncio.create_task(self._read(on_line))

    def write(self, line: str) -> None:
        """Writes a line to its standard input, if it still listens."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line.encode() + b"\n")

    async def wait(self) -> int:
        """Waits for its end and that of everything it started; its return code, negative for a signal."""
        assert self._process is not None
        assert self._reader is not None
        code = await self._process.wait()
        self.signal(signal.SIGKILL)  # what it left behind in its group
        # A grandchild that left the group may hold the pipe open; its words do not matter any more.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._reader, 1.0)
        self._close_socket()
        return code

    def signal(self, number: int) -> None:
        """Sends a signal to its whole group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _hear(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(BlockingIOError):
            while True:
                self._on_notice(parse(self._socket.recv(65536)))

    async def _read(self, on_line: Callable[[str], None]) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:  # a line without an end, over the limit
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self.last_words.append(text)
            on_line(text)

    def _close_socket(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
