"""What many open pages ask for at the same moment is made once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_S = 1.0


class Shared(Generic[T]):
    """Keeps what was made, for a moment and as long as nothing changed.

    Args:
        state: differs when something changed; what was made before is not given any more.
        fresh_s: for so long at most: what nobody told of shows then.
    """

    def __init__(self, state: Callable[[], Hashable], fresh_s: float = FRESH_S) -> None:
        self._state, self._fresh_s = state, fresh_s
        self._lock = threading.Lock()
        self._made: dict[Hashable, tuple[Hashable, float, T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made of this key a moment ago, or now. Who comes while it is made waits for it."""
        with self._lock:
            # Read before it is made: what changes meanwhile makes it old at once.
            state, now = self._state(), time.monotonic()
            self._made = {
                other: one for other, one in self._made.items() if one[0] == state and now - one[1] < self._fresh_s
            }
            if key not in self._made:
                self._made[key] = (state, now, make())
            return self._made[key][2]
