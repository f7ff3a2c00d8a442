"""Whether Gazebo starts on this machine: an empty world, loaded once."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from dolbom.simulation.installation import Installation
from dolbom.simulation.server import Server

EMPTY = '<?xml version="1.0"?>\n<sdf version="1.6"><world name="empty"/></sdf>\n'


def try_server(at: Installation) -> float:
    """Starts Gazebo with an empty world and ends it; returns the seconds until the world was there.

    Raises:
        UserError: if it does not come so far.
    """
    with tempfile.TemporaryDirectory(prefix="dolbom-gazebo-") as name:
        folder = Path(name)
        (folder / "empty.world").write_text(EMPTY, encoding="utf-8")
        began = time.monotonic()
        with Server("empty", folder, folder / "gzserver.log", at) as server:
            server.connect()
            return time.monotonic() - began
