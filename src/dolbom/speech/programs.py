"""Speech programs beside this one: started, waited for, and ended at once when nobody wants their words any more."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence

from dolbom.runtime.foreign import foreign_environment
from dolbom.runtime.parent import following
from dolbom.speech.synthesis import SynthesisError

LOOK_S = 0.02


def run(command: Sequence[str], words: str, limit_s: float, cancel: threading.Event) -> bytes:
    """Gives `words` to a program and returns what it writes; nothing if `cancel` is set meanwhile.

    Raises:
        SynthesisError: if it cannot be started, takes longer than `limit_s`, or fails.
    """
    try:
        program = subprocess.Popen(
            following(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=foreign_environment(),
        )  # fmt: skip
    except OSError as error:
        raise SynthesisError(f"{command[0]} cannot be started: {error.strerror or error}") from None
    end = time.monotonic() + limit_s
    try:
        given: bytes | None = words.encode()
        while True:
            try:
                out, errors = program.communicate(given, timeout=LOOK_S)
                break
            except subprocess.TimeoutExpired:
                given = None
                if cancel.is_set():
                    return b""
                if time.monotonic() > end:
                    raise SynthesisError(f"{command[0]} took longer than {limit_s:g} s") from None
    finally:
        if program.poll() is None:
            program.kill()
            program.communicate()
    if program.returncode:
        said = errors.decode(errors="replace").strip().splitlines()
        raise SynthesisError(f"{command[0]} failed: {said[-1] if said else f'exit code {program.returncode}'}")
    return out
