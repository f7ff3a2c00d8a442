"""Gazebo as a program: started, spoken to, died, and several side by side."""

import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.conftest import WaitUntil

from dolbom.errors import UserError
from dolbom.simulation.server import Server
from dolbom.simulation.transport import GazeboGoneError

pytestmark = [pytest.mark.gazebo, pytest.mark.timeout(180)]

WORLD = """<?xml version="1.0"?>
<sdf version="1.6"><world name="{0}"><model name="only_in_{0}"><static>1</static>{1}</model></world></sdf>
"""
LINK = '<link name="body"/>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two", "wrong"):
        (tmp_path / f"{name}.world").write_text(WORLD.format(name, "<link" if name == "wrong" else LINK))
    return tmp_path


def names(server: Server) -> set[str]:
    return {model.name for model in server.connect().ask("scene_info", "Scene").model}


def test_two_servers_run_side_by_side_and_each_answers_for_its_own_world(folder: Path) -> None:
    with ExitStack() as stack:
        one = stack.enter_context(Server("one", folder, folder / "one.log"))
        two = stack.enter_context(Server("two", folder, folder / "two.log"))
        assert one.port != two.port
        assert names(one) == {"only_in_one"}
        assert names(two) == {"only_in_two"}


def test_a_server_that_dies_is_noticed_by_its_client_and_leaves_nothing_behind(
    folder: Path, wait_until: WaitUntil
) -> None:
    with Server("one", folder, folder / "one.log") as server:
        client = server.connect()
        assert server.process_group is not None
        inside = subprocess.run(
            ["pgrep", "--pgroup", str(server.process_group), "gzserver"], capture_output=True, text=True
        ).stdout.split()
        assert len(inside) == 1
        subprocess.run(["kill", f"-{signal.SIGSEGV.value}", inside[0]], check=True)
        wait_until(lambda: not server.running, what="the server's end")
        with pytest.raises(UserError, match="Gazebo ended"):
            server.check()
        with pytest.raises(GazeboGoneError):
            client.check()
        group = server.process_group
    left = subprocess.run(["pgrep", "--pgroup", str(group)], capture_output=True, text=True).stdout
    assert left == ""


def test_a_server_that_crashes_while_it_starts_is_started_again(folder: Path, wait_until: WaitUntil) -> None:
    with Server("one", folder, folder / "one.log") as server:
        group = server.process_group
        found = wait_until(
            lambda: subprocess.run(
                ["pgrep", "--pgroup", str(group), "gzserver"], capture_output=True, text=True
            ).stdout.split(),
            what="gzserver",
        )
        subprocess.run(["kill", f"-{signal.SIGABRT.value}", found[0]], check=True)
        assert names(server) == {"only_in_one"}
        assert server.process_group != group


def test_a_world_that_cannot_be_read_is_one_line_with_gazebos_own_words(folder: Path) -> None:
    with Server("wrong", folder, folder / "wrong.log") as server, pytest.raises(UserError) as caught:
        server.connect(30)
    assert "wrong" in str(caught.value)
    assert "\n" not in str(caught.value)
