"""What the JSON API answers when it refuses, told in its OpenAPI description."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BaseModel

READING = {"GET", "HEAD"}


class Refusal(BaseModel):
    """Why something was refused, in words."""

    detail: str


class Unread(BaseModel):
    """What could not be read of a request: each thing, or all of it in words."""

    detail: str | list[dict[str, Any]]


Told = dict[int | str, dict[str, Any]]


def _refusal(status: int, why: str) -> Told:
    return {status: {"model": Refusal, "description": why}}


ALWAYS = _refusal(401, "Nobody known asks: no login, no token, or one that has ended.")
FORBIDDEN = _refusal(403, "The role may not do this, or the form is too old or of another site.")
MISSING = _refusal(404, "What is named is not there.")
UNREAD: Told = {422: {"model": Unread, "description": "Something of the request cannot be."}}
GARBLED = _refusal(400, "The body is no text in UTF-8.")
CONFLICT = _refusal(409, "Not now: it is done already, there already, or what it needs is not.")


def describe_refusals(router: APIRouter) -> None:
    """Adds to every route of a router what it may refuse with; to be called before the router is included."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            changes = not READING.issuperset(route.methods or ())
            told: Told = ALWAYS | FORBIDDEN
            if changes or "{" in route.path:
                told |= MISSING
            if changes:
                told |= GARBLED | CONFLICT
            sent = route.body_field or "requestBody" in (route.openapi_extra or {})
            if sent or get_flat_params(route.dependant):
                told |= UNREAD
            route.responses = told | route.responses
