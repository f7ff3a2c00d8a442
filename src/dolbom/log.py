"""The log of parts that run in any process: key-value lines through Python's logging, which never fails its caller."""

from __future__ import annotations

import logging
from typing import Any

import structlog


def get_log(name: str) -> Any:
    """The structured log of one module: `log.warning("what happened", key=value)`.

    A standard error that is closed, full or gone costs lines, never the thread that carries an alarm.
    """
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
