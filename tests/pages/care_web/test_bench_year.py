"""The home that `dolbom bench web` makes: a year by a seed, as the stores of the product hold it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from dolbom.bench.year import NAMES, furnish
from dolbom.clock import SystemClock
from dolbom.store.base import open_store


def test_a_seed_makes_the_same_home_with_its_people_doses_and_events(tmp_path: Path) -> None:
    made: list[int] = []
    homes = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        homes.append(furnish(folder, SystemClock(), 9, 400, 5, made.append))
    one, other = homes
    assert (one.events, one.doses, one.routine) == (other.events, other.doses, other.routine)
    assert len(one.people) == len(NAMES)
    assert one.doses > 9 * 10
    assert sum(made) >= 2 * (400 + one.doses)
    store = open_store(tmp_path / "one" / "home.db")
    with store.reading() as session:
        assert session.scalar(text("select count(*) from outbox")) == 400
    store.close()
