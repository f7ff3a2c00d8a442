"""The web applications through HTTP, without a browser, a broker or ROS."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from tests.quickly import migrations_run_once

from dolbom.staff import accounts

__all__ = ["migrations_run_once"]


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 with the least work: the real one costs a quarter of a second and 64 MB each time, by intent."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(accounts, "_hasher", quick)
        yield
