"""The care worker's web application on the robot."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from dolbom import __version__
from dolbom.staff.application import furnish, is_page
from dolbom.staff.gate import Gate
from dolbom.staff.pages import Pages, error_page
from dolbom.staff.refusals import describe_refusals
from dolbom.web.app import NotNowError
from dolbom.web.care.access import TABLE, home_page
from dolbom.web.care.home import CareHome
from dolbom.web.care.routes import (
    events_api,
    events_pages,
    people_api,
    people_pages,
    rest_api,
    rest_pages,
    routines_api,
    routines_pages,
    today_api,
    today_pages,
)

TEMPLATES = Path(__file__).parent / "templates"
COOKIE = "dolbom_care"
MENU = (
    ("today", "/", "view_day"),
    ("routines", "/routines", "view_day"),
    ("calendar", "/calendar", "view_day"),
    ("people", "/people", "view_people"),
    ("events", "/events", "view_events"),
    ("talk", "/talk", "talk"),
    ("robot", "/robot", "view_robot"),
    ("audit", "/audit", "view_audit"),
    ("staff", "/staff", "manage_users"),
)
PARTS = (
    routines_api, today_api, people_api, events_api, rest_api, routines_pages, today_pages, people_pages, events_pages,
    rest_pages,
)  # fmt: skip


def create_app(home: CareHome) -> FastAPI:
    """The web application of a home."""
    app = FastAPI(
        title="dolbom robot",
        version=__version__,
        description="A robot in a home: its day, its routines, its alarms. Programs use a bearer token.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.home = home
    for part in PARTS:
        if part.router.prefix:
            describe_refusals(part.router)
        app.include_router(part.router)
    gate = Gate(home.database, home.now, TABLE, COOKIE, home.secure, home_page)
    shown = {"place": "", "sounds": "view_day", "sheets": ("care/care.css",)}
    furnish(app, gate, Pages(TEMPLATES, ("care", "routines", "desk"), lambda: home.clock.zone, MENU, shown))

    async def not_now(request: Request, error: Exception) -> Response:
        if is_page(request):
            return error_page(request, 503, f"not_now_{error}")
        return JSONResponse({"detail": request.app.state.pages.words("en")(f"error.because.not_now_{error}")}, 503)

    app.add_exception_handler(NotNowError, not_now)
    return app
