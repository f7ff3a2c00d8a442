"""The coach's topics: bodies come to it while it watches somebody, and what the screen shows goes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dolbom_msgs.msg import BodyArray
from dolbom_msgs.msg import Exercise as ExerciseMsg

from dolbom.exercise.hosting import Exercises
from dolbom.exercise.screen import Screen
from dolbom.perception.bodies import Bodies
from dolbom_nodes import qos
from dolbom_nodes.body_messages import bodies_from_msg


class ExerciseTopics:
    """Hears `care/bodies` only while somebody is watched (a kilobyte a body and frame), and tells `care/exercise`.

    Args:
        node: the companion node.
        exercises: what is exercised.
        seen: told the bodies of each frame.
    """

    def __init__(self, node: Any, exercises: Exercises, seen: Callable[[Bodies], None]) -> None:
        self._node, self._exercises, self._seen = node, exercises, seen
        self._bodies: Any = None
        self._screen = Screen()
        self._told = node.create_publisher(ExerciseMsg, "care/exercise", qos.STATE)

    def tick(self, watches: bool) -> None:
        """Time passed; `watches`: what has the word wants to see bodies."""
        if watches and self._bodies is None:
            self._bodies = self._node.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.STREAM)
        elif not watches and self._bodies is not None:
            self._node.destroy_subscription(self._bodies)
            self._bodies = None
        self.show()

    def show(self) -> None:
        """Tells what the screen shows, if that changed."""
        screen = self._exercises.screen
        if screen == self._screen:
            return
        self._screen = replace(screen)
        message = ExerciseMsg(
            state=screen.state,
            person=self._exercises.person or "" if screen.state else "",
            exercise=screen.exercise,
            title=screen.title,
            picture=screen.picture,
            count=screen.number,
            of=screen.of,
            left_s=screen.left_s,
        )
        message.header.stamp = self._node.stamp()
        self._told.publish(message)

    def _on_bodies(self, message: BodyArray) -> None:
        self._seen(bodies_from_msg(message))
        self.show()
