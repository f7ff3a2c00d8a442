"""A node's ROS parameters out of pydantic models: declared with type, range and description, read and checked whole."""

from __future__ import annotations

import math
from typing import Any

from pydantic import BaseModel, ValidationError
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from dolbom.runtime.declarations import Declaration, build, declarations
from dolbom_nodes.health import one_line


class NodeParameters:
    """The parameters of one node.

    Args:
        node: where they are declared.
        models: the models whose fields they are; of two fields with one name the first is declared.

    Attributes:
        error: what is wrong with a value that the node was started with, in one line; None if nothing is.
    """

    def __init__(self, node: Node, *models: type[BaseModel]) -> None:
        self.error: str | None = None
        self._node = node
        self._models = models
        self._declared: set[str] = set()
        for model in models:
            for declaration in declarations(model):
                if declaration.name not in self._declared:
                    self._declared.add(declaration.name)
                    self._declare(declaration)

    def __contains__(self, name: str) -> bool:
        return name in self._declared

    def read(self, changed: dict[str, Any] | None = None) -> tuple[BaseModel, ...]:
        """The models, in their order, with the values in force, or with some of them `changed`.

        Raises:
            ValueError: names each parameter that is wrong.
        """
        values = {name: self._value(name) for name in self._declared} | (changed or {})
        try:
            return tuple(
                build(model, {one.name: values[one.name] for one in declarations(model)}) for model in self._models
            )
        except ValidationError as error:
            raise ValueError("; ".join(_said(one) for one in error.errors())) from None

    def _value(self, name: str) -> Any:
        try:
            value = self._node.get_parameter(name).value
        except ParameterUninitializedException:
            return None
        return list(value) if hasattr(value, "typecode") else value

    def _declare(self, declaration: Declaration) -> None:
        node, overrides = self._node, self._node._parameter_overrides
        override = overrides.get(declaration.name)
        if override is not None and declaration.kind == "double" and isinstance(override.value, int):
            # YAML cannot tell 10 from 10.0, and people should not have to.
            overrides[declaration.name] = Parameter(declaration.name, Parameter.Type.DOUBLE, float(override.value))
        descriptor = _descriptor(declaration)
        try:
            node.declare_parameter(declaration.name, declaration.default, descriptor)
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            # Not raised here: a node that cannot be constructed cannot say what is wrong with it.
            self.error = f"parameter {declaration.name}: {one_line(error)}"
            node.declare_parameter(declaration.name, declaration.default, descriptor, ignore_override=True)


def _descriptor(declaration: Declaration) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        description=declaration.description,
        additional_constraints=declaration.constraints,
        read_only=declaration.read_only,
        # A list's type cannot be told from an empty default; the model checks it.
        dynamic_typing=declaration.kind == "any" or declaration.kind.endswith("_array"),
    )
    low, high = declaration.minimum, declaration.maximum
    if declaration.kind == "double" and (low is not None or high is not None):
        descriptor.floating_point_range = [
            FloatingPointRange(
                from_value=-1.7e308 if low is None else float(low),
                to_value=1.7e308 if high is None else float(high),
            )
        ]
    elif declaration.kind == "integer" and (low is not None or high is not None):
        descriptor.integer_range = [
            IntegerRange(
                from_value=-(2**63) if low is None else math.ceil(low),
                to_value=2**63 - 1 if high is None else int(high),
            )
        ]
    return descriptor


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"parameter {where}: {error['msg']} (got {error['input']!r})" if where else str(error["msg"])
