"""What tests of the platform share: a home's outbox and events to put in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from dolbom.events import CareEvent, DistressRaised, Severity, Test, new_event, source
from dolbom.platform.outbox import Outbox
from dolbom.store.base import Store, open_store

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MakeEvent = Callable[..., CareEvent]


@pytest.fixture
def make_event() -> MakeEvent:
    """`make_event(severity)`: an event of that severity, each a second later than the one before."""
    made = 0

    def make(severity: Severity = Severity.INFO) -> CareEvent:
        nonlocal made
        made += 1
        at = NOW + timedelta(seconds=made)
        where = source("d", "h", "r")
        if severity is Severity.ALARM:
            raised = DistressRaised(distress_id=uuid4(), cause="fall", sources=["fall"], since=at, reason="silence")
            return new_event(raised, at=at, source=where, subject="p1")
        return new_event(Test(note=f"{made}"), at=at, source=where, severity=severity)

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "home.db")
    yield store
    store.close()


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store)
