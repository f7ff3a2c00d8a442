"""Sentences kept as sound on disk, so that what is often said needs no network and no waiting.

Fixed prompts stay; what else was said holds names and reminders, and goes after some days or when room is needed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from dolbom.places import data_folder
from dolbom.speech.sound import RATE, Samples

TALK_DAYS = 7.0
FIXED, TALK = "fixed", "talk"
SWEEP_EVERY = 20
"""Sentences between two looks at what is too old or too much."""


def default_folder() -> Path:
    """`spoken` of the home's data folder."""
    return data_folder() / "spoken"


class Kept:
    """The sentences in one folder; safe to use from several threads and processes.

    Args:
        folder: made when something is first kept, readable by its owner only.
        limit_mb: more than this is not kept; 0: nothing is.
    """

    def __init__(self, folder: Path, limit_mb: float = 200) -> None:
        self.folder = folder
        self._limit = limit_mb * 1_000_000
        self._since_sweep = 0

    @staticmethod
    def key(voice: str, lang: str, rate: float, text: str) -> str:
        """The name under which a sentence is kept: SHA-256 of what makes its sound."""
        return hashlib.sha256("|".join((lang, voice, f"{rate:.2f}", text)).encode()).hexdigest()

    def get(self, key: str) -> Samples | None:
        """The sentence, 16 kHz; None if it is not kept. A damaged file is erased."""
        import soundfile

        for file in self._files(key):
            try:
                samples, rate = soundfile.read(file, dtype="int16")
            except (soundfile.LibsndfileError, OSError, RuntimeError):
                if file.exists():
                    with suppress(OSError):
                        file.unlink()
                continue
            if rate == RATE and samples.ndim == 1 and len(samples):
                with suppress(OSError):
                    os.utime(file)  # what is used last goes last
                return np.asarray(samples, np.int16)
        return None

    def holds(self, key: str) -> bool:
        """Whether the sentence is kept."""
        return any(file.is_file() for file in self._files(key))

    def put(self, key: str, samples: Samples, *, fixed: bool = False) -> None:
        """Keeps a sentence, 16 kHz, in one step. A disk that is full or cannot be written keeps nothing."""
        import soundfile

        if not self._limit:
            return
        file = self._files(key)[0 if fixed else 1]
        beside = file.with_name(f".{secrets.token_hex(6)}.flac")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.parent.mkdir(exist_ok=True, mode=0o700)
            soundfile.write(beside, samples, RATE, format="FLAC", subtype="PCM_16")
            beside.replace(file)
        except (soundfile.LibsndfileError, OSError, RuntimeError):
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            return
        self._since_sweep += 1
        if self._since_sweep >= SWEEP_EVERY or self.size() > self._limit:
            self.sweep()

    def size(self) -> int:
        """Bytes on disk."""
        return sum(size for _, size, _ in self._all())

    def count(self) -> int:
        """How many sentences are kept."""
        return sum(not file.name.startswith(".") for _, _, file in self._all())

    def sweep(self, now: float | None = None) -> None:
        """Erases what was talked and is too old, and what is longest unused until the rest fits.

        Args:
            now: calendar time, seconds; the machine's if None (files are dated by it).
        """
        now = time.time() if now is None else now
        self._since_sweep = 0
        # What was talked goes before what is fixed.
        files = sorted(self._all(), key=lambda one: (one[2].parent.name == FIXED, one[0]))
        total = sum(size for _, size, _ in files)
        for used, size, file in files:
            too_old = file.parent.name == TALK and now - used > TALK_DAYS * 86_400
            if too_old or total > self._limit:
                with suppress(OSError):
                    file.unlink()
                    total -= size

    def clear(self, *, talk_only: bool = False) -> int:
        """Erases all that is kept, or only what is not fixed; returns how many sentences."""
        gone = 0
        for _, _, file in self._all():
            if not talk_only or file.parent.name == TALK:
                with suppress(OSError):
                    file.unlink()
                    gone += 1
        return gone

    def _files(self, key: str) -> tuple[Path, Path]:
        return self.folder / FIXED / f"{key}.flac", self.folder / TALK / f"{key}.flac"

    def _all(self) -> list[tuple[float, int, Path]]:
        found = []
        for file in self.folder.glob("*/*.flac"):
            with suppress(OSError):
                told = file.stat()
                found.append((told.st_mtime, told.st_size, file))
        return found
