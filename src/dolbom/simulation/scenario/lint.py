"""What is wrong with a scenario although its words are right: places, people, labels, times, vain expectations."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from dolbom.errors import UserError
from dolbom.events import kinds
from dolbom.routines.routine import routine_from
from dolbom.simulation.home import Home, read_home
from dolbom.simulation.scenario.backend import started
from dolbom.simulation.scenario.language import BODILY, Driven, Expectation, Fallen, Scenario, Step, Words
from dolbom.simulation.scenario.reading import Loaded, Problem, Source, build, extremes, read

OUTSIDE = "outside"
UNHEARD = ("fall.suspected", "fall.down", "fall.recovered", "fall.long_lie")
"""Kinds of the catalogue that the robot does not send by themselves: they come as `distress.*`."""


def lint(path: Path, home: Home | None = None) -> list[Problem]:
    """Everything that is wrong with a file whatever is drawn, in the order of its lines.

    Raises:
        UserError: if the file, or the home's description, is not there or cannot be read.
    """
    source, home = read(path), home or read_home()
    problems: set[Problem] = set()
    for drawn in (*extremes(source),) or (None,):
        own = replace(source, problems=list(source.problems))
        loaded = build(own, drawn=drawn)
        if loaded is not None:
            check(loaded, home)
        problems |= set(own.problems)
    return sorted(problems)


def check(loaded: Loaded, home: Home) -> None:
    """Notes in `loaded.source` what does not fit together."""
    checker = _Checker(loaded.scenario, loaded.source, home)
    checker.people_and_places()
    checker.steps()
    checker.expectations()


def sound(loaded: Loaded, home: Home) -> Loaded:
    """The scenario, if nothing is wrong with it.

    Raises:
        UserError: names the first thing that is wrong.
    """
    check(loaded, home)
    _refuse(loaded.file, loaded.source.problems)
    return loaded


def sound_always(path: Path, home: Home) -> None:
    """Makes sure that nothing is wrong with a file, whatever is drawn.

    Raises:
        UserError: names the first thing that is wrong.
    """
    _refuse(path, lint(path, home))


def _refuse(path: Path, problems: list[Problem]) -> None:
    if problems:
        more = len(problems) - 1
        raise UserError(str(min(problems)) + (f" (and {more} more: dolbom sim lint {path})" if more else ""))


class _Checker:
    def __init__(self, scenario: Scenario, source: Source, home: Home) -> None:
        self.scenario, self.source, self.home = scenario, source, home
        self.labels: dict[str, int] = {}
        for index, step in enumerate(scenario.steps):
            if step.label is None:
                continue
            if step.label in self.labels:
                source.wrong(("steps", index, "label"), f"two steps are called {step.label}", "give one another name")
            self.labels.setdefault(step.label, index)

    # --- who and where ---

    def people_and_places(self) -> None:
        for who, member in self.scenario.cast.items():
            where = ("cast", who, "at")
            self._place(where, member.at)
            spot = self.home.places.get(member.at)
            if spot is None:
                continue
            if member.posture == "sitting" and spot.seat is None:
                self.source.wrong(where, f"nobody sits at {member.at}", self._seats())
            if member.posture == "in_bed" and spot.lie is None:
                self.source.wrong(where, f"nobody lies at {member.at}", "one lies at bed")
        at = self.scenario.robot.at
        if isinstance(at, str) and at not in (*self.home.robot, *self.home.places):
            self.source.wrong(
                ("robot", "at"), f"no place {at!r} for the robot", _near(at, [*self.home.robot, *self.home.places])
            )
        if not isinstance(at, str) and not self._indoors(at):
            self.source.wrong(
                ("robot", "at"), f"{at[0]:g}, {at[1]:g} is not in the home", "write x, y in metres within its walls"
            )
        for name in self.scenario.robot.rests:
            beds = [bed for bed, spot in self.home.places.items() if spot.lie is not None]
            if name not in beds:
                self.source.wrong(("robot", "rests"), f"nobody lies at {name!r}", f"one lies at {', '.join(beds)}")
        doors = [door.name for door in self.home.doors]
        for name in self.scenario.robot.exits:
            if name not in doors:
                self.source.wrong(("robot", "exits"), f"no door {name!r}", _near(name, doors))
        known = [*doors, *(one.name for one in self.home.appliances)]
        for name in self.scenario.sensors:
            if name not in known:
                self.source.wrong(("sensors",), f"no door or appliance {name!r}", _near(name, known))
        names = [member.name for member in self.scenario.cast.values() if member.known]
        for who, member in self.scenario.cast.items():
            if member.known and names.count(member.name) > 1:
                self.source.wrong(
                    ("cast", who), f"two people are called {member.name}", "give each a name of their own"
                )
        for index, routine in enumerate(self.scenario.routines):
            try:
                made = routine_from(routine, date(2026, 1, 1))
            except UserError as error:
                self.source.wrong(("routines", index), error.message, error.cure)
                continue
            for person in made.persons:
                self._person(("routines", index, "persons"), person)

    def _place(self, at: Iterable[Any], name: str) -> None:
        if name not in self.home.places:
            self.source.wrong(at, f"no place {name!r} in this home", _near(name, self.home.places))

    def _person(self, at: Iterable[Any], name: str) -> None:
        if name not in self.scenario.cast:
            self.source.wrong(at, f"nobody called {name!r} in the cast", _near(name, self.scenario.cast))

    def _seats(self) -> str:
        return f"one sits at {', '.join(name for name, spot in self.home.places.items() if spot.seat is not None)}"

    # --- steps ---

    def steps(self) -> None:
        last_at = -1.0
        for index, step in enumerate(self.scenario.steps):
            path = ("steps", index)
            for name in ("after", "together"):
                label = getattr(step, name)
                if label is not None:
                    self._label((*path, name), label)
            if step.at is not None:
                if step.at < last_at:
                    self.source.wrong(
                        (*path, "at"), "this begins before the step above it", "order steps by their times"
                    )
                last_at = step.at
            if step.verb in BODILY or step.verb in ("say", "answer", "press"):
                self._person((*path, "who"), step.who)
            self._verb(path, step)
        if circle := self._circle():
            at = ("steps", self.labels[circle])
            self.source.wrong(at, f"{circle} waits for itself", "begin one of the steps by time")

    def _label(self, at: Iterable[Any], label: str) -> None:
        if label not in self.labels:
            cure = _near(label, self.labels) if self.labels else f"give one `label: {label}`"
            self.source.wrong(at, f"no step is called {label!r}", cure)

    def _circle(self) -> str:
        steps = self.scenario.steps
        waits: dict[int, int] = {}
        for index, step in enumerate(steps):
            label = step.after or step.together
            if label in self.labels:
                waits[index] = self.labels[label]
            elif index and step.at is None and step.clock is None:
                waits[index] = index - 1
        for first in waits:
            at, seen = first, {first}
            while at in waits:
                at = waits[at]
                if at == first and (named := [i for i in seen if steps[i].label]):
                    return str(steps[named[0]].label)
                if at in seen:
                    break
                seen.add(at)
        return ""

    def _verb(self, path: tuple[Any, ...], step: Step) -> None:
        what = (*path, step.verb)
        if step.walk is not None:
            self._place(what, step.walk.to)
            if step.walk.to == OUTSIDE:
                self.source.wrong(what, "nobody walks out of the home", "write `leave: home`")
        elif step.enter is not None:
            self._place(what, step.enter)
            if step.enter == OUTSIDE:
                self.source.wrong(what, "nobody comes in to outside", "name a place in the home: `enter: hall`")
        elif step.sit is not None and step.sit.at is not None:
            self._place(what, step.sit.at)
            spot = self.home.places.get(step.sit.at)
            if spot is not None and spot.seat is None:
                self.source.wrong(what, f"nobody sits at {step.sit.at}", self._seats())
        elif step.open is not None or step.close is not None:
            name, doors = step.open or step.close or "", [door.name for door in self.home.doors]
            if name not in doors:
                self.source.wrong(what, f"no door {name!r}", _near(name, doors))
        elif step.switch_on is not None or step.switch_off is not None:
            name, known = step.switch_on or step.switch_off or "", [one.name for one in self.home.appliances]
            if name not in known:
                self.source.wrong(what, f"no appliance {name!r}", _near(name, known))
        elif step.kill is not None:
            nodes = started(self.scenario)
            if step.kill not in nodes:
                self.source.wrong(what, f"no node {step.kill!r} is running in this scenario", _near(step.kill, nodes))
        elif step.drive is not None and not self.scenario.robot.drives:
            self.source.wrong(what, "this robot does not drive", "write `robot: {drives: true}`")
        elif step.until is not None and step.until.event is not None:
            self._kind((*what, "event"), step.until.event)

    # --- expectations ---

    def expectations(self) -> None:
        for index, expected in enumerate(self.scenario.expect):
            path = ("expect", index)
            for name in ("after", "until"):
                label = getattr(expected, name)
                if label is not None:
                    self._label((*path, name), label)
            if expected.person is not None:
                self._person((*path, "person"), expected.person)
            self._expectation(path, expected)
        self._contradictions()

    def _expectation(self, path: tuple[Any, ...], expected: Expectation) -> None:
        if expected.event is not None:
            self._kind((*path, "event"), expected.event)
            self._data(path, expected)
        for name in ("never", "order"):
            for at, kind in enumerate(getattr(expected, name) or ()):
                if not (name == "order" and kind in self.labels):
                    self._kind((*path, name, at), kind, seen_too=True, labels=name == "order")
        for name in ("said", "not_said"):
            words = getattr(expected, name)
            pattern = words.of(self.scenario.lang) if isinstance(words, Words) else words
            if isinstance(pattern, str) and len(pattern) > 2 and pattern[0] == pattern[-1] == "/":
                try:
                    re.compile(pattern[1:-1])
                except re.error as error:
                    self.source.wrong((*path, name), f"not a pattern: {error}", "mend what stands between the slashes")
        if expected.drive is not None and not self.scenario.robot.drives:
            self.source.wrong((*path, "drive"), "this robot does not drive", "write `robot: {drives: true}`")
        if expected.robot is not None and expected.robot.of not in (
            *self.scenario.cast,
            *self.home.places,
            *self.home.robot,
        ):
            known = (*self.scenario.cast, *self.home.places, *self.home.robot)
            self.source.wrong(
                (*path, "robot"), f"nobody and no place called {expected.robot.of!r}", _near(expected.robot.of, known)
            )

    def _kind(self, at: Iterable[Any], kind: str, *, seen_too: bool = False, labels: bool = False) -> None:
        """Notes an event that there is not; `seen_too`: words of the detector and of drives may stand there."""
        seen = [f"fall.{word}" for word in get_args(Fallen)] + [f"drive.{word}" for word in get_args(Driven)]
        known = sorted({*kinds(), *(seen if seen_too else ())})
        if not any(fnmatch.fnmatchcase(one, kind) for one in known):
            what = "no event and no step's label" if labels else "no event of the kind"
            self.source.wrong(at, f"{what} {kind!r}", _near(kind, [*known, *self.labels] if labels else known))
        elif kind in UNHEARD and not seen_too:
            word = kind.partition(".")[2]
            self.source.wrong(
                at,
                f"it can never hold: {kind} does not leave the robot by itself",
                f"write `fall: {word}`, or a distress.* event",
            )

    def _data(self, path: tuple[Any, ...], expected: Expectation) -> None:
        model = kinds().get(expected.event or "")
        if model is None:
            return
        for name, value in expected.data.items():
            where = (*path, "data", name)
            if name not in model.model_fields:
                self.source.wrong(where, f"{expected.event} has no {name!r}", _near(name, model.model_fields))
                continue
            try:
                TypeAdapter[Any](model.model_fields[name].annotation or Any).validate_python(value)
            except ValidationError as error:
                why = error.errors(include_url=False)[0]["msg"]
                self.source.wrong(where, f"it can never hold: {name} is never {value!r}", why[:1].lower() + why[1:])

    def _indoors(self, at: tuple[float, float]) -> bool:
        return all(0.0 < value < side for value, side in zip(at, self.home.outline, strict=True))

    def _backwards(self, expected: Expectation) -> bool:
        """Whether what ends an expectation's time comes before what begins it; of one person's steps in their order."""
        if expected.after not in self.labels or expected.until not in self.labels:
            return False
        begins, ends = self.labels[expected.after], self.labels[expected.until]
        steps = [self.scenario.steps[at] for at in (begins, ends)]
        in_order = all(step.at is None and step.clock is None for step in steps) and steps[0].who == steps[1].who
        return in_order and ends <= begins

    def _contradictions(self) -> None:
        wanted = [(i, one) for i, one in enumerate(self.scenario.expect) if one.event or one.fall]
        for index, expected in enumerate(self.scenario.expect):
            if self._backwards(expected):
                self.source.wrong(
                    ("expect", index, "until"),
                    f"{expected.until} does not come after {expected.after}: nothing is looked at between them",
                    "change the two round",
                )
            for kind in expected.never or ():
                for other, one in wanted:
                    name = one.event or f"fall.{one.fall}"
                    whole = expected.after is None and expected.until is None
                    if fnmatch.fnmatchcase(name, kind) and (
                        whole or (expected.after == one.after and not expected.until)
                    ):
                        line = self.source.mark(("expect", other)).line
                        self.source.wrong(
                            ("expect", index),
                            f"it can never hold: line {line} expects {name}",
                            "bound this with after: or until:",
                        )


def told(problems: list[Problem]) -> Iterator[dict[str, object]]:
    """The problems for programs."""
    for one in problems:
        yield {
            "file": str(one.mark.file),
            "line": one.mark.line,
            "column": one.mark.column,
            "message": one.message,
            "cure": one.cure,
        }


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
