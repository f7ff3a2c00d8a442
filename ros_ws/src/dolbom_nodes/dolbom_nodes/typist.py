"""Words that are typed to the robot from a command: they go the way of speech, on the voice `typed`."""

from __future__ import annotations

from dolbom_msgs.msg import Utterance
from hri_msgs.msg import LiveSpeech

from dolbom.plain import plain
from dolbom_nodes import qos
from dolbom_nodes.commanding import Conversation
from dolbom_nodes.voices import TYPED


class Typist:
    """Types, and hears everything that is said.

    Args:
        robot: the command's node.
        humans: where the robot's voices are.

    Attributes:
        said: everything that was said since, oldest first.
    """

    def __init__(self, robot: Conversation, humans: str) -> None:
        self._robot = robot
        self.said: list[Utterance] = []
        node = robot.node
        self._publisher = node.create_publisher(LiveSpeech, f"{humans.rstrip('/')}/voices/{TYPED}/speech", qos.STREAM)
        node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        robot.need(self._publisher.get_subscription_count, 5.0, "the robot's ear")
        robot.wait(lambda: node.count_publishers("care/said"), 2.0)

    def type(self, text: str, lang: str) -> None:
        """Types, and returns when the robot has heard it.

        Raises:
            UserError: if it does not.
        """
        known = len(self.said)
        speech = LiveSpeech(final=text, confidence=1.0, locale="ko_KR" if lang == "ko" else "en_US")
        words = plain(text[:2000])[:500]

        def heard() -> bool:
            return any(said.speaker == TYPED and said.text == words for said in self.said[known:])

        self._robot.send(lambda: self._publisher.publish(speech), heard)
        self._robot.need(heard, 0.0, "the robot's ear")
