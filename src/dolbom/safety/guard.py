"""Everybody's distress at once: whose is which observation; one emergency is one alarm, two are two."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from dolbom.events import Cause
from dolbom.safety.decisions import Decisions
from dolbom.safety.distress import ALARM, Distress, Stage
from dolbom.safety.ladder import Ladder
from dolbom.safety.observations import (
    Answered,
    FallSeen,
    Heard,
    Moment,
    Observation,
    Outcome,
    Received,
    Recognised,
    SeenTogether,
    Suspected,
    TakenBack,
    Tick,
)

REMEMBERED_S = 3600.0
"""An ended distress is remembered for this long: the same fall, still seen, does not begin another."""
PAIRS = 1000
"""How many pairs of bodies seen side by side, and how many bodies with a face, are remembered."""


class Guard:
    """Feeds each observation to the distress it belongs to, and begins one where there is none.

    Whatever points to help and cannot be told apart counts for everybody who may be meant; whatever reassures
    and cannot be told apart counts for nobody.
    """

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._distresses: dict[UUID, Distress] = {}
        self._apart: OrderedDict[frozenset[str], None] = OrderedDict()
        self._persons: OrderedDict[str, str] = OrderedDict()
        self._together_since: dict[frozenset[str], float] = {}

    @property
    def distresses(self) -> list[Distress]:
        """All that are open or were lately, oldest first."""
        return list(self._distresses.values())

    @property
    def open(self) -> list[Distress]:
        """Those of which something can still come, oldest first."""
        return [d for d in self._distresses.values() if d.open]

    def restore(self, kept: Iterable[Distress], at: Moment) -> Decisions:
        """Goes on with what a process before this one left on disk; a step that is overdue comes at once."""
        out = Decisions()
        for d in kept:
            self._distresses[d.id] = d
            if d.open:
                self._ladder.resume(d, at, out)
                self._ladder.tick(d, at, out)
        return out

    def observe(self, observation: Observation) -> Decisions:
        """What follows from one observation."""
        out = Decisions()
        if isinstance(observation, FallSeen):
            self._fall(observation, out)
        elif isinstance(observation, Suspected):
            concerned = self._concerned(observation.person, observation.at)
            for d in concerned or [self._begin(observation.at, observation.cause, observation.person)]:
                self._ladder.suspicion(d, observation, out)
        elif isinstance(observation, TakenBack):
            if (one := self._only(observation.person, observation.at)) is not None:
                self._ladder.taken_back(one, observation, out)
                self._after_cancel(one, observation.at, out)
        elif isinstance(observation, Answered):
            self._answered(observation, out)
        elif isinstance(observation, Heard):
            self._heard(observation, out)
        elif isinstance(observation, Received):
            for d in self.open:
                if d.alarm_id == observation.event_id:
                    self._ladder.receipt(d, observation, out)
        elif isinstance(observation, SeenTogether):
            self._together(observation)
        elif isinstance(observation, Recognised):
            self._recognised(observation, out)
        elif isinstance(observation, Tick):
            for d in self.open:
                self._ladder.tick(d, observation.at, out)
            self._forget(observation.at)
        return out

    # --- falls ---

    def _fall(self, seen: FallSeen, out: Decisions) -> None:
        # On the floor the face is mostly hidden: who it is was seen before.
        seen = replace(seen, person=seen.person or self._persons.get(seen.body))
        d = self._fallen(seen)
        if d is None:
            if not self._begins(seen):
                return
            d = self._begin(seen.at, "fall", seen.person)
        if seen.body not in d.bodies:
            d.bodies.append(seen.body)
        d.person = seen.person or d.person
        self._ladder.fall(d, seen, out)

    def _fallen(self, seen: FallSeen) -> Distress | None:
        """The open distress that this report is about."""
        for d in reversed(self.open):
            if seen.body in d.bodies and self._joins(d, seen):
                return d
        if not seen.state.rank:
            return None
        compatible = [
            d
            for d in self.open
            if seen.body not in d.bodies
            and (d.person is None or seen.person is None or d.person == seen.person)
            and not any(frozenset((seen.body, body)) in self._apart for body in d.bodies)
            and self._joins(d, seen)
        ]
        same = [d for d in compatible if d.person is not None and d.person == seen.person]
        found = same or compatible
        return found[-1] if found else None

    def _joins(self, d: Distress, seen: FallSeen) -> bool:
        # The same fall going on always belongs to its distress.
        same = seen.body in d.bodies and (d.on_the_floor or not seen.state.rank)
        return same or not self._is_stale(d, seen.at)

    def _is_stale(self, d: Distress, at: Moment) -> bool:
        """An alarm that nothing has pointed to for long: what comes now is a new emergency, closed or not."""
        return d.stage in ALARM and at.civil - d.last_sign > timedelta(seconds=self._ladder.parameters.merge_s)

    def _begins(self, seen: FallSeen) -> bool:
        """Whether the report is news: not the end of a fall, nor the fall of a distress that has ended."""
        ended = [d for d in self._distresses.values() if not d.open and seen.body in d.bodies]
        if not seen.state.rank:
            for d in ended:
                d.fall = seen.state
            return False
        return all(d.fall is None or d.fall.rank < seen.state.rank for d in ended)

    def _together(self, seen: SeenTogether) -> None:
        # One frame is not enough: a tracker may show somebody twice for a moment when it finds them again.
        now, ordered = seen.at.now, sorted(seen.bodies)
        pairs = {frozenset((one, other)) for i, one in enumerate(ordered) for other in ordered[i + 1 :]}
        self._together_since = {pair: min(self._together_since.get(pair, now), now) for pair in pairs}
        for pair, since in self._together_since.items():
            if now - since >= self._ladder.parameters.apart_s:
                self._apart[pair] = None
        while len(self._apart) > PAIRS:
            self._apart.popitem(last=False)

    def _recognised(self, seen: Recognised, out: Decisions) -> None:
        self._persons[seen.body] = seen.person
        self._persons.move_to_end(seen.body)
        if len(self._persons) > PAIRS:
            self._persons.popitem(last=False)
        for d in self.open:
            if d.person is None and seen.body in d.bodies:
                d.person = seen.person
                self._ladder.note(d, seen.at, out)

    # --- words ---

    def _answered(self, answer: Answered, out: Decisions) -> None:
        for d in self.open:
            if d.question is None or d.question.id != answer.question:
                continue
            known = answer.person is not None and answer.person == d.person
            others = [other for other in self.open if other is not d and not self._is_stale(other, answer.at)]
            if answer.outcome is Outcome.ANSWERED and answer.answer != "help" and not known and others:
                # Somebody answered, but not certainly the one who was asked: only a call for help counts.
                answer = replace(answer, outcome=Outcome.UNCLEAR)
            self._ladder.answered(d, answer, out)
            return

    def _heard(self, heard: Heard, out: Decisions) -> None:
        if heard.meaning == "help":
            for d in self._matching(heard.person):
                self._ladder.heard(d, heard, out)
        elif (one := self._only(heard.person, heard.at)) is not None:
            self._ladder.heard(one, heard, out)
            self._after_cancel(one, heard.at, out)

    def _after_cancel(self, d: Distress, at: Moment, out: Decisions) -> None:
        """An alarm taken back by somebody who is still on the floor: a new distress watches over them."""
        if d.stage is not Stage.CANCELLED or not d.on_the_floor or d.id not in out.changed:
            return
        successor = self._begin(at, "fall", d.person)
        successor.bodies, successor.fall = list(d.bodies), d.fall
        successor.sources = {"fall": d.sources["fall"].model_copy()}
        successor.stage = Stage.STOOD_DOWN
        self._ladder.watch(successor, at)
        out.changed[successor.id] = successor.model_copy(deep=True)

    # --- people ---

    def _begin(self, at: Moment, cause: Cause, person: str | None) -> Distress:
        d = self._ladder.begin(at, cause, person)
        self._distresses[d.id] = d
        return d

    def _matching(self, person: str | None) -> list[Distress]:
        """Open distresses that may be this person's; all of them while nobody knows whose word it is."""
        same = [d for d in self.open if person is not None and d.person == person]
        return same or [d for d in self.open if person is None or d.person is None]

    def _concerned(self, person: str | None, at: Moment) -> list[Distress]:
        return [d for d in self._matching(person) if not self._is_stale(d, at)]

    def _only(self, person: str | None, at: Moment) -> Distress | None:
        """The one open distress that a reassuring word can be about, if there is no doubt."""
        same = [d for d in self.open if person is not None and d.person == person]
        candidates = same or [d for d in self.open if not self._is_stale(d, at)] or self.open
        return candidates[0] if len(candidates) == 1 else None

    def _forget(self, at: Moment) -> None:
        before = at.civil - timedelta(seconds=REMEMBERED_S)
        for d in list(self._distresses.values()):
            if not d.open and d.changed < before:
                del self._distresses[d.id]
