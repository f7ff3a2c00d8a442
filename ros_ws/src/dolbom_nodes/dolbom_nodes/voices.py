"""The voices on the graph: whoever types, and every voice that the ears track (REP-155)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hri_msgs.msg import IdsList, LiveSpeech

from dolbom_nodes import qos
from dolbom_nodes.care_node import CareNode

TYPED = "typed"
"""The voice id of whoever types: the terminal, the web page, `dolbom answer`."""


class Voices:
    """Follows the voices of one robot while a node is active.

    Args:
        node: made in its `activate`.
        hear: called with the voice's id and what was heard of it.
    """

    def __init__(self, node: CareNode[Any], hear: Callable[[str, LiveSpeech], None]) -> None:
        self._node, self._hear = node, hear
        self._subscribed: dict[str, Any] = {}
        self._listen(TYPED)
        node.create_subscription(IdsList, f"{node.robot.humans}/voices/tracked", self._follow, qos.STREAM)

    def _follow(self, tracked: IdsList) -> None:
        for id in set(self._subscribed) - set(tracked.ids) - {TYPED}:
            self._node.destroy_subscription(self._subscribed.pop(id))
        for id in tracked.ids:
            self._listen(id)

    def _listen(self, voice: str) -> None:
        if voice not in self._subscribed and voice.replace("_", "").isalnum():
            topic = f"{self._node.robot.humans}/voices/{voice}/speech"
            self._subscribed[voice] = self._node.create_subscription(
                LiveSpeech, topic, functools.partial(self._hear, voice), qos.STREAM
            )
