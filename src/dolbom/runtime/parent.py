"""A child process that ends with the one that started it, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
# Loaded here: between fork and exec nothing may be.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dies_with_parent(by: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `by` when the *thread* that starts it ends (Linux only; elsewhere nothing).

    Make it in the process that starts the child.
    """
    parent = os.getpid()

    def follow() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, by)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return follow
