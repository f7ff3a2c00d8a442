"""A routine's times of one day, copied to another day."""

from __future__ import annotations

from datetime import date, datetime, time

from dolbom.routines.recurrence import on
from dolbom.routines.routine import Routine
from dolbom.routines.wrong import Wrong


def times_of(routine: Routine, day: date) -> list[datetime]:
    """The local times on which it falls due on a day, switched off or not."""
    return routine.schedule.local_times(datetime.combine(day, time.min), datetime.combine(day, time(23, 59)))


def copied(routine: Routine, source: date, target: date) -> Routine:
    """The routine with the times of one day on another day as well.

    Raises:
        Wrong: if it has no times on the first day, has them on the second already, or does not run on that.
    """
    schedule = routine.schedule
    times = times_of(routine, source)
    if not times:
        raise Wrong("copy_nothing", day=source)
    if target < schedule.start or (schedule.end is not None and target > schedule.end):
        raise Wrong("copy_outside", day=target)
    there = set(times_of(routine, target))
    wanted = {on(target, f"{local:%H:%M}") for local in times}
    if wanted <= there:
        raise Wrong("copy_there", day=target)
    # A time that was left out on that day comes back by no longer being left out.
    exdate = tuple(
        out for out in schedule.exdate if not (out in wanted if isinstance(out, datetime) else out == target)
    )
    kept = schedule.model_copy(update={"exdate": exdate})
    missing = wanted - set(kept.local_times(datetime.combine(target, time.min), datetime.combine(target, time(23, 59))))
    dates = tuple(sorted({*schedule.rdate, *missing}))
    changed = routine.model_dump() | {"schedule": kept.model_dump() | {"rdate": dates}}
    return Routine.model_validate(changed)
