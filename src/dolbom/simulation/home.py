"""The simulated flat as data: walls, furniture, appliances and named places, read from one YAML file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dolbom.errors import UserError
from dolbom.places import ROOT

DESCRIPTION = ROOT / "sim" / "worlds" / "home.yaml"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Point = tuple[float, float]
Size = tuple[float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Wall(_Strict):
    """A wall along x or y between the middles of its ends; openings and windows are measured along that axis."""

    name: Name
    begin: Point = Field(alias="from")
    end: Point = Field(alias="to")
    thick: float = 0.1
    openings: list[tuple[float, float, float]] = []
    windows: list[tuple[float, float, float, float]] = []

    @model_validator(mode="after")
    def _straight(self) -> Wall:
        if (self.begin[0] == self.end[0]) == (self.begin[1] == self.end[1]):
            raise ValueError(f"the wall {self.name} runs neither along x nor along y")
        return self

    @property
    def axis(self) -> int:
        """0: it runs along x; 1: along y."""
        return 0 if self.begin[1] == self.end[1] else 1


class Door(_Strict):
    """A leaf that hangs at `hinge`; angles in degrees, 0 along x."""

    name: Name
    hinge: Point
    closed: float
    open: float
    width: float
    height: float
    colour: Name
    shut: bool = False


class Thing(_Strict):
    """A box on the floor, or `z` above it. What is `low` is seen and not bumped into."""

    name: Name
    size: Size
    at: Point
    z: float = 0.0
    colour: Name | None = None
    texture: Name | None = None
    low: bool = False


class Appliance(_Strict):
    """What can be switched, and what shows that it is on."""

    name: Name
    kind: Name
    size: Size
    at: Point
    z: float = 0.0
    lit: Name
    dark: Name
    room: Name | None = None


class Switch(_Strict):
    """A switch on the wall."""

    name: Name
    of: Name
    at: Point
    z: float
    faces: float


class Place(_Strict):
    """Where somebody can be. `heading`: degrees, where they look; `seat`, `lie`: metres above the floor.

    `lying`: where the pelvis is when lying, `head`: the direction of the head then; `begin`: where one stands before
    going there when furniture is in the way.
    """

    at: Point
    heading: float = 0.0
    seat: float | None = None
    lie: float | None = None
    lying: Point | None = None
    head: float = 0.0
    begin: Point | None = Field(None, alias="from")


class Home(_Strict):
    """The whole flat."""

    name: Name
    height: float
    outline: Point
    rooms: dict[Name, tuple[float, float, float, float]]
    walls: list[Wall]
    doors: list[Door]
    furniture: list[Thing]
    appliances: list[Appliance]
    switches: list[Switch]
    places: dict[Name, Place]
    robot: dict[Literal["dock", "look"], Place]

    @model_validator(mode="after")
    def _fits(self) -> Home:
        groups = (self.walls, self.doors, self.furniture, self.appliances, self.switches)
        names = [one.name for group in groups for one in group]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two things are called {twice[0]}")
        known = {one.name for one in self.appliances}
        for switch in self.switches:
            if switch.of not in known:
                raise ValueError(f"the switch {switch.name} is of {switch.of}, which is not there")
        for appliance in self.appliances:
            if appliance.room is not None and appliance.room not in self.rooms:
                raise ValueError(f"{appliance.name} is in the room {appliance.room}, which is not there")
        return self

    def door(self, name: str) -> Door:
        """A door.

        Raises:
            UserError: if there is none of that name.
        """
        for door in self.doors:
            if door.name == name:
                return door
        raise UserError(f"no door {name!r} in this home", f"there are {', '.join(one.name for one in self.doors)}")

    def place(self, name: str) -> Place:
        """A named place.

        Raises:
            UserError: if there is none of that name.
        """
        if name not in self.places:
            raise UserError(f"no place {name!r} in this home", f"there are {', '.join(sorted(self.places))}")
        return self.places[name]

    def seat(self, name: str) -> Place:
        """A place where one can sit.

        Raises:
            UserError: if there is none of that name, or nobody can sit there.
        """
        place = self.place(name)
        if place.seat is None:
            seats = [name for name, spot in self.places.items() if spot.seat is not None]
            raise UserError(f"nobody sits at {name!r}", f"one sits at {', '.join(seats)}")
        return place

    def appliance(self, name: str) -> Appliance:
        """An appliance by its name.

        Raises:
            UserError: if there is none of that name.
        """
        for one in self.appliances:
            if one.name == name:
                return one
        raise UserError(f"no appliance {name!r}", f"there are {', '.join(one.name for one in self.appliances)}")

    def room_at(self, at: Point) -> str:
        """The room of a point; empty outside."""
        for name, (left, low, right, top) in self.rooms.items():
            if left <= at[0] <= right and low <= at[1] <= top:
                return name
        return ""

    def pieces(self) -> Iterator[tuple[str, Size, tuple[float, float, float]]]:
        """The walls as boxes: name, size, centre; openings and windows are left out."""
        for wall in self.walls:
            first, last = sorted((wall.begin[wall.axis], wall.end[wall.axis]))
            gaps = sorted([(a, b, 0.0, top) for a, b, top in wall.openings] + list(wall.windows))
            spans: list[tuple[float, float, float, float]] = []
            at = first
            for a, b, low, top in gaps:
                spans += [(at, a, 0.0, self.height), (a, b, top, self.height)]
                if low > 0:
                    spans.append((a, b, 0.0, low))
                at = b
            spans.append((at, last, 0.0, self.height))
            for number, (a, b, low, top) in enumerate(spans):
                if b - a < 1e-6 or top - low < 1e-6:
                    continue
                along, across = (a + b) / 2, wall.begin[1 - wall.axis]
                centre = (along, across) if wall.axis == 0 else (across, along)
                size = (b - a, wall.thick) if wall.axis == 0 else (wall.thick, b - a)
                yield f"{wall.name}_{number}", (*size, top - low), (*centre, (low + top) / 2)

    def obstacles(self, tall: float = 0.25) -> list[tuple[float, float, float, float]]:
        """What stands in the way of somebody walking, as rectangles (x0, y0, x1, y1).

        `tall`: what ends below it is stepped over, what begins above a person's head is walked under.
        """
        found = []
        for _, size, (x, y, z) in self.pieces():
            if z - size[2] / 2 < 1.9:
                found.append((x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2))
        boxes = [(one.at, one.size, one.z) for one in self.furniture if not one.low]
        boxes += [(one.at, one.size, one.z) for one in self.appliances]
        for (x, y), size, z in boxes:
            if z <= 1.9 and z + size[2] >= tall:
                found.append((x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2))
        return found


def read_home(path: Path = DESCRIPTION) -> Home:
    """Reads a flat.

    Raises:
        UserError: it is missing, no YAML, or does not fit together; names what.
    """
    try:
        return Home.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"no description of a home at {path}", "") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}", "") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise UserError(f"{path}: {f'{where}: ' if where else ''}{first['msg']}", "") from None
