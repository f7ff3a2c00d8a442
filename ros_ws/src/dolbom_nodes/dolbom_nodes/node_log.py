"""A node's log: each line as JSON into the data folder, and to ROS's own log (console and /rosout)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dolbom.runtime.log import open_log

if TYPE_CHECKING:
    from rclpy.node import Node

_process_name = "nodes"


def name_process(name: str) -> None:
    """Names this process's log file; before the first node is made."""
    global _process_name
    _process_name = name


def process_log() -> Any:
    """The structured log of this process."""
    return open_log(_process_name)


class NodeLog:
    """Writes each line twice: as JSON into the data folder, and to ROS's own log (console and /rosout)."""

    def __init__(self, node: Node) -> None:
        self._ros = node.get_logger()
        self._name = node.get_name()
        self._json: Any = None
        try:
            self._json = process_log().bind(node=self._name)
        except OSError as error:
            self._ros.error(f"no log file: {error}")

    def debug(self, text: str, **values: object) -> None:
        """For developers."""
        self._write("debug", text, values)

    def info(self, text: str, **values: object) -> None:
        """What happens in the ordinary course."""
        self._write("info", text, values)

    def warning(self, text: str, **values: object) -> None:
        """What somebody should know."""
        self._write("warning", text, values)

    def error(self, text: str, **values: object) -> None:
        """What is broken."""
        self._write("error", text, values)

    def _write(self, level: str, text: str, values: dict[str, object]) -> None:
        values = {key: value for key, value in values.items() if value is not None}
        if self._json is not None:
            getattr(self._json, level)(text, **values)
        # rclpy remembers the severity by the place of the call: one place a severity.
        said = "  ".join([text, *(f"{key}={value}" for key, value in values.items() if key != "trace")])
        if level == "error":
            self._ros.error(said)
        elif level == "warning":
            self._ros.warning(said)
        elif level == "info":
            self._ros.info(said)
        else:
            self._ros.debug(said)
