"""Who the robot is, its one instance, its signs of life, its log, and the table of its nodes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from dolbom.errors import UserError
from dolbom.places import ROOT
from dolbom.runtime import log, nodes, up
from dolbom.runtime.nodes import NODES, PROCESSES
from dolbom.runtime.notify import notify, parse
from dolbom.runtime.robot import RobotParameters
from dolbom.runtime.single import only_one


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))


def test_a_robot_has_a_source_and_a_zone() -> None:
    robot = RobotParameters(district="mapo", home="h1", robot="r1")
    assert robot.source == "/district/mapo/home/h1/robot/r1"
    assert robot.zone.key == "Asia/Seoul"


@pytest.mark.parametrize("wrong", [{"robot": "Kim Young-hee"}, {"time_zone": "Seoul"}, {"lang": "fr"}, {"rob": "x"}])
def test_who_the_robot_is_must_make_sense(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        RobotParameters.model_validate(wrong)


def test_a_second_robot_in_the_same_folder_is_refused_with_the_firsts_number(tmp_path: Path) -> None:
    with only_one(tmp_path, "up"):
        with pytest.raises(UserError, match=rf"dolbom up already runs in {tmp_path} \(process {os.getpid()}\)"):
            with only_one(tmp_path, "up"):
                pass
    with only_one(tmp_path, "up"):
        pass


def test_a_lock_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from dolbom.runtime.single import only_one\n"
    code += "with only_one(Path(sys.argv[1]), 'up'): os.kill(os.getpid(), 9)"
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=False, timeout=30)
    with only_one(tmp_path, "up"):
        pass


def test_signs_of_life_arrive_as_systemd_would_read_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        assert notify(READY="1", STATUS="two\nlines")
        assert receiver.recv(4096) == b"READY=1\nSTATUS=two lines"


def test_nobody_listening_disturbs_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify(READY="1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not notify(READY="1")


def test_a_datagram_of_nonsense_is_no_sign() -> None:
    assert parse(b"\xff\xfe\nREADY=1\nnothing\nSTATUS=a=b") == {"READY": "1", "STATUS": "a=b"}


def test_a_log_line_is_json_with_its_ids() -> None:
    log.open_log("guard").bind(node="safety").warning("넘어짐", event_id="e1", distress_id="d1")
    line = json.loads((log.log_folder() / "guard.jsonl").read_text(encoding="utf-8"))
    assert (line["node"], line["level"], line["text"]) == ("safety", "warning", "넘어짐")
    assert (line["event_id"], line["distress_id"]) == ("e1", "d1")
    assert line["time"].endswith("Z")


def test_logs_are_rotated_and_old_ones_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "FILE_BYTES", 2_000)
    monkeypatch.setattr(log, "FILES_KEPT", 2)
    writer = log.open_log("small")
    for index in range(200):
        writer.info("x" * 50, index=index)
    files = sorted(path.name for path in log.log_folder().iterdir())
    assert files == ["small.jsonl", "small.jsonl.1", "small.jsonl.2"]
    assert all(path.stat().st_size <= 2_000 for path in log.log_folder().iterdir())


def test_a_full_disk_costs_the_line_and_not_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = log.open_log("full")
    writer.info("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for handler in log.logging.getLogger(f"dolbom.jsonl.{log.log_folder() / 'full.jsonl'}").handlers:
        monkeypatch.setattr(
            handler, "stream", type("Full", (), {"write": full, "flush": full, "close": lambda _: None})()
        )
    writer.info("after")


def test_every_node_has_a_name_of_its_own_and_a_known_process() -> None:
    assert len({entry.name for entry in NODES}) == len(NODES)
    assert {entry.process for entry in NODES} == set(PROCESSES)


def test_nodes_are_found_by_name() -> None:
    assert nodes.entry("camera").process == "perception"
    with pytest.raises(KeyError, match="no node 'camra'"):
        nodes.entry("camra")


def test_readers_of_frames_come_up_before_the_camera() -> None:
    assert nodes.nodes_of("perception")[-1].name == "camera"


def test_the_guard_starts_first_stops_last_and_holds_no_perception() -> None:
    specs = up.processes()
    assert [spec.name for spec in specs] == [name for name in PROCESSES if name != "drive"]
    assert specs[0].name == "guard"
    assert [spec.last_to_stop for spec in specs] == [True, False, False, False]
    assert specs[0].longest_pause_s < specs[1].longest_pause_s


def test_a_process_that_has_nothing_to_do_is_started_only_when_it_has_or_when_it_is_asked_for() -> None:
    assert "drive" not in [spec.name for spec in up.processes()]
    assert "drive" in [spec.name for spec in up.processes(given={"drive": {"base": "cmd_vel"}})]
    assert [spec.name for spec in up.processes(["drive"])] == ["drive"]


def test_only_some_processes_or_nodes_can_be_asked_for() -> None:
    specs = up.processes(["guard", "camera"], Path("/p.yaml"), "/robot1")
    assert [spec.name for spec in specs] == ["guard", "perception"]
    perception = list(specs[1].command)
    assert perception[3:] == [
        "perception",
        "--nodes",
        "camera",
        "--ros-args",
        "-r",
        "__ns:=/robot1",
        "--params-file",
        "/p.yaml",
    ]
    with pytest.raises(UserError, match="no process or node 'camra'"):
        up.processes(["camra"])


def test_nothing_leaves_the_machine_over_dds_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RMW_IMPLEMENTATION", "FASTDDS_BUILTIN_TRANSPORTS", "ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_DOMAIN_ID"):
        monkeypatch.delenv(name, raising=False)
    found = up.environment(7)
    assert found["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
    assert found["RMW_IMPLEMENTATION"] == "rmw_fastrtps_cpp"
    assert found["FASTDDS_BUILTIN_TRANSPORTS"] == up.TRANSPORT
    assert found["ROS_DOMAIN_ID"] == "7"
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    assert up.environment()["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "SUBNET"


def test_given_values_are_written_where_the_processes_read_them() -> None:
    path = up.prepare({"camera": {"fps": 10.0}})
    assert "fps: 10.0" in path.read_text()
    assert "district" not in path.read_text()


def test_the_supervisors_events_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    tell = up.Teller(as_json=False, verbose=True)
    tell({"event": "started", "process": "guard", "pid": 1, "start": 1})
    tell({"event": "ready", "process": "guard", "after_s": 1.5})
    tell({"event": "line", "process": "guard", "text": "hello"})
    tell(
        {"event": "state", "process": "guard", "nodes": {"safety": ["ok", "active"], "bridge": ["error", "no broker"]}}
    )
    tell(
        {"event": "state", "process": "guard", "nodes": {"safety": ["ok", "active"], "bridge": ["error", "no broker"]}}
    )
    tell({"event": "died", "process": "guard", "code": -9, "again_in_s": 0.5, "last_words": ["oh"]})
    tell({"event": "died", "process": "guard", "code": 3, "again_in_s": 1.0, "last_words": []})
    tell({"event": "hangs", "process": "guard", "silent_s": 15.2, "pid": 1})
    tell({"event": "failed", "process": "guard", "message": "cannot start x"})
    tell({"event": "stopped", "process": "guard"})
    assert capsys.readouterr().out.splitlines() == [
        "guard: starting (process 1)",
        "guard: running after 1.5 s",
        "  guard | hello",
        "guard/safety ok",
        "guard/bridge error: no broker",
        "guard: was ended by SIGKILL; started again in 0.5 s",
        "  guard | oh",
        "guard: ended with 3; started again in 1 s",
        "guard: no sign of life for 15 s; ended and started again",
        "guard: cannot start x",
        "guard: stopped",
    ]


def test_the_supervisors_events_are_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    up.Teller(as_json=True, verbose=False)({"event": "started", "process": "guard", "pid": 1, "start": 1})
    said = json.loads(capsys.readouterr().out)
    assert (said["event"], said["process"], said["pid"]) == ("started", "guard", 1)


def test_without_ros_the_cure_is_named() -> None:
    with pytest.raises(UserError, match="run bin/dolbom"):
        up.check_ros()
