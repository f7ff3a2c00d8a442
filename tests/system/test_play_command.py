"""`dolbom play` without a robot, as people and programs run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dolbom.store.base import open_store
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose


def play(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dolbom", "play", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=100, env=dict(os.environ))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    return tmp_path


def test_the_games_are_listed() -> None:
    found = json.loads(play("list", "--json").stdout)
    assert len(found) == 12
    assert all(one["items"] >= 60 for one in found)
    assert "Proverbs".lower() in play("list", "--lang", "en").stdout.lower()


def test_a_game_is_typed_in_the_terminal_with_silence_and_an_end(home: Path) -> None:
    ended = play("proverbs", "--text", "--seed", "2", typed="모르겠어\n\n이제 피곤해\n")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("로봇: 좋아요. 제가 속담을 시작하면")
    assert "어르신: 모르겠어" in lines
    assert "오늘은 여기까지" in lines[-1] or "그만 쉬어요" in lines[-1]
    broken_off = play("proverbs", "--text", "--seed", "2", typed="모르겠어\n")
    assert broken_off.returncode == 0, broken_off.stderr


def test_the_same_seed_and_player_say_the_same() -> None:
    first, second = (play("market", "--text", "--as", "slow", "--seed", "3", "--json").stdout for _ in range(2))
    assert first == second
    told = [json.loads(line) for line in first.splitlines()]
    assert told[-1]["kind"] == "game.played"
    assert {one["who"] for one in told} == {"robot", "person", "district"}


def test_a_tune_is_shown_by_its_notes_and_written_into_a_file_if_that_is_wanted(home: Path) -> None:
    file = home / "tunes.wav"
    options = ("--text", "--as", "happy", "--seed", "3", "--rounds", "2")
    shown = play("melody", *options)
    assert sum(line.startswith("로봇: ♪ ") for line in shown.stdout.splitlines()) == 1
    sounded = play("melody", *options, "--speaker", str(file))
    assert sounded.returncode == 0, sounded.stderr
    assert sounded.stdout == shown.stdout
    assert file.stat().st_size > 16_000 * 2 * 6  # six seconds, and no tune is shorter


def test_what_somebody_plays_is_kept_if_they_consent(home: Path) -> None:
    memory, now = MemoryStore(open_store()), datetime.now(UTC)
    person = memory.people.add("김순자", Consent(Purpose.GAMES, "herself", now - timedelta(days=1)), now)
    typed = "모르겠어\n" * 9  # the last is how it was liked
    ended = play("proverbs", "--text", "--person", "김순자", "--rounds", "3", typed=typed)
    assert ended.returncode == 0, ended.stderr
    later = now + timedelta(minutes=5)
    [sitting] = GameStore(memory).entries(person, later)
    assert (sitting.game, len(sitting.rounds), sitting.ended) == ("proverbs", 3, "complete")
    assert {one.grade for one in sitting.rounds} == {"told"}
    assert GameStore(memory).state(person, later).standing.abilities["language"].mean < 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("chess", "--text"), "no game 'chess' — there are attention"),
        (("proverbs", "--as", "happy"), "--as plays in the terminal only — add --text"),
        (("melody", "--speaker", "default"), "--speaker is for the terminal"),
        (("proverbs", "--text", "--as", "happy", "--person", "a"), "a scripted player is nobody whose games are kept"),
        (("proverbs", "--text", "--as", "happy", "--speaker", "nosuch"), "nosuch"),
        (("proverbs", "--text", "--as", "angry"), "nobody is called 'angry' — there are happy"),
        (("proverbs", "--text", "--lang", "fr"), "no language 'fr' — there are ko, en"),
        (("proverbs", "--text", "--person", "아무개"), "아무개"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], line: str, home: Path) -> None:
    ended = play(*arguments)
    assert ended.returncode == 2
    assert line in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert ended.stdout == "", "nothing was played before it was told"
