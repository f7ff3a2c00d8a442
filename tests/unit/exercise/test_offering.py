"""Exercise that is offered as a game is: in the place of one, rarely, and on no day on which somebody was unwell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from dolbom.clock import SEOUL
from dolbom.companion.observations import DistressChanged, Heard, Moment, Observation, Seen, Tick
from dolbom.dialog.intents import Understanding
from dolbom.exercise.coach import Coach
from dolbom.exercise.hosting import Exercises
from dolbom.exercise.sessions import Exercised, ExerciseSession, Mover
from dolbom.exercise.unwell import unwell_today
from dolbom.games.hosting import Games
from dolbom.games.offering import EXERCISE, Came, learn_exercise, pick
from dolbom.games.player import Player
from dolbom.games.playing import Playing
from dolbom.platform.outbox import OutboxRow
from dolbom.store.base import open_store
from dolbom.store.exercise import ExerciseStore
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

AT = datetime(2026, 11, 26, 14, 0, tzinfo=SEOUL)
REFUSED = timedelta(hours=20)


@dataclass
class Home:
    memory: MemoryStore
    exercises: Exercises
    games: Games
    person: str
    now: float = 0.0

    def at(self) -> Moment:
        return Moment(self.now, AT + timedelta(seconds=self.now))

    def tell(self, observation: Observation) -> list[object]:
        return [source(observation) for source in (self.games, self.exercises)]

    def offers(self, hours: float) -> list[object]:
        """What is begun in so many hours in which somebody is there."""
        found: list[object] = []
        for _ in range(int(hours * 120)):
            self.now += 30
            self.tell(Seen(self.at(), self.person))
            for begun in self.tell(Tick(self.at())):
                if begun is not None:
                    found.append(begun)
                    begun.done = True  # type: ignore[attr-defined]
        return found

    def may(self) -> bool:
        return self.exercises.may_offer(self.person, self.at().civil, REFUSED)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    database = open_store(tmp_path / "home.db")
    memory = MemoryStore(database, tmp_path / "key")
    person = memory.people.add("김순자", Consent(Purpose.GAMES, "herself", AT - timedelta(days=1)), AT)
    memory.people.consent(person, Consent(Purpose.EXERCISE, "herself", AT - timedelta(days=1)))
    # No game may be played: whatever is offered is exercise.
    GameStore(memory).choose(person, AT, [], [], {})
    understanding = Understanding(morphemes=None)
    exercises = Exercises(
        ExerciseStore(memory), lambda: understanding, lambda person: "어르신", "ko", chance=Random(1),
        unwell=lambda person, at: unwell_today(database, at),
    )  # fmt: skip
    games = Games(
        GameStore(memory), lambda: understanding, lambda person: "어르신", "ko", chance=Random(1), exercise=exercises
    )
    yield Home(memory, exercises, games, person)
    database.close()


def test_exercise_is_offered_by_a_question_and_not_more_often_than_games(home: Home) -> None:
    found = home.offers(4)
    assert 1 <= len(found) <= 2
    for coach in found:
        assert isinstance(coach, Coach)
        assert (coach.person, coach.session.wanted, coach.session.routine) == (home.person, False, "gentle")
    coach = found[0]
    assert isinstance(coach, Coach)
    [asked] = coach.start(home.at())
    assert "가벼운 체조" in asked.text  # type: ignore[union-attr]


def test_games_and_exercise_are_both_offered_to_whoever_may_play(home: Home) -> None:
    picked = [pick(Player(), ["proverbs", "melody", EXERCISE], Random(seed)) for seed in range(60)]
    assert set(picked) == {"proverbs", "melody", EXERCISE}
    assert pick(Player(), ["proverbs", "melody", EXERCISE], Random(1), mood="bad") == "melody"
    GameStore(home.memory).choose(home.person, AT, None, [], {})
    kinds = set()
    for day in range(12):
        home.now = day * 86400.0
        kinds |= {type(one) for one in home.offers(0.5)}
    assert kinds == {Coach, Playing}


def test_without_a_consent_to_exercise_none_is_offered(home: Home) -> None:
    home.memory.people.withdraw(home.person, AT, Purpose.EXERCISE)
    assert home.offers(4) == []


def test_a_no_to_exercise_is_one_for_the_day(home: Home) -> None:
    refused = Came(AT, AT, taken=False, refused=True)
    player = Player()
    learn_exercise(player, refused)
    assert player.refused == AT, "nor is a game offered then"
    ExerciseStore(home.memory).keep(Mover(refused=AT), home.person, AT)
    assert not home.may()
    home.now = 21 * 3600.0
    assert home.may()


def test_whoever_exercised_today_is_offered_no_more(home: Home) -> None:
    done = ExerciseSession(id="x", person=home.person, routine="gentle", begun=AT,
                           done=[Exercised(exercise="arms_up", seen=6)], ended="complete")  # fmt: skip
    ExerciseStore(home.memory).keep(Mover(), home.person, AT, done)
    assert not home.may()
    home.now = 24 * 3600.0
    assert home.may()


@pytest.mark.parametrize("what", ["a distress", "words of pain", "a call for help"])
def test_after_a_fall_a_call_or_a_pain_nothing_is_offered_that_day(home: Home, what: str) -> None:
    assert home.may()
    told: dict[str, Observation] = {
        "a distress": DistressChanged(home.at(), True),
        "words of pain": Heard(home.at(), "무릎이 아파"),
        "a call for help": Heard(home.at(), "도와줘"),
    }
    home.tell(told[what])
    assert not home.may()
    assert home.offers(3) == []
    home.now = 24 * 3600.0
    assert home.may()


@pytest.mark.parametrize(
    ("kind", "data", "unwell"),
    [
        ("fall.down", {}, True),
        ("distress.raised", {}, True),
        ("talk.request", {"what": "pain"}, True),
        ("talk.request", {"what": "call_family"}, False),
        ("fall.suspected", {}, False),
    ],
)
def test_nor_after_a_restart_for_it_was_written_down(home: Home, kind: str, data: dict[str, str], unwell: bool) -> None:
    store = home.memory.people.store

    def write(at: datetime) -> None:
        with store.writing() as session:
            session.add(
                OutboxRow(id=uuid4(), kind=kind, severity="notice", alarm=False, at=at, json=json.dumps({"data": data}))
            )

    write(AT.replace(hour=0) - timedelta(minutes=1))
    assert home.may(), "yesterday is over"
    write(AT.replace(hour=7))
    assert home.may() is not unwell
