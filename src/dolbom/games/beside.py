"""What the check-ins of the last days say beside a game: how somebody is today, and what was worse lately."""

from __future__ import annotations

from datetime import datetime

from dolbom.companion.checkin import TOPICS, CheckInState
from dolbom.companion.schedule import read
from dolbom.errors import UserError
from dolbom.events import CheckInTopic
from dolbom.games.offering import Mood
from dolbom.log import get_log
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose

log = get_log(__name__)

DAYS = 9
"""So many days count as lately."""
OFTEN = 2
"""Bad on so many of them, and more often than good."""


def mood_of(store: MemoryStore, person: str, at: datetime) -> Mood:
    """How somebody said that they feel today; "" if they did not say, or do not consent to check-ins."""
    grade = _today(store, person, at, "mood")
    return "bad" if grade in ("bad", "help") else "good" if grade == "good" else ""


def poorly(store: MemoryStore, person: str, at: datetime) -> bool:
    """Whether somebody said in the check-in of today that they hurt or are ill."""
    return _today(store, person, at, "health") in ("bad", "help")


def worse_of(store: MemoryStore, person: str, at: datetime) -> list[CheckInTopic]:
    """Which topics of the check-in were bad on several of the last days."""
    states = _read(store, person, at, DAYS)
    found: list[CheckInTopic] = []
    for topic in TOPICS:
        grades = [state.topics[topic].grade for state in states if topic in state.topics]
        bad = sum(grade in ("bad", "help") for grade in grades)
        if bad >= OFTEN and bad > grades.count("good"):
            found.append(topic)
    return found


def _today(store: MemoryStore, person: str, at: datetime, topic: CheckInTopic) -> str:
    today = [state for state in _read(store, person, at, 1) if state.day == at.date()]
    told = today[-1].topics.get(topic) if today else None
    return told.grade if told is not None else ""


def _read(store: MemoryStore, person: str, at: datetime, days: int) -> list[CheckInState]:
    try:
        return read(store, person, at.date(), days) if person in store.allowed(Purpose.CHECK_IN, at) else []
    except UserError as error:
        log.error("check-ins cannot be read", trouble=str(error))
        return []
