"""A child process that ends with the one that started it, however that ends."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from collections.abc import Sequence

_UNLESS_ORPHANED = '[ "$PPID" = "$0" ] && exec "$@"'


def following(command: Sequence[str], by: signal.Signals = signal.SIGKILL) -> list[str]:
    """The command, to be started so that it gets `by` when the *thread* that starts it ends.

    util-linux's setpriv asks the kernel for that; where there is none (not on Linux) the child does not follow. If the
    process that asked was gone before the kernel knew, the program does not begin: a shell looks, and becomes it. Not
    a `preexec_fn`: it forks, and a fork beside a thread that multiplies matrices can leave OpenBLAS, and with it the
    whole process, waiting for ever.

    Raises:
        OSError: if there is no such program.
    """
    program, *arguments = command
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return [found, *arguments]
    whose = [setpriv, "--pdeathsig", by.name.removeprefix("SIG"), "--", "/bin/sh", "-c", _UNLESS_ORPHANED]
    return [*whose, str(os.getpid()), found, *arguments]
