"""The launch files start what the table says, and hold no facts of their own."""

from __future__ import annotations

import ast
import py_compile
from pathlib import Path

import pytest

from dolbom.errors import UserError
from dolbom.places import ROOT
from dolbom.runtime import launching
from dolbom.runtime.nodes import NODES, PROCESSES

FILES = sorted((ROOT / "launch").glob("*.launch.py"))
FUNCTIONS = {"companion.launch.py": "companion", "district.launch.py": "district"}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))


def test_there_is_a_launch_file_for_the_robot_the_simulation_and_the_district() -> None:
    assert [path.name for path in FILES] == ["companion.launch.py", "district.launch.py", "simulation.launch.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_launch_file_compiles_and_names_no_node_or_process(path: Path, tmp_path: Path) -> None:
    py_compile.compile(str(path), cfile=str(tmp_path / "x.pyc"), doraise=True)
    words = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
    assert not words & {*PROCESSES, *(entry.name for entry in NODES), *(entry.node for entry in NODES)}


@pytest.mark.parametrize(("file", "function"), FUNCTIONS.items())
def test_a_launch_file_asks_the_table_and_passes_arguments_that_it_knows(file: str, function: str) -> None:
    tree = ast.parse((ROOT / "launch" / file).read_text())
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dolbom.runtime.launching"
        for name in node.names
    }
    assert imported == {function}
    declared = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ARGUMENTS"
    )
    described = getattr(launching, function).__doc__
    assert all(f"`{name}`" in described for name in declared)


def test_the_simulation_passes_arguments_that_the_companion_declares() -> None:
    companion = (ROOT / "launch" / "companion.launch.py").read_text()
    tree = ast.parse((ROOT / "launch" / "simulation.launch.py").read_text())
    passed = next(
        ast.literal_eval(ast.Expression(ast.List([key for key in node.keys if key], ast.Load())))
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
    )
    assert set(passed) == {"source", "parameters", "use_sim_time"}
    assert all(f'"{name}":' in companion for name in passed)


def test_the_companion_is_every_process_of_the_table() -> None:
    started = launching.companion({})
    assert [one.name for one in started] == [name for name in PROCESSES if name != "drive"], "it has no base"
    assert all(one.respawn and one.cmd[1:3] == ["-m", "dolbom_nodes.host"] for one in started)
    assert all(one.additional_env["ROS_AUTOMATIC_DISCOVERY_RANGE"] for one in started)


def test_arguments_reach_the_parameters_of_the_nodes() -> None:
    started = launching.companion({"source": "topic:/sim/image", "use_sim_time": "true", "only": "camera"})
    written = Path(started[0].cmd[-1]).read_text()
    assert "source: topic:/sim/image" in written
    assert written.count("use_sim_time: true") == len(NODES)
    assert [one.name for one in started] == ["perception"]


def test_a_wrong_parameter_file_stops_the_launch_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("camera:\n  ros__parameters:\n    fsp: 3\n")
    with pytest.raises(UserError, match=r"p.yaml:3: camera has no parameter 'fsp'; did you mean fps\?"):
        launching.companion({"parameters": str(path)})


def test_the_district_is_the_districts_own_command() -> None:
    (started,) = launching.district({"data": "/srv/d", "web_port": "8081"})
    assert started.cmd[1:] == ["-m", "dolbom", "district", "up", "--data", "/srv/d", "--web-port", "8081"]


def test_the_shipped_parameter_files_are_right() -> None:
    from dolbom.runtime import parameters

    files = sorted((ROOT / "ros_ws/src/dolbom_bringup/config").glob("*.yaml"))
    files = [path for path in files if path.stem != "ros_gz_bridge"]  # a list of topics for ros_gz, no parameters
    assert files
    assert [problem for path in files for problem in parameters.check(path)[1]] == []


def test_every_parameter_of_every_node_has_a_description_and_a_default() -> None:
    from dolbom.runtime import parameters

    listed = list(parameters.rows())
    assert {owner for owner, _ in listed} == {"/**", *(entry.name for entry in NODES)}
    assert [f"{owner} {one.name}" for owner, one in listed if not one.description] == []
