"""Which medicines run out."""

from __future__ import annotations

from dataclasses import dataclass

from dolbom.web.care.home import CareHome


@dataclass(frozen=True)
class Low:
    """A medicine of which there is no more than when more shall be brought."""

    routine: str
    title: str
    left: float


def running_out(home: CareHome) -> list[Low]:
    """Every medicine that runs out, by its title; of a medicine in several routines the first."""
    left = home.supplies.left()
    found: dict[str, Low] = {}
    for version in home.routines.all():
        routine = version.routine
        if routine is None or routine.medicine is None or routine.medicine.supply is None:
            continue
        key = routine.medicine_key
        if key in left and left[key] <= routine.medicine.supply.refill_below:
            found.setdefault(key, Low(routine.id, routine.title, left[key]))
    return sorted(found.values(), key=lambda one: one.title)
