"""The robot's page: how its parts are and their restart, its logs, recordings; who is shown what of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.pages.care_web.conftest import ClientFor, LogIn
from tests.web.care_pages import robot_of

from dolbom.errors import UserError
from dolbom.web.care.access import Role
from dolbom.web.care.board import Part
from dolbom.web.care.graph_recording import KEPT, Recordings
from dolbom.web.care.home import CareHome

EVENT = "01a2019b-c1a9-7664-8555-98ac723ab611"
WRITES = (
    sys.executable,
    "-c",
    "import sys, time; open(sys.argv[-1], 'wb').write(b'mcap'); time.sleep(float(sys.argv[2]))",
)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "still waiting"
        time.sleep(0.01)


def logged(home: CareHome) -> None:
    folder = home.store.path.parent / "logs"
    folder.mkdir(exist_ok=True)
    lines = [
        {
            "time": "2026-11-25T00:00:01Z",
            "level": "warning",
            "node": "safety",
            "text": "raised",
            "event_id": EVENT,
        },
        {"time": "2026-11-25T00:00:02Z", "level": "info", "node": "face", "text": "person p1 is here"},
        {"time": "2026-11-25T00:00:03Z", "level": "error", "node": "camera", "text": "no camera", "trace": "line 7"},
    ]
    (folder / "guard.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


def test_the_page_tells_versions_network_and_the_way_to_the_district(log_in: LogIn, home: CareHome) -> None:
    home.board.part("bridge", Part("ok", "", {"link": "disconnected"}))
    page = log_in("junho").get("/robot")
    for shown in ("Python", "센터로 가는 길", "끊김"):
        assert shown in page


def test_a_part_is_restarted_by_a_technician_and_by_nobody_who_looks_after_people(
    log_in: LogIn, client_for: ClientFor, home: CareHome
) -> None:
    technician = log_in("junho")
    code, where = technician.post("/robot/parts/voice/restart")
    assert (code, where) == (303, "/robot?restarted=voice")
    assert "voice 부분을 다시 시작했습니다" in technician.get(where)
    assert robot_of(home).did == [("part", "voice")]
    assert client_for(Role.CARE_WORKER).post("/api/robot/parts/voice/restart").status_code == 403
    assert client_for(Role.TECHNICIAN).post("/api/robot/parts/nothing/restart").status_code == 404
    home.board.part("pages", Part("ok", "", {}))
    assert client_for(Role.TECHNICIAN).post("/api/robot/parts/pages/restart").status_code == 404, "who would answer?"
    robot_of(home).lost = {"part"}
    assert technician.post("/robot/parts/voice/restart")[0] == 503


def test_logs_are_found_by_event_and_a_technician_sees_errors_only(
    log_in: LogIn, client_for: ClientFor, home: CareHome
) -> None:
    logged(home)
    nurse, technician = client_for(Role.NURSE), client_for(Role.TECHNICIAN)
    assert [one["text"] for one in nurse.get(f"/api/robot/logs?id={EVENT}").json()] == ["raised"]
    assert [one["node"] for one in nurse.get("/api/robot/logs?level=info&node=face").json()] == ["face"]
    for asked in ("", f"?id={EVENT}", "?level=debug"):
        assert [one["text"] for one in technician.get(f"/api/robot/logs{asked}").json()] == ["no camera"]
    page = log_in("junho").get("/robot/logs?level=debug")
    assert "no camera" in page
    assert "p1" not in page
    page = log_in("hana").get("/robot/logs")
    assert f"/robot/logs?id={EVENT}" in page


def test_a_recording_is_begun_ended_and_erased_and_only_an_administrator_takes_it_out(
    client_for: ClientFor, log_in: LogIn, home: CareHome
) -> None:
    home.graph = Recordings(home.store.path.parent / "recordings", WRITES)
    technician, administrator = client_for(Role.TECHNICIAN), client_for(Role.ADMINISTRATOR)
    name = technician.post("/api/robot/recordings", json={"seconds": 600}).json()["name"]
    until(lambda: (home.store.path.parent / "recordings" / name).exists())
    assert technician.post("/api/robot/recordings", json={}).status_code == 409, "one at a time"
    assert [one["running"] for one in technician.get("/api/robot/recordings").json()] == [True]
    assert administrator.get(f"/api/robot/recordings/{name}").status_code == 404, "it is not complete"
    assert "기록하는 중" in log_in("junho").get("/robot")
    assert technician.post("/api/robot/recordings/stop").status_code == 204
    assert administrator.get(f"/api/robot/recordings/{name}").content == b"mcap"
    assert technician.get(f"/api/robot/recordings/{name}").status_code == 403
    assert client_for(Role.NURSE).get("/api/robot/recordings").status_code == 403
    assert technician.delete(f"/api/robot/recordings/{name}").status_code == 204
    assert technician.get("/api/robot/recordings").json() == []


def test_recordings_are_erased_after_two_weeks(tmp_path: Path, home: CareHome) -> None:
    recordings, now = Recordings(tmp_path / "r", WRITES), home.now()
    recordings.start(now - KEPT - timedelta(seconds=1), 0)
    until(lambda: not recordings.running and any((tmp_path / "r").iterdir()))
    recordings.start(now, 0)
    until(lambda: not recordings.running and len(list((tmp_path / "r").iterdir())) == 2)
    (tmp_path / "r" / "mine.txt").write_text("kept")
    assert [one.at for one in recordings.all(now)] == [now.replace(microsecond=0)]
    assert len(list((tmp_path / "r").iterdir())) == 2
    with pytest.raises(UserError, match="cannot be begun"):
        Recordings(tmp_path / "r", ("/nowhere/dolbom",)).start(datetime(2026, 1, 1, tzinfo=now.tzinfo), 1)
