"""What ROS must be told of a node's parameters, taken from the one pydantic model that defines them.

A ROS parameter is a bool, an integer, a double, a string or a list of one of these. A nested model becomes dotted
names (`ladder.first_wait_s`); a `Path` or `None`-able string becomes a string ("" is None); any other shape
(zones, tables) becomes a string that holds JSON.
"""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo

RosValue = bool | int | float | str | list[bool] | list[int] | list[float] | list[str] | None
Kind = Literal[
    "bool",
    "integer",
    "double",
    "string",
    "bool_array",
    "integer_array",
    "double_array",
    "string_array",
    "any",
]
Model = TypeVar("Model", bound=BaseModel)

_SCALARS: dict[type, Kind] = {bool: "bool", int: "integer", float: "double", str: "string"}
_LISTS: dict[type, Kind] = {
    bool: "bool_array",
    int: "integer_array",
    float: "double_array",
    str: "string_array",
}


@dataclass(frozen=True)
class Declaration:
    """One ROS parameter.

    Attributes:
        name: dotted name.
        kind: its ROS type; "any" is a number that may also be unset.
        default: as ROS holds it.
        description: one line for people, with the allowed words or the JSON shape.
        minimum, maximum: inclusive bounds of a number, or None.
        read_only: cannot change while the node runs.
        json: the string holds JSON.
        empty_is_none: "" stands for None.
    """

    name: str
    kind: Kind
    default: RosValue
    description: str = ""
    constraints: str = ""
    minimum: float | None = None
    maximum: float | None = None
    read_only: bool = False
    json: bool = False
    empty_is_none: bool = False


def declarations(model: type[BaseModel], prefix: str = "") -> list[Declaration]:
    """Every parameter of `model`, in the order of its fields."""
    found: list[Declaration] = []
    for name, field in model.model_fields.items():
        annotation = _bare(field.annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found += declarations(annotation, f"{prefix}{name}.")
        else:
            found.append(_declaration(f"{prefix}{name}", field))
    return found


def build(model: type[Model], values: Mapping[str, RosValue]) -> Model:
    """Makes the model out of ROS values by dotted name; what is not named keeps its default.

    Raises:
        pydantic.ValidationError: if a value is out of its range, or a name is unknown.
        ValueError: if a parameter that holds JSON holds something else.
    """
    known = {declaration.name: declaration for declaration in declarations(model)}
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = _decode(known[name], value) if name in known else value
    return model.model_validate(tree)


def _decode(declaration: Declaration, value: RosValue) -> Any:
    if declaration.empty_is_none and value in ("", None):
        return None
    if declaration.json and isinstance(value, str):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"{declaration.name} must hold JSON: {error}") from None
    return value


def _declaration(name: str, field: FieldInfo) -> Declaration:
    annotation, optional = _without_none(_bare(field.annotation))
    annotation = _bare(annotation)
    if field.is_required():
        raise TypeError(f"parameter {name!r} has no default: a robot must start without a file")
    default = field.get_default(call_default_factory=True)
    minimum, maximum = _bounds(field)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    common: dict[str, Any] = {
        "name": name,
        "description": field.description or "",
        "minimum": minimum,
        "maximum": maximum,
        "read_only": bool(extra.get("read_only", False)),
    }
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal and all(isinstance(word, str) for word in arguments):
        return Declaration(kind="string", default=default or "", constraints=_words(arguments, optional),
                           empty_is_none=optional, **common)  # fmt: skip
    if isinstance(annotation, type) and issubclass(annotation, enum.StrEnum):
        words = tuple(str(word) for word in annotation)
        return Declaration(kind="string", default=str(default or ""), constraints=_words(words, optional),
                           empty_is_none=optional, **common)  # fmt: skip
    if isinstance(annotation, type) and issubclass(annotation, Path):
        return Declaration(kind="string", default=str(default) if default is not None else "",
                           empty_is_none=optional, **common)  # fmt: skip
    if annotation in (int, float) and optional:
        return Declaration(kind="any", default=default, **common)
    if isinstance(annotation, type) and annotation in _SCALARS:
        if annotation is float:
            default = float(default)
        return Declaration(kind=_SCALARS[annotation], default="" if default is None else default,
                           empty_is_none=optional, **common)  # fmt: skip
    if origin in (list, tuple) and not optional:
        items = {_bare(item) for item in arguments if item is not Ellipsis}
        item = items.pop() if len(items) == 1 else None
        if isinstance(item, type) and item in _LISTS:
            listed = [float(value) for value in default] if item is float else list(default)
            return Declaration(kind=_LISTS[item], default=listed, **common)
    return Declaration(kind="string", default=json.dumps(_plain(default), ensure_ascii=False), json=True,
                       constraints="JSON", **common)  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _bare(annotation: Any) -> Any:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (Union, types.UnionType):
        others = [part for part in typing.get_args(annotation) if part is not type(None)]
        if len(others) == 1 and len(others) < len(typing.get_args(annotation)):
            return others[0], True
    return annotation, False


def _words(words: tuple[Any, ...], optional: bool) -> str:
    return "one of " + ", ".join(map(str, words)) + (" or empty" if optional else "")


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    minimum = maximum = None
    for rule in field.metadata:
        # ROS ranges are inclusive; the exclusive bound itself is refused by the model.
        for bound in ("ge", "gt"):
            minimum = getattr(rule, bound, None) if minimum is None else minimum
        for bound in ("le", "lt"):
            maximum = getattr(rule, bound, None) if maximum is None else maximum
    return minimum, maximum
