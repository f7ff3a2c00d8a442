"""What ROS is told of a node's parameters follows from its model alone."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dolbom.runtime.declarations import build, declarations


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid")
    wait_s: float = Field(10.0, ge=1, le=60, description="How long to wait.")


class Zone(BaseModel):
    name: str
    corners: list[tuple[float, float]]


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    enabled: bool = True
    count: int = Field(3, ge=1, lt=10)
    rate: Annotated[float, Field(gt=0)] = 2
    name: str = "x"
    nickname: str | None = None
    mode: Literal["slow", "fast"] = "slow"
    side: Side = Side.LEFT
    folder: Path | None = None
    cap: float | None = None
    names: list[str] = []
    gains: tuple[float, ...] = (1, 2)
    zones: list[Zone] = [Zone(name="bed", corners=[(0, 0), (1, 1)])]
    limits: Limits = Limits()
    fixed: int = Field(1, json_schema_extra={"read_only": True})


@pytest.mark.parametrize(
    ("name", "kind", "default"),
    [
        ("enabled", "bool", True),
        ("count", "integer", 3),
        ("rate", "double", 2.0),
        ("name", "string", "x"),
        ("nickname", "string", ""),
        ("mode", "string", "slow"),
        ("side", "string", "left"),
        ("folder", "string", ""),
        ("cap", "any", None),
        ("names", "string_array", []),
        ("gains", "double_array", [1.0, 2.0]),
        ("zones", "string", '[{"name": "bed", "corners": [[0.0, 0.0], [1.0, 1.0]]}]'),
        ("limits.wait_s", "double", 10.0),
    ],
)
def test_each_shape_becomes_a_type_that_ros_has(name: str, kind: str, default: Any) -> None:
    found = {one.name: one for one in declarations(Parameters)}[name]
    assert (found.kind, found.default) == (kind, default)
    assert type(found.default) is type(default)


def test_ranges_words_and_meaning_come_along() -> None:
    found = {one.name: one for one in declarations(Parameters)}
    assert (found["count"].minimum, found["count"].maximum) == (1, 10)
    assert (found["rate"].minimum, found["rate"].maximum) == (0, None)
    assert found["limits.wait_s"].description == "How long to wait."
    assert found["mode"].constraints == "one of slow, fast"
    assert found["side"].constraints == "one of left, right"
    assert found["fixed"].read_only
    assert not found["count"].read_only


def test_the_defaults_as_ros_holds_them_build_the_default_model() -> None:
    assert build(Parameters, {one.name: one.default for one in declarations(Parameters)}) == Parameters()


def test_values_build_the_model_they_name() -> None:
    given = {"limits.wait_s": 5, "nickname": "보미", "zones": "[]", "folder": "/a", "cap": 2, "side": "right"}
    built = build(Parameters, given)
    assert built.limits.wait_s == 5.0
    assert (built.nickname, built.zones, built.folder, built.cap, built.side) == ("보미", [], Path("/a"), 2, Side.RIGHT)


def test_a_value_out_of_range_is_refused_with_its_name() -> None:
    with pytest.raises(ValidationError) as caught:
        build(Parameters, {"limits.wait_s": 0.0})
    assert caught.value.errors()[0]["loc"] == ("limits", "wait_s")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        build(Parameters, {"limits.wait": 1.0})


def test_what_should_be_json_and_is_not_names_the_parameter() -> None:
    with pytest.raises(ValueError, match="zones must hold JSON"):
        build(Parameters, {"zones": "[{"})


def test_a_parameter_without_a_default_is_a_mistake_of_the_model() -> None:
    class Needy(BaseModel):
        port: int

    with pytest.raises(TypeError, match="'port' has no default"):
        declarations(Needy)
