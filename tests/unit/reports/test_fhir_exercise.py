"""Timed standing up as a FHIR observation: with its uncertainty, under a consent, and as no trained person's test."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from tests.unit.reports.conftest import NOW, Kept

from dolbom.clock import SEOUL
from dolbom.exercise.sessions import Exercised, ExerciseSession, Mover, TimedStands
from dolbom.reports.fhir import bundle
from dolbom.store.exercise import ExerciseStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose

FIRST, LAST = date(2026, 11, 16), date(2026, 11, 22)
THIRTY = TimedStands(test="thirty_seconds", count=9, low=9, high=10, seconds=30, error=0, seen=0.97)
FIVE = TimedStands(test="five_times", count=5, low=5, high=5, seconds=17.4, error=0.2, seen=1.0)


def exercised(kept: Kept, timed: TimedStands | None, at: datetime) -> None:
    session = ExerciseSession(
        id=f"s{at:%d%H}", person=kept.person, routine="stand_up_30", begun=at, timed=timed, ended="complete",
        done=[Exercised(exercise="sit_to_stand", seen=9)],
    )  # fmt: skip
    ExerciseStore(MemoryStore(kept.store)).keep(Mover(), kept.person, at, session)


def observed(kept: Kept) -> list[dict]:
    made = bundle(kept.records, FIRST, LAST, NOW, "en")
    found = [one["resource"] for one in made.get("entry", [])]
    return [one for one in found if one["resourceType"] == "Observation"]


@pytest.mark.parametrize("timed", [THIRTY, FIVE])
def test_what_was_measured_is_an_observation_with_its_uncertainty(kept: Kept, timed: TimedStands) -> None:
    kept.consent(Purpose.EXERCISE)
    exercised(kept, timed, datetime(2026, 11, 20, 15, 0, tzinfo=SEOUL))
    (one,) = observed(kept)
    assert one["code"]["coding"][0]["code"] == timed.test
    assert one["effectiveDateTime"] == "2026-11-20T15:00:00+09:00"
    assert "no diagnosis" in one["note"][0]["text"]
    if timed is THIRTY:
        assert one["valueInteger"] == 9
        assert [part["valueInteger"] for part in one["component"]] == [9, 10]
    else:
        assert one["valueQuantity"] == {"value": 17.4, "system": "http://unitsofmeasure.org", "code": "s", "unit": "s"}
        assert one["component"][0]["valueQuantity"]["value"] == 0.2


def test_without_consent_or_a_measure_there_is_none(kept: Kept) -> None:
    exercised(kept, THIRTY, datetime(2026, 11, 20, 15, 0, tzinfo=SEOUL))
    assert observed(kept) == []
    kept.consent(Purpose.EXERCISE)
    exercised(kept, None, datetime(2026, 11, 20, 16, 0, tzinfo=SEOUL))
    exercised(kept, THIRTY, datetime(2026, 11, 20, 15, 0, tzinfo=SEOUL) + timedelta(days=4))  # after the week
    assert observed(kept) == []
