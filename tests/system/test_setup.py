"""The set-up does its work once, finds what ROS lies below, and locks by hash without naming an index."""

import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-ros.lock", "requirements-dev.lock", "tools/uv.lock")


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([str(part) for part in command], cwd=cwd, env=clean, capture_output=True, text=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with the real tools and nothing else."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    return tmp_path


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_index_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    packages = re.findall(r"^[a-z0-9][^\n]*\n(?:    [^\n]*\n)*", text, re.MULTILINE)
    assert packages
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert re.findall(r"://|--index|--find-links|file:", text) == []


def test_the_locks_agree_with_each_other() -> None:
    pins: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, pin in re.findall(
            r"^([a-z0-9][a-z0-9._-]*)(==[^\n]*?)(?: \\)?$", (ROOT / lock).read_text(), re.MULTILINE
        ):
            pins.setdefault(f"{lock} {name}", set()).add(pin)
    by_name: dict[str, list[set[str]]] = {}
    for place, pinned in pins.items():
        by_name.setdefault(place.split()[1], []).append(pinned)
    # Packages that both the product and the tests need, such as numpy, carry the same pins in both.
    assert [name for name, all_pins in by_name.items() if any(one != all_pins[0] for one in all_pins)] == []


def once(
    tree: Path, *inputs: str, command: str = "mkdir -p made && echo ran >> made/log"
) -> subprocess.CompletedProcess[str]:
    return run("tools/once", "made", *inputs, "--", "bash", "-c", command, cwd=tree)


def runs(tree: Path) -> int:
    return len((tree / "made/log").read_text().splitlines())


def test_a_step_runs_again_only_when_an_input_changed(tree: Path) -> None:
    (tree / "input").write_text("1")
    assert [once(tree, "input", "ros=").returncode for _ in range(2)] == [0, 0]
    assert runs(tree) == 1
    os.utime(tree / "input", (0, 0))
    once(tree, "input", "ros=")
    assert runs(tree) == 1, "a new date is no change"
    (tree / "input").write_text("2")
    once(tree, "input", "ros=")
    assert runs(tree) == 2
    once(tree, "input", "ros=/opt/ros/jazzy")
    assert runs(tree) == 3


def test_a_step_whose_product_was_deleted_runs_again(tree: Path) -> None:
    once(tree, "word")
    shutil.rmtree(tree / "made")
    once(tree, "word")
    assert runs(tree) == 1


def test_a_step_that_failed_is_tried_again(tree: Path) -> None:
    once(tree, "word")
    assert once(tree, "other", command="echo ran >> made/log; exit 3").returncode == 3
    once(tree, "other")
    assert runs(tree) == 3


def test_a_sourced_jazzy_outside_the_tree_is_the_underlay(tree: Path) -> None:
    jazzy, own = tree.parent / "jazzy", tree / ".venv"
    jazzy.mkdir(exist_ok=True)
    own.mkdir()
    prefixes = f"{own}:{jazzy}"
    assert run("tools/underlay", cwd=tree, ROS_DISTRO="jazzy", AMENT_PREFIX_PATH=prefixes).stdout.strip() == str(jazzy)
    assert run("tools/underlay", cwd=tree, ROS_DISTRO="humble", AMENT_PREFIX_PATH=prefixes).stdout == ""
    assert run("tools/underlay", cwd=tree, ROS_DISTRO="jazzy", AMENT_PREFIX_PATH=str(own)).stdout == ""
    assert run("tools/underlay", cwd=tree).stdout == ""


def test_without_an_environment_the_command_says_how_to_make_one(tree: Path) -> None:
    said = run("bin/dolbom", "doctor", cwd=tree)
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "make -C" in said.stderr


def test_the_environment_puts_the_sources_first_and_the_underlay_last(tree: Path) -> None:
    for folder in (".venv/bin", ".venv/lib/python3.11/site-packages", ".venv/share/rclpy", "ros_ws/install", "src"):
        (tree / folder).mkdir(parents=True)
    python = tree / ".venv/bin/python"
    python.touch(mode=0o755)
    (tree / "ros_ws/src/nodes").mkdir(parents=True)
    (tree / "ros_ws/src/nodes/setup.py").touch()
    told = run("bin/dolbom-env", "bin/dolbom-env", "env", cwd=tree, PYTHONPATH="/elsewhere").stdout
    found = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    site = "lib/python3.11/site-packages"
    assert found["PYTHONPATH"].split(":") == [
        f"{tree}/src",
        f"{tree}/ros_ws/src/nodes",
        f"{tree}/ros_ws/install/{site}",
        "/elsewhere",
    ]
    assert found["AMENT_PREFIX_PATH"].split(":") == [f"{tree}/ros_ws/install", f"{tree}/.venv"]
    assert found["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
    assert "DOLBOM_HOME" not in found, "that is the user's to set"


def test_the_ros_wheels_name_this_environment_after_the_repair(tmp_path: Path) -> None:
    exported = tmp_path / "share/demo/cmake/export.cmake"
    exported.parent.mkdir(parents=True)
    exported.write_text('"/opt/python/cp311-cp311/include/python3.11;/opt/python/cp311-cp311/lib/python3.11/numpy"')
    kept_in_cache = tmp_path / "cached.cmake"
    os.link(exported, kept_in_cache)
    repair = runpy.run_path(str(ROOT / "tools/repair_ros_wheels.py"))["repair"]
    assert repair(tmp_path, "/usr/include/python3.11") == 1
    assert exported.read_text() == f'"/usr/include/python3.11;{tmp_path}/lib/python3.11/numpy"'
    assert "/opt/python" in kept_in_cache.read_text(), "the installer's cache is not ours to change"
    assert repair(tmp_path, "/usr/include/python3.11") == 0


def test_the_robots_container_is_healthy_only_with_every_process_of_the_table() -> None:
    from dolbom.runtime.nodes import PROCESSES

    asked = re.search(r"^for process in (.*); do$", (ROOT / "docker/robot_is_healthy").read_text(), re.MULTILINE)
    assert asked is not None
    assert set(asked[1].split()) == set(PROCESSES) - {"drive"}, "without a base it is not started"


def test_the_simulated_robots_parameters_are_right() -> None:
    from dolbom.runtime.parameters import check

    values, problems = check(ROOT / "docker/simulated.yaml")
    assert problems == []
    assert values["camera"]["source"] == "topic:/camera/image_raw"


def test_the_simulators_container_has_the_files_that_it_runs_and_its_bridge_publishes_what_the_robot_looks_at() -> None:
    from dolbom.runtime.parameters import check

    dockerfile, script = (ROOT / "docker" / name for name in ("simulation.Dockerfile", "simulate"))
    text = dockerfile.read_text().replace("\\\n", " ")
    inside: dict[str, Path] = {}
    for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE):
        *sources, to = line.split()
        for source in sources:
            there = (ROOT / source).rglob("*") if (ROOT / source).is_dir() else [ROOT / source]
            for file in there:
                assert file.exists(), f"{source} is not there to be copied"
                name = file.relative_to(ROOT / source) if (ROOT / source).is_dir() else file.name
                inside[f"{to.rstrip('/')}/{name}"] = file
    values = dict(re.findall(r"(\w+)=(\S+)", "".join(re.findall(r"^ENV (.*)$", text, re.MULTILINE))))
    asked = {name: values[name] for name in re.findall(r'"\$(\w+)"', script.read_text())}
    assert set(asked) == {"WORLD", "BRIDGE", "URDF"}
    assert set(asked.values()) <= set(inside)
    assert set(re.findall(r"/opt/dolbom/[\w./]+", script.read_text())) <= set(inside)
    entries = yaml.safe_load(inside[asked["BRIDGE"]].read_text())
    bridged = {"/" + entry["ros_topic_name"].removeprefix("/") for entry in entries}
    parameters, _ = check(ROOT / "docker/simulated.yaml")
    source = str(parameters["camera"]["source"])
    seen = source.removeprefix("topic:")
    assert {seen, seen.replace("image_raw", "camera_info"), "/clock"} <= bridged
    assert f"`source: {source}`" in (ROOT / "docs/simulation.md").read_text()
