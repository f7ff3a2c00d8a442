"""Asks the running robot to play, and follows how it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus
from dolbom_msgs.action import Play
from rclpy.action import ActionClient

from dolbom.errors import UserError
from dolbom_nodes.commanding import Conversation

LONGEST_S = 3600.0
ASK_S, GONE_S = 5.0, 12.0
OUTCOMES = {
    Play.Result.PLAYED: "played",
    Play.Result.DECLINED: "declined",
    Play.Result.INTERRUPTED: "interrupted",
    Play.Result.FAILED: "failed",
}


def ask_robot(
    robot: Conversation,
    goal: Play.Goal,
    progress: Callable[[Any], None],
) -> dict[str, Any]:
    """Has the robot play, and waits for the end.

    Args:
        progress: told every feedback.

    Raises:
        UserError: if the robot does not answer, or cannot play that.
    """
    client = ActionClient(robot.node, Play, "play")
    try:
        robot.need(client.server_is_ready, 5.0, "the robot's companion")
        sent = client.send_goal_async(goal, feedback_callback=lambda message: progress(message.feedback))
        robot.need(sent.done, 5.0, "the robot's companion")
        handle = sent.result()
        if not handle.accepted:
            raise UserError("the robot refused to play", "see `dolbom doctor`")
        ended = handle.get_result_async()
        try:
            _wait(robot, handle, ended, client)
        except KeyboardInterrupt:
            # Whoever stops the command stops the game, too.
            cancelled = handle.cancel_goal_async()
            robot.wait(cancelled.done, 5.0)
            robot.wait(ended.done, 5.0)
            if not ended.done():
                raise
        result = ended.result().result
    finally:
        client.destroy()
    if result.outcome == Play.Result.FAILED:
        raise UserError(result.message or "it could not be played")
    return {
        "outcome": OUTCOMES.get(result.outcome, "failed"),
        "ended": result.ended,
        "rounds": result.rounds,
        "enjoyed": result.enjoyed,
    }


def _wait(robot: Conversation, handle: Any, ended: Any, client: Any) -> None:
    """Waits for the end of the game.

    Raises:
        UserError: if the companion is gone, or was and has lost the goal: one that was killed is back before anybody
            notices on the graph, so it is asked now and then whether it knows the goal.
    """
    until, seen = time.monotonic() + LONGEST_S, time.monotonic()
    asked = None
    while not robot.wait(ended.done, ASK_S):
        now = time.monotonic()
        if client.server_is_ready():
            seen = now
        lost = asked is not None and asked.done() and asked.result().status == GoalStatus.STATUS_UNKNOWN
        if lost or now - seen > GONE_S or now > until:
            raise UserError("the robot's companion is gone", "what was played is kept; see `dolbom doctor`")
        asked = handle.get_result_async()
