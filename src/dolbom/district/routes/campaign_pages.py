"""The desk's pages of what goes to many homes: disaster check-ins, each home's answer, the notice of the day."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from dolbom.district.repositories import campaigns, changes, notices, robots
from dolbom.district.routes import campaign_api as api
from dolbom.district.routes.campaign_api import Noticing, Running, Viewing
from dolbom.district.service import district_of
from dolbom.errors import UserError
from dolbom.events import new_id
from dolbom.i18n import LANGUAGES
from dolbom.staff.pages import is_fragment, pages_of, render
from dolbom.staff.session import Visit, viewed

router = APIRouter(include_in_schema=False)

Line = Annotated[str, Form(max_length=2000)]


class Draft(BaseModel):
    """A campaign as somebody has written it so far."""

    id: str = ""
    area: str = ""
    homes: list[str] = []
    minutes: int = 30
    what_ko: str = ""
    instruction_ko: str = ""
    what_en: str = ""
    instruction_en: str = ""

    def texts(self) -> dict[str, dict[str, str]]:
        """By language; a language of which nothing was written is not there."""
        written = {
            lang: {part: " ".join(getattr(self, f"{part}_{lang}").split()) for part in ("what", "instruction")}
            for lang in LANGUAGES
        }
        return {lang: text for lang, text in written.items() if any(text.values())}


@router.get("/campaigns")
def list_campaigns(request: Request, visit: Viewing) -> Response:
    """Check-ins, how each stands, and the notice of the day."""
    viewed(request, visit, "campaigns")
    return _page(request, visit)


def _page(
    request: Request, visit: Visit, status: int = 200, draft: Draft | None = None, refused: str = "", about: str = ""
) -> Response:
    district = district_of(request)
    now = district.now()
    with district.database.reading() as session:
        last = changes.newest(session)
        found = [api.campaign_out(c, now, with_homes=False) for c in campaigns.listed(session)]
        given = [api.notice_out(n, now) for n in notices.listed(session)]
        everywhere = [h for h in robots.homes(session) if any(r.state == "enrolled" for r in h.robots)]
    values: dict[str, Any] = {"last": last, "campaigns": found, "notices": given, "answers": campaigns.WORST_FIRST}
    if is_fragment(request):
        return render(request, "_campaigns.html", visit, **values)
    return render(
        request, "campaigns.html", visit, status, homes=everywhere, draft=draft or Draft(), refused=refused,
        about=about, notice_id=new_id(), langs=LANGUAGES, **values,
    )  # fmt: skip


@router.post("/campaigns")
def start_campaign(
    request: Request,
    visit: Running,
    step: Annotated[Literal["preview", "change", "start"], Form()],
    id: Annotated[str, Form(max_length=36)] = "",
    area: Line = "",
    homes: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
    minutes: Annotated[int, Form(ge=1, le=2880)] = 30,
    what_ko: Line = "",
    instruction_ko: Line = "",
    what_en: Line = "",
    instruction_en: Line = "",
) -> Response:
    """Shows whom it reaches and what they will hear; begins it only from there."""
    draft = Draft(
        id=id or str(new_id()), area=area, homes=homes, minutes=minutes, what_ko=what_ko,
        instruction_ko=instruction_ko, what_en=what_en, instruction_en=instruction_en,
    )  # fmt: skip
    if step == "change":
        return _page(request, visit, draft=draft)
    t = pages_of(request).words(visit.lang)
    try:
        asked = api.CampaignIn.model_validate(
            {
                "id": draft.id, "area": area, "homes": homes, "texts": draft.texts(),
                "deadline": district_of(request).now() + timedelta(minutes=minutes),
            }
        )  # fmt: skip
        whom = api.preview(request, asked, visit)
    except ValidationError as error:
        where = {str(part) for one in error.errors() for part in one["loc"]}
        key = "texts" if "texts" in where else "area"
        return _page(request, visit, 422, draft, t(f"campaign.refused.{key}"), "campaign")
    except UserError:
        return _page(request, visit, 422, draft, t("campaign.refused.area"), "campaign")
    if step == "preview":
        return render(request, "campaign_preview.html", visit, asked=asked, whom=whom, draft=draft)
    made = api.start_campaign(request, asked, visit)
    return RedirectResponse(f"/campaigns/{made.id}", 303)


def _one(request: Request, campaign_id: UUID) -> dict[str, Any]:
    district = district_of(request)
    with district.database.reading() as session:
        last = changes.newest(session)
        found = api.campaign_out(campaigns.get(session, campaign_id), district.now())
        phones = {h.id: h.phone for h in robots.homes(session)}
    return {"last": last, "campaign": found, "phones": phones, "answers": campaigns.WORST_FIRST}


@router.get("/campaigns/{campaign_id}")
def one_campaign(request: Request, campaign_id: UUID, visit: Viewing) -> Response:
    """How every home stands, kept live."""
    found = _one(request, campaign_id)
    if is_fragment(request):
        return render(request, "_campaign.html", visit, **found)
    viewed(request, visit, str(campaign_id))
    return render(request, "campaign.html", visit, **found)


@router.post("/campaigns/{campaign_id}/withdraw")
def withdraw_campaign(request: Request, campaign_id: UUID, visit: Running) -> Response:
    """Takes it back."""
    api.withdraw_campaign(request, campaign_id, visit)
    return RedirectResponse(f"/campaigns/{campaign_id}", 303)


@router.post("/notices")
def give_notice(
    request: Request,
    visit: Noticing,
    id: Annotated[str, Form(max_length=36)] = "",
    hours: Annotated[int, Form(ge=1, le=168)] = 12,
    text_ko: Line = "",
    text_en: Line = "",
) -> Response:
    """Gives every home the notice of the day."""
    texts = {lang: " ".join(text.split()) for lang, text in (("ko", text_ko), ("en", text_en)) if text.strip()}
    until = district_of(request).now() + timedelta(hours=hours)
    try:
        asked = api.NoticeIn.model_validate({"id": id or None, "texts": texts, "until": until})
    except ValidationError:
        return _page(
            request, visit, 422, refused=pages_of(request).words(visit.lang)("campaign.refused.notice"), about="notice"
        )
    api.give_notice(request, asked, visit)
    return RedirectResponse("/campaigns", 303)


@router.post("/notices/{notice_id}/withdraw")
def withdraw_notice(request: Request, notice_id: UUID, visit: Noticing) -> Response:
    """Takes it back."""
    api.withdraw_notice(request, notice_id, visit)
    return RedirectResponse("/campaigns", 303)
