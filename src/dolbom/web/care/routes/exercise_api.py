"""The JSON API of exercise: who may do it standing, how often it was done, and what was measured of standing up."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request

from dolbom.exercise.sessions import Ended, Felt, TimedStands
from dolbom.reports.weeks import week_of, weeks_until
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import note, viewed
from dolbom.trouble import TroubleError
from dolbom.web.care.home import CareHome, home_of
from dolbom.web.care.routes.games_api import Editing, Viewing, Weeks
from dolbom.web.care.routes.people_api import PersonId

router = APIRouter(prefix="/api", tags=["exercise"])


class SessionOut(Model):
    """One time that somebody exercised: `seen` repetitions, and `voiced` that the robot only counted aloud."""

    id: str
    routine: str
    begun: datetime
    minutes: float
    ended: Ended
    felt: Felt
    wanted: bool
    exercises: list[str]
    seen: int
    voiced: int


class MeasureOut(Model):
    """Standing up against the clock, as the robot's camera saw it."""

    at: datetime
    found: TimedStands


class ExerciseOut(Model):
    """Somebody who consents. `stands`: a person of their care said that they may exercise on their feet; `weeks`: how
    often they did, by ISO week, the oldest first."""

    person: str
    name: str
    stands: bool
    weeks: dict[str, int]
    last: list[SessionOut]
    measured: list[MeasureOut]


class ExerciseIn(Asked):
    """Whether somebody may exercise standing."""

    stands: bool


@router.get("/exercise")
def list_exercise(request: Request, visit: Viewing, weeks: Weeks = 8) -> list[ExerciseOut]:
    """Everybody who consents: how they exercised lately."""
    home, now = home_of(request), home_of(request).now()
    viewed(request, visit, "exercise")
    return [exercise_of(home, person, now, weeks) for person in home.exercise.people(now)]


@router.put("/exercise/{person_id}", status_code=204)
def choose(request: Request, person_id: PersonId, asked: ExerciseIn, visit: Editing) -> None:
    """Whether somebody may exercise standing; with their consent only."""
    home = home_of(request)
    if not home.exercise.allow_standing(person_id, asked.stands, home.now()):
        raise TroubleError("care.exercise.trouble.no_consent")
    note(request, visit, "allow_standing", person_id, "yes" if asked.stands else "no")


def exercise_of(home: CareHome, person: str, now: datetime, weeks: int) -> ExerciseOut:
    """What the page shows of somebody."""
    sessions = home.exercise.entries(person, now)
    counted = dict.fromkeys(weeks_until(now.date(), weeks)[2], 0)
    for one in sessions:
        week = week_of(one.begun.astimezone(now.tzinfo).date())
        if week in counted:
            counted[week] += 1
    last = [
        SessionOut(
            id=one.id,
            routine=one.routine,
            begun=one.begun.astimezone(now.tzinfo),
            minutes=round(one.spent_s / 60, 1),
            ended=one.ended,
            felt=one.felt,
            wanted=one.wanted,
            exercises=[each.exercise for each in one.done],
            seen=one.repetitions,
            voiced=sum(each.voiced for each in one.done),
        )
        for one in reversed(sessions[-10:])
    ]
    measured = [MeasureOut(at=one.begun.astimezone(now.tzinfo), found=one.timed) for one in sessions if one.timed]
    return ExerciseOut(
        person=person,
        name=home.names()[person],
        stands=home.exercise.state(person, now).stands,
        weeks=counted,
        last=last,
        measured=measured[-20:],
    )
