"""The JSON API of what goes to many homes: disaster check-ins and the notice of the day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, Field

from dolbom.district.access import Action
from dolbom.district.models import Campaign, Home, Notice, RobotState
from dolbom.district.repositories import campaigns, notices
from dolbom.district.service import district_of
from dolbom.events import Name
from dolbom.platform.messages import CampaignText, Lang, Place, Spoken
from dolbom.staff.routes_api import Asked, Model
from dolbom.staff.session import Visit, allowed, viewed

router = APIRouter(prefix="/api", tags=["many homes"])

Viewing = Annotated[Visit, Depends(allowed(Action.VIEW_DESK))]
Running = Annotated[Visit, Depends(allowed(Action.RUN_CAMPAIGN))]
Noticing = Annotated[Visit, Depends(allowed(Action.GIVE_NOTICE))]


class AreaIn(Asked):
    """Which homes: those named, else those whose label has every word of `area`, else all."""

    area: Place = ""
    homes: Annotated[list[Name], Field(max_length=2000, default_factory=list)]


class CampaignIn(AreaIn):
    texts: Annotated[dict[Lang, CampaignText], Field(min_length=1)]
    deadline: AwareDatetime
    id: Annotated[UUID | None, Field(description="The same for a repeated try, which is then refused.")] = None


class PreviewOut(Model):
    """Whom a campaign would reach; of these homes, `offline` have no robot that is connected now."""

    homes: list[str]
    offline: list[str]
    robots: int


class HomeAnswerOut(Model):
    home_id: str
    label: str
    answer: str
    changed_at: datetime
    told_at: datetime | None
    alarm_id: UUID | None


class CampaignOut(Model):
    id: UUID
    state: str
    texts: dict[str, CampaignText]
    area: str
    made_by: str
    made_at: datetime
    deadline: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    escalated_at: datetime | None
    counts: dict[str, int]
    homes: Annotated[list[HomeAnswerOut], Field(default_factory=list)]


class NoticeIn(Asked):
    texts: Annotated[dict[Lang, Spoken], Field(min_length=1)]
    until: AwareDatetime
    id: Annotated[UUID | None, Field(description="The same for a repeated try, which is then refused.")] = None


class NoticeOut(Model):
    id: UUID
    state: str
    texts: dict[str, str]
    made_by: str
    made_at: datetime
    until: datetime
    withdrawn_at: datetime | None


def campaign_out(campaign: Campaign, now: datetime, *, with_homes: bool = True) -> CampaignOut:
    """A campaign as programs see it."""
    return CampaignOut(
        **{name: getattr(campaign, name) for name in ("id", "texts", "area", "made_by", "made_at", "deadline")},
        **{name: getattr(campaign, name) for name in ("withdrawn_by", "withdrawn_at", "escalated_at")},
        state=campaigns.state(campaign, now),
        counts=campaigns.counts(campaign),
        homes=[
            HomeAnswerOut(
                home_id=h.home_id, label=h.home.label, answer=h.answer, changed_at=h.changed_at, told_at=h.told_at,
                alarm_id=h.alarm_id,
            )
            for h in campaigns.homes(campaign)
        ]
        if with_homes
        else [],
    )  # fmt: skip


def notice_out(notice: Notice, now: datetime) -> NoticeOut:
    """A notice as programs see it."""
    return NoticeOut(
        **{name: getattr(notice, name) for name in ("id", "texts", "made_by", "made_at", "until", "withdrawn_at")},
        state=notices.state(notice, now),
    )


def preview_out(homes: list[Home]) -> PreviewOut:
    """Whom a campaign would reach."""
    enrolled = {h.id: [r for r in h.robots if r.state == RobotState.ENROLLED] for h in homes}
    return PreviewOut(
        homes=[h.label or h.id for h in homes],
        offline=[h.label or h.id for h in homes if not any(r.online for r in enrolled[h.id])],
        robots=sum(map(len, enrolled.values())),
    )


# --- campaigns ---


@router.get("/campaigns")
def list_campaigns(
    request: Request, visit: Viewing, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[CampaignOut]:
    """Disaster check-ins newest first, without their homes."""
    district = district_of(request)
    with district.database.reading() as session:
        shown = [campaign_out(c, district.now(), with_homes=False) for c in campaigns.listed(session, limit)]
    viewed(request, visit, "campaigns")
    return shown


@router.post("/campaigns/preview")
def preview(request: Request, asked: AreaIn, _visit: Running) -> PreviewOut:
    """Whom it would reach; nothing is sent."""
    with district_of(request).database.reading() as session:
        return preview_out(campaigns.homes_of(session, asked.area, asked.homes))


@router.post("/campaigns", status_code=201)
def start_campaign(request: Request, asked: CampaignIn, visit: Running) -> CampaignOut:
    """Ask all these homes whether they are well. At the deadline each home without an answer is an alarm."""
    district = district_of(request)
    with district.database.writing() as session:
        made = campaigns.start(
            session, visit.who, district.now(), texts=asked.texts, deadline=asked.deadline, area=asked.area,
            ids=asked.homes, id=asked.id,
        )  # fmt: skip
        shown = campaign_out(made, district.now())
    district.send_soon()
    district.touched()
    return shown


@router.get("/campaigns/{campaign_id}")
def one_campaign(request: Request, campaign_id: UUID, visit: Viewing) -> CampaignOut:
    """How every home stands."""
    district = district_of(request)
    with district.database.reading() as session:
        shown = campaign_out(campaigns.get(session, campaign_id), district.now())
    viewed(request, visit, str(campaign_id))
    return shown


@router.post("/campaigns/{campaign_id}/withdraw")
def withdraw_campaign(request: Request, campaign_id: UUID, visit: Running) -> CampaignOut:
    """Take it back: the robots say that it is over. Alarms that it raised stay."""
    district = district_of(request)
    with district.database.writing() as session:
        shown = campaign_out(campaigns.withdraw(session, campaign_id, visit.who, district.now()), district.now())
    district.send_soon()
    district.touched()
    return shown


# --- notices ---


@router.get("/notices")
def list_notices(request: Request, visit: Viewing) -> list[NoticeOut]:
    """Notices of the day, newest first."""
    district = district_of(request)
    with district.database.reading() as session:
        shown = [notice_out(n, district.now()) for n in notices.listed(session)]
    viewed(request, visit, "notices")
    return shown


@router.post("/notices", status_code=201)
def give_notice(request: Request, asked: NoticeIn, visit: Noticing) -> NoticeOut:
    """Give every home a notice; it takes the place of the one before."""
    district = district_of(request)
    with district.database.writing() as session:
        made = notices.give(session, visit.who, district.now(), texts=asked.texts, until=asked.until, id=asked.id)
        shown = notice_out(made, district.now())
    district.send_soon()
    district.touched()
    return shown


@router.post("/notices/{notice_id}/withdraw")
def withdraw_notice(request: Request, notice_id: UUID, visit: Noticing) -> NoticeOut:
    """Take it back."""
    district = district_of(request)
    with district.database.writing() as session:
        shown = notice_out(notices.withdraw(session, notice_id, visit.who, district.now()), district.now())
    district.send_soon()
    district.touched()
    return shown
