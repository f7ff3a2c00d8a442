"""The doctor names what is missing, and the cure, in one line each."""

import inspect
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom import doctor
from dolbom.clock import ManualClock
from dolbom.doctor import Finding
from dolbom.speech.ports import Device, PortLostError


def put_command(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def one(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_this_python_is_right_and_an_old_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(doctor.python()).ok
    monkeypatch.setattr(sys, "version_info", (3, 10, 1, "final", 0))
    finding = one(doctor.python())
    assert (finding.said, finding.needed) == ("3.10.1", True)
    assert "3.11" in finding.cure


def test_a_package_of_another_version_or_none_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "# made by make lock\npydantic==1.0 \\\n    --hash=sha256:00\nno-such-package==2.0\n"
        "only-elsewhere==1.0 ; sys_platform == 'win32'\n"
    )
    finding = one(doctor.environment((lock, tmp_path / "none.lock")))
    assert finding.cure == "make setup"
    assert finding.said.startswith("0 packages as locked; pydantic is ")
    assert "no-such-package is missing" in finding.said
    assert "only-elsewhere" not in finding.said


def test_this_environment_is_as_locked() -> None:
    assert one(doctor.environment()).ok


def test_a_missing_system_library_comes_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(doctor.ctypes, "CDLL", refuse)
    assert [finding.cure for finding in doctor.libraries()] == [
        "sudo apt-get install libgl1",
        "sudo apt-get install libglib2.0-0",
    ]


@pytest.mark.parametrize(
    ("script", "ok", "said"),
    [
        ("echo jazzy", True, "jazzy"),
        ("echo Traceback >&2; echo \"No module named 'rclpy'\" >&2; exit 1", False, "No module named 'rclpy'"),
        ("exit 3", False, "it says nothing"),
    ],
)
def test_ros_is_tried_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, ok: bool, said: str
) -> None:
    put_command(tmp_path, "python", script)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    finding = one(doctor.ros())
    assert finding.ok is ok
    assert finding.said.endswith(said)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "ros_ws"
    for name in ("alpha_msgs", "beta"):
        package = root / "src" / name
        package.mkdir(parents=True)
        (package / "package.xml").write_text("<package/>")
    marker = root / "install" / "share" / "ament_index" / "resource_index" / "packages"
    marker.mkdir(parents=True)
    (marker / "alpha_msgs").touch()
    (marker / "beta").touch()
    (root / "install" / ".made-from").write_text("now")
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"/nowhere:{root / 'install'}")
    return root


def test_a_built_workspace_is_well(workspace: Path) -> None:
    assert one(doctor.workspace(workspace)) == Finding("ROS workspace", "2 packages built")


def test_an_unbuilt_package_is_named(workspace: Path) -> None:
    (workspace / "install/share/ament_index/resource_index/packages/beta").unlink()
    assert one(doctor.workspace(workspace)) == Finding("ROS workspace", "not built: beta", "make workspace")


def test_an_interface_changed_after_the_build_is_named(workspace: Path) -> None:
    changed = workspace / "src/alpha_msgs/New.msg"
    changed.touch()
    later = (workspace / "install/.made-from").stat().st_mtime + 10
    os.utime(changed, (later, later))
    finding = one(doctor.workspace(workspace))
    assert (finding.said, finding.cure) == ("changed since the last build: New.msg", "make workspace")


def test_an_installed_dolbom_has_no_workspace_to_check(tmp_path: Path) -> None:
    assert list(doctor.workspace(tmp_path)) == []


def test_missing_weights_come_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_MODELS", str(tmp_path))
    found = list(doctor.weights())
    assert len(found) >= 3
    assert {finding.cure for finding in found} == {"dolbom weights fetch"}


def test_a_robot_without_nats_server_is_told_but_runs(commands: Path) -> None:
    finding = one(doctor.broker())
    assert (finding.ok, finding.needed) == (False, False)
    put_command(commands, "nats-server", "echo 'nats-server: v2.9.10'")
    assert one(doctor.broker()).ok
    put_command(commands, "nats-server", "echo 'nats-server: v2.1.4'")
    assert one(doctor.broker()).cure == "install nats-server 2.9 or later"


def test_a_writable_data_folder_with_space_is_well(tmp_path: Path) -> None:
    finding = one(doctor.data(lambda: tmp_path))
    assert finding.ok
    assert str(tmp_path) in finding.said


def test_a_data_folder_that_cannot_be_made_is_named_with_the_reason() -> None:
    def refused() -> Path:
        raise PermissionError(13, "Permission denied", "/srv/home")

    finding = one(doctor.data(refused))
    assert finding.said == "/srv/home: Permission denied"
    assert "$DOLBOM_HOME" in finding.cure


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SPACE_NEEDED", 2**62)
    assert "free some disk space" in one(doctor.data(lambda: tmp_path)).cure


def test_scarce_shared_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(doctor.shared_memory(tmp_path)).ok
    assert one(doctor.shared_memory(tmp_path / "none")).cure == "mount a tmpfs there"
    monkeypatch.setattr(doctor, "SHARED_MEMORY_NEEDED", 2**62)
    assert "--shm-size" in one(doctor.shared_memory(tmp_path)).cure


def test_a_camera_without_permission_comes_with_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(doctor.cameras(tmp_path)).ok
    (tmp_path / "video0").touch()
    assert one(doctor.cameras(tmp_path)).said == "may be opened"
    monkeypatch.setattr(os, "access", lambda *_: False)
    finding = one(doctor.cameras(tmp_path))
    assert "usermod -aG video" in finding.cure
    assert not finding.needed


def test_without_a_microphone_and_a_speaker_it_says_what_does_instead() -> None:
    def device(index: int, name: str, inputs: int, outputs: int, default: bool) -> Device:
        return Device(index, name, "ALSA", inputs, outputs, 48000.0, default and inputs > 0, default and outputs > 0)

    assert [one.said for one in doctor.sound(list)] == ["none; a WAV file does too"] * 2
    found = [device(0, "HDMI", 0, 8, False), device(1, "Jabra", 1, 0, True), device(2, "USB", 1, 2, False)]
    said = {one.name: one.said for one in doctor.sound(lambda: found)}
    assert said == {"microphone": "Jabra and 1 more: dolbom audio devices",
                    "speaker": "HDMI and 1 more: dolbom audio devices"}  # fmt: skip

    def no_library() -> list[Device]:
        raise PortLostError("PortAudio is missing")

    finding = one(doctor.sound(no_library))
    assert (finding.said, finding.needed) == ("PortAudio is missing", False)
    assert "libportaudio2" in finding.cure


def test_a_taken_port_is_named_with_its_use() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        taken = one(doctor.ports({port: "the desk"}))
    assert taken.name == f"port {port}, the desk"
    assert f"sport = {port}" in taken.cure
    assert one(doctor.ports({port: "the desk"})).ok


def test_the_ports_are_those_that_the_programs_take() -> None:
    from dolbom.district.cli import up
    from dolbom.web.app import WebParameters
    from dolbom.web.care.server import CareWebParameters

    district = inspect.signature(up).parameters
    taken = [district[name].default for name in ("web_port", "enrol_port", "mqtt_port")]
    pages = [model.model_fields["port"].default for model in (WebParameters, CareWebParameters)]
    assert set(doctor.PORTS) == {*taken, *pages}


def test_a_clock_before_the_release_is_wrong() -> None:
    assert one(doctor.clock()).ok
    assert "set-ntp" in one(doctor.clock(ManualClock(datetime(1970, 1, 2, tzinfo=UTC)))).cure


def test_a_missing_korean_font_is_told(commands: Path) -> None:
    assert [finding.name for finding in doctor.language()] == ["terminal encoding"]
    put_command(commands, "fc-list", "echo 'Noto Sans CJK KR'")
    assert list(doctor.language())[1] == Finding("Korean font", "Noto Sans CJK KR", needed=False)
    put_command(commands, "fc-list", "true")
    assert "fonts-noto-cjk" in list(doctor.language())[1].cure


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def breaks() -> Iterator[Finding]:
        raise OSError("no such device")
        yield

    found = list(doctor.examine((breaks, doctor.python)))
    assert [finding.name for finding in found] == ["breaks", "python"]
    assert "no such device" in found[0].said


@pytest.mark.parametrize(
    ("finding", "exit_code", "mark"),
    [
        (Finding("disk", "full", "free some"), 1, "✗ disk: full  → free some"),
        (Finding("font", "none [ko]", "install one", needed=False), 0, "! font: none [ko]  → install one"),
        (Finding("disk", "empty"), 0, "✓ disk: empty"),
    ],
)
def test_only_what_is_needed_makes_the_command_fail(
    monkeypatch: pytest.MonkeyPatch, finding: Finding, exit_code: int, mark: str
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: iter([finding]))
    printed = CliRunner().invoke(doctor.app, [])
    assert (printed.exit_code, printed.stdout.strip()) == (exit_code, mark)
    told = json.loads(CliRunner().invoke(doctor.app, ["--json"]).stdout)
    assert told["ok"] is (exit_code == 0)
    assert told["findings"][0]["cure"] == finding.cure
