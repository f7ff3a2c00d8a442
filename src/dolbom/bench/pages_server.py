"""The care worker's pages of `$DOLBOM_HOME` in a process of their own, without ROS: for `dolbom bench web --core`.

python -m dolbom.bench.pages_server         ends with its parent
"""

from __future__ import annotations

import threading
from typing import Any, NoReturn

from dolbom.clock import SystemClock
from dolbom.store.base import open_store
from dolbom.web.app import NotNowError
from dolbom.web.care.board import CareBoard
from dolbom.web.care.home import CareHome, open_database
from dolbom.web.care.server import CareServer, CareWebParameters


class NoRobot:
    """There is none behind these pages, and they say so."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object, **__: object) -> NoReturn:
            raise NotNowError({"switch_camera": "camera", "say": "voice", "note_dose": "routines"}.get(name, "guard"))

        return refuse


def main() -> None:
    """Entry point."""
    home = CareHome(open_database(), open_store(), SystemClock(), "ko", CareBoard(), NoRobot())
    CareServer(CareWebParameters(port=0), home).run(threading.Event())


if __name__ == "__main__":
    main()
