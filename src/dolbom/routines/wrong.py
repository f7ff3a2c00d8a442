"""What is wrong with a routine, in the words of `locale/<lang>/routines.yaml`, each with the field that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dolbom.i18n import phrase

_BOUNDS = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt", "less_than": "lt"}
_NUMBERS = ("int_parsing", "float_parsing", "int_type", "float_type", "int_from_float", "finite_number")
_DATES = ("date_from_datetime_parsing", "date_parsing", "date_type", "datetime_parsing", "date_from_datetime_inexact")


class Wrong(ValueError):
    """A rule that does not hold. As text it is English, with the field before it if one is named.

    Args:
        key: of `wrong` in routines.yaml.
        field: seen from where the rule stands; empty: that place itself.
        values: what stands in the phrase.
    """

    def __init__(self, key: str, field: str = "", **values: object) -> None:
        self.key, self.field, self.values = key, field, values
        said = self.told("en")
        super().__init__(f"{field}: {said}" if field else said)

    def told(self, lang: str) -> str:
        """What is wrong, without the field."""
        return phrase(lang, f"routines.wrong.{self.key}", **self.values)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        field: dotted, as `schedule.at` or `ladder.steps`; empty: the whole routine.
    """

    field: str
    text: str


def problems(error: ValidationError, lang: str) -> list[Problem]:
    """Everything that is wrong, in plain words, once each."""
    return list(dict.fromkeys(_told(error.errors(include_url=False), lang)))


def path_of(place: Iterable[Any]) -> list[str | int]:
    """The fields that somebody wrote; a union's own branches ("str", "Ladder") are none."""
    return [part for part in place if isinstance(part, int) or re.fullmatch(r"(?!str$)[a-z_]+", str(part))]


def _told(errors: Iterable[Any], lang: str) -> Iterable[Problem]:
    for one in errors:
        path = path_of(one["loc"])
        field = ".".join(part for part in path if isinstance(part, str))
        raised = one.get("ctx", {}).get("error")
        if isinstance(raised, Wrong):
            yield Problem(".".join(part for part in (field, raised.field) if part), raised.told(lang))
            continue
        if field == "ladder" and one["type"] in ("string_type", "model_type"):
            continue  # the branch of the union that was not meant
        yield Problem(field, _plainly(one, lang))


def _plainly(one: Any, lang: str) -> str:
    kind, given = one["type"], str(one.get("input", ""))[:40]
    context = one.get("ctx", {})

    def say(key: str, **values: object) -> str:
        return phrase(lang, f"routines.wrong.{key}", **values)

    if kind in ("missing", "string_too_short", "too_short") or not given:
        return say("empty")
    if kind == "string_too_long":
        return say("too_long", most=context["max_length"])
    if kind in _BOUNDS:
        return say(f"bound_{_BOUNDS[kind]}", bound=f"{float(context[_BOUNDS[kind]]):g}", given=given)
    if kind in _NUMBERS:
        return say("no_number", given=given)
    if kind in _DATES:
        return say("no_date", given=given)
    return say("not_so", given=given)
