"""What happened in the home, as the events in the outbox say it: filtered, and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from dolbom.events import Severity
from dolbom.platform.outbox import OutboxRow
from dolbom.store.base import Store

COLUMNS = ("time", "kind", "severity", "person", "title", "state", "id")


@dataclass(frozen=True)
class Happened:
    """One event; `state` is how far it is at the district."""

    id: UUID
    at: datetime
    kind: str
    severity: Severity
    person: str
    title: str
    state: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which events: from `first` until before `last`; of a family such as dose ("": of all); at least so severe."""

    first: datetime
    last: datetime
    family: str = ""
    severity: Severity = Severity.INFO

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """As a query has them."""
        found = [OutboxRow.at >= self.first, OutboxRow.at < self.last]
        if self.severity is not Severity.INFO:
            found.append(OutboxRow.severity.in_([one.value for one in Severity if one.rank >= self.severity.rank]))
        if self.family:
            found.append(OutboxRow.kind.startswith(f"{self.family}.", autoescape=True))
        return found


def count(store: Store, wanted: Wanted) -> int:
    """How many there are."""
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow).where(*wanted.conditions)) or 0


def events(store: Store, wanted: Wanted, limit: int) -> list[Happened]:
    """The newest of them, the newest first."""
    columns = OutboxRow.id, OutboxRow.at, OutboxRow.kind, OutboxRow.severity, OutboxRow.state, OutboxRow.json
    query = select(*columns).where(*wanted.conditions).order_by(OutboxRow.at.desc(), OutboxRow.seq.desc())
    with store.reading() as session:
        rows = session.execute(query.limit(limit)).all()
    found = []
    for row in rows:
        event = json.loads(row.json)
        data = event.get("data", {})
        title = str(data.get("title", "") or data.get("cause", ""))
        found.append(
            Happened(
                row.id, row.at, row.kind, Severity(row.severity), event.get("subject") or "", title, row.state, data
            )
        )
    return found


def as_csv(found: Iterable[Happened], names: dict[str, str], zone: Any) -> str:
    """A table with a head, for spreadsheets; times in the home's zone."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for one in found:
        who = names.get(one.person, one.person)
        at = one.at.astimezone(zone).isoformat(timespec="seconds")
        writer.writerow(map(_harmless, (at, one.kind, one.severity.value, who, one.title, one.state, str(one.id))))
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet cannot take for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
