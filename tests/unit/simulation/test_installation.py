"""Gazebo is brought whole or not at all, and why it cannot be is one line."""

import json
import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.simulation import install as installing
from dolbom.simulation.cli import app
from dolbom.simulation.installation import RECIPE, Installation, installation
from dolbom.simulation.server import Server, free_port


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("DOLBOM_GAZEBO", str(tmp_path / "gazebo"))
    return installation()


def furnish(at: Installation) -> None:
    (at.root / "usr/bin").mkdir(parents=True)
    (at.root / "usr/bin/gzserver").touch()
    at.descriptions.touch()
    at.note.write_text(json.dumps({"recipe": RECIPE, "gazebo": "11.1.0"}))


def test_an_installation_is_whole_only_with_its_note_program_and_messages(nowhere: Installation) -> None:
    assert nowhere.trouble() == "Gazebo 11 is not installed"
    furnish(nowhere)
    assert nowhere.trouble() == ""
    nowhere.descriptions.unlink()
    assert nowhere.trouble() == f"{nowhere.descriptions} is missing"
    nowhere.note.write_text(json.dumps({"recipe": RECIPE - 1}))
    assert nowhere.trouble() == "Gazebo 11 is of an earlier version"
    nowhere.note.write_text("{")
    assert nowhere.trouble() != ""


def test_without_it_a_server_says_what_to_run(nowhere: Installation, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not installed — dolbom sim install"), Server("home", tmp_path, tmp_path / "l"):
        pass


@pytest.mark.parametrize(
    ("machine", "user", "free", "said"),
    [
        ("aarch64", 0, 10**12, "x86_64 Linux only, and this is aarch64"),
        ("x86_64", 1000, 10**12, "made by root; run: sudo"),
        ("x86_64", 0, 10**8, "95 MB free, 1800 MB needed"),
    ],
)
def test_why_it_cannot_be_installed_is_one_line(
    nowhere: Installation, monkeypatch: pytest.MonkeyPatch, machine: str, user: int, free: int, said: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, free))
    with pytest.raises(UserError, match=said) as caught:
        installing.install(nowhere, lambda *_: None)
    assert "\n" not in str(caught.value)
    assert not nowhere.folder.exists()


def test_a_mirror_that_cannot_be_reached_is_told_and_what_was_downloaded_stays(
    nowhere: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    part = nowhere.folder / "root.part"
    failing = tmp_path / "mmdebstrap"
    failing.write_text(
        f"#!/bin/sh\nmkdir -p {part}/var/cache/apt/archives; echo x > {part}/var/cache/apt/archives/a.deb\n"
        "echo 'Get:1 a'; echo 'E: Failed to fetch a: Could not resolve host'; exit 25\n"
    )
    failing.chmod(0o755)
    monkeypatch.setattr(installing, "fitness", lambda _: "")
    monkeypatch.setattr(installing, "_tools", lambda: None)
    monkeypatch.setattr(installing, "_command", lambda *_: [str(failing)])
    with pytest.raises(UserError, match="the network or the mirror fails: Failed to fetch a"):
        installing.install(nowhere, lambda *_: None)
    assert (nowhere.folder / "debs" / "a.deb").read_text() == "x\n"
    assert not part.exists()
    assert nowhere.trouble() == "Gazebo 11 is not installed"


def test_progress_counts_every_package_three_times() -> None:
    lines = [
        "0 upgraded, 2 newly installed, 0 to remove", "Get:1 a", "Get:2 b", "Unpacking a", "Unpacking b",
        "Setting up a", "Setting up b",
        # the second step of apt finds its packages downloaded
        "0 upgraded, 1 newly installed, 0 to remove", "Need to get 0 B/12 kB of archives.", "Unpacking c",
        "Setting up c",
    ]  # fmt: skip
    told = list(installing.counted(iter(lines)))
    assert told[0] == ("downloads", 1, 6)
    assert told[5] == ("sets up", 6, 6)
    assert told[-1] == ("sets up", 8, 8)


def test_uninstall_takes_everything_away(nowhere: Installation) -> None:
    furnish(nowhere)
    result = CliRunner().invoke(app, ["uninstall"])
    assert result.exit_code == 0
    assert not nowhere.folder.exists()
    assert CliRunner().invoke(app, ["uninstall"]).exit_code != 0


def test_the_doctor_tells_programs_what_is_missing(nowhere: Installation) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["trouble"] == "Gazebo 11 is not installed"


def test_no_two_servers_get_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        ports = range(first, min(first + 5, 65536))
        with free_port(ports) as one, free_port(ports) as other:
            assert len({first, one, other}) == 3


def test_the_simulation_needs_only_its_own_packages_of_the_host() -> None:
    script = (installing.ROOT / "tools" / "system_packages").read_text()
    wanted = [line.split()[3] for line in script.splitlines() if line.startswith("simulation ")]
    assert wanted == ["mmdebstrap", "debian-archive-keyring"]
    assert subprocess.run(["bash", "-n", installing.ROOT / "tools" / "system_packages"]).returncode == 0
