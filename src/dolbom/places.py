"""Where dolbom keeps its files: the home's data, its keys, the weights, the source tree."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """The folder of this home's data (database, keys, recordings, logs).

    `$DOLBOM_HOME` if set, else the user's data folder. Made on first use, readable by its owner only.

    Raises:
        OSError: if the folder cannot be made (names the folder; the CLI turns this into one line).
    """
    named = os.environ.get("DOLBOM_HOME")
    folder = Path(named).expanduser() if named else Path(platformdirs.user_data_dir("dolbom", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def models_folder() -> Path:
    """The folder that holds the fetched model weights: `$DOLBOM_MODELS`, else `models/` of the source tree."""
    named = os.environ.get("DOLBOM_MODELS")
    return Path(named).expanduser() if named else ROOT / "models"
