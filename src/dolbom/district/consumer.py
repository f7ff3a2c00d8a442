"""The district's ear on the broker: commits what robots send, then gives the receipt; carries messages down to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, DiscardPolicy, RetentionPolicy, StreamConfig

from dolbom.district.broker import BrokerAddress
from dolbom.district.database import Database
from dolbom.district.feed import Feed
from dolbom.district.repositories import downlinks, intake
from dolbom.district.repositories.intake import Arrived, Taken
from dolbom.errors import UserError
from dolbom.events import new_id
from dolbom.log import get_log
from dolbom.platform.messages import Receipt

log = get_log(__name__)

STREAM = "CARE"
DURABLE = "desk"
BATCH = 200
ACK_WAIT_S = 5
"""After this the broker hands out again what a district that died had in hand."""

CHECK_S = 1.0


class Consumer:
    """Runs beside the web server in one event loop; the database work happens in threads.

    Args:
        broker: the broker's address, asked at each new connection.
        civil: civil time.
    """

    def __init__(
        self, broker: BrokerAddress, database: Database, feed: Feed, *, district: str, civil: Callable[[], datetime]
    ) -> None:
        self._broker = broker
        self._database = database
        self._feed = feed
        self._district = district
        self._civil = civil
        self._nats: Client | None = None
        self._events: asyncio.Queue[Msg] = asyncio.Queue()
        self._statuses: asyncio.Queue[Msg] = asyncio.Queue(10_000)
        self._send_now = asyncio.Event()
        self.connected = False
        self.taken = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._take_events())
            tasks.create_task(self._take_statuses())
            tasks.create_task(self._send())

    def send_soon(self) -> None:
        """Something new waits to be sent to a robot."""
        self._send_now.set()

    # --- the connection ---

    async def _listen(self) -> None:
        """Keeps a connection with both subscriptions; after any trouble it makes everything anew."""
        while True:
            try:
                await self._connected_once()
            except (OSError, nats.errors.Error, TimeoutError) as error:
                if self.connected:
                    log.warning("broker lost", why=str(error) or type(error).__name__)
            self.connected = False
            await asyncio.sleep(0.2)

    async def _connected_once(self) -> None:
        closed = asyncio.Event()

        async def on_closed() -> None:
            closed.set()

        client = await nats.connect(
            self._broker.url, user=self._broker.user, password=self._broker.password, allow_reconnect=False,
            connect_timeout=3, closed_cb=on_closed, error_cb=_quiet, name="desk",
        )  # fmt: skip
        try:
            await self._subscribe(client)
            self._nats, self.connected = client, True
            log.info("broker connected")
            self._send_now.set()
            while not closed.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(closed.wait(), CHECK_S)
                if not client.is_connected:
                    return
        finally:
            self._nats = None
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.close(), 2)

    async def _subscribe(self, client: Client) -> None:
        stream = client.jetstream(timeout=5)
        subject = f"dolbom.v1.{self._district}.*.event"
        config = StreamConfig(
            name=STREAM, subjects=[subject], retention=RetentionPolicy.WORK_QUEUE, discard=DiscardPolicy.OLD,
            max_bytes=1 << 30, max_msg_size=1 << 16,
        )  # fmt: skip
        try:
            await stream.add_stream(config)
        except nats.js.errors.BadRequestError:
            await stream.update_stream(config)
        events: asyncio.Queue[Msg] = asyncio.Queue()
        self._events = events

        async def take(message: Msg) -> None:
            events.put_nowait(message)

        await stream.subscribe(
            subject, durable=DURABLE, stream=STREAM, cb=take, manual_ack=True,
            config=ConsumerConfig(
                durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT_S,
                deliver_policy=DeliverPolicy.ALL, max_ack_pending=2000,
            ),
        )  # fmt: skip
        await client.subscribe(f"dolbom.v1.{self._district}.*.status", cb=self._take_status)

    async def _take_status(self, message: Msg) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._statuses.put_nowait(message)

    # --- up ---

    async def _take_events(self) -> None:
        while True:
            batch = await self._batch()
            if not batch:
                continue
            arrived = [Arrived(m.subject, m.data) for m in batch]
            try:
                taken = await asyncio.to_thread(self._commit, arrived)
            except UserError as error:
                # No receipt, no acknowledgement: the broker and the robots keep it and send it again.
                log.error("database", trouble=str(error))
                await asyncio.sleep(1.0)
                continue
            await self._confirm(taken, batch)
            await self._feed.look()

    async def _batch(self) -> list[Msg]:
        queue = self._events
        try:
            batch = [await asyncio.wait_for(queue.get(), CHECK_S)]
        except TimeoutError:
            return []  # the queue is another one after a reconnect
        while len(batch) < BATCH and not queue.empty():
            batch.append(queue.get_nowait())
        return batch

    def _commit(self, batch: list[Arrived]) -> list[Taken]:
        try:
            with self._database.writing() as session:
                taken = intake.take_events(session, batch, self._district, self._civil())
        except UserError:
            raise  # the database: nothing is wrong with the messages
        except Exception as error:
            # One message that nobody foresaw must not stand in the way of the others.
            if len(batch) > 1:
                return [one for arrived in batch for one in self._commit([arrived])]
            log.exception("message not taken", subject=batch[0].subject)
            with self._database.writing() as session:
                taken = [intake.set_aside(session, batch[0], f"{type(error).__name__}: {error}", self._civil())]
        for one in taken:
            if one.quarantined:
                log.warning("quarantined", robot=one.robot, event_id=str(one.event_id), why=one.quarantined)
        self.taken += sum(t.new for t in taken)
        return taken

    async def _confirm(self, taken: list[Taken], batch: list[Msg]) -> None:
        client, at = self._nats, self._civil()
        try:
            for one, message in zip(taken, batch, strict=True):
                if client is not None and one.event_id is not None:
                    receipt = Receipt(id=new_id(), event_id=one.event_id, kind="received", at=at)
                    await client.publish(f"dolbom.v1.{self._district}.{one.robot}.receipt", receipt.to_json())
                await message.ack()
        except (nats.errors.Error, OSError):
            return  # committed all the same; the robot asks again and is told again

    async def _take_statuses(self) -> None:
        while True:
            first = await self._statuses.get()
            batch = [first]
            while len(batch) < BATCH and not self._statuses.empty():
                batch.append(self._statuses.get_nowait())
            try:
                await asyncio.to_thread(self._commit_statuses, [Arrived(m.subject, m.data) for m in batch])
            except UserError as error:
                log.error("database", trouble=str(error))
                continue
            except Exception:
                log.exception("status not taken")  # it is said again within seconds
                continue
            await self._feed.look()
            self._send_now.set()  # a robot that was just heard may have something waiting

    def _commit_statuses(self, batch: list[Arrived]) -> None:
        with self._database.writing() as session:
            for arrived in batch:
                if not intake.take_status(session, arrived, self._civil()):
                    log.warning("status ignored", subject=arrived.subject, start=repr(arrived.payload[:60]))

    # --- down ---

    async def _send(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._send_now.wait(), CHECK_S)
            self._send_now.clear()
            client = self._nats
            if client is None or not client.is_connected:
                continue
            try:
                for subject, payload in await asyncio.to_thread(self._to_send):
                    await client.publish(subject, payload)
            except (UserError, nats.errors.Error, OSError) as error:
                log.warning("not sent, will be repeated", why=str(error))

    def _to_send(self) -> list[tuple[str, bytes]]:
        now = self._civil()
        with self._database.reading() as session:
            if not downlinks.any_to_send(session, now):
                return []
        with self._database.writing() as session:
            rows = downlinks.to_send(session, now)
            return [(f"dolbom.v1.{self._district}.{r.robot_id}.{r.channel}", r.json.encode()) for r in rows]


async def _quiet(_error: Exception) -> None:
    """Trouble with the connection shows as its end, and is told there."""
