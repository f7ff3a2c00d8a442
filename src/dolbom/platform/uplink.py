"""The robot's side of the way to the district: sends what is in the outbox until it has its receipts, and listens.

Joins the outbox (disk), delivery (decisions) and transport (network) in one thread. The bridge node is a thin
shell around it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from dolbom.errors import UserError
from dolbom.log import get_log
from dolbom.platform.delivery import Delivery
from dolbom.platform.identity import Identity
from dolbom.platform.messages import (
    COMMAND,
    MAX_BYTES,
    Address,
    Answer,
    Campaign,
    Cancel,
    Heartbeat,
    Notice,
    Ping,
    Receipt,
    Say,
)
from dolbom.platform.outbox import Outbox, Progress, State
from dolbom.platform.transport import Link, Transport

log = get_log(__name__)

POLL_S = 1.0
HEARTBEAT_S = 20.0
RECORD_S = 1.0
GATHER_S = 0.02
PRUNE_S = 3600.0
BATCH = 256
DEAD_AFTER_S = 5.0
"""A link on which receipts are this much overdue, and none came, is given up and made anew."""


@dataclass(frozen=True)
class Counts:
    """How the uplink does, for diagnostics."""

    link: Link
    waiting: int
    in_flight: int
    ignored: int
    thinned: int
    trouble: str


class Uplink:
    """Runs from `start` to `stop` in a thread of its own; its callbacks are called from that thread.

    Args:
        outbox: where events wait.
        identity: reads the robot's identity, before every try to connect.
        address: who this robot is.
        civil: civil time for what is sent and recorded.
        heartbeat: how the robot is; called every 20 s and for each ping. The uplink fills in what it knows.
        say: starts speaking to the person for the district, without waiting; returns None, or why it cannot.
        on_receipt: told each receipt after it is on disk (an acknowledgement perhaps twice, around a crash).
        on_standing: told that a check-in or a notice, or the end of one, is new on disk (`platform.standing`).
        monotonic: seconds that never run backwards.
    """

    def __init__(
        self,
        outbox: Outbox,
        identity: Callable[[], Identity],
        address: Address,
        *,
        civil: Callable[[], datetime],
        heartbeat: Callable[[], Heartbeat],
        say: Callable[[Say], str | None] = lambda _command: "this robot has no voice",
        on_receipt: Callable[[Receipt], None] = lambda _receipt: None,
        on_standing: Callable[[Campaign | Notice], None] = lambda _message: None,
        on_link: Callable[[Link], None] = lambda _link: None,
        delivery: Delivery | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._outbox = outbox
        self._address = address
        self._civil = civil
        self._heartbeat = heartbeat
        self._say = say
        self._on_receipt = on_receipt
        self._on_standing = on_standing
        self._link_changed = on_link
        self._delivery = Delivery() if delivery is None else delivery  # an empty one is falsy
        self._monotonic = monotonic
        self._heartbeat_s = heartbeat_s
        self._inbox: queue.Queue[Link | tuple[str, bytes]] = queue.Queue(20_000)
        self._woken = threading.Event()
        self._stopping = False
        self._last_seq = 0
        self._ignored = 0
        self._ignored_told = -1.0
        self._trouble = ""
        # What has happened and is not on disk yet: kept until it is.
        self._sent: list[UUID] = []
        self._receipts: list[Receipt] = []
        self._record_by = float("inf")
        self._next_poll = self._next_heartbeat = self._next_prune = 0.0
        self.transport = Transport(
            identity,
            on_link=self._put,
            on_message=lambda topic, payload: self._put((topic, payload)),
            monotonic=monotonic,
        )
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self.transport.start()

    def stop(self) -> None:
        """Stops sending. What has no receipt stays in the outbox."""
        self.transport.stop()
        self._stopping = True
        self._woken.set()
        self._thread.join(10)

    def wake(self) -> None:
        """Something new is in the outbox. Without this it is found within a second."""
        self._next_poll = 0.0
        self._woken.set()

    def counts(self) -> Counts:
        """How it stands now."""
        return Counts(
            self.transport.link, len(self._delivery), self._delivery.in_flight,
            self._ignored, self._outbox.thinned, self._trouble,
        )  # fmt: skip

    def _put(self, item: Link | tuple[str, bytes]) -> None:
        try:
            self._inbox.put_nowait(item)
        except queue.Full:
            # Whatever matters is sent again by the other side.
            self._ignored += 1
        self._woken.set()

    # --- the uplink's own thread ---

    def _run(self) -> None:
        while not self._stopping:
            now = self._monotonic()
            try:
                wait = self._turn(now)
                self._trouble = ""
            except UserError as error:
                # The disk: nothing was confirmed that is not on it, so trying again later is right.
                if self._trouble != str(error):
                    log.error("outbox", trouble=str(error))
                self._trouble, wait = str(error), 0.5
            except Exception as error:
                # Whatever nobody foresaw is shown, and the way of the alarms goes on.
                log.exception("uplink")
                self._trouble, wait = f"{type(error).__name__}: {error}", 0.5
            if wait > 0:
                self._woken.wait(wait)
            self._woken.clear()
        try:
            self._record()
        except UserError as error:
            log.error("outbox", trouble=str(error))

    def _turn(self, now: float) -> float:
        """Does what is to be done; returns for how long nothing is."""
        self._listen()
        if now >= self._next_poll:
            self._next_poll = now + POLL_S
            for event in self._outbox.waiting(self._last_seq):
                self._delivery.offer(event.id, event.alarm)
                self._last_seq = max(self._last_seq, event.seq)
        self.transport.urgent(self._delivery.urgent)
        due = self._delivery.due(now, BATCH)
        self._send(due, now)
        # Writing costs a sync of the disk and keeps those who append waiting: what was sent waits for its receipts,
        # receipts wait a moment for more of them, and all are written together.
        if self._receipts:
            self._record_by = min(self._record_by, now + GATHER_S)
        if now >= self._record_by or len(self._receipts) >= BATCH:
            self._record()
        if self.transport.link.up and now >= self._next_heartbeat:
            self._next_heartbeat = now + self._heartbeat_s
            self._beat()
        if now >= self._next_prune:
            self._next_prune = now + PRUNE_S
            self._outbox.prune(self._civil())
        if self._delivery.unanswered(now) > DEAD_AFTER_S:
            self.transport.reconnect("no receipt comes back")
        if len(due) == BATCH or not self._inbox.empty():
            return 0.0
        times = [self._next_poll, self._record_by, self._delivery.wake_at() or float("inf")]
        return max(0.0, min(times) - self._monotonic())

    def _listen(self) -> None:
        for _ in range(2 * BATCH):
            try:
                item = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, Link):
                self._take_link(item)
            else:
                self._take_message(*item)

    def _take_link(self, link: Link) -> None:
        if link.up:
            self._delivery.connected()
            self._next_heartbeat = 0.0
        else:
            self._delivery.disconnected()
        self._link_changed(link)

    def _take_message(self, topic: str, payload: bytes) -> None:
        try:
            if len(payload) > MAX_BYTES:
                raise ValueError(f"over {MAX_BYTES} bytes")
            if topic == self._address.topic("receipt"):
                self._receipts.append(Receipt.model_validate_json(payload))
            elif topic == self._address.topic("command"):
                self._obey(COMMAND.validate_json(payload))
            else:
                raise ValueError("not a channel of this robot")
        except (ValidationError, ValueError) as error:
            self._ignored += 1
            now = self._monotonic()
            if now - self._ignored_told >= 1.0:  # a flood must not fill the disk with lines about it
                self._ignored_told = now
                log.warning(
                    "message ignored", topic=topic[:120], start=repr(payload[:60]), total=self._ignored,
                    why=str(error).replace("\n", " ")[:200],
                )  # fmt: skip

    def _send(self, ids: list[UUID], now: float) -> None:
        if not ids:
            return
        wires = self._outbox.load(ids)
        topic = self._address.topic("event")
        for id in ids:
            if id not in wires:
                self._delivery.settled(id)  # thinned out or cancelled
            elif self.transport.publish(topic, wires[id]):
                self._sent.append(id)
        self._record_by = min(self._record_by, now + RECORD_S)

    def _record(self) -> None:
        sent, receipts = self._sent, self._receipts
        self._record_by = float("inf")
        if not sent and not receipts:
            return
        answers: list[Answer] = []
        at = self._civil()
        try:
            with self._outbox.recording() as progress:
                if sent:
                    progress.sent(sent)
                for (kind, by, receipt_at, note), group in _alike(receipts).items():
                    progress.receipts([r.event_id for r in group], State(kind), receipt_at, by, note)
                for receipt in receipts:
                    if receipt.kind != "received":
                        known = progress.knows(receipt.event_id)
                        said = "" if known else "this robot has no such event"
                        answers.append(Answer(to=receipt.id, at=at, ok=known, said=said))
        except UserError:
            self._record_by = self._monotonic() + RECORD_S
            raise
        # Only what was written is forgotten here, and only then does anybody hear of it.
        self._sent, self._receipts = [], []
        for receipt in receipts:
            self._delivery.settled(receipt.event_id)
            self._on_receipt(receipt)
        for answer in answers:
            self._publish_status(answer)
        self.transport.urgent(self._delivery.urgent)

    def _beat(self) -> None:
        beat = self._heartbeat().model_copy(update={"outbox": len(self._delivery), "ignored": self._ignored})
        self._publish_status(beat)

    def _publish_status(self, message: Heartbeat | Answer) -> None:
        self.transport.publish(self._address.topic("status"), message.to_json())

    def _obey(self, command: Ping | Say | Cancel | Campaign | Notice) -> None:
        """Carries out a command once, and answers it as often as it comes."""
        at = self._civil()
        with self._outbox.recording() as progress:
            refused = progress.answer(command.id)
            new = refused is None
            if refused is None:
                refused = self._carry_out(command, progress)
                progress.answered(command.id, at, refused)
        if new and not refused and isinstance(command, Campaign | Notice):
            self._on_standing(command)
        self._publish_status(Answer(to=command.id, at=at, ok=not refused, said=refused))

    def _carry_out(self, command: Ping | Say | Cancel | Campaign | Notice, progress: Progress) -> str:
        """Returns "" or why not."""
        if isinstance(command, Campaign | Notice):
            return progress.keep(command, self._civil())
        if isinstance(command, Say):
            return self._say(command) or ""
        if isinstance(command, Cancel):
            if not progress.drop(command.event_id):
                return "an alarm is never dropped, and what the district has cannot be taken back"
            self._delivery.settled(command.event_id)
            return ""
        self._beat()
        return ""


def _alike(receipts: list[Receipt]) -> dict[tuple[str, str, datetime, str], list[Receipt]]:
    """Receipts that are written in one step: a district gives them by the hundred."""
    groups: dict[tuple[str, str, datetime, str], list[Receipt]] = {}
    for receipt in receipts:
        groups.setdefault((receipt.kind, receipt.by, receipt.at, receipt.note), []).append(receipt)
    return groups
