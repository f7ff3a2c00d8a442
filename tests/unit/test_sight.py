"""How large the robot's page writes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.reports.conftest import NOW

from dolbom.errors import UserError
from dolbom.store.base import open_store
from dolbom.store.people import Consent, People, Purpose
from dolbom.store.sight import SightStore
from dolbom.web.board import Board


def test_the_page_writes_as_whoever_sees_worst_needs_it_until_they_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    store = open_store(tmp_path / "home.db")
    people, sight = People(store), SightStore(store)
    consent = Consent(Purpose.MEMORY, "herself", NOW - timedelta(days=1))
    mother, father = (people.add(name, consent, NOW) for name in ("어머니", "아버지"))
    assert sight.largest() == "normal"
    sight.set(mother, "large")
    sight.set(father, "largest")
    assert (sight.of(mother), sight.of(father), sight.largest()) == ("large", "largest", "largest")
    people.forget([father], "home", NOW)
    assert sight.largest() == "large"
    sight.set(mother, "normal")
    assert sight.largest() == "normal"
    with pytest.raises(UserError):
        sight.set(father, "large")
    store.close()


def test_open_pages_are_told_when_the_letters_change() -> None:
    board = Board()
    assert board.state()["text"] == "normal"
    board.text("large")
    assert board.state()["text"] == "large"
