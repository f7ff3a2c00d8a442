"""TLS of the care worker's pages: with a certificate that somebody gave, or with one of the robot's own authority.

Whoever trusts the robot's own authority once (`dolbom pages certificate`) need not do so again: what it vouches for is
made anew by itself when it ends or when the robot is reached under other names.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dolbom.errors import UserError
from dolbom.platform.authority import Authority
from dolbom.web.doors import LOOPBACK

ANY = ("0.0.0.0", "::")  # noqa: S104 - recognised here, not bound
TITLE = "dolbom robot"
ENDS_SOON = timedelta(days=14)


@dataclass(frozen=True)
class Certified:
    """What a server shows, with its key; `authority` is what a browser must trust, if that is the robot's own."""

    certificate: Path
    key: Path
    authority: Path | None = None


def certified(
    host: str, names: Collection[str], certificate: str, key: str, folder: Path, now: datetime
) -> Certified | None:
    """What the pages are served with; None: over loopback they need none, nobody listens there.

    Args:
        host: where they are bound.
        names: more names under which they are reached.
        certificate, key: files that somebody gave; empty for the robot's own.
        folder: of the robot's own authority.

    Raises:
        UserError: if what was given cannot be used.
    """
    if bool(certificate) != bool(key):
        raise UserError(
            "the pages have a certificate without its key, or a key alone", "set both certificate and key, or none"
        )
    if certificate:
        return _given(Path(certificate).expanduser(), Path(key).expanduser())
    if host in LOOPBACK:
        return None
    authority = Authority(folder, TITLE, now)
    own = authority.server({*reached_under(host), *names}, now)
    return Certified(*own, authority.certificate_path)


def _given(certificate: Path, key: Path) -> Certified:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: "")
    except FileNotFoundError:
        gone = next((path for path in (certificate, key) if not path.exists()), certificate)
        raise UserError(f"{gone} is not there", "correct the parameters certificate and key of pages") from None
    except PermissionError:
        raise UserError(f"{certificate} or {key} cannot be read", "give them to the user of the robot") from None
    except (ssl.SSLError, OSError) as error:
        said = getattr(error, "reason", None) or str(error)
        raise UserError(
            f"{certificate} and {key} are no certificate with its key ({said})",
            "give both as PEM, the chain behind the certificate, the key without a password",
        ) from None
    return Certified(certificate, key)


def reached_under(host: str) -> set[str]:
    """The names and addresses under which a server that is bound to `host` is reached."""
    name = socket.gethostname().lower()
    found = {name, "localhost"} if name else {"localhost"}
    if name and "." not in name:
        found.add(f"{name}.local")  # as multicast DNS says it
    if host not in ANY:
        return found | {host}
    found.add("127.0.0.1")
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            with suppress(ValueError):
                address = ipaddress.ip_address(one.address.partition("%")[0])
                if not address.is_link_local:
                    found.add(str(address))
    return found


def public_name(host: str) -> str:
    """Under which of them somebody in the same network reaches it best."""
    if host not in ANY:
        return host
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: the system only says from where it would be
        found = str(probe.getsockname()[0])
        if found not in ANY:
            return found
    return socket.gethostname()


@dataclass(frozen=True)
class Shown:
    """What a certificate says of itself."""

    names: tuple[str, ...]
    until: datetime
    fingerprint: str

    def troubles(self, host: str, now: datetime) -> str:
        """What is wrong with it for a browser that asks for `host`, or ""."""
        if now >= self.until:
            return f"ended on {self.until:%Y-%m-%d}"
        if now >= self.until - ENDS_SOON:
            return f"ends on {self.until:%Y-%m-%d}"
        wild = f"*.{host.partition('.')[2]}"
        return "" if host in self.names or wild in self.names else f"is not for {host}, but for {', '.join(self.names)}"


def shown(path: Path) -> Shown:
    """Reads a certificate.

    Raises:
        UserError: if it cannot be read.
    """
    try:
        read = x509.load_pem_x509_certificate(path.read_bytes())
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    except (OSError, ValueError) as error:
        raise UserError(f"the certificate {path} cannot be read ({error})", "correct the parameter of pages") from None
    every = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return Shown(tuple(every), read.not_valid_after_utc, read.fingerprint(hashes.SHA256()).hex(":"))
