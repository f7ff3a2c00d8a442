"""Makes the ROS 2 wheels' CMake files name this virtual environment instead of the machine that built them.

Run by the environment's own Python, after every installation; a second run changes nothing.
"""

import re
import sys
import sysconfig
from pathlib import Path

BUILD_PYTHON = re.compile(r"/opt/python/cp3\d+-cp3\d+")
BUILD_HEADERS = re.compile(BUILD_PYTHON.pattern + r"/include/python3\.\d+")


def repair(prefix: Path, headers: str) -> int:
    """Rewrites every CMake file below `prefix` that names the build machine's Python; returns how many."""
    repaired = 0
    for folder in ("share", "lib/cmake"):
        for path in (prefix / folder).rglob("*.cmake"):
            old = path.read_text(encoding="utf-8")
            new = BUILD_PYTHON.sub(str(prefix), BUILD_HEADERS.sub(headers, old))
            if new != old:
                path.unlink()  # the installer may have hard-linked it to its cache
                path.write_text(new, encoding="utf-8")
                repaired += 1
    return repaired


if __name__ == "__main__":
    count = repair(Path(sys.prefix), sysconfig.get_paths()["include"])
    print(f"ROS wheels: {count} CMake files repaired")
