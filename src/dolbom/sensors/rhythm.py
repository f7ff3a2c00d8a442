"""A home's own rhythm, learnt from its hours: how long it is usually quiet when, and when people sleep.

Every hour that was watched says how long nothing had been noticed at the most, and how many signs there were. From two
weeks on the limit of an hour is the 95th percentile of that silence over this hour and its neighbours, and a quarter
more; a few days may be quite different without changing it. Hours of an emergency teach nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from dolbom.sensors.observations import minutes
from dolbom.sensors.parameters import ActivityParameters

N = TypeVar("N", int, float)

KEPT_DAYS = 60
"""So many days are learnt from."""
WATCHED_S = 2400.0
"""An hour of which less was watched says nothing of silence."""
SHARE, MORE = 0.95, 1.25
MORNING, EVENING = range(4, 13), range(18, 25)
"""Where the first and the last sign of a day are looked for; 24 is the hour after midnight."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What one hour of one day was like.

    Attributes:
        watched_s: how much of it the robot saw, with somebody at home.
        silence_s: for how long nothing had been noticed, at the most.
        signs: how many signs of life there were.
        spoilt: it belongs to an emergency.
    """

    day: date
    hour: int
    watched_s: float
    silence_s: float
    signs: int
    spoilt: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """After which silence it is asked, seconds; and whether the home taught it."""

    seconds: float
    learned: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the night, in minutes since midnight; `first` may be later in the day than `last`."""

    first: int
    last: int
    learned: bool = False

    def holds(self, civil: datetime) -> bool:
        """Whether it is then."""
        now = minutes(civil)
        return self.first <= now < self.last if self.first <= self.last else now >= self.first or now < self.last

    def words(self) -> str:
        """As 22:00–07:00."""
        return "–".join(f"{at // 60 % 24:02}:{at % 60:02}" for at in (self.first, self.last))


class Rhythm:
    """When it is quiet in a home, by what was learnt, else by what was set.

    Args:
        parameters: what was set, with the bounds of what may be learnt.
        hours: the last `KEPT_DAYS` days.
    """

    def __init__(self, parameters: ActivityParameters, hours: Iterable[Hour] = ()) -> None:
        self._parameters = parameters
        held = [hour for hour in hours if not hour.spoilt] if parameters.learn else []
        self._silence: dict[int, list[tuple[date, float]]] = defaultdict(list)
        for one in held:
            if one.watched_s >= WATCHED_S:
                self._silence[one.hour].append((one.day, one.silence_s))
        self._limits = {hour: self._limit(hour) for hour in range(24)}
        first, last = _first_and_last(held)
        self.days = len({one.day for one in held})
        p = parameters
        self.sleep, self.night = (
            Span(_at(p.sleep_from), _at(p.sleep_until)),
            Span(_at(p.night_from), _at(p.night_until)),
        )
        if min(len(first), len(last)) >= p.learn_days:
            # Asleep is said generously, so that nobody is asked too early; night narrowly, so that who goes to bed late
            # or rises early does not wander.
            self.sleep = Span(
                60 * _clamp(_share(last, 0.1) + 1, 20, 24) % 1440, 60 * _clamp(_share(first, 0.9) + 1, 5, 11), True
            )
            self.night = Span(
                60 * _clamp(_share(last, 0.9) + 1, 21, 25) % 1440, 60 * _clamp(_share(first, 0.1), 4, 8), True
            )

    def limit(self, hour: int) -> Limit:
        """After which silence it is asked in this hour of the day."""
        return self._limits[hour]

    def _limit(self, hour: int) -> Limit:
        p = self._parameters
        found = [one for near in (hour - 1, hour, hour + 1) for one in self._silence[near % 24]]
        if len({day for day, _ in found}) < p.learn_days:
            return Limit(p.attention_h * 3600, learned=False)
        usual = _share([silence for _, silence in found], SHARE)
        return Limit(_clamp(usual * MORE, p.shortest_h * 3600, p.longest_h * 3600), learned=True)


def _first_and_last(hours: Sequence[Hour]) -> tuple[list[int], list[int]]:
    """In which hour the first sign of each day came, and the last of each evening."""
    first: dict[date, int] = {}
    last: dict[date, int] = {}
    for one in hours:
        if not one.signs:
            continue
        if one.hour in MORNING:
            first[one.day] = min(one.hour, first.get(one.day, 24))
        if one.hour in EVENING:
            last[one.day] = max(one.hour, last.get(one.day, 0))
        if one.hour == 0:
            last[one.day - timedelta(days=1)] = 24
    return list(first.values()), list(last.values())


def _share(values: Sequence[N], share: float) -> N:
    """The value below or at which so many of them are."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _clamp(value: N, low: N, high: N) -> N:
    return max(low, min(high, value))


def _at(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
