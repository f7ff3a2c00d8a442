"""The district's web application: the desk, the JSON API, their errors and their security headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from dolbom import __version__
from dolbom.district.repositories.alarms import NoSuchAlarm, NotNow
from dolbom.district.repositories.homes import NoSuchHome
from dolbom.district.routes import api, desk
from dolbom.district.service import District
from dolbom.errors import UserError

STATIC = Path(__file__).parents[1] / "static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers then hide the origin of our own forms too, and it could not be checked.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

NOT_NOW = {
    "closed": "the alarm is closed",
    "owned": "somebody else has taken the alarm on",
    "unowned": "acknowledge the alarm first",
}


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
    app.include_router(api.router)
    app.include_router(desk.router)
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
            return desk.error_page(request, error.status_code, str(error.detail))
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)

    def told(status: int, say: Callable[[Exception], str]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def handler(request: Request, error: Exception) -> Response:
            return await refused(request, HTTPException(status, say(error)))

        return handler

    app.add_exception_handler(NoSuchAlarm, told(404, lambda _e: "there is no such alarm"))
    app.add_exception_handler(NoSuchHome, told(404, lambda _e: "there is no such home"))
    app.add_exception_handler(NotNow, told(409, lambda e: NOT_NOW[str(e)]))
    app.add_exception_handler(UserError, told(409, str))
    app.add_exception_handler(IntegrityError, told(409, lambda _e: "somebody else has just done the same"))
    return app


def _from_elsewhere(request: Request) -> bool:
    """Whether a page of another site makes a browser send this: forms before login have no token to show."""
    origin = request.headers.get("origin")
    if origin is None or request.method in ("GET", "HEAD"):
        return False
    return origin.partition("://")[2] != request.headers.get("host", "")


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/healthz"))
