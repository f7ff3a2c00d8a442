"""Where the simulator is on this machine, and whether it is whole."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from dolbom.errors import UserError
from dolbom.places import ROOT

SUITE = "bullseye"
"""The Debian release whose Gazebo 11 it is."""

PACKAGES = ("ca-certificates", "gazebo", "gazebo-plugin-base", "libgl1-mesa-dri", "xvfb", "protobuf-compiler", "ffmpeg")
"""What is installed into the simulator's own root; Gazebo's media and plugins come with them."""

RECIPE = 1
"""Raised when an installation made by an earlier version does not do any more."""


@dataclass(frozen=True)
class Installation:
    """Gazebo 11 in a Debian root of its own.

    Attributes:
        folder: holds `root/`, `messages.desc` and, when all is there, `installed.json`.
    """

    folder: Path

    @property
    def root(self) -> Path:
        """The Debian root."""
        return self.folder / "root"

    @property
    def descriptions(self) -> Path:
        """The compiled descriptions of Gazebo's messages."""
        return self.folder / "messages.desc"

    @property
    def note(self) -> Path:
        """Written last: what is installed."""
        return self.folder / "installed.json"

    @property
    def media(self) -> Path:
        """The stock actor and its recorded motions."""
        return self.root / "usr/share/gazebo-11/media/models"

    def told(self) -> dict[str, object]:
        """What was noted when the installation was finished; empty if it never was, or is of another recipe."""
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) and noted.get("recipe") == RECIPE else {}

    def trouble(self) -> str:
        """Why it cannot be used, in one line; empty if it can."""
        if not self.told():
            return "Gazebo 11 is not installed" if not self.note.exists() else "Gazebo 11 is of an earlier version"
        lacking = [path for path in (self.root / "usr/bin/gzserver", self.descriptions) if not path.exists()]
        return f"{lacking[0]} is missing" if lacking else ""

    def demand(self) -> Installation:
        """Itself.

        Raises:
            UserError: if it cannot be used.
        """
        if trouble := self.trouble():
            raise UserError(trouble, "dolbom sim install")
        return self


def installation() -> Installation:
    """The installation of this machine: in `$DOLBOM_GAZEBO`, else in `.build/gazebo` of the source tree."""
    named = os.environ.get("DOLBOM_GAZEBO")
    return Installation(Path(named).expanduser().absolute() if named else ROOT / ".build" / "gazebo")
