"""What the drive node can be told: the base, its limits, and how near it comes to people."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dolbom.perception.face_watch import MountParameters


class LaserParameters(BaseModel):
    """Where the planar laser sits on the robot, in `base_link`; it must look level."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: float = Field(0.10, ge=-1.0, le=1.0, description="Metres in front of the robot's origin.")
    y: float = Field(0.0, ge=-1.0, le=1.0, description="Metres to the left of it.")
    yaw_deg: float = Field(0.0, ge=-180.0, le=180.0, description="Degrees that its middle ray looks to the left.")


class DriveParameters(BaseModel):
    """Limits of the base and distances to people; the reasons are in docs/driving.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Literal["none", "cmd_vel"] = Field(
        "none",
        description="none: the robot stands still; cmd_vel: a base with cmd_vel, odom, scan and bumper.",
        json_schema_extra={"read_only": True},
    )
    speed: float = Field(0.4, gt=0.0, le=0.4, description="Highest speed, m/s.")
    near_speed: float = Field(0.2, gt=0.0, le=0.4, description="Highest speed within 2 m of somebody, m/s.")
    night_speed: float = Field(0.2, gt=0.0, le=0.4, description="Highest speed in the quiet hours, m/s.")
    back_speed: float = Field(0.1, ge=0.0, le=0.2, description="Highest speed backwards, to give way, m/s; 0: never.")
    turning: float = Field(0.8, gt=0.0, le=1.6, description="Highest turning speed, rad/s.")
    acceleration: float = Field(0.4, gt=0.0, le=1.0, description="Highest acceleration, m/s².")
    braking: float = Field(0.6, gt=0.0, le=2.0, description="Deceleration that the base surely manages, m/s².")
    turning_acceleration: float = Field(2.0, gt=0.0, le=6.0, description="Highest turning acceleration, rad/s².")
    reaction_s: float = Field(
        0.2, ge=0.05, le=1.0, description="From a command to the wheels, seconds; the scan's age comes on top."
    )
    radius: float = Field(0.22, gt=0.05, le=0.6, description="Of the robot's outline, metres.")
    margin: float = Field(0.06, ge=0.02, le=0.5, description="Left between the outline and anything, metres.")
    stand_m: float = Field(1.2, ge=0.9, le=2.5, description="How near it comes to somebody, centre to body, metres.")
    body_m: float = Field(1.1, ge=0.8, le=2.0, description="It never drives nearer to anybody than this, metres.")
    scan_stale_s: float = Field(0.25, gt=0.05, le=0.28, description="A scan older than this stops the robot, seconds.")
    odometry_stale_s: float = Field(0.25, gt=0.05, le=0.28, description="The same of odometry, seconds.")
    camera_stale_s: float = Field(1.0, gt=0.1, le=3.0, description="The same of bodies from the camera, seconds.")
    view_deg: float = Field(
        55.0, ge=20.0, le=180.0, description="Width of the view in which people are found, degrees."
    )
    look_s: float = Field(1.2, ge=0.3, le=10.0, description="How long it looks after each turn of a search, seconds.")
    search_s: float = Field(
        150.0, ge=10.0, le=900.0, description="A search that found nobody ends after this, seconds."
    )
    limit_s: float = Field(240.0, ge=10.0, le=1800.0, description="A way that takes longer is given up, seconds.")
    wait_s: float = Field(20.0, ge=2.0, le=300.0, description="How long it waits where it cannot go on, seconds.")
    leave_alone_min: float = Field(
        30.0, ge=0.0, le=1440.0, description="After “stay away” it does not come by itself for so long, minutes."
    )
    quiet_from: str = Field("22:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Quiet hours begin.")
    quiet_until: str = Field("07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Quiet hours end.")
    on_distress: Literal["come", "stay"] = Field(
        "come", description="Whether it comes by itself to somebody who fell or calls for help."
    )
    navigator: Literal["auto", "off"] = Field(
        "auto", description="auto: where Nav2's navigate_to_pose is served, ways longer than 2 m are left to it."
    )
    frame: str = Field("odom", description="Frame of the goals for Nav2: that of odometry.")
    mount: MountParameters = Field(MountParameters(), description="Where the camera sits.")
    laser: LaserParameters = Field(LaserParameters(), description="Where the laser sits.")

    def is_quiet(self, at: time) -> bool:
        """Whether this time of the day is in the quiet hours."""
        begin, end = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)
        return begin <= at < end if begin <= end else at >= begin or at < end
