"""Recordings of the graph on demand: never pictures or sound, but words and numbers of the home, so they do not stay.

The recording is made by `dolbom record` in a process of its own, and ends by itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dolbom.errors import UserError
from dolbom.runtime.parent import following

NAME = re.compile(r"\d{8}-\d{6}\.mcap")
KEPT = timedelta(days=14)
"""What was recorded is erased after this."""
END_S = 10.0
COMMAND = (sys.executable, "-m", "dolbom", "record")


@dataclass(frozen=True)
class Recording:
    """One file; `running`: it is being written."""

    name: str
    at: datetime
    size: int
    running: bool


class Recordings:
    """The recordings of a home. One is made at a time.

    Args:
        folder: where they are.
        command: that records; gets `--duration` and `--out`.
    """

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND) -> None:
        self._folder, self._command = folder, command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._name = ""

    def start(self, now: datetime, seconds: float) -> str:
        """Begins one, and returns its name.

        Raises:
            UserError: if one is being made, or it cannot be begun.
        """
        with self._lock:
            if self.running:
                raise UserError("a recording is being made already", "end that one first")
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            name = f"{now:%Y%m%d-%H%M%S}.mcap"
            if (self._folder / name).exists():
                raise UserError("a recording was begun in this very second", "try again")
            arguments = ["--duration", str(seconds), "--out", str(self._folder / name)]
            begun, failed = threading.Event(), list[OSError]()

            def keep() -> None:
                # In a thread that lives as long as the recording: it would end with the thread that began it.
                try:
                    self._process = subprocess.Popen(
                        following([*self._command, *arguments]), env=_environment(), stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )  # fmt: skip
                except OSError as error:
                    failed.append(error)
                    begun.set()
                    return
                begun.set()
                self._process.wait()

            threading.Thread(target=keep, name="recording", daemon=True).start()
            begun.wait(END_S)
            if failed:
                raise UserError(f"a recording cannot be begun: {failed[0].strerror}", "see `dolbom doctor`")
            self._name = name
            return name

    @property
    def running(self) -> bool:
        """Whether one is being made."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> bool:
        """Ends it; the file is whole when this returns. False if none is being made."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                return False
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return True

    def all(self, now: datetime) -> list[Recording]:
        """What is there, the newest first; what is past its time is erased by this look."""
        found = []
        for path in self._folder.glob("*.mcap") if self._folder.is_dir() else ():
            if not NAME.fullmatch(path.name):
                continue
            at = datetime.strptime(path.stem, "%Y%m%d-%H%M%S").replace(tzinfo=now.tzinfo)
            running = self.running and path.name == self._name
            if now - at > KEPT and not running:
                path.unlink(missing_ok=True)
                continue
            found.append(Recording(path.name, at, path.stat().st_size, running))
        return sorted(found, key=lambda one: one.name, reverse=True)

    def path(self, name: str) -> Path | None:
        """The file of one that is complete, or None."""
        path = self._folder / name
        whole = NAME.fullmatch(name) and path.is_file() and not (self.running and name == self._name)
        return path if whole else None


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
