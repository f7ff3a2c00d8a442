"""Simulated people play: does the robot serve what they can do, does it know them, and does it notice a decline?

Each person plays one domain, a session a day: ten rounds of whichever games it has, or one game of it with as many
rounds as that game has (`own_rounds`; word memory and the attention game have four). Their true ability, what practice
adds, their form on the day, a decline halfway, items that are harder or easier than first thought, and answers that are
not recognised are all left to chance with a seed. The items are the shipped ones; a round is found or not, also where
the game counts parts. The same people are served in the same run by a fixed ladder and by a 2-up-1-down staircase
(Levitt 1971).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from dolbom.games.catalogue import games, items
from dolbom.games.change import BASELINE, Effort, changes
from dolbom.games.choosing import choose
from dolbom.games.game import HELP, Try
from dolbom.games.item import DOMAINS, OWN, Domain, Item
from dolbom.games.rating import Standing, probability

ROUNDS = 10
BY_GAPS = "facts"
"""Comes back at its gaps instead of being chosen by its difficulty: it is not simulated."""
ABILITY_SD = 1.3
"""Between people, logits."""
ABILITY_MEAN = 0.3
LEARNING = 0.15
"""What practice adds over all sessions at most, logits."""
FORM_SD = 0.2
ITEM_SD = 0.35
"""How far a first difficulty is off, logits."""
UNHEARD = 0.04
"""Right answers that the robot does not recognise."""
DECLINE = 0.5 * ABILITY_SD
AFTER = 3
"""Sessions that a new person is given before they must be served rightly."""
BAND = (0.80, 0.90)
PER_YEAR = 365
"""Sessions of a person-year: one a day."""


@dataclass
class Simulated:
    """One person who plays.

    Attributes:
        declines: from this session on by `DECLINE`; None: never.
    """

    domain: Domain
    ability: float
    learning: float
    declines: int | None
    rng: Random
    items: dict[str, float] = field(default_factory=dict)

    def able(self, session: int, sessions: int) -> float:
        """Their true ability at a session, without the form of the day."""
        practised = self.learning * (1.0 - math.exp(-3.0 * session / sessions))
        lost = DECLINE if self.declines is not None and session >= self.declines else 0.0
        return self.ability + practised - lost

    def finds(self, item: Item, help: int, ability: float, off: float) -> bool:
        """Whether they find it, and are understood."""
        found = self.rng.random() < probability(ability, item.first_difficulty + off - HELP[help])
        return found and self.rng.random() >= UNHEARD


Serve = Callable[[Sequence[Item], Random], tuple[str, Item, int]]


@dataclass
class Lived:
    """What came of one person's sessions."""

    successes: list[int] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    estimate: float = 0.0
    truth: float = 0.0


class _Elo:
    """As the robot does it."""

    def __init__(self, domain: Domain) -> None:
        self.domain, self.standing = domain, Standing()
        self.lately: list[str] = []

    def begin(self) -> None:
        self.standing.begin_session(self.domain)

    def serve(self, bank: Sequence[Item], rng: Random) -> tuple[Item, int]:
        chosen = choose(self.standing, "", self.domain, bank, rng, self.lately)
        self.lately = [*self.lately, chosen.item.id][-60:]
        return chosen.item, chosen.help

    def learn(self, item: Item, tries: list[Try]) -> None:
        self.standing.learn("", self.domain, item, tries)

    @property
    def estimate(self) -> float:
        return self.standing.ability(self.domain).mean


class _Ladder:
    """Levels 1 to 5, up after a session of at least 90 %, down after one under 60 %."""

    def __init__(self) -> None:
        self.level, self._found = 2, []  # type: tuple[int, list[float]]

    def begin(self) -> None:
        if self._found:
            share = sum(self._found) / len(self._found)
            self.level = min(5, max(1, self.level + (share >= 0.9) - (share < 0.6)))
        self._found = []

    def serve(self, bank: Sequence[Item], rng: Random) -> tuple[Item, int]:
        return rng.choice([item for item in bank if item.level == self.level] or list(bank)), 0

    def learn(self, item: Item, tries: list[Try]) -> None:  # noqa: ARG002
        self._found.append(max(one.share for one in tries))

    @property
    def estimate(self) -> float:
        return float(self.level)


class _Staircase(_Ladder):
    """Levels 1 to 5, up after two successes in a row, down after a miss."""

    def __init__(self) -> None:
        super().__init__()
        self._row = 0
        self._levels: list[int] = []

    def begin(self) -> None:
        """Goes on where it was."""

    def learn(self, item: Item, tries: list[Try]) -> None:
        self._levels.append(item.level)
        if max(one.share for one in tries) >= 1.0:
            self._row += 1
            if self._row == 2:
                self._row, self.level = 0, min(5, self.level + 1)
        else:
            self._row, self.level = 0, max(1, self.level - 1)

    @property
    def estimate(self) -> float:
        late = self._levels[-80:]
        return sum(late) / len(late)


@dataclass(frozen=True)
class Bank:
    """What is played in a session: items with an answer, and how many rounds."""

    items: Sequence[Item]
    rounds: int


def banks(domain: Domain, lang: str = "ko", *, own_rounds: bool = False) -> list[Bank]:
    """What may be played in a session of a domain, of its games whose items are chosen by their difficulty.

    Args:
        own_rounds: one game with as many rounds as it has; else ten rounds of any of them.
    """
    found = [
        Bank(
            [
                item.model_copy(update={"id": f"{name}/{item.id}"})
                for item in items(name, lang)
                if item.answers[:1] not in ((OWN,), ("*",))
            ],
            game.rounds,
        )
        for name, game in games().items()
        if game.domain == domain and name != BY_GAPS
    ]
    return found if own_rounds else [Bank([item for one in found for item in one.items], ROUNDS)]


def lives(person: Simulated, way: _Elo | _Ladder, played: Sequence[Bank], sessions: int) -> Lived:
    """One person's sessions; which of what may be played is left to chance."""
    lived = Lived()
    rng = Random(person.rng.random())  # noqa: S311
    off = {item.id: rng.gauss(0.0, ITEM_SD) for one in played for item in one.items}
    day = date(2026, 1, 1)
    truths: list[float] = []
    for session in range(sessions):
        way.begin()
        able = person.able(session, sessions)
        today = able + rng.gauss(0.0, FORM_SD)
        found, effort, game = 0, [], rng.choice(played)
        for _ in range(game.rounds):
            item, help = way.serve(game.items, rng)
            tries = [Try(help, float(person.finds(item, help, today, off[item.id])))]
            if not tries[0].share and help < len(HELP) - 1:
                tries.append(Try(help + 1, float(person.finds(item, help + 1, today, off[item.id]))))
            way.learn(item, tries)
            found += max(one.share for one in tries) >= 1.0
            effort += [(item.first_difficulty, one) for one in tries]
        lived.successes.append(found)
        lived.rounds.append(game.rounds)
        lived.efforts.append(Effort(day + timedelta(days=session), effort))
        truths.append(able)
    lived.truth, lived.estimate = truths[-1], way.estimate
    return lived


def people(count: int, sessions: int, seed: int) -> list[Simulated]:
    """Simulated people, half of whom, in every domain, decline halfway."""
    rng = Random(seed)  # noqa: S311
    return [
        Simulated(
            domain=DOMAINS[at % len(DOMAINS)],
            ability=rng.gauss(ABILITY_MEAN, ABILITY_SD),
            learning=rng.uniform(0.0, LEARNING),
            declines=sessions // 2 if at // len(DOMAINS) % 2 else None,
            rng=Random(rng.random()),  # noqa: S311
        )
        for at in range(count)
    ]


def simulate(
    count: int = 200,
    sessions: int = 60,
    seed: int = 1,
    tick: Callable[[], None] = lambda: None,
    *,
    own_rounds: bool = False,
) -> dict[str, Any]:
    """Plays with everybody in three ways, and says how each did.

    Args:
        own_rounds: as `banks`.
    """
    played = {domain: banks(domain, own_rounds=own_rounds) for domain in DOMAINS}
    ways: dict[str, list[Lived]] = {"elo": [], "ladder": [], "staircase": []}
    crowd = people(count, sessions, seed)
    for at, person in enumerate(crowd):
        made: dict[str, _Elo | _Ladder] = {
            "elo": _Elo(person.domain), "ladder": _Ladder(), "staircase": _Staircase(),
        }  # fmt: skip
        for name, way in made.items():
            same = replace(person, rng=Random(f"{seed} {at}"))  # noqa: S311
            ways[name].append(lives(same, way, played[person.domain], sessions))
        tick()
    found: dict[str, Any] = {"people": count, "sessions": sessions, "own_rounds": own_rounds, "seed": seed}
    for name, lived in ways.items():
        found[name] = {
            "served_in_band": round(_in_band(lived), 4),
            "success_median": round(statistics.median(_share(one) for one in lived), 4),
            "ability_correlation": round(
                statistics.correlation([one.estimate for one in lived], [one.truth for one in lived]), 4
            ),
        }  # fmt: skip
    found |= found["elo"]
    found |= _noticed(crowd, ways["elo"], sessions)
    return found


def _share(lived: Lived) -> float:
    return sum(lived.successes[AFTER:]) / sum(lived.rounds[AFTER:])


def _in_band(lived: Sequence[Lived]) -> float:
    return sum(BAND[0] <= _share(one) <= BAND[1] for one in lived) / len(lived)


def _noticed(crowd: Sequence[Simulated], lived: Sequence[Lived], sessions: int) -> dict[str, Any]:
    """How soon a decline is noticed, and how often one that is none."""
    delays: list[float] = []
    false, steady = 0, 0
    for person, one in zip(crowd, lived, strict=True):
        told = [BASELINE + at for at, change in enumerate(changes(one.efforts)) if change.told]
        until = person.declines if person.declines is not None else sessions
        false += sum(at < until for at in told)
        steady += until - BASELINE
        if person.declines is not None:
            delays.append(next((at - until + 1 for at in told if at >= until), math.inf))
    return {
        "decline_sessions_median": statistics.median(delays),
        "decline_noticed": round(sum(delay < math.inf for delay in delays) / len(delays), 4),
        "decline_within_10": round(sum(delay <= 10 for delay in delays) / len(delays), 4),
        "false_alerts": false,
        "person_years": round(steady / PER_YEAR, 2),
        "false_alerts_per_year": round(false / (steady / PER_YEAR), 3),
    }
