"""A blind spell: the process that sees died while somebody was up and in view; what follows if they are not up again.

Whoever stood or sat there a moment before must be seen so when it sees again. Somebody who then lies on the floor has
fallen meanwhile; somebody who is not found may lie where the network does not see them. Both are asked about: that
costs little, and silence is a fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from dolbom.places import data_folder

# Somebody missing is suspected for so many seconds: by then the ladder, whose waits make 47 s, has decided.
LOOK_ON = 90.0
# Seconds for which somebody is seen up before they count as found: for a moment the network draws anything.
UP_FOR_S = 1.0


class LastLook(BaseModel):
    """Who was up and in view at the last look.

    Attributes:
        stamp: of its frame, seconds of behaviour time.
        up: ids of the bodies that stood or sat, or rested where one rests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stamp: float
    up: tuple[str, ...] = ()


class LastLookFile:
    """Keeps the last look for the process after this one, in a small file of the home's data folder.

    What dies is the process, not the machine: it is not forced on to the disk, which would wear out a flash disk.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = data_folder() / "last_look.json" if path is None else path
        self._kept: LastLook | None = None

    def read(self) -> LastLook | None:
        """What was kept last; None if there is nothing, or it cannot be read."""
        try:
            return LastLook.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, look: LastLook) -> None:
        """Keeps it, unless nobody was up before and nobody is.

        Raises:
            OSError: if it cannot be written.
        """
        if self._kept is not None and not self._kept.up and not look.up:
            return
        new = self._path.with_suffix(f".{os.getpid()}")
        new.write_text(look.model_dump_json(), encoding="utf-8")
        new.replace(self._path)
        self._kept = look


def ends_at(before: LastLook, stamp: float, longest: float) -> bool:
    """Whether a first frame at `stamp` ends a blind spell of at most `longest` seconds that somebody was up before."""
    return bool(before.up) and 0 < stamp - before.stamp <= longest


class BlindSpell:
    """Counts who was up before the spell against who is found after it.

    Args:
        before: the last look before it.
        ended: stamp of the first frame after it.
        missing_after: seconds after which somebody who is not found is missed; 0 for never.

    Attributes:
        since: stamp of that last look.
        missed: id, from before the spell, of somebody who is missed; None while nobody is.
        lying: ids of those who were found on the floor.
    """

    def __init__(self, before: LastLook, ended: float, missing_after: float) -> None:
        self.since, self._names = before.stamp, before.up
        self._ended, self._missing_after = ended, missing_after
        self._up = 0
        self.lying: set[str] = set()
        self.missed: str | None = None

    @property
    def missing(self) -> int:
        """How many are neither up again nor found on the floor."""
        return max(0, len(self._names) - self._up - len(self.lying))

    def found(self, up: int, lying: Iterable[str]) -> None:
        """One frame shows so many people up, and these on the floor."""
        self._up = max(self._up, up)
        self.lying.update(lying)

    def is_over(self, stamp: float) -> bool:
        """Whether everybody is found, or nobody is looked for any more."""
        return not self.missing or stamp - self._ended > self._missing_after + LOOK_ON

    def misses(self, stamp: float) -> bool:
        """Whether somebody has to be missed from now on; true once."""
        if self.missed is not None or not self._missing_after or stamp - self._ended < self._missing_after:
            return False
        self.missed = self._names[-1]
        return True
