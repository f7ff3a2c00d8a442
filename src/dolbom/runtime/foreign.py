"""The environment for programs that are none of ours: they see their own libraries, and nothing of ours."""

from __future__ import annotations

import os

OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH")


def foreign_environment() -> dict[str, str]:
    """This process's environment without what leads to our packages and the libraries of ROS 2."""
    return {name: value for name, value in os.environ.items() if name not in OURS}
