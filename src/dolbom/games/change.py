"""Whether somebody finds less than they used to: their own first ten sessions in a domain, and then a CUSUM.

Each later session is compared with what the baseline would have found of the same items with the same help. Small
shortfalls add up, good sessions take them away (Page 1954); over the limit it is told to the care worker, in plain
words. It is a change against the person's own past: no score, no norm, no diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dolbom.games.game import HELP, Try
from dolbom.games.rating import Rating, probability, updated

BASELINE = 10
"""So many sessions are the person's own usual."""
LEAST_TRIES = 3
"""A session with fewer answers says nothing."""
FORM = 0.2
"""How much somebody's form differs from day to day, logits."""
SLACK, LIMIT = 0.45, 5.0
"""What a session may fall short of the usual unnoticed, and the sum at which it is told, both in its own spread.

Set by `dolbom simulate play`: at a session a day under one false alert a year, a lasting loss of half a standard
deviation found within ten sessions at the median (docs/games.md has the figures)."""
RECENT = 5
"""The last so many sessions are never part of the usual; older ones join it while nothing has added up: ten sessions
alone know somebody too little, and practice makes them better."""
LEAST_LOW = 4
"""One or two bad sessions are a bad day or a cold: it is told after so many at the earliest."""
HOLD = 10
"""After it was told, so many sessions pass before it is told again."""


@dataclass(frozen=True)
class Effort:
    """One session in a domain: the day, and each try with the first difficulty of its item."""

    day: date
    tries: Sequence[tuple[float, Try]]


@dataclass(frozen=True)
class Change:
    """Where somebody stands against their own usual.

    Attributes:
        sessions: since the shortfall began to add up.
        lower: how many of them were below the usual.
        day: of the last session.
        told: the limit was passed with this session: a person should look.
        sum: how much has added up.
    """

    sessions: int
    lower: int
    day: date
    told: bool
    sum: float


def baseline(efforts: Sequence[Effort], before: Rating | None = None) -> Rating:
    """How able somebody was over these sessions, and those before, as one steady ability."""
    ability = before or Rating()
    for effort in efforts:
        for difficulty, one in effort.tries:
            ability = updated(ability, difficulty - HELP[one.help], one.share)
    return ability


def shortfall(effort: Effort, usual: Rating) -> float:
    """By how many of its own spreads a session fell short of the usual; negative: it was better."""
    chances = [probability(usual.mean, difficulty - HELP[one.help]) for difficulty, one in effort.tries]
    found = sum(one.share for _, one in effort.tries)
    luck = sum(chance * (1.0 - chance) for chance in chances)
    spread = math.sqrt(luck + luck * luck * (usual.variance + FORM * FORM))
    return (sum(chances) - found) / spread if spread else 0.0


def changes(efforts: Sequence[Effort]) -> list[Change]:
    """What every session after the baseline says, the oldest first.

    Args:
        efforts: somebody's sessions in one domain, the oldest first.
    """
    counted = [effort for effort in efforts if len(effort.tries) >= LEAST_TRIES]
    if len(counted) <= BASELINE:
        return []
    usual, known = baseline(counted[:BASELINE]), BASELINE
    found: list[Change] = []
    total, sessions, lower, hold = 0.0, 0, 0, 0
    for at, effort in enumerate(counted[BASELINE:], BASELINE):
        if total < LIMIT / 2 and at - RECENT > known:
            usual, known = baseline(counted[known : at - RECENT], usual), at - RECENT
        short = shortfall(effort, usual)
        total = max(0.0, total + short - SLACK)
        sessions, lower = (sessions + 1, lower + (short > 0)) if total > 0 else (0, 0)
        hold = max(0, hold - 1)
        told = total > LIMIT and sessions >= LEAST_LOW and not hold
        found.append(Change(sessions, lower, effort.day, told, total))
        if told:
            total, sessions, lower, hold = 0.0, 0, 0, HOLD
    return found
