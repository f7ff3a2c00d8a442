"""The core stays free of ROS."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROS = {"rclpy", "dolbom_nodes", "launch", "launch_ros", "ament_index_python", "rosidl_runtime_py"}


def imported(source: Path) -> set[str]:
    names: set[str] = set()
    text = source.read_text(encoding="utf-8")
    if not any(name in text for name in (*ROS, "_msgs")):  # reading it as Python takes a hundred times as long
        return names
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("folder", ["src/dolbom", "tests/unit", "tests/pages"])
def test_neither_the_core_nor_its_tests_import_ros(folder: str) -> None:
    offenders = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name in imported(path)
        if name in ROS or name.endswith("_msgs")
    }
    assert offenders == set()


def test_the_check_sees_an_import_inside_a_function(tmp_path: Path) -> None:
    sly = tmp_path / "sly.py"
    sly.write_text("def f():\n    from sensor_msgs.msg import Image\n    import rclpy.node\n")
    assert imported(sly) == {"sensor_msgs", "rclpy"}
