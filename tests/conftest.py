"""What every test may ask for: a ROS domain of its own, waiting for a condition, the shared recordings."""

from __future__ import annotations

import os
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
import pytest_rerunfailures
from hypothesis import settings

from dolbom.places import models_folder
from dolbom.simulation.installation import installation

T = TypeVar("T")

_open = pytest_rerunfailures.SocketDB.__init__


def _open_without_delay(self: pytest_rerunfailures.SocketDB) -> None:
    """Workers ask for the count of tries by two small writes a test: Nagle's algorithm holds the second for 40 ms."""
    _open(self)
    self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


pytest_rerunfailures.SocketDB.__init__ = _open_without_delay

settings.register_profile("dolbom", deadline=None)  # the machine may be busy: no property is one of time
settings.load_profile("dolbom")


class WaitUntil(Protocol):
    def __call__(self, condition: Callable[[], T], deadline: float = 10.0, what: str = "the condition") -> T: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The pages' tests come last: their browser keeps an event loop running, in which no other test can run its own."""
    items.sort(key=lambda item: item.path.parent.name == "web")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`weights("file", …)` and `programs("name", …)` must be there; `make test` set them up, so there it fails."""
    for mark, there, cure in (
        ("weights", lambda name: (models_folder() / name).exists(), "`bin/dolbom weights fetch`"),
        ("programs", shutil.which, "`make setup`"),
    ):
        missing = [name for found in item.iter_markers(mark) for name in found.args if not there(name)]
        if missing and os.environ.get("DOLBOM_TEST_COMPLETE"):
            pytest.fail(f"no {', '.join(missing)}: run {cure}", pytrace=False)
        elif missing:
            pytest.skip(f"no {', '.join(missing)}: run {cure}")
    # Not part of `make setup`: a machine on which it cannot be installed runs everything else.
    if item.get_closest_marker("gazebo") and (trouble := installation().trouble()):
        pytest.skip(f"{trouble}: run `dolbom sim install`")


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A ROS domain that no other test on this machine uses, set for this process and its children."""
    import domain_coordinator

    # In random order, so that a domain is not used again while the last test's participants still fade away in it.
    # Not those that a robot, the demo or a benchmark takes by default: they may be running on this machine.
    free = [domain for domain in range(1, 101) if domain not in (42, 43)]
    domains = iter(random.sample(free, len(free)))
    with domain_coordinator.domain_id(lambda: next(domains)) as domain:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        yield domain


@pytest.fixture
def wait_until() -> WaitUntil:
    """Waits until `condition()` is true, returns what it gave; fails after `deadline` seconds, naming `what`."""

    def wait(condition: Callable[[], T], deadline: float = 10.0, what: str = "the condition") -> T:
        end = time.monotonic() + deadline
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                pytest.fail(f"after {deadline:g} s still waiting for {what}; last seen: {found!r}")
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared recordings: `$DOLBOM_SHARED/data`, else `../shared/data` beside the clone; skips where none are."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("DOLBOM_SHARED", beside)) / "data"
    if not folder.is_dir():
        pytest.skip("the shared recordings are not on this machine")
    return folder
