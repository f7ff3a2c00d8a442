"""Whether somebody was unwell today: a fall, a call for help, a pain that they told of. Then no exercise is offered."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select

from dolbom.events import DistressRaised, FallDown, FallLongLie, RequestMade
from dolbom.platform.outbox import OutboxRow
from dolbom.store.base import Store

KINDS = (FallDown.kind, FallLongLie.kind, DistressRaised.kind, RequestMade.kind)


def unwell_today(store: Store, at: datetime) -> bool:
    """Whether the home told of a fall, a distress or a pain of anybody since midnight; who fell is not always known.

    Args:
        at: aware, of the home's zone.
    """
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(OutboxRow.kind, OutboxRow.json).where(OutboxRow.at >= midnight, OutboxRow.kind.in_(KINDS))
    with store.reading() as session:
        rows = session.execute(query).all()
    return any(kind != RequestMade.kind or json.loads(told)["data"].get("what") == "pain" for kind, told in rows)
