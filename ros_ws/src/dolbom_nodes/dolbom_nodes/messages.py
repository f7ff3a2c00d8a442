"""Plays a recorded message once, and erases it when it was played."""

from __future__ import annotations

import threading
from typing import Any

from dolbom_msgs.action import Say

from dolbom.web.app import NotNowError
from dolbom.web.care.recordings import forget_message


def play_once(voice: Any, name: str, otherwise: str, lang: str, within_s: float) -> None:
    """Returns when the voice has taken it on. Called from a page's thread.

    Args:
        voice: the action client of `say`.
        name: of the message's file among the home's sounds.
        otherwise: what is said where it cannot be played.

    Raises:
        NotNowError: if the voice does not take it; the message is erased then.
    """

    def over(_: Any) -> None:
        forget_message(name)

    if not voice.server_is_ready():
        forget_message(name)
        raise NotNowError("voice")
    taken = threading.Event()
    goal = Say.Goal(text=otherwise, lang=lang, urgency=Say.Goal.CHAT, sound=name)
    future = voice.send_goal_async(goal)
    future.add_done_callback(lambda _: taken.set())
    if not taken.wait(within_s) or not future.result().accepted:
        forget_message(name)
        raise NotNowError("voice")
    future.result().get_result_async().add_done_callback(over)
