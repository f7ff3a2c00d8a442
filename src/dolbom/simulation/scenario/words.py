"""The small words of a scenario: times, durations, labels and names, each as a person writes it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_CLOCK = re.compile(r"^(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d(?:\.\d+)?)$")
_LENGTH = re.compile(r"^(\d+(?:\.\d+)?) ?(s|sec|min|h)$")
_UNITS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}


def seconds(value: Any) -> Any:
    """Seconds of `90`, `00:01:30`, `01:30`, `90 s`, `1.5 min` or `2 h`.

    Raises:
        ValueError: for a text that is none of these.
    """
    if not isinstance(value, str):
        return value
    if found := _CLOCK.match(value):
        hours, minutes, rest = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    if found := _LENGTH.match(value):
        return float(found[1]) * _UNITS[found[2]]
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{value!r} is no time: write 90, 00:01:30, 90 s, 1.5 min or 2 h") from None


def in_clock(value: float) -> str:
    """Seconds as `00:01:30`, or `00:01:30.5` where that is more exact."""
    whole = round(value, 1)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    last = f"{left:04.1f}" if round(left % 1, 1) else f"{round(left):02d}"
    return f"{int(hours):02d}:{int(minutes):02d}:{last}"


Seconds = Annotated[
    float,
    BeforeValidator(seconds, json_schema_input_type=float | str),
    Field(ge=0, le=7 * 86_400),
]
"""A span of time, or the time since the beginning."""
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""By the calendar of the home."""
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Who = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
"""Somebody of the cast; also the id under which the home knows them."""
PlaceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
