"""Sentences kept as sound: found again, damaged, too old, too many."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dolbom.speech.kept import TALK_DAYS, Kept

SOUND = (np.sin(np.arange(16_000) / 20) * 8000).astype(np.int16)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "spoken")


def test_what_is_kept_is_the_same_sound_and_only_its_owner_can_read_it(kept: Kept) -> None:
    key = kept.key("gtts", "ko", 1.0, "괜찮으세요?")
    assert kept.get(key) is None
    kept.put(key, SOUND)
    found = kept.get(key)
    assert found is not None
    assert np.array_equal(found, SOUND)
    assert kept.folder.stat().st_mode & 0o077 == 0


def test_voice_language_pace_and_words_make_the_name(kept: Kept) -> None:
    keys = [
        kept.key(*of)
        for of in (
            ("a", "ko", 1.0, "네"),
            ("b", "ko", 1.0, "네"),
            ("a", "en", 1.0, "네"),
            ("a", "ko", 0.9, "네"),
            ("a", "ko", 1.0, "예"),
        )
    ]
    assert len(set(keys)) == 5
    assert all(len(key) == 64 for key in keys)


def test_a_damaged_file_is_erased_and_not_played(kept: Kept) -> None:
    kept.put("k", SOUND)
    (file,) = kept.folder.glob("*/*.flac")
    file.write_bytes(file.read_bytes()[:100])
    assert kept.get("k") is None or len(kept.get("k") or []) < len(SOUND)
    file.write_bytes(b"no sound")
    assert kept.get("k") is None
    assert not file.exists()


def test_talk_goes_after_some_days_and_prompts_stay(kept: Kept) -> None:
    kept.put("talk", SOUND)
    kept.put("prompt", SOUND, fixed=True)
    kept.sweep(time.time() + (TALK_DAYS - 1) * 86_400)
    assert kept.count() == 2
    kept.sweep(time.time() + (TALK_DAYS + 1) * 86_400)
    assert (kept.holds("talk"), kept.holds("prompt")) == (False, True)


def test_when_room_is_needed_talk_goes_first_and_then_what_is_longest_unused(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for number, name in enumerate(["prompt", "old", "new"]):
        kept.put(name, SOUND, fixed=name == "prompt")
        (file,) = tmp_path.glob(f"*/{name}.flac")
        os.utime(file, (1_000_000 + number, 1_000_000 + number))
    small = Kept(tmp_path, kept.size() * 0.7 / 1e6)
    small.sweep(1_000_010)
    assert [kept.holds(name) for name in ("prompt", "old", "new")] == [True, False, True]


def test_nothing_is_kept_without_room_or_on_a_disk_that_cannot_be_written(tmp_path: Path) -> None:
    nowhere = Kept(tmp_path / "a", 0)
    nowhere.put("k", SOUND)
    (tmp_path / "file").write_text("")
    broken = Kept(tmp_path / "file" / "below")
    broken.put("k", SOUND)
    assert nowhere.count() == broken.count() == 0


def test_a_full_disk_keeps_nothing_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    # The disk of this process ends after 4 kB: what libsndfile writes beyond fails as it does when a disk is full.
    code = (
        "import resource, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from dolbom.speech.kept import Kept\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "kept = Kept(Path(sys.argv[1]))\n"
        "kept.put('long', np.random.default_rng(0).integers(-9000, 9000, 160_000).astype(np.int16))\n"
        "kept.put('short', np.zeros(1600, np.int16) + 5)\n"
        "print(kept.holds('long'), kept.holds('short'))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "True"]
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1


def test_all_or_only_talk_is_erased_when_asked(kept: Kept) -> None:
    kept.put("a", SOUND)
    kept.put("b", SOUND, fixed=True)
    assert kept.clear(talk_only=True) == 1
    assert kept.clear() == 1
    assert kept.count() == 0
