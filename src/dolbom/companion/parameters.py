"""The parameters of the companion node: those of its talk, and below a name of their own those of each part."""

from __future__ import annotations

from pydantic import Field

from dolbom.companion.checkin import CheckInParameters
from dolbom.companion.companion import CompanionParameters
from dolbom.dialog.memory import MemoryParameters
from dolbom.exercise.parameters import ExerciseParameters
from dolbom.games.parameters import GameParameters


class CompanionNodeParameters(CompanionParameters):
    """As `dolbom parameters list --node companion` shows them.

    Attributes:
        check_in: when the daily check-in is held.
        memory: what is remembered, and for how long.
        games: how long a game goes on, and when one is offered.
        exercise: how long exercise goes on, and how often a day.
    """

    check_in: CheckInParameters = Field(default_factory=CheckInParameters)
    memory: MemoryParameters = Field(default_factory=MemoryParameters)
    games: GameParameters = Field(default_factory=GameParameters)
    exercise: ExerciseParameters = Field(default_factory=ExerciseParameters)

    def talk(self) -> CompanionParameters:
        """Those of the talk alone."""
        return CompanionParameters(**self.model_dump(exclude={"check_in", "memory", "games", "exercise"}))
