"""The wire that brings what changes to every open page: server-sent events, put in from any thread."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable

IDLE_S = 10.0
BEHIND = 200
"""A page that is this many messages behind is let go; it comes back by itself and starts from the present."""


class Wire:
    """Hands each message to every page that is open.

    Attributes:
        lock: whoever changes what a page begins with holds it, so that no page misses or doubles a change.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._pages: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str | None]]] = set()
        self._closed = False

    def put(self, message: str) -> None:
        """A message for every open page."""
        self._put(message)

    def close(self) -> None:
        """Ends every open page's stream."""
        self._closed = True
        self._put(None)

    async def follow(self, begin: Callable[[], Iterable[str]]) -> AsyncIterator[str]:
        """What a page gets: what it begins with, then every change; a comment when nothing happens."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        page = (asyncio.get_running_loop(), queue)
        with self.lock:
            first = list(begin())
            self._pages.add(page)
        try:
            for message in first:
                yield message
            while not self._closed:
                try:
                    waiting = await asyncio.wait_for(queue.get(), IDLE_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if waiting is None or queue.qsize() > BEHIND:
                    return
                yield waiting
        finally:
            with self.lock:
                self._pages.discard(page)

    def _put(self, message: str | None) -> None:
        with self.lock:
            for loop, queue in self._pages:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(queue.put_nowait, message)


def sse(event: str, data: object, id: int | None = None) -> str:
    """One server-sent event."""
    number = "" if id is None else f"id: {id}\n"
    return f"{number}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
