"""The action `play` of the companion node: what somebody wants played, and how it goes, as goals and feedback."""

from __future__ import annotations

import collections
from collections.abc import Callable
from functools import partial
from typing import Any

from dolbom_msgs.action import Play
from rclpy.action import ActionServer, CancelResponse

from dolbom.errors import UserError
from dolbom.exercise.hosting import Exercises, ExerciseWish
from dolbom.exercise.sessions import ExerciseSession
from dolbom.games.hosting import Games, Wish
from dolbom.games.player import Sitting
from dolbom.games.playing import Progress

DECLINED = ("declined", "put_off")


class PlayGoals:
    """Serves `play`; made in `activate` of its node.

    Args:
        node: the companion node.
        games, exercises: where the wishes go.
        withdraw: ends the game or the exercise (named so) that is under way.
    """

    def __init__(self, node: Any, games: Games, exercises: Exercises, withdraw: Callable[[str], None]) -> None:
        self._games, self._exercises, self._withdraw = games, exercises, withdraw
        self._goals: dict[str, Any] = {}
        self._wishes: dict[str, Wish | ExerciseWish] = {}
        self._results: dict[str, Any] = {}
        self._withdrawn: collections.deque[str] = collections.deque()
        server = ActionServer(
            node,
            Play,
            "play",
            execute_callback=self._finish,
            handle_accepted_callback=node.guarded(self._on_goal, "play"),
            cancel_callback=self._on_withdrawn,
        )
        node.own(server)

    def tick(self) -> None:
        """Time passed: carries out what was withdrawn."""
        while self._withdrawn:
            id = self._withdrawn.popleft()
            wish = self._wishes.get(id)
            if isinstance(wish, Wish) and not self._games.forget(wish):
                self._withdraw("game")
            elif isinstance(wish, ExerciseWish) and not self._exercises.forget(wish):
                self._withdraw("exercise")
            self._settle(id, Play.Result(outcome=Play.Result.INTERRUPTED, ended="broken_off", enjoyed="none"))

    def close(self) -> None:
        """Ends every goal: nobody follows them any more."""
        for id in list(self._goals):
            self._settle(id, Play.Result(outcome=Play.Result.INTERRUPTED, ended="broken_off", enjoyed="none"))

    def _on_goal(self, goal: Any) -> None:
        wanted = goal.request
        id = bytes(goal.goal_id.uuid).hex()
        self._goals[id] = goal
        if wanted.kind not in ("", "game", "exercise"):
            self._fail(id, f"nothing is played of kind {wanted.kind!r}: there are game and exercise")
            return
        goal.publish_feedback(Play.Feedback(stage="waiting"))
        try:
            if wanted.kind == "exercise":
                self._exercise(id, wanted)
            else:
                self._game(id, wanted)
        except UserError as error:
            self._fail(id, str(error))

    def _exercise(self, id: str, wanted: Any) -> None:
        wish = ExerciseWish(
            routine=wanted.name,
            person=wanted.person or None,
            offer=wanted.offer,
            seed=wanted.seed or None,
            ended=partial(self._exercised, id),
        )
        self._wishes[id] = wish
        self._exercises.want(wish)

    def _game(self, id: str, wanted: Any) -> None:
        wish = Wish(
            game=wanted.name,
            person=wanted.person or None,
            offer=wanted.offer,
            seed=wanted.seed or None,
            rounds=wanted.rounds or None,
            told=partial(self._told, id),
            ended=partial(self._ended, id),
        )
        self._wishes[id] = wish
        self._games.want(wish)

    def _fail(self, id: str, why: str) -> None:
        self._settle(id, Play.Result(outcome=Play.Result.FAILED, message=why))

    def _told(self, id: str, progress: Progress) -> None:
        goal = self._goals.get(id)
        if goal is not None:
            goal.publish_feedback(
                Play.Feedback(stage="round", round=progress.round, of=progress.of, grade=progress.grade)
            )

    def _ended(self, id: str, sitting: Sitting) -> None:
        outcome = Play.Result.PLAYED
        if sitting.ended in DECLINED:
            outcome = Play.Result.DECLINED
        elif sitting.ended == "broken_off":
            outcome = Play.Result.INTERRUPTED
        result = Play.Result(
            outcome=outcome, ended=sitting.ended, rounds=len(sitting.played), enjoyed=sitting.enjoyed or "none"
        )
        self._settle(id, result)

    def _exercised(self, id: str, session: ExerciseSession) -> None:
        outcome = Play.Result.PLAYED
        if session.ended in DECLINED:
            outcome = Play.Result.DECLINED
        elif session.ended in ("broken_off", "trouble"):
            outcome = Play.Result.INTERRUPTED
        result = Play.Result(outcome=outcome, ended=session.ended, rounds=session.repetitions, enjoyed="none")
        self._settle(id, result)

    def _on_withdrawn(self, goal: Any) -> CancelResponse:
        # The goal becomes "canceling" only when this has returned.
        self._withdrawn.append(bytes(goal.goal_id.uuid).hex())
        return CancelResponse.ACCEPT

    def _settle(self, id: str, result: Any) -> None:
        goal = self._goals.pop(id, None)
        self._wishes.pop(id, None)
        if goal is not None:
            self._results[id] = result
            goal.execute()

    def _finish(self, goal: Any) -> Any:
        id = bytes(goal.goal_id.uuid).hex()
        result = self._results.pop(id, Play.Result(outcome=Play.Result.FAILED))
        if goal.is_cancel_requested:
            goal.canceled()
        elif result.outcome in (Play.Result.PLAYED, Play.Result.DECLINED):
            goal.succeed()
        else:
            goal.abort()
        return result
