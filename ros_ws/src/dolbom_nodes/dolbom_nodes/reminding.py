"""Has something said and asked by the companion, through its action `remind`; how it ended comes back to the asker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dolbom_msgs.action import Remind
from rclpy.action import ActionClient

from dolbom.safety.observations import Outcome
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import WARN

COMPANION_S = 30.0
"""A companion that is being restarted is waited for this long; then the reminder counts as failed."""
OUTCOMES = {
    Remind.Result.ANSWERED: Outcome.ANSWERED,
    Remind.Result.SILENCE: Outcome.SILENCE,
    Remind.Result.UNCLEAR: Outcome.UNCLEAR,
    Remind.Result.INTERRUPTED: Outcome.INTERRUPTED,
    Remind.Result.TOLD: Outcome.ANSWERED,
}


@dataclass(frozen=True)
class Ended:
    """How one reminder ended; `told`: it was only to be said, and was."""

    prompt: UUID
    outcome: Outcome
    answer: str = ""
    heard: str = ""
    told: bool = False


@dataclass
class _Waiting:
    prompt: UUID
    goal: Any
    until: float


class Reminding:
    """A node's reminders; made in its `configure`, opened in its `activate`.

    Args:
        node: whose.
        ended: told how each ended.
    """

    def __init__(self, node: CareNode[Any], ended: Callable[[Ended], None]) -> None:
        self._node, self._ended = node, ended
        self._waiting: list[_Waiting] = []
        # Prompts that the companion has: their goal once it was accepted, None until then.
        self._goals: dict[UUID, Any] = {}
        self._withdrawn: set[UUID] = set()

    def open(self) -> None:
        """Finds the companion."""
        self._client = self._node.own(ActionClient(self._node, Remind, "remind"))

    def clear(self) -> None:
        """What is being said may go on: whoever starts again asks after it."""
        self._goals.clear()
        self._withdrawn.clear()
        self._waiting.clear()

    @property
    def asking(self) -> int:
        """How many are under way."""
        return len(self._goals) + len(self._waiting)

    def remind(self, prompt: UUID, goal: Any) -> None:
        """Has it said as soon as the companion is there."""
        self._waiting.append(_Waiting(prompt, goal, self._node.clock.now() + COMPANION_S))

    def send_waiting(self) -> None:
        """Sends what waits; to be called about once a second, and after `remind`."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if self._client.server_is_ready():
                self._node.ok("companion")
                self._send(one)
            elif self._node.clock.now() < one.until:
                self._waiting.append(one)
            else:
                self._node.report("companion", WARN, "the companion does not answer: nothing is said")
                self._ended(Ended(one.prompt, Outcome.FAILED))

    def withdraw(self, prompt: UUID) -> None:
        """It is not wanted any more."""
        self._waiting = [one for one in self._waiting if one.prompt != prompt]
        if prompt not in self._goals:
            return
        handle = self._goals[prompt]
        if handle is None:
            self._withdrawn.add(prompt)
        else:
            handle.cancel_goal_async()

    def _send(self, one: _Waiting) -> None:
        self._goals[one.prompt] = None
        sent = self._client.send_goal_async(one.goal)
        sent.add_done_callback(self._node.guarded(lambda future: self._on_accepted(one.prompt, future), "remind"))

    def _on_accepted(self, prompt: UUID, future: Any) -> None:
        handle = future.result()
        if handle is None or not handle.accepted:
            self._goals.pop(prompt, None)
            self._ended(Ended(prompt, Outcome.FAILED))
            return
        self._goals[prompt] = handle
        result = handle.get_result_async()
        result.add_done_callback(self._node.guarded(lambda future: self._on_result(prompt, future), "remind"))
        if prompt in self._withdrawn:
            handle.cancel_goal_async()

    def _on_result(self, prompt: UUID, future: Any) -> None:
        self._goals.pop(prompt, None)
        self._withdrawn.discard(prompt)
        result = future.result().result
        outcome = OUTCOMES.get(result.outcome, Outcome.FAILED)
        told = result.outcome == Remind.Result.TOLD
        self._ended(Ended(prompt, outcome, result.answer, result.heard, told))
