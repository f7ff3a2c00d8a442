"""The district's web application: the desk, the JSON API, their errors and their security headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from dolbom import __version__
from dolbom.district.repositories.alarms import NoSuchAlarm, NotNow
from dolbom.district.repositories.campaigns import NoSuchCampaign
from dolbom.district.repositories.homes import NoSuchHome
from dolbom.district.repositories.notices import NoSuchNotice
from dolbom.district.routes import api, campaign_api, campaign_pages, checkin_pages, desk, dose_pages
from dolbom.district.routes.refusals import describe_refusals
from dolbom.district.routes.session import FormTooOld
from dolbom.district.service import District
from dolbom.errors import UserError
from dolbom.i18n import phrase
from dolbom.web.headers import SECURITY_HEADERS

STATIC = Path(__file__).parents[1] / "static"

# Not "no-referrer": browsers then hide the origin of our own forms too, and it could not be checked.
HEADERS = SECURITY_HEADERS | {"Referrer-Policy": "same-origin"}

# Why a page cannot be had, where nobody said it better: a key of `error.because` in `locale/<lang>/desk.yaml`.
BECAUSE = {403: "may_not", 404: "nothing_here", 405: "nothing_here", 413: "not_read", 422: "not_read"}


def create_app(district: District) -> FastAPI:
    """The web application of a running district."""
    app = FastAPI(
        title="dolbom district",
        version=__version__,
        description="The reference district platform: alarms, homes, robots. Programs use a bearer token.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.district = district
    for part in (api, campaign_api):
        describe_refusals(part.router)
    for part in (api, campaign_api, desk, campaign_pages, checkin_pages, dose_pages):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.middleware("http")
    async def secure(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if _from_elsewhere(request):
            return JSONResponse({"detail": "this form is of another site"}, 403)
        response = await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if district.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not request.url.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> JSONResponse:
        parts = district.health()
        return JSONResponse({"ok": all(parts.values()), **parts}, 200 if all(parts.values()) else 503)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if _is_page(request):
            if error.status_code == 401:
                return RedirectResponse("/login", 303)
            because = "too_old" if isinstance(error, FormTooOld) else BECAUSE.get(error.status_code, "")
            return desk.error_page(request, error.status_code, because, str(error.detail))
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def not_read(request: Request, error: RequestValidationError) -> Response:
        if _is_page(request):
            return desk.error_page(request, 422, BECAUSE[422])
        return await request_validation_exception_handler(request, error)

    def told(status: int, because: Callable[[Exception], str]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def handler(request: Request, error: Exception) -> Response:
            key = because(error)
            if _is_page(request):
                return desk.error_page(request, status, key)
            return JSONResponse({"detail": phrase("en", f"desk.error.because.{key}")}, status)

        return handler

    async def as_it_says(request: Request, error: Exception) -> Response:
        return await refused(request, HTTPException(409, str(error)))

    app.add_exception_handler(NoSuchAlarm, told(404, lambda _e: "no_alarm"))
    app.add_exception_handler(NoSuchHome, told(404, lambda _e: "no_home"))
    app.add_exception_handler(NoSuchCampaign, told(404, lambda _e: "no_campaign"))
    app.add_exception_handler(NoSuchNotice, told(404, lambda _e: "no_notice"))
    app.add_exception_handler(NotNow, told(409, str))
    app.add_exception_handler(UserError, as_it_says)
    app.add_exception_handler(IntegrityError, told(409, lambda _e: "twice"))
    return app


def _from_elsewhere(request: Request) -> bool:
    """Whether a page of another site makes a browser send this: forms before login have no token to show."""
    origin = request.headers.get("origin")
    if origin is None or request.method in ("GET", "HEAD"):
        return False
    return origin.partition("://")[2] != request.headers.get("host", "")


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/healthz"))
