"""Escalation ladders as data: what is done how many minutes after a reminder began, as long as nobody answers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from dolbom.events import Severity
from dolbom.routines.wrong import Wrong

SHIPPED = Path(__file__).with_name("ladders.yaml")

Action = Literal["voice", "picture", "come_to_person", "familiar_recording", "family_message", "centre", "end"]
SPOKEN: frozenset[Action] = frozenset({"voice", "familiar_recording"})
"""Actions that speak to the person."""
SETTLING: frozenset[Action] = frozenset({"centre", "end"})
"""Actions that end the reminder unanswered."""


class Step(BaseModel):
    """One rung.

    Attributes:
        at_min: minutes after the reminder began; granted snoozes come on top.
        do: everything that is done then.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_min: float = Field(ge=0, le=24 * 60)
    do: tuple[Action, ...] = Field(min_length=1)

    @property
    def speaks(self) -> bool:
        """Whether the person hears something."""
        return not SPOKEN.isdisjoint(self.do)


class Ladder(BaseModel):
    """A whole ladder; see ladders.yaml for what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Step, ...] = Field(min_length=2)
    missed: Severity = Severity.INFO
    refused: Severity = Severity.INFO
    unknown: Severity = Severity.INFO
    snoozes: int = Field(0, ge=0, le=6)
    snooze_min: float = Field(10, ge=1, le=120)
    in_quiet_hours: bool = False

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        times = [step.at_min for step in self.steps]
        if times != sorted(set(times)):
            raise Wrong("steps_in_order")
        if not self.steps[0].speaks:
            raise Wrong("first_speaks")
        if [step for step in self.steps if not SETTLING.isdisjoint(step.do)] != [self.steps[-1]]:
            raise Wrong("last_ends")
        if self.steps[-1].speaks:
            raise Wrong("last_silent")
        return self

    @property
    def tells(self) -> bool:
        """Whether the centre is told if nobody answers."""
        return "centre" in self.steps[-1].do

    @property
    def last_min(self) -> float:
        """When it ends unanswered, without snoozes, minutes."""
        return self.steps[-1].at_min


@cache
def shipped() -> dict[str, Ladder]:
    """The ladders that come with dolbom, by name."""
    with SHIPPED.open(encoding="utf-8") as file:
        return {name: Ladder.model_validate(data) for name, data in YAML(typ="safe").load(file).items()}
