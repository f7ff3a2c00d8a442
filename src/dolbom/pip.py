"""pip, run for its downloads: it retries, resumes and checks hashes; told as progress and, at worst, as one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from dolbom.runtime.foreign import foreign_environment

Advance = Callable[[int], None]
"""Told the bytes of a package that have arrived so far."""

CURE = "check the network and pip's index settings, then try again"
QUIET = ("--no-input", "--disable-pip-version-check", "--retries", "5", "--progress-bar", "raw")


def pip(
    arguments: Sequence[str | Path], advance: Advance = lambda _: None, begin: Callable[[str], None] = lambda _: None
) -> str:
    """Runs pip to its end.

    Args:
        arguments: what comes after `pip`.
        advance: told the bytes of the present download.
        begin: told every package as it is looked for, as `name==version`.

    Returns:
        Why it failed, in one line; empty if it did not.
    """
    command = [sys.executable, "-m", "pip", *map(str, arguments), *QUIET]
    with TemporaryFile("w+", encoding="utf-8") as errors:
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, env=foreign_environment(),
            text=True, encoding="utf-8",
        )  # fmt: skip
        try:
            assert running.stdout is not None
            for line in running.stdout:
                words = line.split()  # "Progress 8192 of 79208021", "Collecting numpy==2.4.6 (from …)"
                if words[:1] == ["Progress"] and len(words) > 1:
                    advance(int(words[1]))
                elif words[:1] in (["Collecting"], ["Processing"]) and len(words) > 1:
                    begin(words[1].rpartition("/")[2])
            return _last_error(errors) if running.wait() else ""
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()


def _last_error(errors: IO[str]) -> str:
    errors.seek(0)
    said = [line.strip() for line in errors if line.strip()]
    if any("DO NOT MATCH THE HASHES" in line for line in said):
        return "the index gave a file with another hash than is written down"
    told = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
    return (told or said or ["pip gave no reason"])[-1]
