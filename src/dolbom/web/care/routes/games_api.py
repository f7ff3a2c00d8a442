"""The JSON API of the games: what somebody may play and is not asked about, their own answers, and how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, Field

from dolbom.events import CheckInTopic
from dolbom.games.beside import worse_of
from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import games, items
from dolbom.games.game import Grade
from dolbom.games.item import DOMAINS, OWN, Domain, Item
from dolbom.games.player import Ended, Enjoyed, Sitting
from dolbom.games.usual import usual
from dolbom.plain import plain
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, note, viewed
from dolbom.trouble import TroubleError
from dolbom.web.care.access import Action
from dolbom.web.care.home import CareHome, home_of
from dolbom.web.care.routes.people_api import PersonId

router = APIRouter(prefix="/api", tags=["games"])

Viewing = Annotated[Visit, Depends(allowed(Action.VIEW_PEOPLE))]
Editing = Annotated[Visit, Depends(allowed(Action.EDIT_PEOPLE))]
Weeks = Annotated[int, Query(ge=1, le=26)]
Word = Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=40)]
Answer = Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=120)]
Standing = Literal["new", "usual", "lower"]


class RoundOut(Model):
    """One round: what was asked, how it ended, what was said; `item` names it among the shipped ones."""

    item: str
    asked: str
    at: datetime
    grade: Grade
    said: list[str]


class SittingOut(Model):
    """One time that a game was played."""

    id: str
    game: str
    begun: datetime
    minutes: float
    ended: Ended
    enjoyed: Enjoyed
    wanted: bool
    rounds: list[RoundOut]


class DomainOut(Model):
    """How it goes in one domain against the person's own usual: `new` before ten days with a game; `lower` with how
    many of the last `sittings` such days were below it. No score."""

    domain: Domain
    standing: Standing
    sittings: int
    lower: int


class WeekOut(Model):
    """How often was played in a week, by domain."""

    week: str
    sittings: dict[Domain, int]


class GamesOut(Model):
    """Somebody who consents to being remembered as a player; `beside`: what was worse in the check-ins lately;
    `games`: null if everything may be played, empty if nothing may."""

    person: str
    name: str
    games: list[str] | None
    avoid: list[str]
    own: dict[str, str]
    domains: list[DomainOut]
    beside: list[CheckInTopic]
    weeks: list[WeekOut]
    last: list[SittingOut]


class GamesIn(Asked):
    """What somebody may play (null: everything; empty: nothing), words of topics that they are not asked about, and
    their own answers to the questions of the game of facts."""

    games: Annotated[list[str], Field(max_length=40)] | None
    avoid: list[Word] = Field(max_length=40)
    own: dict[Annotated[str, Field(max_length=120)], Answer] = Field(max_length=100)


@router.get("/games")
def list_games(request: Request, visit: Viewing, weeks: Weeks = 8) -> list[GamesOut]:
    """Everybody who consents: what they may play, how often they did, and the last times with what was said."""
    home, now = home_of(request), home_of(request).now()
    viewed(request, visit, "games")
    return [games_of(home, person, now, weeks) for person in home.games.people(now)]


@router.put("/games/{person_id}", status_code=204)
def choose(request: Request, person_id: PersonId, asked: GamesIn, visit: Editing) -> None:
    """What somebody may play, is not asked about, and answers themselves; with their consent only."""
    home = home_of(request)
    if unknown := [name for name in asked.games or () if name not in games()]:
        raise TroubleError("care.games.trouble.no_game", game=unknown[0][:40])
    questions = {item.id for item in own_questions(home.lang)}
    if set(asked.own) - questions:
        raise TroubleError("care.games.trouble.no_question")
    if not home.games.choose(person_id, home.now(), asked.games, asked.avoid, asked.own):
        raise TroubleError("care.games.trouble.no_consent")
    note(request, visit, "choose_games", person_id)


def games_of(home: CareHome, person: str, now: datetime, weeks: int) -> GamesOut:
    """What the page shows of somebody."""
    player = home.games.state(person, now)
    sittings = home.games.entries(person, now)
    return GamesOut(
        person=person,
        name=home.names()[person],
        games=player.chosen,
        avoid=player.avoid,
        own=player.own,
        domains=[_domain(sittings, domain, now) for domain in DOMAINS],
        beside=worse_of(home.memory, person, now),
        weeks=by_week(sittings, now.date(), weeks, now),
        last=[_sitting(one) for one in reversed(sittings[-10:])],
    )


def own_questions(lang: str) -> list[Item]:
    """The questions that only the person's own answer answers."""
    return [item for item in items("facts", lang) if item.answers[0] == OWN]


def by_week(sittings: Sequence[Sitting], today: date, weeks: int, now: datetime) -> list[WeekOut]:
    """How often was played in each of the last weeks, the oldest first."""
    monday = today - timedelta(days=today.weekday())
    found = []
    for ago in reversed(range(weeks)):
        first = monday - timedelta(weeks=ago)
        counted: Counter[Domain] = Counter(
            game_of(one.game).domain
            for one in sittings
            if first <= one.begun.astimezone(now.tzinfo).date() < first + timedelta(days=7) and one.game in games()
        )
        year, week, _ = first.isocalendar()
        found.append(WeekOut(week=f"{year}-W{week:02}", sittings={domain: counted[domain] for domain in DOMAINS}))
    return found


def _domain(sittings: Sequence[Sitting], domain: Domain, now: datetime) -> DomainOut:
    found = usual(sittings, domain, now)
    return DomainOut(domain=domain, standing=found.standing, sittings=found.sittings, lower=found.lower)


def _sitting(sitting: Sitting) -> SittingOut:
    return SittingOut(
        id=sitting.id,
        game=sitting.game,
        begun=sitting.begun,
        minutes=round(sitting.spent_s / 60, 1),
        ended=sitting.ended,
        enjoyed=sitting.enjoyed,
        wanted=sitting.wanted,
        rounds=[
            RoundOut(item=one.item, asked=one.asked or one.item, at=one.at, grade=one.grade, said=one.said)
            for one in sitting.rounds
        ],
    )
