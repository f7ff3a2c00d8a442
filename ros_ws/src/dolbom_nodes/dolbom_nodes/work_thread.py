"""A node's own thread: it can be stopped, and a hang in it is noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from diagnostic_msgs.msg import DiagnosticStatus

from dolbom_nodes.health import one_line

if TYPE_CHECKING:
    from dolbom_nodes.care_node import CareNode

STOP_S = 4.0
"""How long a thread may take to end when its node is deactivated."""


class WorkThread:
    """A thread of a node that can be stopped, and of which it is known how long it has worked on one item."""

    def __init__(self, node: CareNode[Any], name: str, work: Callable[[WorkThread], None]) -> None:
        self.name = name
        self.stopping = threading.Event()
        self._node = node
        self._work = work
        self._since: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"{node.get_name()}:{name}", daemon=True)

    def start(self) -> None:
        """Starts it."""
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end and waits a while; one that hangs is reported and left behind."""
        self.stopping.set()
        if threading.current_thread() is self._thread or self._thread.ident is None:
            return
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            self._node.log.error(f"{self.name} did not end within {STOP_S:.0f} s")

    @contextmanager
    def item(self) -> Iterator[None]:
        """Marks the work on one item."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = None

    def busy_s(self) -> float:
        """For how long it has worked on the present item."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def _run(self) -> None:
        try:
            self._work(self)
        except Exception as error:
            self._node.fail(self.name, error)
            self._node.report(self.name, DiagnosticStatus.ERROR, f"{self.name} ended: {one_line(error)}")
