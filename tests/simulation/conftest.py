"""A running home for the tests of a module, and a folder for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dolbom.simulation.look import Look
from dolbom.simulation.simulation import Cast, Simulation


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """The flat with its resident at the rug and a visitor who is not there yet."""
    folder: Path = tmp_path_factory.mktemp("home")
    cast = {"resident": Cast(Look.of(1), "rug", 1), "visitor": Cast(Look.of(2, old=False), "outside", 2)}
    with Simulation(folder, cast) as simulation:
        yield simulation
