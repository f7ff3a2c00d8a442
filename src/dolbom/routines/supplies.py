"""What is left of each medicine, for a program that goes on: of the history only what is new is read."""

from __future__ import annotations

import threading

from dolbom.routines.history import Supply
from dolbom.routines.persistence import Ledger


class Supplies:
    """Safe to share between threads.

    Args:
        ledger: whose history.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._supply, self._rows, self._newest = Supply(), 0, 0

    def left(self) -> dict[str, float]:
        """What is left of each medicine that was counted.

        Raises:
            UserError: if the history cannot be read.
        """
        with self._lock:
            rows, newest = self._ledger.reach(counts=True)
            fresh = self._ledger.entries(counts=True, after=self._newest, until=newest)
            if self._rows + len(fresh) != rows:
                # Somebody was forgotten, and their history with them: what is left is counted from the beginning.
                self._supply, self._rows = Supply(), 0
                fresh = self._ledger.entries(counts=True, until=newest)
            for entry in fresh:
                self._supply.add(entry)
            self._rows, self._newest = self._rows + len(fresh), newest
            return self._supply.left
