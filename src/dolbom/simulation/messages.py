"""Gazebo's own messages as protobuf classes, from the descriptions made when it was installed; no generated code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from dolbom.errors import UserError


class Messages:
    """The message classes of one Gazebo, by full name such as `gazebo.msgs.WorldControl`."""

    def __init__(self, descriptions: Path) -> None:
        """Reads `descriptions`, a protobuf FileDescriptorSet.

        Raises:
            UserError: if there is no such file or it is something else.
        """
        self._pool = descriptor_pool.DescriptorPool()
        try:
            files = descriptor_pb2.FileDescriptorSet.FromString(descriptions.read_bytes())
            for file in files.file:
                self._pool.Add(file)
        except FileNotFoundError:
            raise UserError(f"no descriptions of Gazebo's messages at {descriptions}", "dolbom sim install") from None
        except Exception as error:  # protobuf raises its own kinds, by version
            raise UserError(f"{descriptions} does not describe messages: {error}", "dolbom sim install") from None
        self._classes: dict[str, Any] = {}

    def kind(self, name: str) -> Any:
        """The class of a message, such as `gazebo.msgs.ImageStamped`.

        Raises:
            KeyError: if Gazebo has no such message.
        """
        if name not in self._classes:
            self._classes[name] = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))
        return self._classes[name]

    def new(self, name: str, /, **fields: Any) -> Any:
        """A new message of `gazebo.msgs.<name>` with these fields."""
        return self.kind(f"gazebo.msgs.{name}")(**fields)


@lru_cache(maxsize=2)
def messages_at(descriptions: Path) -> Messages:
    """The messages of an installation, read once in a process."""
    return Messages(descriptions)
