"""What people send with a form is held in memory and never touches the disk, unless somebody decides to keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser

LARGEST = 48_000_000
"""Bytes of one form, all files together: eight pictures of a phone."""

# Starlette would write files over 1 MB into the system's temporary folder.
MultiPartParser.spool_max_size = LARGEST


def refuse_large(request: Request) -> None:
    """To be asked before a form is read.

    Raises:
        HTTPException: 413 if it is too large, 411 if it does not say how large it is.
    """
    if "multipart/form-data" not in request.headers.get("content-type", ""):
        return
    said = request.headers.get("content-length", "")
    if not said.isdigit():
        raise HTTPException(411, "say how long it is")
    if int(said) > LARGEST:
        raise HTTPException(413, f"more than {LARGEST // 1_000_000} MB at once")


@dataclass(frozen=True)
class Sent:
    """A form with files.

    Attributes:
        fields: by name, stripped, at most 200 letters of each.
        files: name and content of each that is not empty, in their order.
    """

    fields: Mapping[str, str]
    files: tuple[tuple[str, bytes], ...]

    def get(self, name: str) -> str:
        """A field; "" if it is not there."""
        return self.fields.get(name, "")


async def sent(request: Request) -> Sent:
    """What was sent. For a dependency that asks for the permission first: FastAPI itself reads a form that a route
    declares before it asks anybody who they are."""
    form = await request.form()
    fields, files = {}, []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if content := await value.read():
                files.append((value.filename or name, content))
        else:
            fields[name] = value.replace("\0", "").strip()[:200]
    return Sent(fields, tuple(files))


def described(required: Mapping[str, str], optional: Mapping[str, str], files: str, *, needed: bool = True) -> Any:
    """What the OpenAPI document says of such a form.

    Args:
        required, optional: what each field is.
        files: name of the field of the files.
        needed: whether there has to be one.
    """
    fields: dict[str, Any] = {
        name: {"type": "string", "maxLength": 200, "description": said}
        for name, said in {**required, **optional}.items()
    }
    fields[files] = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "properties": fields, "required": [*required, *([files] if needed else [])]}
    refused = {411: "How long it is has to be said.", 413: "It is too large.", 422: "What was sent cannot be used."}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "responses": {str(status): {"description": why} for status, why in refused.items()},
    }
