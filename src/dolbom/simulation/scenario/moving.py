"""What somebody does in a step, asked of whoever plays them: a rendered person, or a skeleton of the virtual day."""

from __future__ import annotations

from typing import Any, Protocol

from dolbom.errors import UserError
from dolbom.simulation.home import Point
from dolbom.simulation.scenario.language import Step


class Moves(Protocol):
    """A person who can be told what to do; orders queue up, a fall comes at once."""

    @property
    def posture(self) -> str: ...
    def walk_to(self, place: str | Point, speed: float | None = None) -> None: ...
    def sit(self, place: str = "", hard: bool = False) -> None: ...
    def lie_in_bed(self) -> None: ...
    def lie_on_floor(self) -> None: ...
    def stand_up(self) -> None: ...
    def fall(self, kind: Any) -> None: ...
    def crawl(self, distance: float) -> None: ...
    def kneel(self) -> None: ...
    def pick_up(self) -> None: ...
    def eat(self, bites: int = 3) -> None: ...
    def enter(self, place: str) -> None: ...
    def leave(self) -> None: ...


def move(person: Moves, step: Step) -> None:
    """Lets a person do the bodily part of a step.

    Raises:
        UserError: if they are not at home, or cannot do it there.
    """
    if person.posture == "away" and step.enter is None:
        raise UserError(f"{step.who} is not at home and cannot {step.verb.replace('_', ' ')}", "let them `enter:`")
    if step.walk is not None:
        person.walk_to(step.walk.to, step.walk.speed)
    elif step.sit is not None:
        person.sit(step.sit.at or "", step.sit.hard)
    elif step.lie is not None:
        (person.lie_in_bed if step.lie == "bed" else person.lie_on_floor)()
    elif step.fall is not None:
        person.fall(step.fall)
    elif step.crawl is not None:
        person.crawl(step.crawl)
    elif step.enter is not None:
        person.enter(step.enter)
    elif step.leave is not None:
        person.leave()
    elif step.take is not None:
        person.walk_to("pill_box")
        person.eat(1)
    elif step.eat:
        person.eat()
    else:
        {"get_up": person.stand_up, "kneel": person.kneel, "pick_up": person.pick_up}[step.verb]()
