"""Delivery: nothing is lost, nothing is forgotten, at most a window is in flight, alarms go first."""

from __future__ import annotations

import random
from itertools import pairwise
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from tests.examples import examples

from dolbom.events import new_id
from dolbom.platform.delivery import Delivery, DeliveryParameters, back_off

SMALL = DeliveryParameters(window=3, window_alarms=2, receipt_timeout_s=5, retry_base_s=0.5, retry_cap_s=60)


def connected(parameters: DeliveryParameters = SMALL) -> Delivery:
    delivery = Delivery(parameters, random.Random(1))
    delivery.connected()
    return delivery


def test_nothing_is_sent_without_a_link() -> None:
    delivery = Delivery(SMALL, random.Random(1))
    delivery.offer(new_id(), True)
    assert delivery.due(0.0) == []
    delivery.connected()
    assert len(delivery.due(0.0)) == 1


def test_alarms_go_first_and_have_room_when_the_window_is_full() -> None:
    delivery = connected()
    infos, alarms = [new_id() for _ in range(5)], [new_id() for _ in range(3)]
    for id in infos:
        delivery.offer(id, False)
    assert delivery.due(0.0) == infos[:3]
    for id in alarms:
        delivery.offer(id, True)
    assert delivery.due(0.1) == alarms[:2]
    assert delivery.urgent


def test_a_missing_receipt_is_waited_for_then_backed_off_and_sent_again() -> None:
    delivery = connected()
    id = new_id()
    delivery.offer(id, False)
    assert delivery.due(0.0) == [id]
    assert delivery.due(4.9) == []
    assert delivery.wake_at() == 5.0
    delivery.due(5.0)
    assert delivery.in_flight == 0
    again = delivery.wake_at()
    assert again is not None
    assert 5.0 <= again <= 5.5
    assert delivery.due(again) == [id]


def test_an_alarm_is_tried_again_within_five_seconds_for_ever() -> None:
    delivery = connected()
    id = new_id()
    delivery.offer(id, True)
    now, sent = 0.0, []
    while len(sent) < 30:
        sent += [now] * len(delivery.due(now))
        now = max(now, delivery.wake_at() or now)
    gaps = [b - a for a, b in pairwise(sent)]
    assert max(gaps) <= SMALL.receipt_timeout_s + SMALL.retry_cap_alarm_s


def test_the_back_off_is_spread_over_its_whole_range_and_never_over_its_cap() -> None:
    chance = random.Random(1)
    for tries in range(1, 200):
        assert 0.0 <= back_off(tries, 60.0, 0.5, chance) <= min(60.0, 0.5 * 2 ** (tries - 1))
    late = [back_off(100, 60.0, 0.5, chance) for _ in range(500)]
    assert min(late) < 5
    assert max(late) > 55


def test_a_new_link_sends_everything_without_a_receipt_at_once() -> None:
    delivery = connected()
    ids = [new_id() for _ in range(3)]
    for id in ids:
        delivery.offer(id, False)
    delivery.due(0.0)
    delivery.due(5.0)  # all are backing off now
    delivery.disconnected()
    delivery.connected()
    assert delivery.due(5.0) == ids


def test_overdue_receipts_make_a_link_that_is_up_suspect_until_one_comes() -> None:
    delivery = connected()
    ids = [new_id(), new_id()]
    for id in ids:
        delivery.offer(id, True)
    delivery.due(0.0)
    assert delivery.unanswered(4.0) == 0.0
    delivery.due(7.0)
    assert delivery.unanswered(9.0) == 4.0
    delivery.settled(ids[0])
    assert delivery.unanswered(9.0) == 0.0


def test_an_event_offered_twice_is_sent_once() -> None:
    delivery = connected()
    id = new_id()
    delivery.offer(id, False)
    delivery.offer(id, False)
    assert delivery.due(0.0) == [id]
    assert delivery.due(0.1) == []
    assert delivery.settled(id)
    assert not delivery.settled(id)
    assert len(delivery) == 0
    assert delivery.wake_at() is None


class AnyLife(RuleBasedStateMachine):
    """Whatever happens in whatever order."""

    offered = Bundle("offered")

    def __init__(self) -> None:
        super().__init__()
        self.delivery = Delivery(SMALL, random.Random(7))
        self.now = 0.0
        self.alarm: dict[UUID, bool] = {}
        self.in_flight: set[UUID] = set()
        self.up = False

    @rule(target=offered, alarm=st.booleans())
    def offer(self, alarm: bool) -> UUID:
        id = new_id()
        self.alarm[id] = alarm
        self.delivery.offer(id, alarm)
        return id

    @rule(id=consumes(offered))
    def receipt(self, id: UUID) -> None:
        assert self.delivery.settled(id)
        del self.alarm[id]

    @rule(id=offered)
    def offer_again(self, id: UUID) -> None:
        self.delivery.offer(id, self.alarm[id])

    @rule()
    def link_up(self) -> None:
        self.delivery.connected()
        self.up = True

    @rule()
    def link_down(self) -> None:
        self.delivery.disconnected()
        self.up = False

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(most=st.integers(1, 10))
    def send(self, most: int) -> None:
        due = self.delivery.due(self.now, most)
        assert len(due) == len(set(due)) <= most
        assert set(due) <= self.alarm.keys(), "nothing is sent that has its receipt"
        assert self.up or not due
        ranks = [not self.alarm[id] for id in due]
        assert ranks == sorted(ranks), "alarms first"

    @invariant()
    def never_lost(self) -> None:
        assert len(self.delivery) == len(self.alarm)
        assert self.delivery.urgent == any(self.alarm.values())

    @invariant()
    def at_most_a_window_in_flight(self) -> None:
        assert 0 <= self.delivery.in_flight <= SMALL.window + SMALL.window_alarms

    def teardown(self) -> None:
        """Never forgotten: with a link and answers, everything is delivered in the end."""
        self.delivery.connected()
        for _ in range(10_000):
            if not self.alarm:
                break
            for id in self.delivery.due(self.now):
                self.delivery.settled(id)
                self.alarm.pop(id)
            self.now = max(self.now, self.delivery.wake_at() or self.now)
        assert not self.alarm
        assert self.delivery.in_flight == 0


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=examples(200), stateful_step_count=40, deadline=None)
