"""The desk's pages."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

router = APIRouter(include_in_schema=False)


def error_page(request: Request, status: int, said: str) -> Response:
    return PlainTextResponse(said, status)
