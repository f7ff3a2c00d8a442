"""What the robot's processes wrote down is found again: by event, by node, by level, the newest of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.runtime import logs_cli
from dolbom.runtime.reading_logs import TAIL_BYTES, Sought, lines

EVENT = "01a2019b-c1a9-7664-8555-98ac723ab611"


def write(folder: Path, file: str, *said: dict[str, object] | str) -> None:
    folder.mkdir(exist_ok=True)
    text = [one if isinstance(one, str) else json.dumps(one) for one in said]
    (folder / file).write_text("\n".join(text) + "\n", encoding="utf-8")


def line(second: int, text: str, **more: object) -> dict[str, object]:
    return {"time": f"2026-11-25T09:00:{second:02}Z", "level": "info", "node": "safety", "text": text} | more


def test_all_about_an_event_is_found_in_every_file_in_the_order_of_time(tmp_path: Path) -> None:
    write(tmp_path, "guard.jsonl", line(3, "receipt", event_id=EVENT), line(4, "other", event_id="x"), "{torn")
    write(tmp_path, "guard.jsonl.1", line(1, "raised", event_id=EVENT, distress_id="d"))
    write(tmp_path, "web.jsonl", line(2, "taken on", event_id=EVENT, node="pages"))
    found = lines(tmp_path, Sought(EVENT), 10)
    assert [(one.text, one.process) for one in found] == [
        ("raised", "guard"),
        ("taken on", "web"),
        ("receipt", "guard"),
    ]
    assert found[0].more == {"event_id": EVENT, "distress_id": "d"}
    assert [one.text for one in lines(tmp_path, Sought(EVENT, node="pages"), 10)] == ["taken on"]
    assert [one.text for one in lines(tmp_path, Sought(EVENT), 1)] == ["receipt"], "the newest"


def test_words_that_were_said_are_not_among_what_is_shown(tmp_path: Path) -> None:
    write(tmp_path, "interaction.jsonl", line(1, "said", speaker="person", words="무릎이 쑤셔"))
    assert "무릎" not in str(lines(tmp_path, Sought(), 10))


def test_without_an_id_the_last_lines_are_read_at_least_of_a_level_and_no_whole_file(tmp_path: Path) -> None:
    many = [line(number % 60, "x" * 100) for number in range(TAIL_BYTES // 100)]
    write(tmp_path, "web.jsonl", line(0, "too long ago", level="error"), *many, line(59, "broken", level="error"))
    assert [one.text for one in lines(tmp_path, Sought(level="error"), 10)] == ["broken"]
    assert lines(tmp_path / "none", Sought(), 10) == []


def test_the_command_prints_them_for_people_and_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    write(tmp_path / "logs", "guard.jsonl", line(1, "raised", event_id=EVENT))
    told = CliRunner().invoke(logs_cli.app, [EVENT], catch_exceptions=False).output
    assert told == f"2026-11-25T09:00:01Z info    safety: raised  event_id={EVENT}\n"
    assert json.loads(CliRunner().invoke(logs_cli.app, ["--json"]).output)["more"] == {"event_id": EVENT}
    with pytest.raises(UserError, match="no level"):
        CliRunner().invoke(logs_cli.app, ["--level", "loud"], catch_exceptions=False)
