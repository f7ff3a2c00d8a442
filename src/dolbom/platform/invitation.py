"""The one-time code that a district prints and a person types at the robot: where to go, whom to trust, the secret."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dolbom.errors import UserError
from dolbom.events import Name

_PREFIX = "dolbom1."


class Invitation(BaseModel):
    """What is in the code."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    url: Annotated[str, Field(alias="u", pattern=r"^https://[^/\s]+$", max_length=300)]
    robot: Annotated[Name, Field(alias="r")]
    fingerprint: Annotated[str, Field(alias="f", pattern=r"^[0-9a-f]{64}$")]
    secret: Annotated[str, Field(alias="c", min_length=16, max_length=64)]

    def code(self) -> str:
        """As it is printed."""
        return _PREFIX + base64.urlsafe_b64encode(self.model_dump_json(by_alias=True).encode()).decode().rstrip("=")


def read_code(code: str) -> Invitation:
    """Reads a printed code.

    Raises:
        UserError: if it is not one.
    """
    text = "".join(code.split()).removeprefix(_PREFIX)
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Invitation.model_validate_json(decoded)
    except (ValidationError, ValueError, binascii.Error) as error:
        raise UserError(
            "this is not an enrolment code", "copy the whole line that `dolbom district enrol` printed"
        ) from error
