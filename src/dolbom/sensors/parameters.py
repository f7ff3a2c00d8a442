"""After which times the robot asks, tells, and holds somebody for asleep, away or wandering."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dolbom.events import Name
from dolbom.perception.camera import DARK_BELOW
from dolbom.perception.falls import polygon

_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class ActivityParameters(BaseModel):
    """When it is asked how somebody is who was not noticed for long, and what counts as wandering."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    persons: list[Name] = Field(
        [], description="People of one home who are watched each for themselves; empty: the home as a whole."
    )
    attention_h: float = Field(
        3.0,
        ge=0.5,
        le=50,
        description="Nothing noticed for this long: asked, then told; until it is learnt, hours.",
    )
    caution_more_h: float = Field(1.5, ge=0.5, le=48, description="So much later the stage is caution, hours.")
    danger_more_h: float = Field(
        4.5, ge=1, le=72, description="So much later than attention safety asks and, unanswered, calls help, hours."
    )
    learn: bool = Field(True, description="Learn the home's own rhythm, by the hour of the day.")
    learn_days: int = Field(14, ge=7, le=60, description="Days of history from which on the rhythm counts.")
    shortest_h: float = Field(2.0, ge=0.5, le=50, description="Asked no sooner than this, whatever was learnt, hours.")
    longest_h: float = Field(8.0, ge=1, le=50, description="Asked no later than this, whatever was learnt, hours.")
    sleep_from: str = Field(
        "22:00", pattern=_CLOCK, description="From then on people may be asleep, until it is learnt."
    )
    sleep_until: str = Field("07:00", pattern=_CLOCK, description="Until then.")
    unknown_warning_h: float = Field(
        10.0, ge=1, le=72, description="It still cannot see so much later: told as a warning, waking hours."
    )
    answer_limit_s: float = Field(
        300, ge=30, le=1800, description="A question that nobody settles counts as not asked after this, seconds."
    )
    leave_min: float = Field(
        5, ge=1, le=60, description="Nothing noticed for this long after somebody left: they are away, minutes."
    )
    away_longest_h: float = Field(10, ge=1, le=72, description="Away for longer: told, as at bedtime, hours.")
    front_doors: list[str] = Field(["front_door"], description="Door sensors of the way out, by their names.")
    ways_out: list[str] = Field(
        [],
        description="Floor before the front door, in a still camera's picture: corners `x,y x,y x,y …`, 0..1.",
    )
    beds: list[str] = Field(
        [], description="Beds in the picture of a camera that stands still, as `resting_places` of the fall node."
    )
    dark_below: float = Field(DARK_BELOW, ge=0, le=0.5, description="A picture darker than this shows nothing, 0..1.")
    wandering: bool = Field(True, description="Notice who is up and about at night.")
    night_from: str = Field("23:00", pattern=_CLOCK, description="From then on it is night, if nothing is learnt.")
    night_until: str = Field("05:00", pattern=_CLOCK, description="Until then.")
    ways: int = Field(4, ge=3, le=20, description="Seen passing so often in one waking: more than a toilet visit.")
    up_s: float = Field(180, ge=60, le=3600, description="Seen moving for so long in one waking: likewise, seconds.")
    toilet_min: float = Field(25, ge=10, le=120, description="Still up after so long: likewise, minutes.")
    rest_min: float = Field(15, ge=3, le=60, description="Not seen up for this long: back in bed, minutes.")
    speak_again_min: float = Field(30, ge=10, le=240, description="It speaks to them again after this, minutes.")
    speak_times: int = Field(3, ge=1, le=10, description="… so often in one night at most.")
    gone_min: float = Field(3, ge=1, le=30, description="Not seen for this long after the front door: gone, minutes.")

    @field_validator("ways_out", "beds")
    @classmethod
    def _readable(cls, places: list[str]) -> list[str]:
        for place in places:
            polygon(place)
        return places

    @model_validator(mode="after")
    def _in_order(self) -> ActivityParameters:
        if self.caution_more_h >= self.danger_more_h:
            raise ValueError("caution_more_h must be less than danger_more_h: caution comes before danger")
        if self.shortest_h > self.longest_h:
            raise ValueError("shortest_h must not be more than longest_h")
        return self
