"""What staff and family note of a dose, from a command or a page to an observation of the routines."""

from __future__ import annotations

from dolbom.errors import UserError
from dolbom.plain import plain
from dolbom.routines.due import State
from dolbom.routines.keeper import Held
from dolbom.routines.observations import Corrected, Moment, Supplied, Taken


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
        UserError: for what cannot be meant.
    """
    author = plain(by)[:64]
    if not author:
        raise UserError("a note needs its author", "say who it is from, as a role or a staff id")
    if what == "corrected":
        try:
            wanted = State(state)
        except ValueError:
            raise UserError(f"‘{state}’ is no outcome", "there are taken, refused, missed, unknown, done") from None
        return Corrected(at, due, wanted, author, plain(reason)[:200])
    found = next((one.routine for one in held if one.routine.id == routine), None)
    if found is None or found.medicine is None:
        raise UserError(f"there is no medicine ‘{routine}’", "see `dolbom routines list`")
    if what == "taken":
        return Taken(at, routine, author, person or None)
    if what == "counted":
        if not 0 <= count <= 10_000:
            raise UserError(f"{count:g} is no count of a medicine", "count what is there, from 0 to 10000")
        return Supplied(at, found.medicine_key, count, author)
    raise UserError(f"‘{what}’ cannot be noted", "there are corrected, taken, counted")
