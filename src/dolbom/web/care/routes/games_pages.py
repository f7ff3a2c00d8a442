"""The page Games: what somebody may play, their own answers, weekly charts, what was played and said."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from dolbom.games.catalogue import games as all_games
from dolbom.games.item import DOMAINS
from dolbom.plain import plain
from dolbom.reports.chart import Chart, draw
from dolbom.reports.weeks import Series
from dolbom.staff.pages import render
from dolbom.trouble import TroubleError
from dolbom.web.care.home import home_of
from dolbom.web.care.routes import games_api as api
from dolbom.web.care.routes.games_api import Editing, GamesOut, Viewing, Weeks
from dolbom.web.care.routes.people_api import PersonId

router = APIRouter(include_in_schema=False)

OWN_FIELD = "own:"


@router.get("/games")
def games(request: Request, visit: Viewing, weeks: Weeks = 8) -> Response:
    """Everybody who plays."""
    home = home_of(request)
    found = api.list_games(request, visit, weeks)
    return render(
        request, "games.html", visit, players=found, charts={one.person: _charts(one) for one in found},
        names=list(all_games()), questions=api.own_questions(home.lang), domains=DOMAINS, weeks=weeks,
        others=[name for id, name in home.names().items() if id not in {one.person for one in found}],
    )  # fmt: skip


@router.post("/games/{person_id}")
async def choose(request: Request, person_id: PersonId, visit: Editing) -> Response:
    """Keeps what was chosen; empty fields are not kept."""
    form = await request.form()
    own = {
        key.removeprefix(OWN_FIELD): words
        for key, value in form.items()
        if key.startswith(OWN_FIELD) and isinstance(value, str) and (words := plain(value))
    }
    avoid = [word for part in str(form.get("avoid", "")).split(",") if (word := plain(part))]
    chosen = [str(name) for name in form.getlist("games")]
    everything = set(chosen) == set(all_games())
    try:
        asked = api.GamesIn(games=None if everything else chosen, avoid=avoid, own=own)
    except ValidationError:
        raise TroubleError("care.games.trouble.too_long") from None
    api.choose(request, person_id, asked, visit)
    return RedirectResponse("/games", 303)


def _charts(player: GamesOut) -> list[tuple[str, Chart]]:
    weeks = tuple(one.week for one in player.weeks)
    return [
        (domain, draw(Series("activity", "game", domain, player.person, ("done",), weeks,
                             tuple((one.sittings[domain],) for one in player.weeks))))
        for domain in DOMAINS
        if any(one.sittings[domain] for one in player.weeks)
    ]  # fmt: skip
