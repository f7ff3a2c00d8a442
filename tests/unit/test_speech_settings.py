"""How the robot speaks to each person: kept, merged, stepped, and gone when somebody is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from dolbom.errors import UserError
from dolbom.store.base import Store, open_store
from dolbom.store.people import People, PersonRow
from dolbom.store.speech import SpeechSettings, SpeechStore

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "home.db")
    with store.writing() as session:
        session.add(PersonRow(id="p1", name=b"", added=NOW))
    yield store
    store.close()


def test_what_a_person_has_goes_before_what_everybody_has(store: Store) -> None:
    speech = SpeechStore(store)
    assert speech.of("p1") == SpeechSettings()
    speech.set(None, SpeechSettings(rate=0.9, pause_s=0.5))
    speech.set("p1", SpeechSettings(rate=0.7, end_of_turn_s=1.2))
    assert speech.of("p1") == SpeechSettings(rate=0.7, pause_s=0.5, end_of_turn_s=1.2)
    assert speech.of("stranger") == speech.of(None) == SpeechSettings(rate=0.9, pause_s=0.5)
    speech.set("p1", SpeechSettings())
    assert speech.of("p1") == speech.of(None)


def test_nobody_who_is_not_enrolled_has_settings(store: Store) -> None:
    with pytest.raises(UserError, match="nobody is enrolled as 'p9'"):
        SpeechStore(store).set("p9", SpeechSettings(rate=0.8))


def test_a_step_is_one_step_and_stays_within_what_is_allowed(store: Store) -> None:
    speech = SpeechStore(store)
    assert speech.step("p1", "slower").rate == 0.9
    assert speech.step("p1", "slower").rate == 0.8
    for _ in range(9):
        speech.step("p1", "slower")
        speech.step("p1", "louder")
    assert (speech.of("p1").rate, speech.of("p1").volume_db) == (0.5, 12.0)
    assert speech.step("p1", "quieter").volume_db == 9.0
    assert speech.step("stranger", "louder").volume_db == 3.0
    assert speech.of(None).volume_db == 3.0


def test_who_is_forgotten_leaves_no_settings(store: Store, tmp_path: Path) -> None:
    speech = SpeechStore(store)
    speech.set("p1", SpeechSettings(rate=0.7))
    People(store, tmp_path / "key").forget(["p1"], "test", NOW)
    assert speech.own("p1") == SpeechSettings()


@pytest.mark.parametrize(
    "wrong", [{"rate": 0.1}, {"volume_db": 99}, {"pause_s": -1}, {"end_of_turn_s": 9}, {"pitch": 1}]
)
def test_what_nobody_could_listen_to_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        SpeechSettings.model_validate(wrong)
