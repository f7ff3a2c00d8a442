"""What may be recorded of the graph, and how it is written as MCAP: words and numbers, never pictures or sound."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

from ament_index_python.packages import get_package_share_directory
from mcap.writer import CompressionType, Writer
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

# Names under which drivers publish pictures or sound, whatever the type.
_FORBIDDEN_NAME = re.compile(
    r"(^|[/_])(image|images|compressed|compresseddepth|theora|ffmpeg|h264|jpeg|depth|video|audio|sound|pcm|mic|microphone"
    r"|wav|pointcloud|points)($|[/_])",
    re.IGNORECASE,
)
_FORBIDDEN_PACKAGES = ("audio_common_msgs", "audio_msgs", "theora_image_transport", "ffmpeg_image_transport_msgs")
_FORBIDDEN_TYPES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage", "sensor_msgs/msg/PointCloud2")
# A list of small integers without an end is what pixels and samples look like.
_PAYLOAD = re.compile(r"^(u?int8|u?int16|byte|char|octet)\[(<=\d+)?\]$")
# Parameters may be lists of bytes; of ours none is, and their changes explain much.
_HARMLESS = ("rcl_interfaces/msg/ParameterEvent",)
_SEPARATOR = "=" * 80
_BUILT_IN = re.compile(r"^(bool|byte|char|octet|float32|float64|u?int(8|16|32|64)|w?string)\b")
_FIELD = re.compile(r"^(?P<type>[A-Za-z][\w/]*)(?P<bound><=\d+)?(?P<array>\[(<=)?\d*\])?\s+(?P<name>[a-z]\w*)")


class Definition:
    """A message type's definition, from the .msg files that are installed."""

    def __init__(self, type_name: str) -> None:
        """Reads it with everything that it contains.

        Args:
            type_name: such as `std_msgs/msg/Header`.

        Raises:
            FileNotFoundError, LookupError: if a definition is not installed.
        """
        self.type_name = type_name
        self.texts: dict[str, str] = {}
        self.has_payload = False
        self._read(type_name)

    @property
    def schema(self) -> str:
        """As MCAP's `ros2msg` schemas want it: the definition, then each contained one after a line of `=`."""
        first, *others = self.texts.items()
        parts = [first[1]]
        for name, text in others:
            package, _, short = name.split("/")
            parts.append(f"{_SEPARATOR}\nMSG: {package}/{short}\n{text}")
        return "\n".join(parts)

    def _read(self, type_name: str) -> None:
        package, kind, name = type_name.split("/")
        text = Path(get_package_share_directory(package), kind, f"{name}.msg").read_text(encoding="utf-8")
        self.texts[type_name] = text
        for line in text.splitlines():
            field = _FIELD.match(line.strip())
            if field is None or "=" in line.split("#")[0].split(field["name"], 1)[1][:2]:
                continue
            if _PAYLOAD.match(f"{field['type']}{field['array'] or ''}"):
                self.has_payload = True
            if _BUILT_IN.match(field["type"]):
                continue
            inner = field["type"].split("/")
            full = f"{inner[0] if len(inner) > 1 else package}/msg/{inner[-1]}"
            if full not in self.texts:
                self._read(full)


def refusal(topic: str, type_name: str) -> str | None:
    """Why a topic is never recorded, or None if it may be.

    Refused by name (`…/image_raw`, `…/audio`), by type (images, point clouds, audio packages), and by shape: any type
    that contains a list of bytes or 16-bit samples without a fixed size. Unknown types are refused too.
    """
    if _FORBIDDEN_NAME.search(topic):
        return "its name says pictures or sound"
    if type_name in _HARMLESS:
        return None
    if type_name in _FORBIDDEN_TYPES or type_name.split("/")[0] in _FORBIDDEN_PACKAGES:
        return f"{type_name} carries pictures or sound"
    try:
        definition = Definition(type_name)
    except (OSError, LookupError, ValueError) as error:
        return f"the definition of {type_name} is not installed ({error})"
    if definition.has_payload:
        return f"{type_name} contains raw bytes"
    forbidden = [name for name in definition.texts if name in _FORBIDDEN_TYPES]
    return f"{type_name} contains {forbidden[0]}" if forbidden else None


def _message_class(type_name: str) -> Any:
    package, kind, name = type_name.split("/")
    return getattr(importlib.import_module(f"{package}.{kind}"), name)


class Recorder:
    """Subscribes to every topic that may be recorded, and writes what comes as it comes (CDR, undecoded)."""

    def __init__(self, node: Node, file: BinaryIO) -> None:
        self._node = node
        self._writer = Writer(file, compression=CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="dolbom")
        self._schemas: dict[str, int] = {}
        self.topics: dict[str, int] = {}
        self.refused: dict[str, str] = {}
        self.messages = 0
        self.error: OSError | None = None

    def look(self) -> None:
        """Subscribes to topics that appeared since."""
        for topic, types in self._node.get_topic_names_and_types():
            if topic in self.topics or topic in self.refused:
                continue
            reason = refusal(topic, types[0]) if len(types) == 1 else "it has several types"
            if reason is not None:
                self.refused[topic] = reason
            elif publishers := self._node.get_publishers_info_by_topic(topic):
                self._subscribe(topic, types[0], [publisher.qos_profile for publisher in publishers])

    def close(self) -> None:
        """Writes the index; the file is complete then."""
        self._writer.finish()

    def _subscribe(self, topic: str, type_name: str, offered: list[QoSProfile]) -> None:
        if type_name not in self._schemas:
            text = Definition(type_name).schema.encode()
            self._schemas[type_name] = self._writer.register_schema(type_name, "ros2msg", text)
        reliable = all(one.reliability == ReliabilityPolicy.RELIABLE for one in offered)
        latched = all(one.durability == DurabilityPolicy.TRANSIENT_LOCAL for one in offered)
        profile = QoSProfile(
            history=HistoryPolicy.KEEP_LAST,
            depth=100,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        channel = self._writer.register_channel(topic, "cdr", self._schemas[type_name], {})
        self.topics[topic] = 0

        def write(data: Any) -> None:
            now = self._node.get_clock().now().nanoseconds
            try:
                self._writer.add_message(channel, now, bytes(data), now)
            except OSError as error:
                self.error = error
                return
            self.topics[topic] += 1
            self.messages += 1

        self._node.create_subscription(_message_class(type_name), topic, write, profile, raw=True)


def create_private(path: Path) -> BinaryIO:
    """A new file that only its owner may read: even words and numbers of a home are private.

    Raises:
        FileExistsError: an old recording is never overwritten.
        OSError: if it cannot be made.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
