"""Disaster check-ins of many homes: started, answered home by home, withdrawn, and at the deadline an alarm for each
home without an answer.

The deadline is decided here, in the database, by the district's clock: the alarms and the mark that they were made are
one transaction, and an alarm's id follows from campaign and home. Neither a restart nor a second district on the same
database makes one twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dolbom.district.access import SYSTEM, Who
from dolbom.district.models import Alarm, Campaign, CampaignDownlink, CampaignHome, Home, HomeAnswer, Robot, RobotState
from dolbom.district.repositories import alarms, changes, downlinks
from dolbom.errors import UserError
from dolbom.events import CampaignNeedsHelp, CampaignOk, CampaignReport, CampaignTold, CareEvent, kinds, new_id
from dolbom.platform.messages import Campaign as Message
from dolbom.platform.messages import CampaignText, Lang
from dolbom.staff import audit

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=48)

WORST_FIRST = (HomeAnswer.NEEDS_HELP, HomeAnswer.NOT_REACHED, HomeAnswer.NO_ANSWER, HomeAnswer.OK)


class NoSuchCampaign(LookupError):
    """There is no campaign with this id."""


def homes_of(session: Session, area: str = "", ids: Sequence[str] = ()) -> list[Home]:
    """The homes with a robot that a campaign would reach: those named, else those whose label has `area`, else all.

    Raises:
        UserError: if a named home is unknown or has no enrolled robot, or there is no home at all.
    """
    query = select(Home).options(joinedload(Home.robots)).order_by(Home.label, Home.id)
    found = [h for h in session.scalars(query).unique() if _robots(h)]
    if ids:
        by_id = {h.id: h for h in found}
        if missing := [id for id in ids if id not in by_id]:
            raise UserError(f"{', '.join(missing)}: no such home with a robot", "`dolbom district robots` lists them")
        return [by_id[id] for id in dict.fromkeys(ids)]
    words = area.casefold().split()
    found = [h for h in found if all(word in h.label.casefold() for word in words)]
    if not found:
        raise UserError(
            f"no home with a robot has {area!r} in its name" if area else "no home has a robot yet",
            "name the homes on the desk's page of homes, or leave the area empty for all",
        )
    return found


def _robots(home: Home) -> list[Robot]:
    return [r for r in home.robots if r.state == RobotState.ENROLLED]


def start(
    session: Session,
    who: Who,
    now: datetime,
    *,
    texts: Mapping[Lang, CampaignText],
    deadline: datetime,
    area: str = "",
    ids: Sequence[str] = (),
    id: UUID | None = None,
) -> Campaign:
    """Begins a campaign; the messages to the robots are in the same transaction.

    Args:
        id: the same for a repeated try, which then is refused by the database (IntegrityError).

    Raises:
        UserError: for a deadline out of reason or an area without homes.
    """
    if not SHORTEST <= deadline - now <= LONGEST:
        raise UserError("the deadline must be between 1 minute and 48 hours from now", "give another one")
    chosen = homes_of(session, area, ids)
    campaign = Campaign(
        id=id or new_id(), texts={lang: text.model_dump() for lang, text in texts.items()}, area=area,
        made_by=who.name, made_at=now, deadline=deadline,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    for home in chosen:
        session.add(
            CampaignHome(campaign_id=campaign.id, home_id=home.id, answer=HomeAnswer.NOT_REACHED, changed_at=now)
        )
    _send(session, campaign, [r.id for h in chosen for r in _robots(h)], now)
    audit.record(session, who, "start_campaign", now, str(campaign.id), f"{len(chosen)} homes; {area}")
    changes.record(session, "campaign", now)
    return get(session, campaign.id)


def withdraw(session: Session, id: UUID, who: Who, now: datetime) -> Campaign:
    """Takes a campaign back: the robots say that it is over, and no home becomes an alarm for it any more.

    Alarms that it already raised stay: only a person ends an alarm. Twice is once.

    Raises:
        NoSuchCampaign
    """
    campaign = get(session, id, locked=True)
    if campaign.withdrawn_at is not None:
        return campaign
    campaign.withdrawn_at, campaign.withdrawn_by = now, who.name
    asked = select(CampaignDownlink.robot_id).where(CampaignDownlink.campaign_id == id).distinct()
    admitted = select(Robot.id).where(Robot.id.in_(asked), Robot.state == RobotState.ENROLLED).order_by(Robot.id)
    _send(session, campaign, list(session.scalars(admitted)), now)
    audit.record(session, who, "withdraw_campaign", now, str(id))
    changes.record(session, "campaign", now)
    return campaign


def _send(session: Session, campaign: Campaign, robots: Sequence[str], now: datetime) -> None:
    for robot in robots:
        message = Message(
            id=new_id(), kind="campaign", campaign_id=campaign.id, withdrawn=campaign.withdrawn_at is not None,
            texts={lang: CampaignText(**text) for lang, text in campaign.texts.items()}, area=campaign.area,
            made_at=campaign.made_at, deadline=campaign.deadline,
        )  # fmt: skip
        downlinks.command(session, robot, message, now)
        session.flush()
        session.add(CampaignDownlink(downlink_id=message.id, campaign_id=campaign.id, robot_id=robot))


def get(session: Session, id: UUID, *, locked: bool = False) -> Campaign:
    """One campaign with its homes.

    Raises:
        NoSuchCampaign
    """
    query = select(Campaign).where(Campaign.id == id)
    campaign = session.scalar(query.with_for_update() if locked else query)
    if campaign is None:
        raise NoSuchCampaign(str(id))
    homes = (
        select(CampaignHome)
        .where(CampaignHome.campaign_id == id)
        .options(joinedload(CampaignHome.home).joinedload(Home.robots))
    )
    session.scalars(homes).unique().all()
    return campaign


def listed(session: Session, limit: int = 50) -> list[Campaign]:
    """Newest first."""
    query = select(Campaign).options(joinedload(Campaign.homes)).order_by(Campaign.made_at.desc()).limit(limit)
    return list(session.scalars(query).unique())


def state(campaign: Campaign, now: datetime) -> str:
    """stands, over (its deadline has passed) or withdrawn."""
    if campaign.withdrawn_at is not None:
        return "withdrawn"
    return "over" if campaign.deadline <= now else "stands"


def counts(campaign: Campaign) -> dict[str, int]:
    """How many homes stand how; every answer is in it."""
    found = Counter(h.answer for h in campaign.homes)
    return {answer.value: found[answer] for answer in WORST_FIRST}


def homes(campaign: Campaign) -> list[CampaignHome]:
    """Its homes, those that need somebody first."""
    return sorted(campaign.homes, key=lambda h: (WORST_FIRST.index(HomeAnswer(h.answer)), h.home.label, h.home_id))


# --- what comes back ---


def reached(session: Session, downlink: UUID, now: datetime) -> None:
    """A robot has said that it carried out a message; if it was a campaign, its home is reached."""
    carried = session.get(CampaignDownlink, downlink)
    if carried is None:
        return
    robot = session.get(Robot, carried.robot_id)
    assert robot is not None
    row = _row(session, carried.campaign_id, robot.home_id)
    if row is not None and row.answer == HomeAnswer.NOT_REACHED:
        _set(row, HomeAnswer.NO_ANSWER, now)
        changes.record(session, "campaign", now, home=robot.home_id)


def report(session: Session, event: CareEvent, robot: Robot, now: datetime) -> None:
    """Takes over what a robot says of a campaign: the alarm of "needs help" is raised like any other, here it counts.

    A home that said that it needs help stays so, whatever comes later: only a person ends an alarm.
    """
    if not event.kind.startswith("campaign.") or event.kind not in kinds():
        return
    said = event.typed()
    assert isinstance(said, CampaignReport)
    row = _row(session, said.campaign_id, robot.home_id)
    if row is None:
        return  # a home that was not asked; the event is kept like any other
    if isinstance(said, CampaignTold):
        row.told_at = row.told_at or event.time
    if isinstance(said, CampaignNeedsHelp):
        _set(row, HomeAnswer.NEEDS_HELP, now)
        row.alarm_id = row.alarm_id or event.id
    elif isinstance(said, CampaignOk) and row.answer != HomeAnswer.NEEDS_HELP:
        _set(row, HomeAnswer.OK, now)
    elif row.answer == HomeAnswer.NOT_REACHED:
        _set(row, HomeAnswer.NO_ANSWER, now)
    changes.record(session, "campaign", now, home=robot.home_id)


def _set(row: CampaignHome, answer: HomeAnswer, now: datetime) -> None:
    if row.answer != answer:
        row.answer, row.changed_at = answer, now


def _row(session: Session, campaign: UUID, home: str) -> CampaignHome | None:
    return session.scalar(
        select(CampaignHome)
        .where(CampaignHome.campaign_id == campaign, CampaignHome.home_id == home)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


# --- the deadline ---


def escalate(session: Session, now: datetime) -> list[UUID]:
    """Raises an alarm for each home that has not answered by its campaign's deadline. Returns the new alarms."""
    due = select(Campaign.id).where(
        Campaign.deadline <= now, Campaign.escalated_at.is_(None), Campaign.withdrawn_at.is_(None)
    )
    raised: list[UUID] = []
    for campaign in session.scalars(select(Campaign).where(Campaign.id.in_(due)).with_for_update()).all():
        if campaign.escalated_at is not None or campaign.withdrawn_at is not None:
            continue  # another district was quicker
        campaign.escalated_at = now
        silent = (
            select(CampaignHome)
            .where(
                CampaignHome.campaign_id == campaign.id,
                CampaignHome.answer.in_((HomeAnswer.NOT_REACHED, HomeAnswer.NO_ANSWER)),
            )
            .options(joinedload(CampaignHome.home).joinedload(Home.robots))
            .with_for_update(of=CampaignHome)
        )
        for row in session.scalars(silent).unique():
            id = uuid5(campaign.id, row.home_id)
            robot = next(iter([*_robots(row.home), *row.home.robots]), None)
            if robot is None or session.get(Alarm, id) is not None:
                continue
            alarms.raise_unanswered(session, id, robot, now, row.answer, campaign.id)
            row.alarm_id = id
            raised.append(id)
        audit.record(session, SYSTEM, "escalate_campaign", now, str(campaign.id), f"{len(raised)} homes")
        changes.record(session, "campaign", now)
    return raised
