"""Who and where this robot is: the parameters that every node of a robot shares."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dolbom import events
from dolbom.events import Name


class RobotParameters(BaseModel):
    """Shared by all nodes; `dolbom up` fills the names from the robot's enrolment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    district: Name = Field("district", description="The district that answers this robot's alarms.")
    home: Name = Field("home", description="The home it lives in.")
    robot: Name = Field("robot", description="This robot; also the hardware_id of its diagnostics.")
    lang: Literal["ko", "en"] = Field("ko", description="The language of the home.")
    time_zone: str = Field("Asia/Seoul", description="The home's IANA time zone.")

    humans: str = Field(
        "/humans",
        pattern=r"^/?[A-Za-z_~][A-Za-z0-9_/]*$",
        description="Where people are on the graph, by REP-155; give each robot of several its own.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"no time zone {name!r}: IANA names look like Asia/Seoul")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The home's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def source(self) -> str:
        """The CloudEvents source of this robot's events."""
        return events.source(self.district, self.home, self.robot)
