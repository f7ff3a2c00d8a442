"""Writes the table of Python packages in THIRD_PARTY.md from the locks and the installed packages' own metadata.

bin/dolbom-env python tools/third_party.py           writes it
bin/dolbom-env python tools/third_party.py --check   only says whether it is up to date
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "THIRD_PARTY.md"
MARK = "<!-- below: written by tools/third_party.py -->\n"


def locked(lock: str) -> list[str]:
    """Package names of a lock file, as they stand there."""
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", (ROOT / lock).read_text(), re.MULTILINE)


def licence(package: str) -> str | None:
    """What the installed package says of its licence; None if it is not installed on this platform."""
    try:
        metadata = importlib.metadata.metadata(package).json
    except importlib.metadata.PackageNotFoundError:
        return None
    if expression := metadata.get("license_expression"):
        return str(expression)
    classifiers = [line.split(" :: ")[-1] for line in metadata.get("classifier", []) if line.startswith("License")]
    named = str(metadata.get("license") or "").strip().splitlines()
    return ", ".join(classifiers) or (named[0][:60] if named else "Apache-2.0 or BSD-3-Clause (ROS 2)")


def table() -> str:
    """The table in Markdown."""
    lines = ["| package | licence, as it says itself |", "|---|---|"]
    for name in sorted(set(locked("requirements.lock"))):
        said = licence(name)
        lines.append(f"| {name} | {said or 'not installed on this platform'} |")
    ros = len(set(locked("requirements-ros.lock")))
    lines.append(f"| {ros} packages of ROS 2 Jazzy (`requirements-ros.lock`) | Apache-2.0, BSD-3-Clause, MIT |")
    return "\n".join(lines) + "\n"


def main() -> int:
    head = PAGE.read_text().split(MARK)[0]
    page = head + MARK + "\n" + table()
    if "--check" in sys.argv:
        listed = set(re.findall(r"^\| ([A-Za-z0-9._-]+) \|", PAGE.read_text(), re.MULTILINE))
        missing = set(locked("requirements.lock")) - listed
        if missing:
            print(f"THIRD_PARTY.md lacks {', '.join(sorted(missing))}: run tools/third_party.py", file=sys.stderr)
        return bool(missing)
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
