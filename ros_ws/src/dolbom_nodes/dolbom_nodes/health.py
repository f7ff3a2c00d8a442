"""How a node feels: conditions of its parts, recent failures, and the worst of both for its diagnostics."""

from __future__ import annotations

import threading
import time
import traceback
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
FAILURE_SHOWN_S = 30.0
"""How long an exception stays in the diagnostics after it last happened."""
FAILURE_LOGGED_S = 5.0
"""A callback that fails thirty times a second must not fill the disk."""


class Health:
    """Kept by any thread; a change is logged once.

    Args:
        log: the node's log.
    """

    def __init__(self, log: Any) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._conditions: dict[str, tuple[bytes, str]] = {}
        self._failures: dict[str, tuple[float, str]] = {}

    def report(self, part: str, level: bytes, message: str) -> None:
        """A condition of one part, until it is replaced or `ok(part)`."""
        with self._lock:
            before = self._conditions.get(part)
            self._conditions[part] = (level, message)
        if before != (level, message) and level != OK:
            (self._log.error if level == ERROR else self._log.warning)(f"{part}: {message}")

    def ok(self, part: str) -> None:
        """Takes a condition back."""
        with self._lock:
            before = self._conditions.pop(part, None)
        if before is not None and before[0] != OK:
            self._log.info(f"{part}: well again")

    def fail(self, where: str, error: BaseException) -> None:
        """An unexpected exception: logged with its trace, shown for a while."""
        said, now = f"{where}: {one_line(error)}", time.monotonic()
        with self._lock:
            known = self._failures.get(where)
            self._failures[where] = (now, said)
        if known is None or known[1] != said or now - known[0] > FAILURE_LOGGED_S:
            self._log.error(said, trace=trace(error))

    def worst(self, stuck: str | None, otherwise: str) -> tuple[bytes, str]:
        """The worst level and its messages.

        Args:
            stuck: what hangs, if anything does.
            otherwise: the message when all is well and no part says anything.
        """
        now = time.monotonic()
        with self._lock:
            self._failures = {k: v for k, v in self._failures.items() if now - v[0] < FAILURE_SHOWN_S}
            found = [*self._conditions.values(), *((ERROR, said) for _, said in self._failures.values())]
        if stuck is not None:
            found.append((ERROR, stuck))
        level = max((level for level, _ in found), default=OK)
        if level == OK:
            return OK, next((message for _, message in found), otherwise)
        return level, "; ".join(message for one, message in found if one == level)


def one_line(error: BaseException) -> str:
    """What an exception says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def trace(error: BaseException) -> str:
    """Where it came from, for the log."""
    return "".join(traceback.format_exception(error))
