"""The camera's switch: what the people of the home decided about it, kept over restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path

from dolbom.errors import UserError
from dolbom.places import data_folder


class CameraSwitch:
    """Remembers on or off in a small file of the home's data folder. Never written: on."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = data_folder() / "camera.json" if path is None else path

    def enabled(self) -> bool:
        """What was decided last.

        Raises:
            UserError: if the file is damaged or unreadable. Whoever asks must then keep the camera off: somebody may
                have switched it off.
        """
        try:
            enabled = json.loads(self._path.read_text(encoding="utf-8"))["enabled"]
        except FileNotFoundError:
            return True
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"the camera's switch {self._path} cannot be read ({error}), so it stays off", "dolbom camera on"
            ) from None
        return enabled is True

    def set(self, enabled: bool) -> None:
        """Keeps the decision; on disk when this returns.

        Raises:
            OSError: if it cannot be written.
        """
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"enabled": enabled}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
