"""Lets the face node learn somebody's face for a page, and tells the page's board how it goes on."""

from __future__ import annotations

import threading
from typing import Any

from dolbom_msgs.action import EnrolFace
from rclpy.action import ActionClient

from dolbom.web.app import NotNowError
from dolbom.web.care.board import CareBoard, Learning

TAKEN_S = 5.0


class FaceLearning:
    """One at a time; the methods are called from a page's threads.

    Args:
        node: owns the client.
        board: shows it.
    """

    def __init__(self, node: Any, board: CareBoard) -> None:
        self._client = node.own(ActionClient(node, EnrolFace, "care/enrol_face"))
        self._board = board
        self._guard = threading.Lock()
        self._goal: Any = None

    def begin(self, name: str, given_by: str, until: str, person: str) -> None:
        """Begins.

        Raises:
            NotNowError: if the face node does not answer, or learns a face already.
        """
        if not self._client.server_is_ready():
            raise NotNowError("face")
        with self._guard:
            if self._goal is not None:
                raise NotNowError("face_busy")
            self._board.learning(Learning(name))
            taken = threading.Event()
            goal = EnrolFace.Goal(name=name, given_by=given_by, until=until, person=person)
            sent = self._client.send_goal_async(
                goal, feedback_callback=lambda message: self._on_feedback(name, message)
            )
            sent.add_done_callback(lambda _: taken.set())
            if not taken.wait(TAKEN_S) or not sent.result().accepted:
                self._board.learning(Learning(name, over=True))
                raise NotNowError("face")
            self._goal = sent.result()
        self._goal.get_result_async().add_done_callback(lambda future: self._on_result(name, future))

    def stop(self) -> None:
        """Ends it; what was seen is not kept."""
        goal = self._goal
        if goal is not None:
            goal.cancel_goal_async()

    def _on_feedback(self, name: str, message: Any) -> None:
        told = message.feedback
        self._board.learning(Learning(name, told.guidance, float(told.progress)))

    def _on_result(self, name: str, future: Any) -> None:
        result = future.result().result
        self._goal = None
        if result.success:
            self._board.learning(Learning(name, "done", 1.0, over=True, person=result.person))
        else:
            self._board.learning(Learning(name, "too_late", over=True, message=result.message))
