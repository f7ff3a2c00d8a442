"""`dolbom enrol CODE`: the robot makes its key, and gets its certificate from the district for a one-time code.

The key never leaves the robot. The code carries the fingerprint of the district's authority, so that the first
connection already is to the right district.
"""

from __future__ import annotations

import base64
import hmac
import json
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.platform.identity import Identity, Membership, identity_folder, is_enrolled, load_identity, save_identity
from dolbom.platform.invitation import read_code

TIMEOUT_S = 10.0
CLOCK_SLACK = timedelta(minutes=5)

REFUSALS = {
    "wrong": ("the district does not know this code", "ask for a new one: `dolbom district enrol ROBOT --home HOME`"),
    "used": ("this code was used already", "ask for a new one: `dolbom district enrol ROBOT --home HOME`"),
    "expired": ("this code has expired", "ask for a new one: `dolbom district enrol ROBOT --home HOME`"),
    "stranger": (
        "the district does not take this certificate for renewal",
        "ask for a new code: `dolbom district enrol ROBOT --home HOME`",
    ),
    "revoked": ("the district has revoked this robot", "ask for a new code: `dolbom district enrol ROBOT --home HOME`"),
}


class Enrolled(BaseModel):
    """The district's answer."""

    model_config = ConfigDict(extra="forbid")

    membership: Membership
    certificate: str
    now: AwareDatetime


def enrol(code: str, now: datetime, folder: Path | None = None) -> Identity:
    """Enrols this robot.

    Args:
        code: as `dolbom district enrol` printed it.
        now: civil time, compared with the district's.

    Raises:
        UserError: for a wrong, used or expired code, an unreachable or false district, or a wrong clock.
    """
    invitation = read_code(code)
    folder = folder or identity_folder()
    authority = _authority(invitation.url, invitation.fingerprint)
    key, request = _new_key(invitation.robot)
    answer = _ask(
        f"{invitation.url}/enrol",
        authority,
        {"robot": invitation.robot, "code": invitation.secret, "request": request.decode()},
        now,
    )
    return _keep(folder, answer, key, authority)


def renew(identity: Identity, now: datetime) -> Identity:
    """Gets a new certificate for a new key, by proving to have the old one.

    Raises:
        UserError: as `enrol`; the old identity is then untouched.
    """
    authority = identity.authority_path.read_bytes()
    old = serialization.load_pem_private_key(identity.key_path.read_bytes(), None)
    assert isinstance(old, ec.EllipticCurvePrivateKey)
    key, request = _new_key(identity.address.robot)
    signature = base64.b64encode(old.sign(request, ec.ECDSA(hashes.SHA256()))).decode()
    answer = _ask(
        f"{identity.membership.enrol_url}/renew",
        authority,
        {
            "robot": identity.address.robot,
            "certificate": identity.certificate_path.read_text(),
            "request": request.decode(),
            "signature": signature,
        },
        now,
    )
    return _keep(identity.folder, answer, key, authority)


def renew_if_due(now: datetime, folder: Path | None = None) -> bool:
    """Renews when a third or less of the certificate's life is left. True if there is a new certificate.

    A robot that is not enrolled has nothing to renew.

    Raises:
        UserError: if it is due and the district does not do it; the old certificate is still good.
    """
    if not is_enrolled(folder):
        return False
    identity = load_identity(folder)
    if not identity.renewal_due(now):
        return False
    renew(identity, now)
    return True


def _new_key(robot: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, robot)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, request.public_bytes(serialization.Encoding.PEM)


def _authority(url: str, fingerprint: str) -> bytes:
    """The district's authority, asked over a connection that is not trusted yet, and compared with the fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # what comes back is checked against the pinned fingerprint
    pem = _call("GET", f"{url}/authority", context).content
    try:
        found = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex()
    except ValueError:
        found = ""
    if not hmac.compare_digest(found, fingerprint):
        raise UserError(
            f"who answers at {url} is not the district that made this code", "check the address and the network"
        )
    return pem


def _ask(url: str, authority: bytes, body: dict[str, str], now: datetime) -> Enrolled:
    context = ssl.create_default_context(cadata=authority.decode())
    response = _call("POST", url, context, body)
    if response.status_code == httpx.codes.FORBIDDEN:
        raise UserError(*REFUSALS.get(_reason(response), ("the district refuses this robot", "ask its technician")))
    try:
        response.raise_for_status()
        answer = Enrolled.model_validate_json(response.content)
    except (httpx.HTTPStatusError, ValidationError) as error:
        raise UserError(
            f"the district's answer is not understood (status {response.status_code})", "check both versions of dolbom"
        ) from error
    skew = now - answer.now
    if abs(skew) > CLOCK_SLACK:
        raise _wrong_clock(
            f"is {abs(skew).total_seconds() / 60:.0f} minutes {'ahead' if skew > timedelta(0) else 'behind'}"
        )
    return answer


def _call(method: str, url: str, context: ssl.SSLContext, body: dict[str, str] | None = None) -> httpx.Response:
    try:
        with httpx.Client(verify=context, timeout=TIMEOUT_S, trust_env=False) as client:
            return client.request(method, url, json=body)
    except httpx.HTTPError as error:
        said = str(error)
        if "not yet valid" in said or "has expired" in said:
            raise _wrong_clock("is wrong, or the district's certificate has ended") from error
        raise UserError(
            f"the district at {url.rsplit('/', 1)[0]} cannot be reached ({said or type(error).__name__})",
            "check the network and the address in the code",
        ) from error


def _wrong_clock(how: str) -> UserError:
    return UserError(f"this machine's clock {how}", "set it (`timedatectl set-ntp true`) and try again")


def _reason(response: httpx.Response) -> str:
    try:
        found: Any = response.json()
    except json.JSONDecodeError:
        return ""
    return str(found.get("reason", "")) if isinstance(found, dict) else ""


def _keep(folder: Path, answer: Enrolled, key: bytes, authority: bytes) -> Identity:
    return save_identity(
        folder, answer.membership, key=key, certificate=answer.certificate.encode(), authority=authority
    )


app = typer.Typer()


@app.command()
def command(
    code: Annotated[
        str, typer.Argument(help="The line that `dolbom district enrol` printed; `-` reads it from stdin.")
    ] = "",
    renewal: Annotated[bool, typer.Option("--renew", help="Renew the certificate instead of enrolling.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Give up an identity that this home has already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for programs.")] = False,
) -> None:
    """Enrol this robot with its district.

    Examples:  dolbom enrol dolbom1.eyJ1Ijoi…   dolbom enrol --renew
    """
    now = SystemClock().civil()
    if renewal:
        identity = renew(load_identity(), now)
    else:
        if not code:
            raise UserError("no code given", "`dolbom district enrol ROBOT --home HOME` in the district prints one")
        if is_enrolled() and not replace:
            known = load_identity().address
            raise UserError(
                f"this home is robot {known.robot!r} of district {known.district!r} already",
                "add --replace to change that",
            )
        identity = enrol(typer.get_text_stream("stdin").readline() if code == "-" else code, now)
    address = identity.address
    if as_json:
        typer.echo(json.dumps({**address.model_dump(), "expires": identity.expires.isoformat()}))
    else:
        typer.echo(
            f"robot {address.robot} of home {address.home} is enrolled with district {address.district}; "
            f"its certificate is good until {identity.expires:%Y-%m-%d} and renews itself"
        )
