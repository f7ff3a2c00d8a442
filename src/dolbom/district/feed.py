"""Keeps open pages live: wakes whoever waits for the next change, in this process or written by another one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from dolbom.district.database import Database
from dolbom.district.repositories import changes
from dolbom.district.repositories.changes import ChangeSeen

POLL_S = 1.0
IDLE_S = 10.0


class Feed:
    """Hands out changes in their order, from any number on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = asyncio.Condition()
        self._newest = 0
        self.closed = False

    async def look(self) -> None:
        """Looks for new changes and wakes those that wait."""
        newest = await asyncio.to_thread(self._read_newest)
        async with self._changed:
            if newest > self._newest:
                self._newest = newest
                self._changed.notify_all()

    async def close(self) -> None:
        """Ends every open stream."""
        async with self._changed:
            self.closed = True
            self._changed.notify_all()

    async def run(self) -> None:
        """Finds what other processes wrote."""
        while not self.closed:
            await self.look()
            await asyncio.sleep(POLL_S)

    def _read_newest(self) -> int:
        with self._database.reading() as session:
            return changes.newest(session)

    def _read_since(self, last: int) -> list[ChangeSeen]:
        with self._database.reading() as session:
            return changes.since(session, last)

    async def newest(self) -> int:
        return await asyncio.to_thread(self._read_newest)

    async def follow(self, last: int) -> AsyncIterator[list[ChangeSeen]]:
        """Batches of changes after `last` for ever; an empty one when nothing happened for a while."""
        while not self.closed:
            batch = await asyncio.to_thread(self._read_since, last)
            if batch:
                last = batch[-1].id
                yield batch
                continue
            async with self._changed:
                try:
                    await asyncio.wait_for(
                        self._changed.wait_for(lambda seen=last: self.closed or self._newest > seen),  # type: ignore[misc]
                        IDLE_S,
                    )
                except TimeoutError:
                    yield []


def as_sse(change: ChangeSeen) -> str:
    """A change in the form of server-sent events; the browser sends its id back when it reconnects."""
    data = {
        "change": change.kind,
        "at": change.at.isoformat(),
        "alarm": str(change.alarm_id) if change.alarm_id else None,
        "home": change.home_id,
    }
    return f"id: {change.id}\nevent: change\ndata: {json.dumps(data)}\n\n"
