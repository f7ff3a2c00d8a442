"""The uplink between a real outbox and a link that the test holds: receipts, commands, nonsense, and a failing disk."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.conftest import WaitUntil
from tests.unit.platform.conftest import NOW, MakeEvent

from dolbom.errors import UserError
from dolbom.events import Severity, new_id
from dolbom.platform import standing
from dolbom.platform import uplink as module
from dolbom.platform.delivery import Delivery, DeliveryParameters
from dolbom.platform.messages import (
    STATUS,
    Address,
    Answer,
    Campaign,
    CampaignText,
    Cancel,
    Heartbeat,
    Notice,
    Ping,
    Receipt,
    Say,
)
from dolbom.platform.outbox import Outbox, Progress, State
from dolbom.platform.transport import Link, LinkState
from dolbom.platform.uplink import Uplink
from dolbom.store.base import Store

ADDRESS = Address(district="d", home="h", robot="r")


class Wire:
    """A transport that keeps what is published, and says what the test wants."""

    def __init__(self, _identity: Any, *, on_link: Callable[[Link], None], on_message: Any, monotonic: Any) -> None:
        self.on_link, self.on_message = on_link, on_message
        self.sent: list[tuple[str, bytes]] = []
        self.reconnects: list[str] = []
        self.was_urgent = False
        self.link = Link(LinkState.CONNECTING, 0.0)

    def start(self) -> None:
        self.up()

    def up(self) -> None:
        self.link = Link(LinkState.CONNECTED, time.monotonic())
        self.on_link(self.link)

    def stop(self) -> None:
        self.link = Link(LinkState.DISCONNECTED, time.monotonic(), "stopped")

    def publish(self, topic: str, payload: bytes) -> bool:
        self.sent.append((topic.rsplit("/", 1)[1], payload))
        return self.link.up

    def urgent(self, urgent: bool) -> None:
        self.was_urgent = self.was_urgent or urgent

    def reconnect(self, reason: str) -> None:
        self.reconnects.append(reason)
        self.on_link(Link(LinkState.DISCONNECTED, time.monotonic(), reason))
        self.up()

    def says(self, channel: str, message: bytes) -> None:
        self.on_message(f"dolbom/v1/d/r/{channel}", message)

    def events(self) -> int:
        return sum(channel == "event" for channel, _ in self.sent)

    def answers(self) -> list[Answer]:
        read = [STATUS.validate_json(payload) for channel, payload in self.sent if channel == "status"]
        return [one for one in read if isinstance(one, Answer)]


class Robot:
    def __init__(self, outbox: Outbox) -> None:
        self.receipts: list[Receipt] = []
        self.said: list[str] = []
        self.standing: list[Campaign | Notice] = []
        self.uplink = Uplink(
            outbox,
            lambda: pytest.fail("the wire needs no identity"),
            ADDRESS,
            civil=lambda: NOW,
            heartbeat=lambda: Heartbeat(at=NOW, version="test"),
            say=self._say,
            on_receipt=self.receipts.append,
            on_standing=self.standing.append,
            delivery=Delivery(DeliveryParameters(receipt_timeout_s=0.2, retry_base_s=0.1)),
        )
        self.wire: Any = self.uplink.transport

    def _say(self, command: Say) -> str | None:
        self.said.append(command.text)
        return "no voice" if command.text == "quiet" else None


@pytest.fixture
def robot(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Robot]:
    monkeypatch.setattr(module, "Transport", Wire)
    robot = Robot(outbox)
    robot.uplink.start()
    yield robot
    robot.uplink.stop()


def receipt(event_id: UUID, kind: str = "received", note: str = "") -> Receipt:
    return Receipt.model_validate({"id": new_id(), "event_id": event_id, "kind": kind, "at": NOW, "note": note})


def test_an_event_is_sent_again_until_its_receipt_comes(
    robot: Robot, outbox: Outbox, make_event: MakeEvent, wait_until: WaitUntil
) -> None:
    event = make_event(Severity.ALARM)
    outbox.append(event)
    robot.uplink.wake()
    wait_until(lambda: robot.wire.events() >= 3, what="the third try")
    assert {payload for channel, payload in robot.wire.sent if channel == "event"} == {event.to_json()}
    assert robot.wire.was_urgent
    robot.wire.says("receipt", receipt(event.id).to_json())
    wait_until(lambda: robot.receipts, what="the receipt told, which is after it is on disk")
    assert [r.kind for r in robot.receipts] == ["received"]
    assert outbox.depth() == 0
    assert outbox.entries()[0].state is State.RECEIVED


def test_the_desks_answer_is_passed_on_and_answered_as_often_as_it_comes(
    robot: Robot, outbox: Outbox, make_event: MakeEvent, wait_until: WaitUntil
) -> None:
    event = make_event(Severity.ALARM)
    outbox.append(event)
    said = receipt(event.id, "acknowledged", "곧 갑니다")
    for _ in range(2):
        robot.wire.says("receipt", said.to_json())
    wait_until(lambda: len(robot.wire.answers()) == 2, what="both answers")
    assert {(a.to, a.ok) for a in robot.wire.answers()} == {(said.id, True)}
    entry = outbox.entries()[0]
    assert (entry.state, entry.note) == (State.ACKNOWLEDGED, "곧 갑니다")
    unknown = receipt(new_id(), "closed")
    robot.wire.says("receipt", unknown.to_json())
    wait_until(lambda: [a for a in robot.wire.answers() if a.to == unknown.id and not a.ok], what="the no")


def test_a_command_is_carried_out_once_and_answered_alike_each_time(robot: Robot, wait_until: WaitUntil) -> None:
    commands = [Say(id=new_id(), kind="say", text=text) for text in ("안녕하세요", "quiet")]
    for command in [*commands, *commands]:
        robot.wire.says("command", command.to_json())
    wait_until(lambda: len(robot.wire.answers()) == 4, what="the answers")
    assert robot.said == ["안녕하세요", "quiet"]
    assert [(a.ok, a.said) for a in robot.wire.answers()] == [(True, ""), (False, "no voice")] * 2


def test_a_ping_brings_a_heartbeat_at_once(robot: Robot, wait_until: WaitUntil) -> None:
    robot.wire.says("command", Ping(id=new_id(), kind="ping").to_json())
    wait_until(robot.wire.answers, what="the answer")
    kinds = [json.loads(payload)["kind"] for channel, payload in robot.wire.sent if channel == "status"]
    assert kinds[kinds.index("answer") - 1] == "heartbeat"


def test_a_check_in_is_on_disk_before_it_is_answered_and_told_on_once(
    robot: Robot, store: Store, wait_until: WaitUntil
) -> None:
    text = CampaignText(what="지진이 났어요.", instruction="식탁 아래로 들어가세요.")
    campaign = Campaign(
        id=new_id(), kind="campaign", campaign_id=new_id(), texts={"ko": text}, made_at=NOW,
        deadline=NOW + timedelta(minutes=30),
    )  # fmt: skip
    for _ in range(2):
        robot.wire.says("command", campaign.to_json())
    wait_until(lambda: len(robot.wire.answers()) == 2, what="both answers")
    assert all(a.ok for a in robot.wire.answers())
    assert robot.standing == [campaign]
    assert standing.campaigns(store, NOW) == [campaign]
    late = campaign.model_copy(update={"id": new_id(), "campaign_id": new_id(), "deadline": NOW})
    robot.wire.says("command", late.to_json())
    wait_until(lambda: [a for a in robot.wire.answers() if a.to == late.id and not a.ok], what="the no")
    assert robot.standing == [campaign]


def test_cancelling_takes_an_info_out_and_refuses_for_an_alarm(
    robot: Robot, outbox: Outbox, make_event: MakeEvent, wait_until: WaitUntil
) -> None:
    info, alarm = make_event(), make_event(Severity.ALARM)
    for event in (info, alarm):
        outbox.append(event)
        robot.wire.says("command", Cancel(id=new_id(), kind="cancel", event_id=event.id).to_json())
    wait_until(lambda: len(robot.wire.answers()) == 2, what="the answers")
    assert [a.ok for a in robot.wire.answers()] == [True, False]
    assert [w.id for w in outbox.waiting()] == [alarm.id]


@pytest.mark.parametrize(
    ("channel", "nonsense"),
    [
        ("receipt", b""),
        ("receipt", b"\xff\xfe"),
        ("receipt", b'{"kind":"received"}'),
        ("receipt", b"[" * 10_000),
        ("command", b'{"id":"01a201d3-41b8-7ac0-b361-de8dacb88e80","kind":"shutdown"}'),
        ("command", b'{"id":"01a201d3-41b8-7ac0-b361-de8dacb88e80","kind":"ping","x":1}'),
        ("command", b"x" * 70_000),
        ("event", b"{}"),
    ],
)
def test_nonsense_is_counted_and_ignored_and_the_next_message_is_heard(
    robot: Robot, channel: str, nonsense: bytes, wait_until: WaitUntil
) -> None:
    robot.wire.says(channel, nonsense)
    robot.wire.says("command", Ping(id=new_id(), kind="ping").to_json())
    wait_until(robot.wire.answers, what="the answer to the next message")
    assert robot.uplink.counts().ignored == 1


def test_what_nobody_foresaw_is_shown_and_the_next_message_is_heard(
    robot: Robot, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    real = Progress.answer

    def answer(self: Progress, *rest: Any) -> str | None:
        if broken.pop() if broken else False:
            raise RuntimeError("never seen before")
        return real(self, *rest)

    monkeypatch.setattr(Progress, "answer", answer)
    robot.wire.says("command", Ping(id=new_id(), kind="ping").to_json())
    wait_until(lambda: "never seen before" in robot.uplink.counts().trouble, what="the trouble in the diagnostics")
    robot.wire.says("command", Ping(id=new_id(), kind="ping").to_json())
    wait_until(robot.wire.answers, what="the answer to the next message")
    wait_until(lambda: robot.uplink.counts().trouble == "", what="the end of the trouble")


def test_a_closed_log_does_not_stop_the_uplink(robot: Robot, wait_until: WaitUntil) -> None:
    closed = io.StringIO()
    handler = logging.StreamHandler(closed)
    logging.getLogger("dolbom").addHandler(handler)
    try:
        closed.close()
        robot.wire.says("receipt", b"nonsense")
        robot.wire.says("command", Ping(id=new_id(), kind="ping").to_json())
        wait_until(robot.wire.answers, what="the answer to the next message")
    finally:
        logging.getLogger("dolbom").removeHandler(handler)


def test_a_link_on_which_no_receipt_comes_back_is_made_anew(
    robot: Robot, outbox: Outbox, make_event: MakeEvent, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEAD_AFTER_S", 0.5)
    outbox.append(make_event(Severity.ALARM))
    wait_until(lambda: robot.wire.reconnects, what="the new connection")


def test_a_receipt_that_could_not_be_written_is_not_forgotten(
    robot: Robot, outbox: Outbox, make_event: MakeEvent, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make_event(Severity.ALARM)
    outbox.append(event)
    real, full = Progress.receipts, [True]

    def receipts(self: Progress, *rest: Any) -> None:
        if full[0]:
            raise UserError("no space left")
        real(self, *rest)

    monkeypatch.setattr(Progress, "receipts", receipts)
    robot.wire.says("receipt", receipt(event.id).to_json())
    wait_until(lambda: robot.uplink.counts().trouble == "no space left", what="the trouble in the diagnostics")
    assert not robot.receipts, "nobody hears of what is not on disk"
    full[0] = False
    wait_until(lambda: robot.receipts, what="the receipt")
    assert outbox.depth() == 0
    wait_until(lambda: robot.uplink.counts().trouble == "", what="the end of the trouble")


def test_what_was_in_the_outbox_before_the_start_is_sent(
    outbox: Outbox, make_event: MakeEvent, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Transport", Wire)
    events = [make_event(s) for s in (Severity.INFO, Severity.ALARM)]
    for event in events:
        outbox.append(event)
    robot = Robot(outbox)
    robot.uplink.start()
    wait_until(lambda: robot.wire.events() >= 2, what="both")
    robot.uplink.stop()
    sent = [payload for channel, payload in robot.wire.sent if channel == "event"]
    assert sent[:2] == [events[1].to_json(), events[0].to_json()], "the alarm first"
