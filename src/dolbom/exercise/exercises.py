"""The exercises and routines as they are written in exercises.yaml and routines.yaml, and the poses of an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dolbom.errors import UserError
from dolbom.exercise.mannequin import CHANNELS, LIMBS, SITTING, STANDING, Build, Mannequin, Root, between

HERE = Path(__file__).parent
Measure = Literal[
    "arm", "upper_arm", "head_turn", "head_tilt", "heel", "toe", "shin", "thigh", "leg", "thigh_out", "rising_thigh",
    "rise",
]  # fmt: skip
"""What of a body is looked at, as of `measures`."""
Form = Literal["bent_elbows", "uneven", "leaning", "too_fast", "hard_landing"]
Timed = Literal["", "thirty_seconds", "five_times"]
Change = Mapping[str, float | tuple[float, float]]
Model = TypeVar("Model", bound=BaseModel)


class Exercise(BaseModel):
    """One exercise.

    Attributes:
        rest: what of the base differs at rest.
        keys: the rest's changes by share of one repetition.
        root: what stays where it is.
        count: whether both sides move together, or each side is a repetition.
        measures: what is looked at, the best first.
        forms: by what a wrong form is known: degrees, shares or seconds, as of `form`.
        tempo_s: how long a repetition takes (both sides, of `each`) while nobody's own rhythm is known.
        view: from where it is drawn, degrees from the front.
        chair: a chair is held.
        faint: the network draws this movement weakly: where nothing was counted for long, it is counted aloud.
        stands: it is done standing: only with somebody of whom a person said that they may.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    base: Literal["sitting", "standing"]
    root: Root = "seat"
    rest: dict[str, float | tuple[float, float]] = {}
    keys: dict[float, dict[str, float | tuple[float, float]]]
    count: Literal["pair", "each"]
    measures: tuple[Measure, ...] = Field(min_length=1)
    forms: dict[Form, float] = {}
    tempo_s: float = Field(gt=0.5, le=15)
    view: float = Field(20.0, ge=-90, le=90)
    chair: bool = False
    faint: bool = False
    stands: bool = False

    @field_validator("keys")
    @classmethod
    def _in_order(cls, keys: dict[float, Any]) -> dict[float, Any]:
        shares = list(keys)
        if shares != sorted(shares) or not shares or shares[0] <= 0 or shares[-1] != 1.0:
            raise ValueError("the keys of a repetition go up from over 0 to 1")
        return keys

    @model_validator(mode="after")
    def _readable(self) -> Self:
        self.resting()
        for change in self.keys.values():
            _changed(self.resting(), change)
        return self

    @property
    def sides(self) -> int:
        """How many repetitions one round of the keys is."""
        return 2 if self.count == "each" else 1

    def resting(self) -> dict[str, float]:
        """The angles at rest."""
        return _changed(SITTING if self.base == "sitting" else STANDING, self.rest)

    def at(self, share: float, reach: float = 1.0) -> dict[str, float]:
        """The angles at a share 0…1 of one repetition, eased between the keys.

        Args:
            reach: how far of the way from the rest to the whole movement.
        """
        rest = self.resting()
        before, pose = 0.0, rest
        for key, change in self.keys.items():
            following = _changed(rest, change)
            if share <= key:
                part = (share - before) / (key - before)
                part = part * part * (3 - 2 * part)
                return between(rest, between(pose, following, part), reach)
            before, pose = key, following
        return rest

    def mannequin(self, build: Build | None = None) -> Mannequin:
        """A figure that rests as this exercise begins."""
        return Mannequin(self.resting(), self.root, build)


class Routine(BaseModel):
    """Exercises one after the other.

    Attributes:
        times: repetitions of each at first (of each side, together).
        timed: how standing up is timed: as often as one can in thirty seconds, or five times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    exercises: tuple[str, ...] = Field(min_length=1)
    times: int = Field(ge=0, le=15)
    timed: Timed = ""

    @property
    def stands(self) -> bool:
        """Whether anything of it is done standing."""
        return any(exercise(name).stands for name in self.exercises)


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by name.

    Raises:
        UserError: naming what is wrong in the file.
    """
    return read_exercises(HERE / "exercises.yaml")


@cache
def routines() -> dict[str, Routine]:
    """All routines by name."""
    found = {name: _made(Routine, HERE / "routines.yaml", name, one) for name, one in
             _read(HERE / "routines.yaml").items()}  # fmt: skip
    for routine in found.values():
        for name in routine.exercises:
            exercise(name)
    return found


def read_exercises(path: Path) -> dict[str, Exercise]:
    """The exercises of a file.

    Raises:
        UserError: naming the file and the exercise, if something is not right.
    """
    return {name: _made(Exercise, path, name, one) for name, one in _read(path).items()}


def exercise(name: str) -> Exercise:
    """One exercise.

    Raises:
        UserError: if there is none of that name.
    """
    if name not in exercises():
        raise UserError(f"there is no exercise {name}", f"there are {', '.join(exercises())}")
    return exercises()[name]


def routine(name: str) -> Routine:
    """One routine.

    Raises:
        UserError: if there is none of that name.
    """
    if name not in routines():
        raise UserError(f"there is no routine {name}", f"there are {', '.join(routines())}")
    return routines()[name]


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise UserError(f"{path} is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(loaded, dict) or not all(isinstance(one, dict) for one in loaded.values()):
        raise UserError(f"{path} is no table of names", "write each as `name: {…}`")
    return loaded


def _made(model: type[Model], path: Path, name: str, given: dict[str, Any]) -> Model:
    try:
        return model.model_validate({"name": name, **given})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in (name, *first["loc"]))
        raise UserError(f"{path.name}, {where}: {first['msg']}") from None


_MANY = {"arm": ("upper", "fore"), "leg": ("thigh", "shin")} | {limb: (limb,) for limb in LIMBS}


def _changed(angles: Mapping[str, float], change: Change) -> dict[str, float]:
    """Angles with what is named changed: a channel, `left_arm`, `arms`, `uppers`, `feet` …

    Raises:
        ValueError: for what is no part of a body, and for the wrong number of angles.
    """
    out = dict(angles)
    for name, value in change.items():
        if name == "feet":
            out |= {"left_foot": _one(name, value), "right_foot": _one(name, value)}
        elif name in CHANNELS:
            out[name] = _one(name, value)
        else:
            side, _, limb = name.rpartition("_")
            many = _MANY.get(limb if side else limb.removesuffix("s"), ())
            if side not in ("left", "right", "") or not many or not isinstance(value, tuple):
                raise ValueError(f"{name}: {value} moves no part of a body")
            for one in (side,) if side else ("left", "right"):
                for part in many:
                    out[f"{one}_{part}_up"], out[f"{one}_{part}_ahead"] = value
    return out


def _one(name: str, value: float | tuple[float, float]) -> float:
    if isinstance(value, tuple):
        raise ValueError(f"{name} has one angle, not {len(value)}")
    return value
