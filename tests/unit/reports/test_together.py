"""Games and exercise in the weekly report: under a consent, against the person's own usual, no score."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.unit.reports.conftest import NOW, Kept

from dolbom.clock import SEOUL
from dolbom.exercise.sessions import Exercised, ExerciseSession, Mover, TimedStands
from dolbom.games.player import Attempt, Played, Player, Sitting
from dolbom.reports.paper import paper
from dolbom.reports.week import PersonWeek, week_report
from dolbom.store.exercise import ExerciseStore
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose

WEEK = "2026-W47"
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=SEOUL)


def sat(kept: Kept, days_before: int, share: float) -> None:
    begun = FRIDAY - timedelta(days=days_before)
    one = Played(item="i", at=begun, grade="right", difficulty=0.0, tries=[Attempt(help=0, share=share)])
    sitting = Sitting(
        id=f"{days_before}",
        person=kept.person,
        game="proverbs",
        begun=begun,
        rounds=[one] * 8,
        ended="complete",
        spent_s=240,
    )
    GameStore(MemoryStore(kept.store)).keep(Player(), kept.person, NOW, sitting)


def exercised(kept: Kept) -> None:
    timed = TimedStands(test="thirty_seconds", count=9, low=9, high=10, seconds=30, error=0, seen=0.97)
    session = ExerciseSession(
        id="s",
        person=kept.person,
        routine="stand_up_30",
        begun=FRIDAY,
        timed=timed,
        ended="complete",
        spent_s=300,
        done=[Exercised(exercise="sit_to_stand", seen=9)],
    )
    ExerciseStore(MemoryStore(kept.store)).keep(Mover(), kept.person, NOW, session)


def week(kept: Kept) -> PersonWeek:
    return week_report(kept.records, WEEK, NOW).people[0]


def test_without_a_consent_the_report_knows_of_neither(kept: Kept) -> None:
    sat(kept, 0, 1.0)
    exercised(kept)
    assert (week(kept).played, week(kept).moved) == (None, None)
    assert "놀이와 체조" not in paper(week_report(kept.records, WEEK, NOW), "ko", SEOUL)


def test_what_was_played_and_done_in_the_week_is_counted(kept: Kept) -> None:
    kept.consent(Purpose.GAMES)
    kept.consent(Purpose.EXERCISE)
    for days in (0, 1, 9):
        sat(kept, days, 1.0)
    exercised(kept)
    played, moved = week(kept).played, week(kept).moved
    assert played is not None
    assert (played.sittings, played.minutes, played.games, played.lower) == (2, 8, (("proverbs", 2),), ())
    assert moved is not None
    assert (moved.sessions, moved.minutes, moved.seen, [one.count for one in moved.timed]) == (1, 5, 9, [9])


@pytest.mark.parametrize(("lang", "words"), [("ko", "평소보다 덜 떠올리세요"), ("en", "less comes back than usual")])
def test_a_lasting_change_is_on_the_paper_in_plain_words_and_in_no_week_before_it(
    kept: Kept, lang: str, words: str
) -> None:
    kept.consent(Purpose.GAMES)
    for days in range(30, -1, -1):
        sat(kept, days, 0.85 if days > 6 else 0.1)
    assert words in paper(week_report(kept.records, WEEK, NOW), lang, SEOUL)
    assert words not in paper(week_report(kept.records, "2026-W45", NOW), lang, SEOUL)
