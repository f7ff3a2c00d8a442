"""Structured logs: one JSON line a message in the home's data folder, kept for a while, never over the network."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from dolbom.places import data_folder

FILE_BYTES = 5_000_000
FILES_KEPT = 5


class _PatientHandler(RotatingFileHandler):
    """A full disk costs log lines, never the program."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


def log_folder() -> Path:
    """Where the logs are: `data_folder()/logs`, made on first use."""
    folder = data_folder() / "logs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def open_log(name: str) -> Any:
    """The structured log of one process.

    Each line has `time` (UTC, ISO 8601), `level` and `text`; `node`, `event_id`, `distress_id` and other values
    are given by whoever logs. Two processes never share a file, because rotation would tear it.

    Args:
        name: the file's stem, such as the process's name.

    Raises:
        OSError: if the folder cannot be made.
    """
    path = log_folder() / f"{name}.jsonl"
    logger = logging.getLogger(f"dolbom.jsonl.{path}")
    if not logger.handlers:
        handler = _PatientHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    return structlog.wrap_logger(
        logger,
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.EventRenamer("text"),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        cache_logger_on_first_use=True,
    )
