"""What staff and family note of a dose, from a command or a page to an observation of the routines."""

from __future__ import annotations

from dolbom.plain import plain
from dolbom.routines.due import State
from dolbom.routines.keeper import Held
from dolbom.routines.observations import Corrected, Moment, Supplied, Taken
from dolbom.trouble import TroubleError


def noted(
    at: Moment,
    held: list[Held],
    *,
    what: str,
    by: str,
    due: str = "",
    state: str = "",
    routine: str = "",
    person: str = "",
    count: float = 0.0,
    reason: str = "",
) -> Corrected | Taken | Supplied:
    """The observation that a note is; the arguments are the fields of the service `NoteDose`.

    Args:
        held: the home's routines, among which `routine` is looked up.

    Raises:
        TroubleError: for what cannot be meant.
    """
    author = plain(by)[:64]
    if not author:
        raise TroubleError("routines.note.no_author", "say who it is from, as a role or a staff id")
    if what == "corrected":
        try:
            wanted = State(state)
        except ValueError:
            cure = "there are taken, refused, missed, unknown, done"
            raise TroubleError("routines.note.no_outcome", cure, given=state) from None
        return Corrected(at, due, wanted, author, plain(reason)[:200])
    found = next((one.routine for one in held if one.routine.id == routine), None)
    if found is None or found.medicine is None:
        raise TroubleError("routines.note.no_medicine", "see `dolbom routines list`", given=routine)
    if what == "taken":
        return Taken(at, routine, author, person or None)
    if what == "counted":
        if not 0 <= count <= 10_000:
            raise TroubleError("routines.note.no_count", "count what is there, from 0 to 10000", given=f"{count:g}")
        return Supplied(at, found.medicine_key, count, author)
    raise TroubleError("routines.note.cannot", "there are corrected, taken, counted", given=what)
