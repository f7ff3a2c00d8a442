"""What driving is told and what it decides: every observation with its time, every decision, every outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

from dolbom.perception.bodies import Bodies

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pose:
    """A place on the floor: metres and radians, REP-103."""

    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0

    def out(self, points: npt.ArrayLike) -> Floats:
        """Points (n, 2) of this pose's own frame, in the frame that the pose is in."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        x, y = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
        return np.column_stack([self.x + c * x - s * y, self.y + s * x + c * y])

    def into(self, points: npt.ArrayLike) -> Floats:
        """The other way round: points (n, 2) as seen from this pose."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        x, y = (np.asarray(points, dtype=np.float64).reshape(-1, 2) - (self.x, self.y)).T
        return np.column_stack([c * x + s * y, c * y - s * x])

    @property
    def xy(self) -> Floats:
        """The point alone."""
        return np.array([self.x, self.y])


class Rank(IntEnum):
    """Whose wish it is; the higher takes over at once."""

    DOCK = 0
    DUE = 1
    ASKED = 2
    DISTRESS = 3


class Outcome(StrEnum):
    """How a drive ended."""

    ARRIVED = "arrived"
    DOCKED = "docked"
    NOT_FOUND = "not_found"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    """Told to stop, by word, button or command."""
    REFUSED = "refused"
    PREEMPTED = "preempted"
    BUMPED = "bumped"
    BLIND = "blind"
    """A sensor or the camera stayed away."""


class Doing(StrEnum):
    """What it does now."""

    IDLE = "idle"
    SEARCHING = "searching"
    GOING = "going"
    FACING = "facing"
    GIVING_WAY = "giving_way"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Goal:
    """Somebody, or the dock, is to be gone to.

    Attributes:
        id: of the wish.
        person: whom; empty: whoever is at home.
        dock: to the dock.
        reason: what for: fall, call, asked, or the kind of what is due.
        distance: how near, metres; 0: the usual.
    """

    id: str
    person: str = ""
    dock: bool = False
    reason: str = "asked"
    distance: float = 0.0
    rank: Rank = Rank.ASKED


# --- what is observed -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """Odometry: where the base is in its own frame, and how fast (m/s, rad/s)."""

    stamp: float
    pose: Pose
    speed: float = 0.0
    turning: float = 0.0


@dataclass(frozen=True, slots=True)
class Scanned:
    """One turn of the laser.

    Attributes:
        ranges: (n,) metres, counter-clockwise from `begin` (radians) in steps of `step`; beyond its reach infinite.
        near, far: what it can measure.
    """

    stamp: float
    begin: float
    step: float
    ranges: Floats
    near: float = 0.05
    far: float = 8.0


@dataclass(frozen=True, slots=True)
class Watched:
    """Who the camera shows in a frame, also when nobody."""

    frame: Bodies


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose body this is."""

    body: str
    person: str


@dataclass(frozen=True, slots=True)
class Bumped:
    """The bumper touches something, or does not any more."""

    now: float
    pressed: bool


@dataclass(frozen=True, slots=True)
class Halted:
    """The emergency stop is pressed, or released."""

    now: float
    pressed: bool


@dataclass(frozen=True, slots=True)
class CameraTurned:
    """Whether the camera sees: off and lost are both false."""

    now: float
    sees: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Words that somebody said."""

    now: float
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class InDistress:
    """Somebody's distress, or that none stands any more (`id` empty)."""

    now: float
    id: str
    person: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Wished:
    """Somebody wants it to go somewhere."""

    now: float
    goal: Goal


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A wish is taken back; empty: whatever it does."""

    now: float
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Navigator:
    """Whether Nav2 is there."""

    there: bool


@dataclass(frozen=True, slots=True)
class Navigated:
    """Nav2 came there, or did not."""

    now: float
    id: int
    done: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed; asked for about twenty times a second. `night`: the home's quiet hours."""

    now: float
    night: bool = False


Observation = (
    Moved | Scanned | Watched | Recognised | Bumped | Halted | CameraTurned | Said | InDistress | Wished | Withdrawn
    | Navigator | Navigated | Tick
)  # fmt: skip


# --- what is decided --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Move:
    """The wheels' speeds until the next: m/s ahead and rad/s to the left. `why`: what holds it back, if anything."""

    speed: float
    turning: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """It sets out for this wish."""

    goal: Goal


@dataclass(frozen=True, slots=True)
class Went:
    """How far it is: metres to the person or dock; infinite while nobody is found."""

    goal: Goal
    doing: Doing
    distance: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a wish ended. `why` in plain words; `distance` metres to whom it went."""

    goal: Goal
    outcome: Outcome
    distance: float = float("inf")
    why: str = ""


@dataclass(frozen=True, slots=True)
class Navigate:
    """Nav2 is to go there, in odometry's frame; answered by `Navigated` with the same id."""

    id: int
    pose: Pose


@dataclass(frozen=True, slots=True)
class StopNavigating:
    """Nav2 is to stop at once."""


Decision = Move | Began | Went | Ended | Navigate | StopNavigating


@dataclass
class Notes:
    """Decisions that are being put together."""

    made: list[Decision] = field(default_factory=list)

    def add(self, decision: Decision) -> None:
        """One more."""
        self.made.append(decision)

    def take(self) -> list[Decision]:
        """All of them; none are left."""
        made, self.made = self.made, []
        return made
