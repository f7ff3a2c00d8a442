"""The district's web application: the desk and the JSON API."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from dolbom.district.access import TABLE, Role
from dolbom.district.repositories.alarms import NoSuchAlarm, NotNow
from dolbom.district.repositories.campaigns import NoSuchCampaign
from dolbom.district.repositories.homes import NoSuchHome
from dolbom.district.repositories.notices import NoSuchNotice
from dolbom.district.routes import (
    activity_pages,
    api,
    campaign_api,
    campaign_pages,
    checkin_pages,
    desk,
    dose_pages,
    home_day_api,
    home_day_pages,
)
from dolbom.district.service import District
from dolbom.staff.application import begin, furnish, tell
from dolbom.staff.gate import Gate
from dolbom.staff.pages import Pages

TEMPLATES = Path(__file__).parent / "templates"
WORDS = ("desk", "activity", "games", "report")
COOKIE = "dolbom_desk"
MENU = (
    ("desk", "/", "view_desk"),
    ("check_ins", "/check-ins", "view_desk"),
    ("activity", "/activity", "view_desk"),
    ("doses", "/doses", "view_desk"),
    ("campaigns", "/campaigns", "view_desk"),
    ("history", "/history", "view_desk"),
    ("homes", "/homes", "view_desk"),
    ("robots", "/robots", "view_robots"),
    ("audit", "/audit", "view_audit"),
    ("staff", "/staff", "manage_users"),
)


def create_app(district: District) -> FastAPI:
    """The web application of a running district."""
    about = "The reference district platform: alarms, homes, robots."
    parts = (
        api, campaign_api, home_day_api, desk, campaign_pages, checkin_pages, activity_pages, dose_pages,
        home_day_pages,
    )  # fmt: skip
    app = begin("dolbom district", about, (part.router for part in parts))
    app.state.district = district
    gate = Gate(district.database, district.now, TABLE, COOKIE, district.secure, home_page)
    shown = {"place": district.name, "sounds": "view_desk", "sheets": ()}
    furnish(app, gate, Pages(TEMPLATES, WORDS, lambda: app.state.district.clock.zone, MENU, shown))

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> JSONResponse:
        parts = app.state.district.health()
        return JSONResponse({"ok": all(parts.values()), **parts}, 200 if all(parts.values()) else 503)

    tell(app, NoSuchAlarm, 404, lambda _error: "no_alarm")
    tell(app, NoSuchHome, 404, lambda _error: "no_home")
    tell(app, NoSuchCampaign, 404, lambda _error: "no_campaign")
    tell(app, NoSuchNotice, 404, lambda _error: "no_notice")
    tell(app, NotNow, 409, str)
    return app


def home_page(role: str) -> str:
    """Where somebody lands after login: on what they may see."""
    return "/robots" if role == Role.TECHNICIAN else "/"
