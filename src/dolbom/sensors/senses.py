"""What the robot's eyes give to the watch over activity: who moves, who lies in bed, who went out, and blindness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from dolbom.events import Blind
from dolbom.perception.bodies import Bodies
from dolbom.sensors.moving import LiesInBed, Moved, Movement, WentOut
from dolbom.sensors.observations import Blinded, InBed, LostAtTheDoor, Moment, Observation, SeenUp, SignOfLife
from dolbom.sensors.parameters import ActivityParameters

CameraNow = Literal["on", "off", "lost"]

FRAMES_S = 15.0
"""No frame was looked at for so long: nothing is seen, whatever the camera says of itself."""
DARK_S = 30.0
EVERY_S = 0.2
"""So often frames are looked at: limbs do not move faster."""


class Senses:
    """Turns frames into observations.

    Args:
        parameters: where beds and the way out are in the picture; how dark is dark.
        person: whose a body is, if that is known.
    """

    def __init__(
        self,
        parameters: ActivityParameters,
        person: Callable[[str], str | None] = lambda body: None,  # noqa: ARG005
    ) -> None:
        self._parameters, self._person = parameters, person
        self._movement = Movement(parameters)
        self._camera: CameraNow = "on"
        self._frame_at: float | None = None
        self._looked = -1e9
        self._light_at: float | None = None
        self._told: Blind | Literal[""] = ""

    def camera(self, now: CameraNow) -> None:
        """What the camera says of itself."""
        self._camera = now

    def frame(self, at: Moment, frame: Bodies) -> list[Observation]:
        """A frame was looked at."""
        self._frame_at = at.now
        if frame.camera.luminance >= self._parameters.dark_below:
            self._light_at = at.now
        if 0 <= frame.stamp - self._looked < EVERY_S:
            return []
        self._looked = frame.stamp
        found: list[Observation] = []
        for one in self._movement.update(frame):
            person = self._person(one.body)
            if isinstance(one, LiesInBed):
                found.append(InBed(at))
            elif isinstance(one, WentOut):
                found.append(LostAtTheDoor(at, person))
            elif isinstance(one, Moved) and one.in_bed:
                found.append(SignOfLife(at, "moved", "bed", person))
            else:
                found.append(SeenUp(at, person, one.at_the_door))
        return found

    def tick(self, at: Moment) -> list[Observation]:
        """Time passed: whether the robot can see, where that changed."""
        if self._frame_at is None:
            self._frame_at = self._light_at = at.now  # it has just been started
        blind: Blind | Literal[""] = ""
        if self._camera == "off":
            blind = "camera_off"
        elif self._camera == "lost" or at.now - self._frame_at > FRAMES_S:
            blind = "camera_lost"
        elif self._light_at is None or at.now - self._light_at > DARK_S:
            blind = "dark"
        if blind == self._told:
            return []
        self._told = blind
        return [Blinded(at, blind)]
