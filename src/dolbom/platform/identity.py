"""Who this robot is to its district: its key, its certificate, the district's authority, the broker's address.

Files under `data_folder()/identity`, apart from the database: a copy of the database is not a copy of the robot.
"""

from __future__ import annotations

import json
import os
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cryptography import x509
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dolbom.errors import UserError
from dolbom.places import data_folder
from dolbom.platform.messages import Address

Port = Annotated[int, Field(ge=1, le=65535)]


class Membership(BaseModel):
    """What the district said at enrolment, beside the certificates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Address
    broker_host: Annotated[str, Field(min_length=1, max_length=253)]
    broker_port: Port
    enrol_url: Annotated[str, Field(pattern=r"^https://", max_length=300)]


@dataclass(frozen=True)
class Identity:
    """An enrolled robot."""

    folder: Path
    membership: Membership
    certificate: x509.Certificate

    @property
    def key_path(self) -> Path:
        return self.folder / "robot.key"

    @property
    def certificate_path(self) -> Path:
        return self.folder / "robot.crt"

    @property
    def authority_path(self) -> Path:
        return self.folder / "district-ca.crt"

    @property
    def address(self) -> Address:
        return self.membership.address

    @property
    def expires(self) -> datetime:
        """When the certificate ends (UTC)."""
        return self.certificate.not_valid_after_utc

    def renewal_due(self, now: datetime) -> bool:
        """Whether a third or less of the certificate's life is left."""
        life = self.expires - self.certificate.not_valid_before_utc
        return now >= self.expires - life / 3

    def tls(self) -> ssl.SSLContext:
        """TLS that trusts this district alone and shows this robot's certificate.

        Raises:
            UserError: if a file is missing or the key does not fit the certificate.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(self.authority_path)
            context.load_cert_chain(self.certificate_path, self.key_path)
        except (OSError, ssl.SSLError) as error:
            raise UserError(f"the robot's identity in {self.folder} cannot be used: {error}", _CURE) from error
        return context


_CURE = "enrol it again: `dolbom enrol CODE`"


def identity_folder() -> Path:
    """Where this home's robot keeps its identity."""
    return data_folder() / "identity"


def is_enrolled(folder: Path | None = None) -> bool:
    """Whether there is an identity at all."""
    return ((folder or identity_folder()) / "district.json").exists()


def load_identity(folder: Path | None = None) -> Identity:
    """Reads the identity.

    Raises:
        UserError: if the robot is not enrolled, or a file is missing or damaged.
    """
    folder = folder or identity_folder()
    try:
        membership = Membership.model_validate_json((folder / "district.json").read_bytes())
        certificate = x509.load_pem_x509_certificate((folder / "robot.crt").read_bytes())
    except FileNotFoundError as error:
        if not is_enrolled(folder):
            raise UserError("this robot is not enrolled with a district", "`dolbom enrol CODE`") from error
        raise UserError(f"{error.filename} is missing", _CURE) from error
    except (ValidationError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise UserError(f"the robot's identity in {folder} is damaged ({said})", _CURE) from error
    return Identity(folder, membership, certificate)


def save_identity(
    folder: Path, membership: Membership, *, key: bytes, certificate: bytes, authority: bytes
) -> Identity:
    """Writes the identity; an old one stays whole until the new one is on disk, `district.json` comes last."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = json.dumps(membership.model_dump(mode="json"), indent=2).encode() + b"\n"
    files = {"robot.key": key, "robot.crt": certificate, "district-ca.crt": authority, "district.json": content}
    for name, data in files.items():
        descriptor = os.open(folder / f".{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for name in files:
        (folder / f".{name}").replace(folder / name)
    return load_identity(folder)
