"""The companion's wishes to be near somebody, as goals of the action `approach`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dolbom_msgs.action import Approach as ApproachAction
from rclpy.action import ActionClient

from dolbom.companion.coming import How
from dolbom.companion.decisions import Approach
from dolbom.drives.observations import Outcome
from dolbom_nodes.care_node import CareNode


class Coming:
    """Sends them; what is due is told whether the robot came or not, who called it is told how it goes.

    Args:
        node: the companion's.
        told: how it goes with a robot that was called.
    """

    def __init__(self, node: CareNode[Any], told: Callable[[How], None]) -> None:
        self._node, self._told = node, told
        self._client = node.own(ActionClient(node, ApproachAction, "approach"))

    def come(self, wanted: Approach) -> None:
        """Asks driving for it, where there is a base."""
        if not self._client.server_is_ready():
            if wanted.called:
                self._told("no_base")
            return
        goal = ApproachAction.Goal(person=wanted.person or "", reason=wanted.reason)
        goal.rank = ApproachAction.Goal.ASKED if wanted.called else ApproachAction.Goal.DUE
        if wanted.called:
            _Called(self._node, self._client, goal, self._told)
        else:
            self._client.send_goal_async(goal)


class _Called:
    """One goal of somebody who waits."""

    def __init__(
        self, node: CareNode[Any], client: ActionClient, goal: ApproachAction.Goal, told: Callable[[How], None]
    ) -> None:
        self._node, self._told, self._under_way = node, told, False
        sent = client.send_goal_async(goal, node.guarded(self._on_feedback, "approach"))
        sent.add_done_callback(node.guarded(self._on_answer, "approach"))

    def _on_answer(self, future: Any) -> None:
        handle = future.result()
        if handle is None or not handle.accepted:
            self._told(Outcome.REFUSED)
            return
        handle.get_result_async().add_done_callback(self._node.guarded(self._on_end, "approach"))

    def _on_feedback(self, _: Any) -> None:
        """It comes again and again while the robot is under way."""
        if not self._under_way:
            self._under_way = True
            self._told("coming")

    def _on_end(self, future: Any) -> None:
        self._under_way = True
        self._told(Outcome(future.result().result.outcome))
