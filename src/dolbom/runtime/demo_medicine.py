"""The demo's first act: a medicine that is answered, and one that nobody answers, up its ladder to the district's desk.

Only the script is here: what happens goes in, what is to be done comes out. The ladder is much shorter than any in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dolbom.events import DoseMissed
from dolbom.i18n import catalogue
from dolbom.routines.routine import Routine, routine_from
from dolbom.store.base import open_store
from dolbom.store.routines import RoutineStore

ANSWER_S = 2.0
DUE_S = 3.0
RUNGS_MIN = (0.0, 0.2, 0.4, 0.6)
SETTLED = ("taken", "refused", "missed", "unknown")


@dataclass(frozen=True)
class Add:
    """Put this routine of the home in: it falls due `DUE_S` from then."""

    id: str


@dataclass(frozen=True)
class Answer:
    """The resident says this, `ANSWER_S` later."""

    text: str


@dataclass(frozen=True)
class Over:
    """The act has ended."""


Step = Add | Answer | Over


class MedicineAct:
    """Follows what the robot does.

    Args:
        lang: of the demo.
    """

    FIRST, SECOND = "demo-pressure", "demo-heart"

    def __init__(self, lang: str) -> None:
        self._script = catalogue(lang, "demo")["medicine"]
        self._due = ""
        self._questions = 0
        self.over = False

    def begin(self) -> list[Step]:
        """The robot is ready."""
        self._due = self.FIRST
        return [Add(self.FIRST)]

    def happened(self, said: Mapping[str, Any]) -> list[Step]:
        """What follows from one thing that the robot did, as `dolbom_nodes.follow` tells it."""
        if self.over or not self._due:
            return []
        if said.get("what") == "said" and said.get("robot") and said.get("question") and self._due == self.FIRST:
            self._questions += 1
            answers = self._script["answers"]
            return [Answer(answers[min(self._questions, len(answers)) - 1])]
        if said.get("what") == "dose" and said.get("kind") in SETTLED and said.get("routine") == self._due:
            if self._due == self.FIRST:
                self._due = self.SECOND
                return [Add(self.SECOND)]
            if said["kind"] != "missed":  # somebody answered after all
                return self._end()
        if said.get("what") == "receipt" and said.get("kind") == "received" and said.get("of") == DoseMissed.kind:
            return self._end()
        return []

    def _end(self) -> list[Step]:
        self.over = True
        return [Over()]

    def routine(self, id: str, now: datetime) -> Routine:
        """The routine of that id, due in a moment.

        Args:
            now: civil time in the home's zone.
        """
        at = (now + timedelta(seconds=DUE_S)).replace(tzinfo=None)
        medicine = self._script[id]
        fields: dict[str, Any] = {
            "id": id,
            "kind": "medicine",
            "title": medicine["title"],
            "schedule": {"start": at.date(), "rdate": [at]},
            "quiet": "",  # the demo runs at any hour
            # It may be shown again at once.
            "medicine": {"dose": medicine["dose"], "min_gap_h": 0},
        }
        if id == self.SECOND:
            done = (["voice"], ["voice", "picture", "come_to_person"], ["voice"], ["family_message", "centre"])
            steps = [{"at_min": at_min, "do": do} for at_min, do in zip(RUNGS_MIN, done, strict=True)]
            fields["ladder"] = {"steps": steps, "missed": "alarm", "in_quiet_hours": True}
            fields["medicine"]["importance"] = "critical"
        return routine_from(fields, at.date())


class Shelf:
    """The demo home's routines."""

    def __init__(self) -> None:
        self._store = open_store()
        self._routines = RoutineStore(self._store)

    def clear(self, now: datetime) -> None:
        """Takes out what an earlier demo left."""
        for one in self._routines.all():
            self._routines.remove(one.id, now, "demo")

    def put(self, routine: Routine, now: datetime) -> None:
        """Puts one in, as `dolbom routines add` does, while the robot runs."""
        self._routines.add(routine, now, "demo")

    def close(self) -> None:
        """Closes the database."""
        self._store.close()
