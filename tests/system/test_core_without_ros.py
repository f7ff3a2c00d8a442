"""The core as whole programs load it."""

from __future__ import annotations

import subprocess
import sys


def test_every_module_of_the_core_loads_where_there_is_no_ros() -> None:
    program = (
        "import sys, pkgutil, importlib, dolbom\n"
        "sys.modules['rclpy'] = None\n"
        "for m in pkgutil.walk_packages(dolbom.__path__, 'dolbom.'):\n"
        "    if not m.name.endswith('__main__') and '.migrations' not in m.name:\n"
        "        importlib.import_module(m.name)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
