"""What every application with staff does alike: security headers, forms of other sites, errors in one's own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from dolbom import __version__
from dolbom.errors import UserError
from dolbom.staff import routes_api, routes_pages
from dolbom.staff.gate import Gate
from dolbom.staff.pages import Pages, error_page, is_page, reader
from dolbom.staff.refusals import describe_refusals
from dolbom.staff.session import FormTooOld, identify
from dolbom.trouble import TroubleError
from dolbom.web.headers import SECURITY_HEADERS

STATIC = Path(__file__).parents[1] / "static"

# Not "no-referrer": browsers then hide the origin of our own forms too, and it could not be checked.
HEADERS = SECURITY_HEADERS | {"Referrer-Policy": "same-origin"}

# Why a page cannot be had, where nobody said it better: a key of `error.because`.
BECAUSE = {403: "may_not", 404: "nothing_here", 405: "nothing_here", 413: "not_read", 422: "not_read"}


def begin(title: str, description: str, routers: Iterable[APIRouter]) -> FastAPI:
    """An application of these routers, those of the JSON API described with what they refuse."""
    app = FastAPI(
        title=title,
        version=__version__,
        description=f"{description} Programs use a bearer token.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    for router in routers:
        if router.prefix:
            describe_refusals(router)
        app.include_router(router)
    return app


def furnish(app: FastAPI, gate: Gate, pages: Pages) -> None:
    """Gives an application its gate, its pages, the shared routes and what is above."""
    app.state.gate, app.state.pages = gate, pages
    describe_refusals(routes_api.router)
    app.include_router(routes_api.router)
    app.include_router(routes_pages.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.middleware("http")
    async def secure(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if _from_elsewhere(request):
            return JSONResponse({"detail": "this form is of another site"}, 403)
        response = await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if gate.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not request.url.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if is_page(request):
            if error.status_code == 401:
                return RedirectResponse("/login", 303)
            because = "too_old" if isinstance(error, FormTooOld) else BECAUSE.get(error.status_code, "")
            return error_page(request, error.status_code, because, str(error.detail))
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def not_read(request: Request, error: RequestValidationError) -> Response:
        if is_page(request):
            return error_page(request, 422, BECAUSE[422])
        return await request_validation_exception_handler(request, error)

    async def as_it_says(request: Request, error: Exception) -> Response:
        if isinstance(error, TroubleError) and is_page(request):
            return error_page(request, 409, "", error.told(reader(request, identify(request))))
        return await refused(request, HTTPException(409, str(error)))

    app.add_exception_handler(UserError, as_it_says)
    tell(app, IntegrityError, 409, lambda _error: "twice")


def tell(app: FastAPI, error: type[Exception], status: int, because: Callable[[Exception], str]) -> None:
    """Answers an error with a status and the reason that a key of `error.because` gives."""

    async def handler(request: Request, found: Exception) -> Response:
        key = because(found)
        if is_page(request):
            return error_page(request, status, key)
        said = request.app.state.pages.words("en")(f"error.because.{key}")
        return JSONResponse({"detail": said}, status)

    app.add_exception_handler(error, handler)


def _from_elsewhere(request: Request) -> bool:
    """Whether a page of another site makes a browser send this: forms before login have no token to show."""
    origin = request.headers.get("origin")
    if origin is None or request.method in ("GET", "HEAD"):
        return False
    return origin.partition("://")[2] != request.headers.get("host", "")
