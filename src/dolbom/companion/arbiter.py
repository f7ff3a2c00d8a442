"""Which activity has the word: a py_trees selector from distress down to idle; the first that wants it gets it.

The tree chooses, it does not act: every branch says whether it has something to do, and the selector (without
memory) gives up the lower one as soon as a higher one has. The companion compares who had the word with who has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import py_trees
from py_trees.common import Status

from dolbom.companion.activity import Activity, Priority
from dolbom.companion.observations import Moment


@dataclass(eq=False)
class Entry:
    """An activity in line.

    Attributes:
        since: when it came, behaviour time.
        begun: it was started.
        away: something else had the word since: it is resumed, not continued.
        displaced: what had the word was more urgent: it may ask whether to go on.
        under_way: id of its utterance or question, if any.
        asking: what is under way is a question.
        finishing: it is over as soon as what is under way was said.
        hold_until: it was cut off by the voice, and goes on after this (behaviour time).
        cut_off: how often that happened in a row.
        back: asks whether to go on; the same one while only other words come between, for it is not asked for ever.
        agreed: the person was asked whether to go on, and said yes.
        aside_until: it was put aside for a pause until then (behaviour time), and does not want the word.
    """

    activity: Activity
    priority: Priority
    since: Moment
    begun: bool = False
    away: bool = False
    displaced: bool = False
    under_way: str = ""
    asking: bool = False
    finishing: bool = False
    hold_until: float | None = None
    cut_off: int = 0
    back: Activity | None = None
    agreed: bool = False
    aside_until: float | None = None


@dataclass
class Lines:
    """Who waits at each priority, and whether a distress stands."""

    distress: bool = False
    waiting: dict[Priority, list[Entry]] = field(default_factory=lambda: {priority: [] for priority in Priority})

    def head(self, priority: Priority, ready: Callable[[Entry], bool]) -> Entry | None:
        """Who has the word at this priority: who has begun, else the first whose moment has come."""
        line = self.waiting[priority]
        return next((entry for entry in line if entry.aside_until is None and (entry.begun or ready(entry))), None)


class _Branch(py_trees.behaviour.Behaviour):
    """Runs while its priority has something to do."""

    def __init__(self, priority: Priority, wants: Callable[[Priority], bool]) -> None:
        super().__init__(name=priority.name.lower())
        self.priority = priority
        self._wants = wants

    def update(self) -> Status:
        return Status.RUNNING if self._wants(self.priority) else Status.FAILURE


class Arbiter:
    """Chooses.

    Args:
        ready: whether an activity that has not begun may begin now.
    """

    def __init__(self, ready: Callable[[Entry], bool]) -> None:
        self.lines = Lines()
        self._ready = ready
        self._chosen: Priority | None = None
        self._root = py_trees.composites.Selector(name="companion", memory=False)
        self._root.add_children([_Branch(priority, self._wants) for priority in sorted(Priority, reverse=True)])

    def choose(self) -> Entry | None:
        """Who has the word now; None: nobody, the robot is idle or silent for a distress."""
        self._root.tick_once()
        tip = self._root.tip()
        if self._root.status is not Status.RUNNING or not isinstance(tip, _Branch):
            return None
        return None if tip.priority is Priority.DISTRESS else self.lines.head(tip.priority, self._ready)

    def add(self, entry: Entry, *, first: bool = False) -> None:
        """Puts an activity in line, at its front if `first`."""
        line = self.lines.waiting[entry.priority]
        line.insert(0, entry) if first else line.append(entry)

    def remove(self, entry: Entry) -> None:
        """Takes an activity out of its line."""
        line = self.lines.waiting[entry.priority]
        if entry in line:
            line.remove(entry)

    def put_back(self, entry: Entry) -> None:
        """What was put aside wants the word again, after whatever has begun meanwhile."""
        entry.aside_until = None
        self.remove(entry)
        self.add(entry)

    def entries(self) -> list[Entry]:
        """All that are in line, the most urgent first."""
        return [entry for priority in sorted(Priority, reverse=True) for entry in self.lines.waiting[priority]]

    def _wants(self, priority: Priority) -> bool:
        if priority is Priority.DISTRESS:
            return self.lines.distress
        return self.lines.head(priority, self._ready) is not None
