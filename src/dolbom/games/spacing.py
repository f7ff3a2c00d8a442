"""Spaced retrieval: each time that a fact comes back, the gap to the next time grows; missed, it falls back.

Gaps double within a sitting and go on by days (Camp 1989; Creighton, van der Ploeg and O'Connor 2013, Int.
Psychogeriatrics 25). Who misses a fact is told it, and asked again at the last gap at which it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

GAPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (30, 60, 120, 240, 480, 86_400, 2 * 86_400, 4 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400)
)
IN_SITTING = 4
"""The last gap within one sitting."""
AT_ONCE = 3
"""So many facts are practised at a time."""


class Spaced(BaseModel):
    """How far one fact is.

    Attributes:
        gap: index of the gap that it waits now.
        held: the longest gap at which it came.
        due: when it is asked again.
    """

    model_config = ConfigDict(extra="forbid")

    gap: int = 0
    held: int = -1
    due: AwareDatetime | None = None


def after(fact: Spaced, *, recalled: bool, at: datetime) -> Spaced:
    """How far it is after it was asked."""
    if recalled:
        gap = min(fact.gap + 1, len(GAPS) - 1) if fact.due is not None else 0
        return Spaced(gap=gap, held=max(fact.held, fact.gap), due=at + GAPS[gap])
    # Back to the last gap that held, and one less each time that it is missed again.
    gap = max(0, min(fact.held, fact.gap - 1))
    return Spaced(gap=gap, held=gap - 1, due=at + GAPS[gap])


def next_fact(facts: Sequence[str], known: Mapping[str, Spaced], at: datetime, last: str = "") -> str:
    """Which fact is asked now: the longest overdue, else a new one, else whichever is due first.

    Args:
        facts: ids in the order in which they shall be learnt; at least one.
        known: how far each is.
        last: not this one again at once, if there is another.
    """
    others = [fact for fact in facts if fact != last] or list(facts)
    asked = {fact: known[fact].due or at for fact in others if fact in known}
    overdue = [fact for fact in asked if asked[fact] <= at]
    if overdue:
        return min(overdue, key=lambda fact: (asked[fact], facts.index(fact)))
    learning = [fact for fact in facts if fact in known and known[fact].gap <= IN_SITTING]
    new = [fact for fact in others if fact not in known]
    if new and (len(learning) < AT_ONCE or not asked):
        return new[0]
    return min(asked, key=lambda fact: (asked[fact], facts.index(fact)))
