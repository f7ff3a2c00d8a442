"""How long a game goes on, and when one is offered: the parameters of the companion's games."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GameParameters(BaseModel):
    """How long a game goes on, and when one is offered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit_s: float = Field(600, ge=60, le=3600, description="A game takes no longer than this, seconds.")
    wait_s: float = Field(0, ge=0, le=60, description="Silence before it helps along, seconds; 0: as the game has it.")
    screen: bool = Field(True, description="The robot has a screen: pictures may be asked about that only eyes tell.")
    offers: int = Field(2, ge=0, le=6, description="Offered at most so often a day; 0: only played when asked for.")
    a_day: int = Field(4, ge=1, le=12, description="Played at most so often a day.")
    earliest: str = Field("10:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Offered from then on.")
    latest: str = Field("18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Not offered after that.")
    gap_h: float = Field(2, ge=0.5, le=24, description="Between two offers, hours.")
    refused_h: float = Field(20, ge=1, le=168, description="After a no it is not offered for this long, hours.")
