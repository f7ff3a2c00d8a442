"""How long exercise goes on, and when it is offered no more: the parameters of the companion's exercises."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from dolbom.perception.camera import DARK_BELOW


class ExerciseParameters(BaseModel):
    """How long exercise goes on, and how often a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit_s: float = Field(900, ge=60, le=3600, description="No new exercise is begun after this, seconds.")
    a_day: int = Field(3, ge=1, le=12, description="Done at most so often a day.")
    routine: str = Field("gentle", pattern=r"^[a-z0-9_]{1,32}$", description="What is done if nobody says what.")
    dark_below: float = Field(DARK_BELOW, ge=0, le=0.5, description="A picture darker than this shows nothing, 0..1.")
